"""The acceptance test, with a person, a door and a machine that follow a script."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app.acceptance import seen as judging
from edge.app.acceptance.facts import Around
from edge.app.acceptance.items import ITEMS, WAIT_S, Item
from edge.app.acceptance.machine import Machine
from edge.app.acceptance.printed import LINES, WIDTH, printed
from edge.app.acceptance.protocol import FILE, PRINTED, Book, Cut, Outcome, kept, protocol
from edge.app.acceptance.walk import Site, StopHereError, Walk
from edge.app.places import places
from edge.config import Config
from edge.errors import LinkError, SignatureError, StoreError
from edge.values import Occasion
from tests.unit.test_acceptance_seen import OPEN, REPORT, event, exit_, grant, refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge.journal.events import Event
    from edge.link.questions import Report

PRESS = Item(name="exit button", ask="Press it.", seen=judging.exit_button)
FACE = Item(name="enrolled person", ask="Come.", seen=judging.face)
CLICK = Item(name="relay", confirm="Did it click?")
NOTHING = Item(name="door process", seen=judging.answers)
KILL = Item(name="door killed", ask="Press.", seen=judging.door_killed, confirm="Locked at once?", kills="edge-door")
CUT = Item(name="power cycle", ask="You will cut it.", confirm="No pulse?", cuts=True)
NAMES = ("door process", "exit button", "enrolled person", "relay", "door killed", "power cycle")


@dataclass
class Script:
    """A person's answers, and what the journal says when; time goes by only in pauses."""

    folder: Path
    answers: list[str] = field(default_factory=list)
    comes: list[tuple[float, Event]] = field(default_factory=list)
    now: float = 0.0
    report: Report = REPORT
    first: list[Report] = field(default_factory=list)
    dead: bool = False
    killed: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    old: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.boot("first")
        self.book = self.again()

    def again(self) -> Book:
        """Return the book as another run finds it."""
        book = Book(self.folder / "acceptance", places(self.folder), NAMES)
        book.read()
        return book

    def boot(self, name: str) -> None:
        path = self.folder / "root/proc/sys/kernel/random/boot_id"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name}\n")

    def walk(self) -> Walk:
        machine = Machine(self.folder / "root", self._command)
        site = Site(
            person="Ann",
            report=self._report,
            news=self._news,
            journal=lambda: tuple(self.old),
            around=Around(Config(), places(self.folder), machine),
            say=self.said.append,
            ask=self._ask,
            why=lambda: self.answers.pop(0),
            clock=lambda: self.now,
            pause=self._pause,
            today=lambda: "now",
        )
        return Walk(site, self.book)

    def run(self, *items: Item, repeat: str = "") -> list[Outcome]:
        return list(self.walk().through(items, frozenset({repeat})))

    def _ask(self, question: str, letters: str) -> str:
        self.said.append(question)
        answer = self.answers.pop(0)
        assert answer in letters
        return answer

    def _command(self, command: Sequence[str]) -> str | None:
        self.killed.append(command[-1])
        return ""

    def _report(self) -> Report:
        if self.dead:
            raise LinkError("no door process")
        return self.first.pop() if self.first else self.report

    def _news(self) -> tuple[Event, ...]:
        there = [one for at, one in self.comes if at <= self.now]
        self.comes = [one for one in self.comes if one[0] > self.now]
        self.old += there
        return tuple(there)

    def _pause(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


def test_what_the_door_sees_is_measured_and_nobody_is_asked_to_believe_it(script: Script) -> None:
    script.comes, script.answers = [(1.9, exit_())], ["b"]
    (outcome,) = script.run(PRESS)
    assert outcome == Outcome(
        "exit button", "pass", "line switched 1.0 ms after the process heard of it", "edge-door", "now"
    )


def test_a_lock_that_the_exit_button_opened_is_no_enrolled_person(script: Script) -> None:
    script.report, script.comes, script.answers = OPEN, [(1.0, exit_())], ["b", "n"]
    (outcome,) = script.run(FACE)
    assert outcome.result == "fail"
    assert outcome.measured == "not seen within 60 s; the door was opened by the exit button"


def test_whoever_stands_before_the_camera_counts_from_the_moment_at_which_the_person_begins(script: Script) -> None:
    stranger = next(item for item in ITEMS if item.name == "stranger")
    script.comes, script.answers = [(0.0, grant()), (0.0, refusal())], ["b", "n"]
    (outcome,) = script.run(stranger)
    assert (outcome.result, outcome.measured) == ("fail", "not seen within 60 s")


def test_a_failed_item_is_repeated_alone_and_every_attempt_stays(script: Script) -> None:
    script.answers, script.comes = ["b", "r", "b", "y"], [(WAIT_S * 1.5, exit_())]
    outcomes = script.run(PRESS, CLICK)
    assert [(one.name, one.result) for one in outcomes] == [
        ("exit button", "fail"),
        ("exit button", "pass"),
        ("relay", "pass"),
    ]
    assert script.again().outcomes == tuple(outcomes)
    assert script.again().protocol.failed == ()
    script.book, script.answers = script.again(), ["n", "it stuck", "n"]
    assert [one.name for one in script.run(PRESS, CLICK, repeat="relay")] == ["relay"]
    assert [one.result for one in script.again().outcomes] == ["fail", "pass", "pass", "fail"]
    assert script.again().protocol.failed == ("relay",)


def test_nothing_is_skipped_without_a_reason_and_a_skipped_item_leaves_the_test_incomplete(script: Script) -> None:
    script.answers = ["s", " ", "none here", "y"]
    skipped, _ = script.run(PRESS, CLICK)
    assert (skipped.result, skipped.measured, skipped.by) == ("skipped", "none here", "Ann")
    found = protocol("d", script.book.outcomes, ("exit button", "relay"))
    assert (found.result, found.skipped, found.missing) == ("incomplete", ("exit button",), ())


def test_only_a_test_of_which_all_passed_is_accepted_and_a_failure_weighs_most() -> None:
    def result(*results: str) -> str:
        outcomes = tuple(
            msgspec.convert({"name": name, "result": one, "measured": "", "by": "", "at": ""}, Outcome)
            for name, one in zip("abc", results, strict=False)
        )
        return protocol("d", outcomes, ("a", "b", "c")).result

    assert result("pass", "pass", "pass") == "accepted"
    assert result("pass", "pass") == "incomplete"
    assert result("pass", "pass", "skipped") == "incomplete"
    assert result("skipped", "fail") == "failed"


def test_a_door_that_does_not_answer_fails(script: Script) -> None:
    script.dead, script.answers = True, ["n"]
    (outcome,) = script.run(NOTHING)
    assert (outcome.result, outcome.measured) == ("fail", "not seen within 60 s; no door process")


def test_what_nobody_can_do_anything_about_fails_with_what_the_door_says(script: Script) -> None:
    script.report, script.answers = msgspec.structs.replace(REPORT, clock="no time server keeps it"), ["n"]
    (outcome,) = script.run(next(item for item in ITEMS if item.name == "clock"))
    assert outcome.measured.endswith("journal: up; terminal: connected; clock: no time server keeps it")


def test_whoever_stops_goes_on_where_they_were(script: Script) -> None:
    script.answers = ["y", "q"]
    walked = script.walk().through((CLICK, PRESS))
    assert next(walked).name == "relay"
    with pytest.raises(StopHereError):
        next(walked)
    script.book, script.answers, script.comes = script.again(), ["b"], [(1.0, exit_())]
    assert [one.name for one in script.run(CLICK, PRESS)] == ["exit button"]


def test_s2_a_process_is_killed_only_while_the_door_is_unlocked_and_the_person_looks_too(script: Script) -> None:
    script.answers = ["b", "n"]
    (early,) = script.run(KILL)
    assert (early.result, script.killed) == ("fail", [])
    script.report, script.answers = msgspec.structs.replace(OPEN, terminal=False), ["b", "n"]
    (alone,) = script.run(KILL, repeat=KILL.name)
    assert (alone.result, script.killed, "no terminal" in alone.measured) == ("fail", [], True)
    started = event(Occasion.DOOR_STARTED, 12.0)
    script.report, script.comes, script.answers = OPEN, [(0.0, exit_()), (1.0, started)], ["b", "n"]
    (never_locked,) = script.run(KILL, repeat=KILL.name)
    assert (never_locked.result, script.killed) == ("fail", ["edge-door.service"])
    script.comes, script.answers = [(script.now, exit_()), (script.now + 1.0, started)], ["b", "y"]
    script.first, script.report = [OPEN], REPORT
    (good,) = script.run(KILL, repeat=KILL.name)
    assert (good.result, good.measured, good.by) == (
        "pass",
        "started again 2.00 s after the press, and is locked",
        "Ann",
    )


def test_a_power_cut_ends_the_run_and_the_next_one_goes_on_with_it(script: Script) -> None:
    first, start = event(Occasion.DOOR_STARTED, 1.0), event(Occasion.DOOR_STARTED, 4.2)
    script.old, script.answers = [first], ["b"]
    with pytest.raises(IndexError):  # the power goes while the person is waited for
        script.run(CUT)
    book = script.again()
    assert book.cut == Cut("first", first.wall)
    script.boot("second")
    script.book, script.answers = book, ["y"]
    script.old += [exit_(99.0), start]
    script.comes = [(1.0, exit_(9.0))]
    (outcome,) = script.run(CUT)
    assert outcome.result == "pass"
    assert outcome.measured.startswith("up 4.2 s after the kernel, exit button at 9.0 s")
    assert script.again().cut is None


def test_a_power_cut_that_never_was_is_none(script: Script) -> None:
    script.answers = ["b", "b", "n"]
    (outcome,) = script.run(CUT)
    assert (outcome.result, outcome.measured) == ("fail", "the power was not cut: the machine was not restarted")
    assert script.again().cut is None


def changed(folder: Path, old: bytes, new: bytes) -> None:
    path = folder / "acceptance" / FILE
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new, 1))


