"""The door as a state machine: pure. Whoever runs it tells it what happened and when, and does what it answers.

It opens on two paths only, `_claimed` and `_exit_changed`; on every other event, and in any doubt, it stays
locked (S2, S3). The relock itself is the lock driver's; the machine only keeps count of when that was due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from edge.access.rules import may_pass
from edge.values import Answer, Evidence, Flaw, Handle, Identified, Occasion, Reason, Sign

if TYPE_CHECKING:
    from edge.access.rules import Policy


@dataclass(frozen=True, slots=True)
class Session:
    """The connection that may ask for the door.

    Attributes:
        name: Its random number.
        live: Whether its terminal watches a real camera and judges liveness (S11).
        last: The highest sequence number it used (S2).
    """

    name: str
    live: bool
    last: int = 0


@dataclass(frozen=True, slots=True)
class DoorState:
    """What the door knows; the first state is locked, alone and without a journal.

    Attributes:
        session: The current connection; None when no terminal is there.
        unlocked_until: Monotonic seconds at which the last pulse ends; None while locked.
        exit_pressed: Whether the exit button is down. A button that is down at the start must first be let go (S2).
        journal_up: Whether what happens can be written down.
        stopped: Whether the door was shut down; nothing opens it any more.
    """

    session: Session | None = None
    unlocked_until: float | None = None
    exit_pressed: bool = False
    journal_up: bool = False
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class SessionBegan:
    """A terminal greeted the door; it takes the place of any other."""

    now: float
    name: str
    live: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A connection is gone."""

    now: float
    name: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The connection with session number `session` said that somebody is there; `wall` is seconds since the epoch."""

    now: float
    wall: float
    session: str
    identified: Identified


@dataclass(frozen=True, slots=True)
class Reported:
    """The connection with session number `session` said that it turned somebody away."""

    now: float
    session: str
    record: Record


@dataclass(frozen=True, slots=True)
class ExitChanged:
    """The exit button went down or came up."""

    now: float
    pressed: bool


@dataclass(frozen=True, slots=True)
class JournalChanged:
    """The journal can be written again, or no longer."""

    now: float
    up: bool


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed."""

    now: float


@dataclass(frozen=True, slots=True)
class ShutDown:
    """The process ends."""

    now: float
    why: str = ""


Event = SessionBegan | SessionEnded | Claimed | Reported | ExitChanged | JournalChanged | Ticked | ShutDown


@dataclass(frozen=True, slots=True)
class Pulse:
    """Unlock for `seconds`; not after `not_after`, monotonic seconds, when its picture is too old (S1)."""

    seconds: float
    not_after: float | None = None

    def late(self, now: float) -> bool:
        """Whether `now` is too late to begin; a time that is not a number is."""
        return self.not_after is not None and not now <= self.not_after


@dataclass(frozen=True, slots=True)
class Secure:
    """Lock now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Write down what happened.

    Attributes:
        occasion: What.
        at: When, monotonic seconds.
        reason: Why.
        handle: Who.
        evidence: How sure the terminal was.
        flaws: What was wrong with the view.
        sign: What spoke most against a live person.
        track: Which track of the terminal.
        session: Which connection.
        words: More for people.
    """

    occasion: Occasion
    at: float
    reason: Reason | None = None
    handle: Handle | None = None
    evidence: Evidence | None = None
    flaws: tuple[Flaw, ...] = ()
    sign: Sign | None = None
    track: int | None = None
    session: str | None = None
    words: str = ""


Action = Pulse | Secure | Answer | Record
Step = tuple[DoorState, tuple[Action, ...]]


def step(state: DoorState, event: Event, policy: Policy) -> Step:
    """Return the state after `event`, and what to do, in this order: deeds come first, and words never hold them up.

    A `Pulse` whose `not_after` has passed must not be carried out; the same claim is then told anew, with its new
    `now`, to the state from before it.
    """
    state, relocked = _relock(state, event.now)
    state, actions = _react(state, event, policy)
    actions = relocked + actions
    deeds = tuple(action for action in actions if isinstance(action, Pulse | Secure))
    return state, deeds + tuple(action for action in actions if not isinstance(action, Pulse | Secure))


