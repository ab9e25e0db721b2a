"""What the door writes down and answers, word for word: who, when, why, and how sure the terminal was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.access.deeds import Pulse, Record, Secure
from edge.access.happenings import (
    AlarmChanged,
    Claimed,
    Part,
    Reported,
    SessionBegan,
    SessionEnded,
    ShutDown,
    Ticked,
    WireFailed,
)
from edge.config import RuleSettings
from edge.config.rules import AccessRule, TwoPerson
from edge.values import SENTENCES, Alarm, Answer, Factor, Identified, Occasion, OrderKind, Reason
from tests.unit.door_builders import ANN, BOB, EVIDENCE, Told, Visit, face, ready, ruled


def claim(told: Told, number: int = 7, *, at: float | None = None) -> Claimed:
    at = told.now if at is None else at
    who = Identified("a", number, at, ANN, (), None, None, (face(at),), EVIDENCE)
    return Claimed(told.now, told.wall, "a", who)


def written(told: Told, since: int) -> list[tuple[Occasion, float, str]]:
    return [(one.occasion, one.at, one.words) for one in told.actions[since:] if isinstance(one, Record)]


def test_whoever_is_let_in_is_written_down_with_the_evidence_and_answered_by_their_number() -> None:
    told = ready()
    assert told.tell(claim(told)) == (
        Pulse(5.0, not_after=told.now + 0.7),
        Record(
            occasion=Occasion.GRANTED,
            at=told.now,
            reason=Reason.GRANTED,
            handle=ANN,
            evidence=EVIDENCE,
            session="a",
            frame_at=told.now,
        ),
        Answer(7, opened=True, reason=Reason.GRANTED),
    )


def test_whoever_is_refused_is_written_down_with_the_evidence_and_answered_by_their_number() -> None:
    told = ready()
    assert told.tell(claim(told, at=told.now - 1.0)) == (
        Record(
            occasion=Occasion.REFUSED,
            at=told.now,
            reason=Reason.STALE,
            handle=ANN,
            evidence=EVIDENCE,
            session="a",
        ),
        Answer(7, opened=False, reason=Reason.STALE),
    )


def test_what_is_missing_is_said_only_to_whom_nothing_else_forbids_to_pass() -> None:
    told = ruled(RuleSettings(access=(AccessRule(factors="face+pin"),)))
    told.comes(Visit(age_s=1.0))
    told.comes()
    answers = [one for one in told.actions if isinstance(one, Answer)]
    assert [(one.reason, one.wants) for one in answers] == [
        (Reason.STALE, ()),
        (Reason.FACTOR_MISSING, (Factor.PIN,)),
    ]


def test_whoever_needs_no_company_is_not_written_down_with_whoever_waits_for_some() -> None:
    told = ruled(RuleSettings(two_person=TwoPerson(groups=("vault",))))
    told.comes(Visit(groups=("vault",)))
    since = len(told.actions)
    assert told.comes(Visit(who=BOB)) is Reason.GRANTED
    assert written(told, since) == [(Occasion.GRANTED, told.now, "")]


def test_connections_are_written_down_with_their_names_and_why_they_ended() -> None:
    told = Told()
    assert told.tell(SessionBegan(1.0, "x", live=True)) == (
        Record(occasion=Occasion.SESSION_BEGUN, at=1.0, session="x", words="live"),
    )
    assert told.tell(SessionBegan(2.0, "y", live=False, why="liveness is off")) == (
        Record(occasion=Occasion.SESSION_ENDED, at=2.0, session="x", words="another terminal took its place"),
        Record(occasion=Occasion.SESSION_BEGUN, at=2.0, session="y", words="NOT LIVE: liveness is off"),
    )
    assert told.tell(SessionEnded(3.0, "y", "hung up")) == (
        Record(occasion=Occasion.SESSION_ENDED, at=3.0, session="y", words="hung up"),
    )
    assert told.state.session is None
    assert told.tell(SessionEnded(4.0, "y", "hung up")) == ()


def test_the_end_is_written_down_and_nobody_is_connected_or_holds_the_door_open_any_more() -> None:
    told = ready()
    told.order(OrderKind.FREE_ACCESS)
    assert told.tell(ShutDown(told.now, "SIGTERM")) == (
        Secure(),
        Record(occasion=Occasion.DOOR_STOPPED, at=told.now, words="SIGTERM"),
    )
    assert (told.state.session, told.state.unlocked_until, told.state.hold) == (None, None, None)
    report = Record(occasion=Occasion.REFUSED, at=told.now, reason=Reason.UNKNOWN)
    assert told.tell(Reported(told.now, "a", report)) == ()


def test_the_exit_button_and_the_leaf_are_written_down() -> None:
    told = ready()
    since = len(told.actions)
    (_, pressed) = told.press()
    assert pressed == Record(occasion=Occasion.EXIT, at=told.now, reason=Reason.EXIT_BUTTON)
    told.wire(Part.CONTACT, active=True)
    told.now += 1.0
    told.wire(Part.CONTACT, active=False)
    told.now += 1.0
    told.wire(Part.CONTACT, active=True)
    assert written(told, since) == [
        (Occasion.EXIT, 100.0, ""),
        (Occasion.OPENED, 100.0, ""),
        (Occasion.CLOSED, 101.0, ""),
        (Occasion.LOCKED, 101.0, "the door was closed"),
        (Occasion.OPENED, 102.0, "it was not unlocked"),
        (Occasion.ALARM_BEGUN, 102.0, "the door was opened without being unlocked"),
    ]


def test_what_holds_the_door_open_is_written_down_once_and_when_it_ends() -> None:
    told = ready()
    since = len(told.actions)
    told.order(OrderKind.FREE_ACCESS)
    told.later(10.0)
    told.order(OrderKind.NORMAL)
    assert [(occasion, words) for occasion, _, words in written(told, since)] == [
        (Occasion.ORDERED, "free-access: a drill"),
        (Occasion.UNLOCKED, "held open: free-access-order"),
        (Occasion.ORDERED, "normal: a drill"),
        (Occasion.LOCKED, "no longer held open: free-access-order"),
    ]
    assert [at for _, at, _ in written(told, since)] == [100.0, 100.0, told.now, told.now]


def test_a_lock_down_ends_free_access_and_is_written_down_once() -> None:
    told = ready()
    told.order(OrderKind.FREE_ACCESS)
    since = len(told.actions)
    told.order(OrderKind.LOCK_DOWN)
    assert written(told, since) == [
        (Occasion.LOCKED, told.now, "locked down"),
        (Occasion.ORDERED, told.now, "lock-down: a drill"),
    ]
    assert told.actions[since:].count(Secure()) == 1
    assert (told.state.free_until, told.state.unlocked_until, told.state.hold) == (None, None, None)


def test_an_order_that_is_not_done_says_so_and_whom_it_concerns() -> None:
    told = ready()
    told.order(OrderKind.LOCK_DOWN)
    done = told.order(OrderKind.UNLOCK, handle=ANN)
    assert done.words == SENTENCES[Reason.LOCK_DOWN]
    (record,) = [one for one in told.actions[-3:] if isinstance(one, Record)]
    assert record == Record(
        occasion=Occasion.ORDERED,
        at=told.now,
        reason=Reason.LOCK_DOWN,
        handle=ANN,
        operator="eve",
        words=f"unlock of a1: a drill; not done: {done.words}",
    )


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        (OrderKind.UNLOCK, {"operator": ""}, "an order needs its operator and a reason"),
        (OrderKind.UNLOCK, {"seconds": 99.0}, "99.0 s is not a time for which this can be ordered"),
        (OrderKind.PASSED, {}, "whose passage it was is missing"),
    ],
)
def test_a_bad_order_is_answered_and_written_down_in_the_same_words(
    kind: OrderKind, more: dict[str, object], words: str
) -> None:
    told = ready()
    done = told.order(kind, **more)
    assert (done.done, done.reason, done.words) == (False, Reason.BAD_ORDER, words)
    (record,) = [one for one in told.actions[-3:] if isinstance(one, Record) and one.occasion is Occasion.ORDERED]
    assert record.words.endswith(f"; not done: {words}")


def test_alarms_are_written_down_in_words_with_what_is_wrong() -> None:
    told = ready()
    since = len(told.actions)
    told.tell(WireFailed(told.now, Part.FIRE, ""), AlarmChanged(told.now, Alarm.CAMERA, on=True, words="it is gone"))
    told.now += 1.0
    told.tell(AlarmChanged(told.now, Alarm.CAMERA, on=True, words="another"), Ticked(told.now))
    told.tell(AlarmChanged(told.now, Alarm.CAMERA, on=False))
    begun, ended = (one for one in told.actions[since:] if isinstance(one, Record))
    assert (begun.occasion, begun.at, begun.alarm) == (Occasion.ALARM_BEGUN, 100.0, Alarm.CAMERA)
    assert (ended.occasion, ended.at, ended.alarm) == (Occasion.ALARM_ENDED, 101.0, Alarm.CAMERA)
    assert begun.words == f"{ended.words}: it is gone"


def test_a_report_keeps_what_the_terminal_wrote_and_gets_its_connections_name() -> None:
    told = ready()
    report = Record(occasion=Occasion.REFUSED, at=1.0, reason=Reason.NOT_LIVE, handle=ANN, evidence=EVIDENCE, track=4)
    (record,) = [one for one in told.tell(Reported(told.now, "a", report)) if isinstance(one, Record)]
    assert record == replace(report, session="a")