def test_a_protocol_that_was_changed_is_refused_with_what_and_where_and_what_to_do(script: Script) -> None:
    script.answers = ["n", "dead", "n"]
    script.run(CLICK)
    changed(script.folder, b'"result":"fail"', b'"result":"pass"')
    with pytest.raises(SignatureError) as caught:
        script.again()
    assert str(script.folder / "acceptance" / FILE) in str(caught.value)
    assert "it was changed" in str(caught.value)
    assert "begin again" in str(caught.value)
    changed(script.folder, b'"result":"pass"', b'"result":"fail"')
    assert script.again().outcomes[0].result == "fail"


def test_another_device_s_protocol_is_refused(script: Script, tmp_path: Path) -> None:
    script.answers = ["y"]
    script.run(CLICK)
    with pytest.raises(SignatureError, match="another device's"):
        kept(script.folder / "acceptance", places(tmp_path / "other"))


def test_a_file_that_is_no_protocol_is_said(script: Script) -> None:
    (script.folder / "acceptance").mkdir(exist_ok=True)
    for text in ("[{", '{"signature": "!", "protocol": {}}'):
        (script.folder / "acceptance" / FILE).write_text(text)
        with pytest.raises(StoreError, match="begin again"):
            script.again()


def test_every_item_has_a_name_of_its_own_and_something_that_decides_it() -> None:
    assert len({item.name for item in ITEMS}) == len(ITEMS)
    assert all(item.seen or item.fact or item.confirm for item in ITEMS)
    assert all(item.confirm for item in ITEMS if item.kills or item.cuts)


