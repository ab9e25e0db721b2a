"""The door's state machine: who may ask for it, and the safety rules, one story each."""

from __future__ import annotations

from dataclasses import replace

from edge.access.deeds import Pulse, Record, Secure
from edge.access.happenings import (
    Claimed,
    JournalChanged,
    Part,
    Reported,
    SessionBegan,
    SessionEnded,
    ShutDown,
    Ticked,
    WireChanged,
)
from edge.access.state import DoorState, Wire
from edge.values import Alarm, Answer, Identified, Occasion, Reason
from tests.unit.door_builders import ANN, EVIDENCE, TOY, Told, Visit, answers, face, occasions, ready


def claim(told: Told, *, session: str = "a", said: str = "a", sequence: int = 1) -> Claimed:
    who = Identified(said, sequence, told.now, ANN, (), None, None, (face(told.now),), EVIDENCE)
    return Claimed(told.now, told.wall, session, who)


def test_a_live_person_opens_the_door_once_and_is_written_down() -> None:
    told = ready()
    pulse, record, answer = told.tell(claim(told))
    assert isinstance(record, Record)
    assert (record.occasion, record.handle) == (Occasion.GRANTED, ANN)
    assert pulse == Pulse(5.0, not_after=told.now + 0.7)
    assert answer == Answer(1, opened=True, reason=Reason.GRANTED)


def test_the_relock_is_written_down_when_the_last_of_two_pulses_is_over() -> None:
    told = ready()
    told.comes()
    told.jump(2.0)
    told.comes()
    told.jump(4.9)
    assert told.unlocked()
    told.now += 0.1
    assert told.tell(Ticked(told.now)) == (Secure(), Record(occasion=Occasion.LOCKED, at=told.now))
    assert not told.unlocked()


def test_s1_a_stale_picture_is_refused_and_its_number_is_used_up() -> None:
    told = ready()
    assert told.comes(Visit(age_s=1.0)) is Reason.STALE
    told.sequence -= 1
    assert told.comes() is Reason.REPLAYED
    assert told.pulses == []


def test_s1_a_pulse_is_too_late_when_its_picture_is_and_the_exit_button_s_never() -> None:
    assert [Pulse(5.0, due).late(2.2) for due in (2.2, 2.199, float("nan"), None)] == [False, True, True, False]


def test_s10_no_word_is_ever_said_before_the_deed_not_even_of_a_relock_that_is_overdue() -> None:
    told = ready()
    told.comes()
    told.now += 20
    assert [type(one) for one in told.tell(WireChanged(told.now, Part.EXIT, active=True))] == [
        Secure,
        Pulse,
        Record,
        Record,
    ]
    told.now += 20
    assert [type(one) for one in told.tell(claim(told, sequence=2))] == [Secure, Pulse, Record, Record, Answer]
    told.now += 20
    assert [type(one) for one in told.tell(ShutDown(told.now))] == [Secure, Secure, Record, Record]


def test_s2_the_same_message_twice_opens_once() -> None:
    told = ready()
    told.comes()
    told.sequence -= 1
    assert told.comes() is Reason.REPLAYED
    assert len(told.pulses) == 1


def test_s2_a_connections_numbers_begin_with_one() -> None:
    told = ready()
    assert [one.reason for one in answers(told.tell(claim(told, sequence=0)))] == [Reason.REPLAYED]
    assert [one.reason for one in answers(told.tell(claim(told, sequence=1)))] == [Reason.GRANTED]


def test_s2_a_message_of_an_earlier_connection_opens_nothing() -> None:
    told = ready()
    told.tell(SessionEnded(told.now, "a"), SessionBegan(told.now, "b", live=True))
    for arrived, said in (("b", "a"), ("a", "b"), ("", "")):
        (answer,) = [one for one in told.tell(claim(told, session=arrived, said=said)) if isinstance(one, Answer)]
        assert answer.reason is Reason.REPLAYED
    assert told.pulses == []


def test_s2_connecting_and_leaving_never_opens() -> None:
    told = Told()
    for number in range(100):
        told.tell(
            SessionBegan(number, str(number), live=True),
            JournalChanged(number, up=bool(number % 2)),
            SessionEnded(number, str(number)),
        )
    told.tell(ShutDown(200.0))
    assert told.pulses == []


