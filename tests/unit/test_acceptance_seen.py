"""What an acceptance test takes for proof: the cause that the journal names, and never an open lock alone."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from edge.app.acceptance import seen as judging
from edge.app.acceptance.latency import Spread, within
from edge.app.acceptance.seen import SAMPLES, STAYS_S, Found, Seen
from edge.journal.events import Event
from edge.link.questions import Report
from edge.values import Alarm, Evidence, Handle, Occasion, Reason, Status

REPORT = Report(
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
OPEN = msgspec.structs.replace(REPORT, unlocked=True)
EVIDENCE = Evidence(similarity=0.8, margin=0.3, threshold=0.5, fmr=1e-5, votes=2, liveness=0.95, space="toy")
STRANGER = judging.refused(Reason.UNKNOWN)
PI5 = "Raspberry Pi 5 Model B Rev 1.0"


def event(occasion: Occasion, at: float = 10.0, **more: object) -> Event:
    return msgspec.structs.replace(Event(occasion=occasion, at=at, wall=1e9 + at), **more)


def exit_(at: float = 10.0) -> Event:
    return event(Occasion.EXIT, at, reason=Reason.EXIT_BUTTON, relay_at=at + 0.001)


def order(at: float = 10.0) -> Event:
    return event(Occasion.ORDERED, at, reason=Reason.REMOTE_UNLOCK, relay_at=at + 0.001)


def grant(at: float = 10.0, took: float = 0.2) -> Event:
    return event(
        Occasion.GRANTED,
        at,
        reason=Reason.GRANTED,
        handle=Handle("a1"),
        evidence=EVIDENCE,
        frame_at=at + 0.001 - took,
        relay_at=at + 0.001,
    )


def refusal(reason: Reason = Reason.UNKNOWN, track: int | None = 3) -> Event:
    return event(Occasion.REFUSED, reason=reason, track=track)


def seen(*events: Event, since_s: float = STAYS_S, report: Report = REPORT, model: str = "") -> Seen:
    return Seen(report, events, since_s, model)


@pytest.mark.parametrize("cause", [exit_(), order(), event(Occasion.UNLOCKED, sentence="held open: fire")])
def test_an_enrolled_person_is_not_proven_by_a_lock_that_something_else_opened(cause: Event) -> None:
    assert judging.face(seen(cause, report=OPEN)) is None
    assert judging.instead((cause,)).startswith("the door was opened by ")


def test_an_enrolled_person_is_proven_by_the_grant_of_a_face() -> None:
    assert judging.face(seen(exit_(), grant())) == Found("pass", "200 ms to the relay, liveness 0.95, similarity 0.80")
    bare = msgspec.structs.replace(grant(), evidence=replace(EVIDENCE, liveness=None))
    assert "LIVENESS OFF" in (judging.face(seen(bare)) or Found("fail", "")).words


def test_a_stranger_is_refused_only_when_a_face_was_refused_and_the_door_stayed_locked() -> None:
    assert STRANGER(seen()) is None
    assert STRANGER(seen(refusal(), since_s=STAYS_S - 0.1)) is None
    assert STRANGER(seen(refusal(Reason.POOR_VIEW))) is None
    assert STRANGER(seen(refusal(track=None))) is None
    assert STRANGER(seen(refusal(), refusal())) == Found("pass", "refused 2 times (unknown), locked for 30 s")


@pytest.mark.parametrize(
    ("spoilt", "words"), [(grant(), "THE DOOR OPENED"), (exit_(), "the exit button"), (order(), "an operator's order")]
)
def test_a_stranger_before_whom_the_door_opened_for_whatever_cause_proves_nothing(spoilt: Event, words: str) -> None:
    found = STRANGER(seen(refusal(), spoilt))
    assert found is not None
    assert found.result == "fail"
    assert words in found.words


def test_the_exit_button_is_not_proven_by_an_order_and_says_when_the_line_was_switched() -> None:
    assert judging.exit_button(seen(order(), report=OPEN)) is None
    assert judging.exit_button(seen(exit_())) == Found("pass", "line switched 1.0 ms after the process heard of it")


def test_a_relock_is_timed_from_the_press_before_it() -> None:
    locked = event(Occasion.LOCKED, 15.02)
    assert judging.relocks(seen(locked, exit_(16.0))) is None
    assert judging.relocks(seen(exit_(), locked, report=OPEN)) is None
    assert judging.relocks(seen(exit_(2.0), exit_(), locked)) == Found("pass", "locked 5.02 s after the press")


def test_an_opened_door_is_proven_by_one_that_was_unlocked_by_the_button() -> None:
    forced = event(Occasion.OPENED, sentence="it was not unlocked")
    assert judging.opened(seen(exit_(), forced)) is None
    assert judging.opened(seen(event(Occasion.OPENED))) is None
    assert judging.opened(seen(exit_(), event(Occasion.OPENED))) == Found("pass", "opened after an exit")


def test_an_alarm_has_to_begin_while_it_is_looked_for() -> None:
    standing = msgspec.structs.replace(REPORT, alarms={"held-open": "it is"})
    assert judging.began(Alarm.HELD_OPEN)(seen(report=standing)) is None
    other, ours = (event(Occasion.ALARM_BEGUN, alarm=alarm) for alarm in (Alarm.HELD_SOON, Alarm.HELD_OPEN))
    assert judging.began(Alarm.HELD_OPEN)(seen(other)) is None
    assert judging.began(Alarm.HELD_OPEN)(seen(other, ours)) is not None
    assert judging.ended(Alarm.HELD_OPEN)(seen(ours)) is None


def test_the_times_are_of_enough_faces_and_keep_the_budget_where_there_is_one() -> None:
    took = (0.1, 0.2, 0.25, 0.29, 0.31)
    faces = [grant(float(number), each) for number, each in enumerate(took)]
    assert judging.faces_in_time(seen(*faces[:-1], exit_())) is None
    slow = judging.faces_in_time(seen(*faces, model=PI5))
    assert slow == Found("fail", "p50 250 ms, p95 310 ms (5 samples); budget 300 ms")
    elsewhere = judging.faces_in_time(seen(*faces, model="a PC"))
    assert elsewhere == Found("pass", "p50 250 ms, p95 310 ms (5 samples); no budget here")
    assert len(took) == SAMPLES


def test_percentiles_are_times_that_were_measured() -> None:
    assert Spread.of([0.4]) == Spread(1, 0.4, 0.4)
    assert Spread.of(number / 100 for number in range(1, 101)) == Spread(100, 0.5, 0.95)
    assert within(Spread(1, 0.3, 0.3), PI5)


LOST, BACK = event(Occasion.SESSION_ENDED, 11.0), event(Occasion.SESSION_BEGUN, 14.0)
LOCKED = event(Occasion.LOCKED, 15.0)


def test_s10_a_killed_terminal_leaves_the_pulse_as_it_was() -> None:
    assert judging.terminal_killed(seen(exit_(), LOCKED)) is None
    assert judging.terminal_killed(seen(exit_(), LOST, LOCKED)) is None
    assert judging.terminal_killed(seen(exit_(), LOST, BACK, report=OPEN)) is None
    good = judging.terminal_killed(seen(exit_(), LOST, BACK, LOCKED))
    assert good == Found("pass", "locked 5.00 s after the press; connected again")


STARTED = event(Occasion.DOOR_STARTED, 12.0)


def test_s2_a_killed_door_that_opens_by_itself_or_for_an_old_face_fails() -> None:
    assert judging.door_killed(seen(exit_())) is None
    assert judging.door_killed(seen(exit_(), STARTED, report=OPEN)) is None
    good = judging.door_killed(seen(exit_(), STARTED, grant(20.0)))
    assert good == Found("pass", "started again 2.00 s after the press, and is locked")
    for wrong in (event(Occasion.UNLOCKED, 13.0, sentence="held open: fire"), grant(12.1)):
        found = judging.door_killed(seen(exit_(), STARTED, wrong))
        assert found is not None
        assert found.result == "fail"


def cut(*after: Event, before: tuple[Event, ...] = ()) -> Found | None:
    first = event(Occasion.DOOR_STARTED, 1.0)
    return judging.after_power_cut((first, *(before or (exit_(99.0),)), *after), first.wall)


def test_s2_a_power_cut_is_proven_by_a_journal_that_ends_unlocked_and_begins_with_a_press() -> None:
    start = event(Occasion.DOOR_STARTED, 4.2)
    assert cut() is None
    assert cut(start) is None
    good = cut(start, exit_(9.0))
    assert good == Found(
        "pass", "up 4.2 s after the kernel, exit button at 9.0 s; unlocked by the exit button when it was cut"
    )
    locked = cut(start, exit_(9.0), before=(exit_(99.0), event(Occasion.LOCKED, 104.0)))
    assert locked is not None
    assert (locked.result, "LOCKED" in locked.words) == ("fail", True)
    pulsed = cut(start, event(Occasion.UNLOCKED, 5.0, sentence="held open: fire"), exit_(9.0))
    assert pulsed is not None
    assert (pulsed.result, "held open: fire" in pulsed.words) == ("fail", True)
    ordered = cut(start, exit_(9.0), before=(exit_(99.0), event(Occasion.DOOR_STOPPED, 100.0)))
    assert ordered == Found("fail", "the door process was stopped in order: cut the power instead")