def _relock(state: DoorState, now: float) -> Step:
    if state.unlocked_until is None or now < state.unlocked_until:
        return state, ()
    return replace(state, unlocked_until=None), (Record(occasion=Occasion.LOCKED, at=now),)


def _react(state: DoorState, event: Event, policy: Policy) -> Step:
    result: Step = (state, ())
    match event:
        case Claimed():
            result = _claimed(state, event, policy)
        case ExitChanged():
            result = _exit_changed(state, event, policy)
        case SessionBegan():
            result = _began(state, event)
        case SessionEnded():
            result = _ended(state, event)
        case Reported(record=record):
            current = state.session is not None and state.session.name == event.session
            result = state, (replace(record, session=event.session),) if current else ()
        case JournalChanged(up=up):
            result = replace(state, journal_up=up), ()
        case ShutDown():
            result = _shut_down(state, event)
        case Ticked():
            pass
        case _:  # pragma: no cover
            assert_never(event)
    return result


def _claimed(state: DoorState, event: Claimed, policy: Policy) -> Step:
    identified = event.identified
    session = state.session
    if (
        session is None
        or not session.name == event.session == identified.session
        or identified.sequence <= session.last
    ):
        return state, _refuse(event, Reason.REPLAYED)
    state = replace(state, session=replace(session, last=identified.sequence))
    reason = _forbidden(state, session, event, policy)
    if reason is not None:
        return state, _refuse(event, reason)
    record = Record(
        occasion=Occasion.GRANTED,
        at=event.now,
        reason=Reason.GRANTED,
        handle=identified.handle,
        evidence=identified.evidence,
        session=event.session,
    )
    answer = Answer(identified.sequence, opened=True, reason=Reason.GRANTED)
    pulse = Pulse(policy.pulse_s, not_after=identified.at + policy.max_frame_age_s)
    return _unlocked(state, event.now, policy), (pulse, record, answer)


def _forbidden(state: DoorState, session: Session, event: Claimed, policy: Policy) -> Reason | None:
    if policy.physical_lock and not session.live:
        return Reason.UNSAFE_SOURCE
    if state.stopped:
        return Reason.DOOR_UNREACHABLE
    if not state.journal_up:
        return Reason.JOURNAL_DOWN
    return may_pass(event.identified, event.now, event.wall, policy)


def _refuse(event: Claimed, reason: Reason) -> tuple[Action, ...]:
    record = Record(
        occasion=Occasion.REFUSED,
        at=event.now,
        reason=reason,
        handle=event.identified.handle,
        evidence=event.identified.evidence,
        session=event.session,
    )
    return (record, Answer(event.identified.sequence, opened=False, reason=reason))


def _exit_changed(state: DoorState, event: ExitChanged, policy: Policy) -> Step:
    edge = event.pressed and not state.exit_pressed
    state = replace(state, exit_pressed=event.pressed)
    if not edge or state.stopped:
        return state, ()
    record = Record(occasion=Occasion.EXIT, at=event.now, reason=Reason.EXIT_BUTTON)
    return _unlocked(state, event.now, policy), (Pulse(policy.pulse_s), record)


def _unlocked(state: DoorState, now: float, policy: Policy) -> DoorState:
    ends = now + policy.pulse_s
    return replace(state, unlocked_until=max(ends, state.unlocked_until or ends))


def _began(state: DoorState, event: SessionBegan) -> Step:
    records: tuple[Action, ...] = ()
    if state.session is not None:
        words = "another terminal took its place"
        records += (Record(occasion=Occasion.SESSION_ENDED, at=event.now, session=state.session.name, words=words),)
    words = "live" if event.live else f"NOT LIVE: {event.why}"
    records += (Record(occasion=Occasion.SESSION_BEGUN, at=event.now, session=event.name, words=words),)
    return replace(state, session=Session(event.name, event.live)), records


def _ended(state: DoorState, event: SessionEnded) -> Step:
    if state.session is None or state.session.name != event.name:
        return state, ()
    record = Record(occasion=Occasion.SESSION_ENDED, at=event.now, session=event.name, words=event.why)
    return replace(state, session=None), (record,)


def _shut_down(state: DoorState, event: ShutDown) -> Step:
    record = Record(occasion=Occasion.DOOR_STOPPED, at=event.now, words=event.why)
    return replace(state, session=None, unlocked_until=None, stopped=True), (Secure(), record)
