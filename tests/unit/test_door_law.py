"""Anything in any order, against the rules said again: when the lock may be open, and when it must be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge.access.clock import Reading
from edge.access.deeds import Pulse, Record, Secure, Shorten
from edge.access.door import HOLD_S
from edge.access.happenings import (
    AlarmChanged,
    Claimed,
    ClockRead,
    JournalChanged,
    Ordered,
    Part,
    Reported,
    SessionBegan,
    SessionEnded,
    ShutDown,
    Ticked,
    WireChanged,
    WireFailed,
    WireFound,
)
from edge.config import RuleSettings
from edge.config.rules import AccessRule
from edge.values import Alarm, Answer, Done, Identified, Occasion, Order, OrderKind, Reason
from tests.unit.door_builders import ANN, BOB, EVIDENCE, MONDAY, REAL, TOY, Told, face

if TYPE_CHECKING:
    Groups = tuple[str, ...]
    from edge.access.deeds import Action
    from edge.access.happenings import Event

STAFF = RuleSettings(access=(AccessRule(groups=("staff",)),))


class AnythingInAnyOrder(RuleBasedStateMachine):
    """A second door, written as plainly as can be: for each event who may open, and until when."""

    def __init__(self) -> None:
        super().__init__()
        self.told = Told(replace(REAL, rules=STAFF))
        self.now = 100.0
        self.connected = ""
        self.live = False
        self.used = 0
        self.active = dict.fromkeys(Part, False)
        self.faulty = dict.fromkeys(Part, False)
        self.journal = False
        self.over = False
        self.locked_down = False
        self.free = False
        self.names = 0
        self.exit_until = 0.0  # until when the exit button lets out whoever pressed it
        self.lawful_until = 0.0  # until when somebody who may had it opened
        self.line_until = 0.0  # until when the lock's driver holds it open

    @initialize(real=st.booleans())
    def install(self, *, real: bool) -> None:
        self.told.policy = replace(REAL if real else TOY, rules=STAFF)
        self.journal_changes(up=True)
        self.terminal_comes(live=True)

    @rule(seconds=st.floats(0, 1.4))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.happens(Ticked(self.now))

    @rule(seconds=st.floats(2, 90))
    def the_process_is_stopped_for_a_while(self, seconds: float) -> None:
        self.now += seconds
        self.happens(Ticked(self.now))

    @rule(live=st.booleans())
    def terminal_comes(self, *, live: bool) -> None:
        self.names += 1
        self.connected, self.live, self.used = f"s{self.names}", live, 0
        self.happens(SessionBegan(self.now, self.connected, live=live))

    @rule(which=st.integers(0, 1))
    def terminal_goes(self, which: int) -> None:
        name = f"s{self.names - which}"
        self.happens(SessionEnded(self.now, name))
        self.connected = "" if name == self.connected else self.connected

    @rule(age_s=st.floats(0, 0.69), who=st.sampled_from([ANN, BOB]))
    def somebody_of_the_staff_stands_there(self, age_s: float, who: str) -> None:
        del who
        self.somebody_is_identified(age_s, 1, 0, 0, ("staff",))

    @rule(
        age_s=st.sampled_from([0.0, 0.7, 0.71, -0.01, 1e6, float("nan")]),
        ahead=st.integers(-1, 2),
        arrives=st.integers(0, 1),
        says=st.integers(0, 1),
        groups=st.sampled_from([("staff",), ("guests",), ()]),
    )
    def somebody_is_identified(
        self, age_s: float, ahead: int, arrives: int, says: int, groups: tuple[str, ...]
    ) -> None:
        arrived, said = f"s{self.names - arrives}", f"s{self.names - says}"
        at, sequence = self.now - age_s, self.used + ahead
        ours = self.connected != "" and arrived == said == self.connected and sequence > self.used
        fresh = 0 <= self.now - at <= 0.7
        safe = self.live or not self.told.policy.physical_lock
        nobody = self.over or not self.journal or self.locked_down or self.active[Part.TAMPER]
        opens = ours and fresh and safe and not nobody and "staff" in groups
        if opens:
            self.lawful_until = max(self.lawful_until, self.now + 5.0)
        who = Identified(said, sequence, at, ANN, groups, None, None, (face(at),), EVIDENCE)
        actions = self.happens(Claimed(self.now, MONDAY, arrived, who))
        (answer,) = [one for one in actions if isinstance(one, Answer)]
        assert (answer.opened, answer.reason is Reason.GRANTED) == (opens, opens)
        self.used = sequence if ours else self.used

    @rule(part=st.sampled_from(list(Part)), active=st.booleans())
    def an_input_changes(self, part: Part, *, active: bool) -> None:
        pressed = part is Part.EXIT and active and not self.active[part] and not self.over
        self.active[part] = active
        if pressed:
            self.exit_until = self.now + 5.0
            self.lawful_until = max(self.lawful_until, self.exit_until)
        actions = self.happens(WireChanged(self.now, part, active))
        if pressed:
            assert isinstance(actions[0], Pulse)  # whatever else holds (S10)

    @rule(part=st.sampled_from(list(Part)), active=st.booleans())
    def an_input_is_opened_late(self, part: Part, *, active: bool) -> None:
        self.active[part] = active
        actions = self.happens(WireFound(self.now, part, active))
        if part is Part.EXIT and not self.held:
            assert not any(isinstance(one, Pulse) for one in actions)  # it was no press (S2)

    @rule(part=st.sampled_from(list(Part)), fault=st.sampled_from(["", "cut wire"]))
    def an_input_fails(self, part: Part, fault: str) -> None:
        self.faulty[part] = bool(fault)
        self.happens(WireFailed(self.now, part, fault))

    @rule(up=st.booleans())
    def journal_changes(self, *, up: bool) -> None:
        self.journal = up
        self.happens(JournalChanged(self.now, up))

    @rule(wall=st.sampled_from([0.0, MONDAY, MONDAY + 1e9, float("nan")]), synchronised=st.booleans())
    def the_clock_shows_anything(self, wall: float, *, synchronised: bool) -> None:
        self.happens(ClockRead(self.now, Reading(wall=wall, monotonic=self.now, synchronised=synchronised)))

    @rule(alarm=st.sampled_from([Alarm.CAMERA, Alarm.CONTROLLER, Alarm.MEMORY, Alarm.RULES]), on=st.booleans())
    def something_else_is_wrong(self, alarm: Alarm, *, on: bool) -> None:
        self.happens(AlarmChanged(self.now, alarm, on, "words"))

    @rule()
    def the_terminal_turns_somebody_away(self) -> None:
        record = Record(occasion=Occasion.REFUSED, at=self.now, reason=Reason.UNKNOWN)
        self.happens(Reported(self.now, self.connected, record))

    @rule(kind=st.sampled_from(list(OrderKind)), operator=st.sampled_from(["eve", ""]))
    def an_operator_orders(self, kind: OrderKind, operator: str) -> None:
        able = operator != "" and not self.over
        opening = able and self.journal and not self.locked_down and not self.active[Part.TAMPER]
        if kind is OrderKind.UNLOCK and opening:
            self.lawful_until = max(self.lawful_until, self.now + 5.0)
        self.free = (self.free or (kind is OrderKind.FREE_ACCESS and opening)) and not (
            able and kind in {OrderKind.NORMAL, OrderKind.LOCK_DOWN}
        )
        self.locked_down = (self.locked_down or (kind is OrderKind.LOCK_DOWN and able)) and not (
            kind is OrderKind.NORMAL and able
        )
        order = Order(kind=kind, operator=operator, why="a drill", handle=ANN)
        if kind is OrderKind.LOCK_DOWN and able and not self.fire:
            self.lawful_until = self.exit_until
        actions = self.happens(Ordered(self.now, MONDAY, order))
        (done,) = [one for one in actions if isinstance(one, Done)]
        assert done.done == (opening if kind in {OrderKind.UNLOCK, OrderKind.FREE_ACCESS} else able)

    @precondition(lambda self: self.names > 3)
    @rule()
    def process_ends(self) -> None:
        self.over, self.connected, self.lawful_until = True, "", 0.0
        self.happens(ShutDown(self.now))

    @property
    def fire(self) -> bool:
        return not self.over and (self.active[Part.FIRE] or self.faulty[Part.FIRE])

    @property
    def held(self) -> bool:
        free = self.free and self.journal and not self.active[Part.TAMPER] and not self.locked_down and not self.over
        return self.fire or free

    def happens(self, event: Event) -> tuple[Action, ...]:
        actions = self.told.tell(event)
        for action in actions:
            if isinstance(action, Pulse):
                self.line_until = max(self.line_until, self.now + action.seconds)
            elif isinstance(action, Shorten):
                self.line_until = min(self.line_until, self.now + action.seconds)
            elif isinstance(action, Secure):
                self.line_until = self.now
        words = [index for index, one in enumerate(actions) if not isinstance(one, Pulse | Shorten | Secure)]
        deeds = [index for index, one in enumerate(actions) if isinstance(one, Pulse | Shorten | Secure)]
        assert not words or not deeds or max(deeds) < min(words)  # words never hold up a deed
        return actions

    @invariant()
    def the_lock_is_never_open_longer_than_somebody_who_may_had_it_opened(self) -> None:
        allowed = max(self.lawful_until, self.now + HOLD_S if self.held else 0.0)
        assert self.line_until <= max(allowed, self.now)

    @invariant()
    def s10_the_lock_is_open_while_there_is_a_fire(self) -> None:
        if self.fire:
            assert self.line_until > self.now

    @invariant()
    def what_the_machine_believes_of_the_lock_is_what_it_told_it(self) -> None:
        believed = self.told.state.unlocked_until
        assert (believed or self.now) == max(self.line_until, self.now)


TestAnythingInAnyOrder = AnythingInAnyOrder.TestCase
TestAnythingInAnyOrder.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
