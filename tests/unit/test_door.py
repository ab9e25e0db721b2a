"""The door's state machine: stories of single rules, then anything in any order against the rules said again."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from edge.access.door import (
    Action,
    Claimed,
    DoorState,
    Event,
    ExitChanged,
    JournalChanged,
    Pulse,
    Record,
    Reported,
    Secure,
    SessionBegan,
    SessionEnded,
    ShutDown,
    Ticked,
    step,
)
from edge.access.rules import Policy
from edge.values import Answer, Evidence, Handle, Identified, Occasion, Reason

REAL = Policy(max_frame_age_s=0.7, pulse_s=5.0, physical_lock=True)
TOY = Policy(max_frame_age_s=0.7, pulse_s=5.0, physical_lock=False)
EVIDENCE = Evidence(similarity=0.8, margin=0.3, threshold=0.5, fmr=1e-5, votes=2, liveness=0.9, space="toy")
WALL = 1_700_000_000.0


def claim(now: float, sequence: int = 1, *, session: str = "a", said: str = "a", at: float | None = None) -> Claimed:
    at = now if at is None else at
    return Claimed(now, WALL, session, Identified(said, sequence, at, Handle("h"), (), None, None, ("face",), EVIDENCE))


@dataclass
class Told:
    """A door and all that it was told to do."""

    policy: Policy = REAL
    state: DoorState = field(default_factory=DoorState)
    actions: list[Action] = field(default_factory=list)

    def tell(self, *events: Event) -> tuple[Action, ...]:
        actions: tuple[Action, ...] = ()
        for event in events:
            self.state, actions = step(self.state, event, self.policy)
            self.actions += actions
        return actions

    @property
    def pulses(self) -> int:
        return sum(isinstance(action, Pulse) for action in self.actions)


def ready(policy: Policy = REAL, *, live: bool = True) -> Told:
    told = Told(policy)
    told.tell(JournalChanged(0.0, up=True), SessionBegan(0.0, "a", live=live, why="" if live else "liveness is off"))
    return told


def reasons(actions: tuple[Action, ...]) -> list[Reason]:
    return [action.reason for action in actions if isinstance(action, Answer)]


def test_a_live_person_opens_the_door_once_and_is_written_down() -> None:
    pulse, record, answer = ready().tell(claim(1.0))
    assert isinstance(record, Record)
    assert record.occasion is Occasion.GRANTED
    assert record.handle == "h"
    assert pulse == Pulse(5.0, not_after=1.7)
    assert answer == Answer(1, opened=True, reason=Reason.GRANTED)


def test_the_relock_is_written_down_when_the_last_of_two_pulses_is_over() -> None:
    told = ready()
    told.tell(claim(1.0), claim(3.0, 2), Ticked(7.9))
    assert told.state.unlocked_until == 8.0
    assert told.tell(Ticked(8.0)) == (Record(occasion=Occasion.LOCKED, at=8.0),)
    assert told.state.unlocked_until is None


def test_s1_a_stale_picture_is_refused_and_its_number_is_used_up() -> None:
    told = ready()
    assert reasons(told.tell(claim(2.0, at=1.0))) == [Reason.STALE]
    assert reasons(told.tell(claim(2.0, at=2.0))) == [Reason.REPLAYED]
    assert told.pulses == 0


def test_s1_a_pulse_is_too_late_when_its_picture_is_and_the_exit_button_s_never() -> None:
    assert ready().tell(claim(2.0, at=1.5))[0] == Pulse(5.0, not_after=1.5 + 0.7)
    assert [Pulse(5.0, due).late(2.2) for due in (2.2, 2.199, float("nan"), None)] == [False, True, True, False]


def test_s10_no_word_is_ever_said_before_the_deed_not_even_of_a_relock_that_is_overdue() -> None:
    told = ready()
    told.tell(claim(1.0))
    assert [type(one) for one in told.tell(ExitChanged(20.0, pressed=True))] == [Pulse, Record, Record]
    assert [type(one) for one in told.tell(claim(40.0, 2))] == [Pulse, Record, Record, Answer]
    assert [type(one) for one in told.tell(ShutDown(60.0))] == [Secure, Record, Record]


def test_s2_the_same_message_twice_opens_once() -> None:
    told = ready()
    told.tell(claim(1.0))
    assert reasons(told.tell(claim(1.1, at=1.0))) == [Reason.REPLAYED]
    assert told.pulses == 1


def test_s2_a_message_of_an_earlier_connection_opens_nothing() -> None:
    told = ready()
    told.tell(SessionEnded(1.0, "a"), SessionBegan(1.0, "b", live=True))
    assert reasons(told.tell(claim(1.1, session="b", said="a"))) == [Reason.REPLAYED]
    assert reasons(told.tell(claim(1.1, session="a", said="b"))) == [Reason.REPLAYED]
    assert reasons(told.tell(claim(1.1, session="", said=""))) == [Reason.REPLAYED]
    assert told.pulses == 0


def test_s2_connecting_and_leaving_never_opens() -> None:
    told = Told()
    for number in range(100):
        told.tell(
            SessionBegan(number, str(number), live=True),
            JournalChanged(number, up=bool(number % 2)),
            SessionEnded(number, str(number)),
        )
    told.tell(ShutDown(200.0))
    assert told.pulses == 0


def test_s2_a_button_that_is_down_at_the_start_must_first_be_let_go() -> None:
    told = Told(state=DoorState(exit_pressed=True))
    told.tell(Ticked(0.0), ExitChanged(0.1, pressed=True))
    assert told.pulses == 0
    told.tell(ExitChanged(0.2, pressed=False), ExitChanged(0.3, pressed=True))
    assert told.pulses == 1


def test_s3_a_door_that_nobody_told_anything_lets_nobody_in() -> None:
    told = Told()
    assert reasons(told.tell(claim(1.0))) == [Reason.REPLAYED]
    assert told.pulses == 0


def test_s3_shut_down_locks_and_nothing_opens_afterwards() -> None:
    told = ready()
    told.tell(claim(1.0))
    assert told.tell(ShutDown(2.0))[0] == Secure()
    told.tell(SessionBegan(2.1, "b", live=True), claim(2.2, session="b", said="b"), ExitChanged(2.3, pressed=True))
    assert told.pulses == 1


def test_s10_the_exit_button_opens_once_a_press_without_journal_terminal_or_liveness() -> None:
    told = Told()
    assert told.tell(ExitChanged(1.0, pressed=True))[0] == Pulse(5.0)
    told.tell(ExitChanged(1.1, pressed=True), Ticked(2.0), ExitChanged(2.1, pressed=False))
    assert told.pulses == 1
    told.tell(ExitChanged(2.2, pressed=True))
    assert told.pulses == 2


def test_s11_a_real_lock_never_opens_for_a_source_that_is_not_live() -> None:
    told = ready(REAL, live=False)
    assert reasons(told.tell(claim(1.0))) == [Reason.UNSAFE_SOURCE]
    assert told.pulses == 0
    begun = [a.words for a in told.actions if isinstance(a, Record) and a.occasion is Occasion.SESSION_BEGUN]
    assert begun == ["NOT LIVE: liveness is off"]


def test_s11_a_simulated_lock_may() -> None:
    assert reasons(ready(TOY, live=False).tell(claim(1.0))) == [Reason.GRANTED]


def test_s7_nobody_is_let_in_while_the_journal_is_down() -> None:
    told = ready()
    told.tell(JournalChanged(1.0, up=False))
    assert reasons(told.tell(claim(1.0))) == [Reason.JOURNAL_DOWN]
    told.tell(JournalChanged(1.1, up=True))
    assert reasons(told.tell(claim(1.2, 2))) == [Reason.GRANTED]


def test_a_second_terminal_takes_the_place_of_the_first_and_both_are_written_down() -> None:
    told = ready()
    ended, begun = told.tell(SessionBegan(1.0, "b", live=True))
    assert isinstance(ended, Record)
    assert isinstance(begun, Record)
    assert (ended.occasion, ended.session, begun.session) == (Occasion.SESSION_ENDED, "a", "b")
    assert told.tell(SessionEnded(1.1, "a")) == ()
    assert reasons(told.tell(claim(1.2, session="b", said="b"))) == [Reason.GRANTED]


def test_a_report_is_written_down_for_the_current_connection_only() -> None:
    told = ready()
    record = Record(occasion=Occasion.REFUSED, at=1.0, reason=Reason.UNKNOWN)
    (written,) = told.tell(Reported(1.0, "a", record))
    assert isinstance(written, Record)
    assert (written.reason, written.session) == (Reason.UNKNOWN, "a")
    assert told.tell(Reported(1.0, "", record)) == ()


class AnythingInAnyOrder(RuleBasedStateMachine):
    """Says S1, S2, S3, S10, S11 and the journal's rule again, and compares after each event."""

    def __init__(self) -> None:
        super().__init__()
        self.told = Told()
        self.now = 100.0
        self.connected = ""
        self.live = False
        self.used = 0
        self.pressed = False
        self.journal = False
        self.over = False
        self.names = 0

    @initialize(real=st.booleans())
    def install(self, *, real: bool) -> None:
        self.told.policy = REAL if real else TOY
        self.journal_changes(up=True)
        self.terminal_comes(live=True)

    @rule(seconds=st.floats(0, 20))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.expect(Ticked(self.now), opens=False)

    @rule(live=st.booleans())
    def terminal_comes(self, *, live: bool) -> None:
        self.names += 1
        self.connected, self.live, self.used = f"s{self.names}", live, 0
        self.expect(SessionBegan(self.now, self.connected, live=live), opens=False)

    @rule(which=st.integers(0, 1))
    def terminal_goes(self, which: int) -> None:
        name = f"s{self.names - which}"
        self.expect(SessionEnded(self.now, name), opens=False)
        self.connected = "" if name == self.connected else self.connected

    @rule(age_s=st.floats(0, 0.69))
    def somebody_stands_there(self, age_s: float) -> None:
        self.somebody_is_identified(age_s, 1, 0, 0)

    @rule(
        age_s=st.sampled_from([0.0, 0.7, 0.71, -0.01, 1e6, float("nan")]),
        ahead=st.integers(-1, 2),
        arrives=st.integers(0, 1),
        says=st.integers(0, 1),
    )
    def somebody_is_identified(self, age_s: float, ahead: int, arrives: int, says: int) -> None:
        arrived, said = f"s{self.names - arrives}", f"s{self.names - says}"
        at, sequence = self.now - age_s, self.used + ahead
        ours = self.connected != "" and arrived == said == self.connected and sequence > self.used
        fresh = 0 <= self.now - at <= 0.7
        safe = self.live or not self.told.policy.physical_lock
        self.expect(
            claim(self.now, sequence, session=arrived, said=said, at=at),
            opens=ours and fresh and safe and self.journal and not self.over,
        )
        self.used = sequence if ours else self.used

    @rule(pressed=st.booleans())
    def exit_button(self, *, pressed: bool) -> None:
        self.expect(ExitChanged(self.now, pressed), opens=pressed and not self.pressed and not self.over)
        self.pressed = pressed

    @rule(up=st.booleans())
    def journal_changes(self, *, up: bool) -> None:
        self.journal = up
        self.expect(JournalChanged(self.now, up), opens=False)

    @precondition(lambda self: self.names > 3)
    @rule()
    def process_ends(self) -> None:
        self.over, self.connected = True, ""
        self.expect(ShutDown(self.now), opens=False)

    def expect(self, event: Event, *, opens: bool) -> None:
        actions = self.told.tell(event)
        assert [a.seconds for a in actions if isinstance(a, Pulse)] == ([5.0] if opens else [])
        answers = [a for a in actions if isinstance(a, Answer)]
        if isinstance(event, Claimed):
            (answer,) = answers
            assert (answer.opened, answer.sequence) == (opens, event.identified.sequence)
            assert (answer.reason is Reason.GRANTED) == opens
        else:
            assert answers == []
        if opens:
            assert self.told.state.unlocked_until == self.now + 5.0
            assert isinstance(actions[0], Pulse)
            assert any(isinstance(a, Record) and a.occasion in {Occasion.GRANTED, Occasion.EXIT} for a in actions)


TestAnythingInAnyOrder = AnythingInAnyOrder.TestCase
TestAnythingInAnyOrder.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
