"""The keypad at the door: what is typed reaches the terminal and nobody else, and a broken one holds up nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from edge.access.happenings import Part
from edge.access.state import DoorState, Hold, Leaf, Wire
from edge.app import keying
from edge.journal.log import read
from edge.link.messages import Hello
from edge.link.notices import Shut, Trust, Typed
from edge.values import Alarm, Occasion
from hw.base import HardwareError, KeypadSettings
from tests.e2e.commands import said
from tests.unit.door_site import CONFIG, Site, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.journal.events import Event
    from edge.link.client import DoorClient
    from edge.link.notices import Notice
    from hw.base import Board

KEYED = replace(CONFIG, keypad=KeypadSettings(device="keys"))


@dataclass
class Keys:
    faults: int = 0
    opened: int = 0
    told: list[Callable[[str, float], None]] = field(default_factory=list)

    def open(self, _settings: object) -> Keys:
        self.opened += 1
        if self.opened <= self.faults:
            raise HardwareError("no such keypad")
        return self

    def watch(self, notify: Callable[[str, float], None]) -> None:
        self.told.append(notify)

    def close(self) -> None:
        self.told.clear()

    def types(self, keys: str) -> None:
        for key in keys:
            for tell in self.told:
                tell(key, time.monotonic())


@dataclass
class KeyedSite(Site):
    keys: Keys = field(default_factory=Keys)

    def board(self) -> Board:
        return replace(super().board(), open_keypad=self.keys.open)


def heard(client: DoorClient, wanted: int) -> list[Notice]:
    told: list[Notice] = []

    def enough() -> bool:
        told.extend(one for one in client.heard() if isinstance(one, Typed))
        return len(told) >= wanted

    until(enough)
    return told


def test_what_is_typed_reaches_the_terminal_and_is_written_down_nowhere(tmp_path: Path) -> None:
    site = KeyedSite(tmp_path / "journal.jsonl")
    with site.serving(Hello(live=True), KEYED) as client:
        client.open()
        site.keys.types("7391#12*#")
        typed = heard(client, 3)
    assert [(one.key, one.digits) for one in typed if isinstance(one, Typed)] == [("#", "7391"), ("*", ""), ("#", "")]
    assert "7391" not in repr(typed)
    assert "7391" not in said(tmp_path)


def test_the_terminal_is_told_whether_the_clock_is_believed(tmp_path: Path) -> None:
    site = KeyedSite(tmp_path / "journal.jsonl")
    with site.serving(Hello(live=True), KEYED) as client:
        assert client.heard()[0] == Trust(clock=False), "nobody has said so yet"
        until(lambda: Trust(clock=True) in client.heard())


def test_the_terminal_is_told_whether_the_door_is_locked_and_closed(tmp_path: Path) -> None:
    site = KeyedSite(tmp_path / "journal.jsonl")
    with site.serving(Hello(live=True), KEYED) as client:
        assert Shut(shut=True) not in client.heard(), "nobody has said so yet"
        until(lambda: Shut(shut=True) in client.heard())
        site.button.press()
        until(lambda: Shut(shut=False) in client.heard())
        site.button.release()
        until(lambda: Shut(shut=True) in client.heard())


def test_a_door_is_shut_only_when_nothing_says_otherwise() -> None:
    assert keying.shut(DoorState())
    assert not keying.shut(DoorState(unlocked_until=9.0))
    assert not keying.shut(DoorState(hold=Hold.SCHEDULE))
    assert not keying.shut(DoorState(leaf=Leaf(opened_at=1.0)))
    assert not keying.shut(DoorState().with_wire(Part.CONTACT, Wire(fault="it cannot be read")))


def test_s10_a_keypad_that_cannot_be_opened_keeps_nobody_in_and_is_tried_again(tmp_path: Path) -> None:
    site = KeyedSite(tmp_path / "journal.jsonl", keys=Keys(faults=10**6))
    with site.serving(Hello(live=True), KEYED):
        site.button.press()
        assert site.lock.wait_for(unlocked=True, timeout_s=10.0)
        until(lambda: alarms(site))
    assert keying.RETRY_S > 0
    assert site.keys.opened >= 1
    (told,) = alarms(site)
    assert told.occasion is Occasion.ALARM_BEGUN
    assert "no such keypad" in told.sentence


@pytest.mark.long
def test_the_alarm_of_a_keypad_ends_when_it_can_be_opened(tmp_path: Path) -> None:
    site = KeyedSite(tmp_path / "journal.jsonl", keys=Keys(faults=1))
    with site.serving(Hello(live=True), KEYED):
        until(lambda: len(alarms(site)) == 2)
    assert [one.occasion for one in alarms(site)] == [Occasion.ALARM_BEGUN, Occasion.ALARM_ENDED]


def alarms(site: KeyedSite) -> list[Event]:
    return [event for event in read(site.journal) if event.alarm is Alarm.KEYPAD] if site.journal.exists() else []