def test_the_page_names_what_was_not_proven_first_and_fits_its_paper(script: Script) -> None:
    names = tuple(item.name for item in ITEMS)
    long = "x" * 200
    outcomes = [Outcome(name, "fail", long, "Ann", "2026-11-29T18:00:00Z") for name in names]
    outcomes += [Outcome(name, "pass", long, "edge-door", "2026-11-29T18:10:00Z") for name in names[:-2]]
    outcomes += [Outcome(names[-2], "skipped", "none here", "Ann", "2026-11-29T18:11:00Z")]
    page = printed(protocol("d", tuple(outcomes), names), "0" * 64).splitlines()
    assert len(page) <= LINES
    assert max(map(len, page)) <= WIDTH
    titles = [line.split(" (")[0] for line in page if line.isupper() or line.split(" (")[0].isupper()]
    assert titles[:4] == ["ACCEPTANCE TEST: FAILED", "SKIPPED", "FAILED", "PASSED"]
    assert any("more: acceptance.json" in line for line in page)
    script.answers = ["s", "none here", "y"]
    script.run(PRESS, CLICK)
    text = (script.folder / "acceptance" / PRINTED).read_text()
    assert text.index("STILL TO COME (4)") < text.index("SKIPPED (1)") < text.index("PASSED (1)")
    assert "  exit button        none here" in text
