"""`edge door` and `edge terminal` as two processes over their socket: killed, restarted, and never a pulse too many."""

from __future__ import annotations

import contextlib
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from edge.app import head_office
from edge.errors import LinkError
from edge.link.client import DoorClient
from edge.link.messages import Hello
from edge.values import Occasion, PersonId, Reason
from tests.e2e.commands import SOON_S, Running, decisions, journal, play, until
from tests.vaults import vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.cli.reports import Decision
    from edge.journal.events import Event

pytestmark = pytest.mark.pictures


@dataclass
class House:
    """One data folder, and the processes that were started on it."""

    data: Path
    config: Path
    folder: Path
    started: list[Running] = field(default_factory=list)

    def door(self, *words: str | Path) -> Running:
        return self._start("-m", "edge", "door", "--board", "pc", "--data", self.data, *words)

    def terminal(self) -> Running:
        return self._start("-m", "edge", "terminal", "--config", self.config, "--data", self.data, "--json")

    def _start(self, *words: str | Path) -> Running:
        self.started.append(Running(self.folder / f"process{len(self.started)}", *words))
        return self.started[-1]

    def granted(self) -> list[Event]:
        return [event for event in journal(self.data) if event.occasion is Occasion.GRANTED]

    def count(self, occasion: Occasion) -> int:
        return sum(event.occasion is occasion for event in journal(self.data))

    def serving(self) -> bool:
        """Whether the door answers a greeting."""
        with contextlib.closing(DoorClient.connect(self.data / "door.sock", Hello(live=False))) as client:
            try:
                client.open()
            except LinkError:
                return False
            return True


LIMITS = "version = 1\nissued = 2026-11-22\n[door]\npulse_s = 5.0\nmax_frame_age_s = 0.7\n"


@pytest.fixture
def lax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put this PC under head office's limits on the door; returns a configuration whose door is laxer."""
    folder = tmp_path / "config" / "door-terminal"
    folder.mkdir(parents=True)
    for kind in ("CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    key, _ = head_office.new_key(folder)
    (folder / head_office.LIMITS).write_text(LIMITS)
    head_office.sign(folder / head_office.LIMITS, key)
    other = tmp_path / "other.toml"
    other.write_text("[door]\npulse_s = 255.0\nmax_frame_age_s = 1.0\n")
    return other


@pytest.fixture
def house(data: Path, pictures: Path, tmp_path: Path) -> Iterator[House]:
    place = House(data, play(tmp_path, pictures, "obama2.jpg", "biden.jpg", loop="true", paced="true"), tmp_path)
    yield place
    for running in place.started:
        running.kill()


def test_the_right_one_is_let_in_and_a_killed_terminal_comes_back(house: House) -> None:
    with vault(house.data / "people.sqlite3") as store:
        person = store.person(PersonId("bo"))
    assert person is not None
    door, terminal = house.door(), house.terminal()
    until(lambda: {Reason.GRANTED, Reason.UNKNOWN} <= {event.reason for event in journal(house.data)})
    assert {event.handle for event in house.granted()} == {person.handle}
    terminal.kill()
    until(lambda: house.count(Occasion.SESSION_ENDED) == 1)
    before = house.granted()
    assert len({event.session for event in before}) == 1
    again = house.terminal()
    until(lambda: len(house.granted()) > len(before))
    assert len({event.session for event in house.granted()}) == 2
    assert again.end(signal.SIGTERM) == 0
    assert door.end(signal.SIGTERM) == 0
    let_in = sum(one.opened for one in decisions(terminal.out) + decisions(again.out))
    assert len(house.granted()) - let_in in {0, 1}  # the killed terminal may not have lived to print its last
    assert journal(house.data)[-1].occasion is Occasion.DOOR_STOPPED


def test_s2_a_killed_door_pulses_for_nothing_old_and_the_terminal_goes_on(house: House) -> None:
    door, terminal = house.door(), house.terminal()
    until(house.granted)
    door.kill()
    until(lambda: Reason.DOOR_UNREACHABLE in [one.reason for one in decisions(terminal.out)])
    assert terminal.process.poll() is None
    terminal.process.send_signal(signal.SIGSTOP)
    before, told = len(house.granted()), len(decisions(terminal.out))
    house.door()
    until(house.serving)
    assert len(house.granted()) == before
    resumed = time.monotonic()
    terminal.process.send_signal(signal.SIGCONT)

    def opened() -> list[Decision]:
        return [one for one in decisions(terminal.out)[told:] if one.opened]

    until(opened)
    assert len(house.granted()) > before
    assert opened()[0].at > resumed
    assert terminal.end(signal.SIGTERM) == 0


def test_s9_a_door_that_was_started_laxer_than_the_limits_gets_no_claims(house: House, lax: Path) -> None:
    house.door("--config", lax)
    until(house.serving)
    terminal = house.terminal()
    assert terminal.process.wait(SOON_S) == 2
    (fault,) = (line for line in terminal.err.splitlines() if line.startswith("edge: "))
    assert "the running door process" in fault
    assert "door.pulse_s = 255.0 is laxer than head office's limit 5.0" in fault
    assert "door.max_frame_age_s = 1.0 is laxer than head office's limit 0.7" in fault
    assert house.granted() == []


def test_s9_a_door_that_comes_back_laxer_than_the_limits_gets_no_claims(house: House, lax: Path) -> None:
    door, terminal = house.door(), house.terminal()
    until(house.granted)
    door.kill()
    until(lambda: Reason.DOOR_UNREACHABLE in [one.reason for one in decisions(terminal.out)])
    before = len(house.granted())
    house.door("--config", lax)
    assert terminal.process.wait(SOON_S) == 2
    assert "the running door process" in terminal.err.splitlines()[-1]
    assert len(house.granted()) == before
