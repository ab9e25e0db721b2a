"""The acceptance test, with a person and a door that follow a script."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge import keys
from edge.app.acceptance import ITEMS, WAIT_S, Item, Outcome, Site, accepted, go_on, keep, kept
from edge.app.identity import device_public
from edge.app.places import places
from edge.errors import LinkError, SignatureError, StoreError
from edge.link.questions import Report
from edge.values import Status

if TYPE_CHECKING:
    from pathlib import Path

LOCKED = Report(
    status=Status.LOCKED,
    alarms={},
    open=False,
    unlocked=False,
    held_by="",
    lock_down="",
    terminal=True,
    clock="trusted",
    journal="up",
)
PRESS = Item("exit button", "Press it.", lambda told: told.unlocked)
CLICK = Item("relay", "It clicks.")


@dataclass
class Script:
    """A person's answers, and from when on the door is unlocked; time goes by only in pauses."""

    unlocked_at: float = WAIT_S * 9
    answers: list[tuple[str, str]] = field(default_factory=list)
    now: float = 0.0
    dead: bool = False
    said: list[str] = field(default_factory=list)

    def site(self) -> Site:
        return Site(
            "Ann",
            self.report,
            self.said.append,
            lambda _: self.answers.pop(0),
            lambda: self.now,
            self.pause,
            lambda: "now",
        )

    def report(self) -> Report:
        if self.dead:
            raise LinkError("no door process")
        return LOCKED if self.now < self.unlocked_at else msgspec.structs.replace(LOCKED, unlocked=True)

    def pause(self, seconds: float) -> None:
        self.now += seconds


def test_what_the_door_sees_is_measured() -> None:
    assert list(go_on(Script(unlocked_at=1.9).site(), (PRESS,), ())) == [
        Outcome("exit button", "pass", "seen after 2.0 s", "edge-door", "now")
    ]


@pytest.mark.parametrize(
    ("answer", "result"), [(("n", "dead"), "fail"), (("s", "none here"), "skipped"), (("s", " "), "fail")]
)
def test_what_it_does_not_see_fails_or_is_skipped_for_a_reason_and_never_passes(
    answer: tuple[str, str], result: str
) -> None:
    (outcome,) = go_on(Script(answers=[answer]).site(), (PRESS,), ())
    assert (outcome.result, outcome.by) == (result, "Ann")
    (outcome,) = go_on(Script(answers=[("y", "")]).site(), (PRESS,), ())
    assert outcome.result == "fail"


def test_a_door_that_does_not_answer_fails() -> None:
    (outcome,) = go_on(Script(dead=True, answers=[("n", "")]).site(), (PRESS,), ())
    assert (outcome.result, outcome.measured) == ("fail", "no door process")


def test_it_goes_on_where_it_was_and_is_signed(tmp_path: Path) -> None:
    here = places(tmp_path)
    first = tuple(go_on(Script(unlocked_at=0.0).site(), (PRESS,), ()))
    keep(tmp_path, first, here)
    assert kept(tmp_path) == first
    rest = tuple(go_on(Script(answers=[("y", "")]).site(), (PRESS, CLICK), kept(tmp_path)))
    assert [one.name for one in rest] == ["relay"]
    assert not accepted(first, (PRESS, CLICK))
    assert accepted((*first, *rest), (PRESS, CLICK))
    data, signature = ((tmp_path / f"acceptance.json{end}").read_bytes() for end in ("", ".sig"))
    keys.verify(data, base64.b64decode(signature), device_public(here))
    with pytest.raises(SignatureError):
        keys.verify(data.replace(b"pass", b"fail"), base64.b64decode(signature), device_public(here))
    assert "| exit button | pass |" in (tmp_path / "acceptance.md").read_text()


def test_a_damaged_protocol_is_said(tmp_path: Path) -> None:
    (tmp_path / "acceptance.json").write_text("[{")
    with pytest.raises(StoreError, match="begin again"):
        kept(tmp_path)


def test_every_item_has_a_name_of_its_own() -> None:
    assert len({item.name for item in ITEMS}) == len(ITEMS)