def test_s2_a_button_that_is_down_at_the_start_must_first_be_let_go() -> None:
    told = Told(state=DoorState().with_wire(Part.EXIT, Wire(active=True, since=100.0)))
    told.wire(Part.EXIT, active=True)
    assert told.pulses == []
    told.wire(Part.EXIT, active=False)
    told.wire(Part.EXIT, active=True)
    assert told.pulses == [5.0]


def test_s3_a_door_that_nobody_told_anything_lets_nobody_in() -> None:
    told = Told()
    assert told.comes() is Reason.REPLAYED
    assert told.pulses == []


def test_s3_shut_down_locks_and_nothing_opens_afterwards() -> None:
    told = ready()
    told.comes()
    assert told.tell(ShutDown(told.now))[0] == Secure()
    told.tell(SessionBegan(told.now, "a", live=True))
    assert told.comes() is Reason.STOPPED
    told.press()
    told.wire(Part.FIRE, active=True)
    assert len(told.pulses) == 1


def test_s10_the_exit_button_opens_once_a_press_without_journal_terminal_clock_or_liveness() -> None:
    told = Told()
    assert told.wire(Part.EXIT, active=True)[0] == Pulse(5.0)
    told.wire(Part.EXIT, active=True)
    told.later(2.0)
    assert told.pulses == [5.0]
    told.wire(Part.EXIT, active=False)
    told.wire(Part.EXIT, active=True)
    assert told.pulses == [5.0, 5.0]


def test_s11_a_real_lock_never_opens_for_a_source_that_is_not_live() -> None:
    told = Told()
    told.tell(JournalChanged(told.now, up=True), SessionBegan(told.now, "a", live=False, why="liveness is off"))
    assert told.comes() is Reason.UNSAFE_SOURCE
    assert told.pulses == []
    begun = [a.words for a in told.actions if isinstance(a, Record) and a.occasion is Occasion.SESSION_BEGUN]
    assert begun == ["NOT LIVE: liveness is off"]


def test_s11_a_simulated_lock_may() -> None:
    assert ready(TOY, live=False).comes() is Reason.GRANTED


def test_s7_nobody_is_let_in_while_the_journal_is_down() -> None:
    told = ready()
    told.tell(JournalChanged(told.now, up=False))
    assert told.comes() is Reason.JOURNAL_DOWN
    told.tell(JournalChanged(told.now, up=True))
    assert told.comes() is Reason.GRANTED


def test_s7_nobody_is_let_in_before_the_journal_is_known_to_be_up() -> None:
    told = Told()
    told.tell(SessionBegan(told.now, "a", live=True))
    assert told.comes() is Reason.JOURNAL_DOWN


def test_a_second_terminal_takes_the_place_of_the_first_and_both_are_written_down() -> None:
    told = ready()
    ended, begun = told.tell(SessionBegan(told.now, "b", live=True))
    assert isinstance(ended, Record)
    assert isinstance(begun, Record)
    assert (ended.occasion, ended.session, begun.session) == (Occasion.SESSION_ENDED, "a", "b")
    assert told.tell(SessionEnded(told.now, "a")) == ()
    told.session = "b"
    assert told.comes() is Reason.GRANTED


def test_a_report_is_written_down_for_the_current_connection_only() -> None:
    told = ready()
    record = Record(occasion=Occasion.REFUSED, at=1.0, reason=Reason.UNKNOWN)
    assert told.tell(Reported(told.now, "a", record)) == (replace(record, session="a"),)
    assert told.tell(Reported(told.now, "", record)) == ()


def test_a_camera_alarm_ends_when_a_terminal_sees_well_again() -> None:
    told = ready()
    told.state = replace(told.state, raised=((Alarm.CAMERA, "swapped"),))
    assert Occasion.ALARM_BEGUN in occasions(told.tell(Ticked(told.now)))
    told.tell(SessionBegan(told.now, "b", live=False))
    assert Alarm.CAMERA in told.state.alarms
    told.tell(SessionBegan(told.now, "c", live=True))
    assert Alarm.CAMERA not in told.state.alarms
