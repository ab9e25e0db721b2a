"""A door machine and everything that it was told to do: what the stories of the door are written with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from edge.access.clock import Reading
from edge.access.deeds import Action, Pulse, Record, Secure
from edge.access.door import step
from edge.access.happenings import (
    Claimed,
    ClockRead,
    Event,
    JournalChanged,
    Ordered,
    Part,
    SessionBegan,
    Ticked,
    WireChanged,
)
from edge.access.state import DoorState, Policy
from edge.config import (
    ContactSettings,
    DoorSettings,
    ExitSettings,
    FireSettings,
    RuleSettings,
    TamperSettings,
)
from edge.values import (
    Alarm,
    Answer,
    Credential,
    Done,
    Evidence,
    Factor,
    Handle,
    Identified,
    Occasion,
    Order,
    OrderKind,
    Reason,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

MONDAY = 1_796_032_800.0
"""Monday 2026-11-30, 11:00 in Berlin."""

BERLIN = ZoneInfo("Europe/Berlin")
EVIDENCE = Evidence(similarity=0.8, margin=0.3, threshold=0.5, fmr=1e-5, votes=2, liveness=0.9, space="toy")
ANN, BOB = Handle("a1"), Handle("b2")
REAL = Policy(
    door=DoorSettings(),
    rules=RuleSettings(),
    zone=BERLIN,
    physical_lock=True,
    exit_button=ExitSettings(line="EXIT", on_fault="ignore"),
    contact=ContactSettings(line="CONTACT", on_fault="alarm"),
    fire=FireSettings(line="FIRE", on_fault="open"),
    tamper=TamperSettings(line="TAMPER", on_fault="alarm"),
)
TOY = replace(REAL, physical_lock=False)
BLIND = replace(REAL, contact=ContactSettings())


def face(at: float, *, claimed: bool = False) -> Credential:
    return Credential(Factor.FACE, at, claimed=claimed)


@dataclass(kw_only=True)
class Visit:
    """Somebody at the door."""

    who: Handle = ANN
    groups: tuple[str, ...] = ()
    valid_from: float | None = None
    valid_until: float | None = None
    more: tuple[Credential, ...] = ()
    claimed: bool = False
    age_s: float = 0.0


@dataclass
class Told:
    """A door and all that it was told to do."""

    policy: Policy = REAL
    state: DoorState = field(default_factory=DoorState)
    actions: list[Action] = field(default_factory=list)
    now: float = 100.0
    wall: float = MONDAY
    sequence: int = 0
    session: str = "a"

    def tell(self, *events: Event) -> tuple[Action, ...]:
        actions: tuple[Action, ...] = ()
        for event in events:
            self.state, actions = step(self.state, event, self.policy)
            self.actions += actions
        return actions

    def ready(self, *, live: bool = True) -> Told:
        """Let a terminal connect, the journal be writable, and the clock be right."""
        self.tell(JournalChanged(self.now, up=True), SessionBegan(self.now, self.session, live=live))
        self.look_at_clock()
        return self

    def look_at_clock(self, *, wall: float | None = None, synchronised: bool = True) -> tuple[Action, ...]:
        reading = Reading(wall=self.wall if wall is None else wall, monotonic=self.now, synchronised=synchronised)
        return self.tell(ClockRead(self.now, reading))

    def later(self, seconds: float, *, tick_s: float = 0.1) -> tuple[Action, ...]:
        """Let time pass, with a tick every `tick_s` and the clock looked at each second."""
        done: list[Action] = []
        end = self.now + seconds
        looked = self.now
        while self.now < end - 1e-9:
            passed = min(tick_s, end - self.now)
            self.now, self.wall = self.now + passed, self.wall + passed
            done += self.tell(Ticked(self.now))
            if self.now - looked >= 1.0:
                looked = self.now
                done += self.look_at_clock()
        return tuple(done)

    def jump(self, seconds: float) -> None:
        """Let time pass at once, and look at the clock."""
        self.now, self.wall = self.now + seconds, self.wall + seconds
        self.look_at_clock()

    def comes(self, visit: Visit | None = None) -> Reason:
        """Let somebody be identified; return the answer's reason."""
        visit = visit or Visit()
        self.sequence += 1
        at = self.now - visit.age_s
        shown = (face(at, claimed=visit.claimed), *visit.more)
        who = Identified(
            session=self.session,
            sequence=self.sequence,
            at=at,
            handle=visit.who,
            groups=visit.groups,
            valid_from=visit.valid_from,
            valid_until=visit.valid_until,
            credentials=shown,
            evidence=EVIDENCE,
        )
        (answer,) = answers(self.tell(Claimed(self.now, self.wall, self.session, who)))
        assert answer.opened == (answer.reason is Reason.GRANTED)
        return answer.reason

    def wire(self, part: Part, *, active: bool) -> tuple[Action, ...]:
        return self.tell(WireChanged(self.now, part, active))

    def press(self) -> tuple[Action, ...]:
        """Press and let go of the exit button; return what the press did."""
        done = self.wire(Part.EXIT, active=True)
        self.wire(Part.EXIT, active=False)
        return done

    def order(self, kind: OrderKind, **more: object) -> Done:
        fields = {"operator": "eve", "why": "a drill", **more}
        order = Order(kind=kind, **fields)  # type: ignore[arg-type]  # the stories name the fields
        (done,) = [one for one in self.tell(Ordered(self.now, self.wall, order)) if isinstance(one, Done)]
        return done

    @property
    def pulses(self) -> list[float]:
        return [action.seconds for action in self.actions if isinstance(action, Pulse)]

    @property
    def occasions(self) -> list[Occasion]:
        return occasions(self.actions)

    def unlocked(self) -> bool:
        return self.state.unlocked_until is not None


def answers(actions: Iterable[Action]) -> list[Answer]:
    return [action for action in actions if isinstance(action, Answer)]


def occasions(actions: Iterable[Action]) -> list[Occasion]:
    return [action.occasion for action in actions if isinstance(action, Record)]


def alarms(actions: Iterable[Action], occasion: Occasion = Occasion.ALARM_BEGUN) -> list[Alarm]:
    return [a.alarm for a in actions if isinstance(a, Record) and a.occasion is occasion and a.alarm is not None]


def secured(actions: Iterable[Action]) -> int:
    return sum(isinstance(action, Secure) for action in actions)


def ready(policy: Policy = REAL, *, live: bool = True) -> Told:
    return Told(policy).ready(live=live)


def ruled(rules: RuleSettings, policy: Policy = REAL) -> Told:
    """A ready door with these rules."""
    return ready(replace(policy, rules=rules))
