"""Second factors at the door: what is typed and shown beside a face, joined to the terminal's loop.

Everything happens in the loop's thread but the slow part of a check (Argon2, a synced write), which a thread of its own
does: the loop goes on meanwhile, and takes the result in before a later frame. Whatever is found right begins a claim
(`edge.app.claims`): that person's face is then looked for afresh, and the door hears of all of it at once.
"""

from __future__ import annotations

import contextlib
import logging
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge.access import factors
from edge.access.factors import Presented
from edge.app.asking import AskingDoor
from edge.app.claims import Claim
from edge.app.codes import Seen
from edge.errors import LinkError, StoreError
from edge.link.notices import Shut, Trust
from edge.people.pins import PinMatch, check
from edge.values import NOTICES, Alarm, Credential, Factor, PersonId, Reason, Verdict, request
from hw.base import Signal

if TYPE_CHECKING:
    from edge.access.decide import State
    from edge.access.lockout import Lockouts
    from edge.app.asking import Around, Asks, Records
    from edge.link.notices import Typed
    from edge.loop import Terminal
    from edge.values import Answer, Handle, Person, Sighting
    from edge.vision.pipeline import Memory
    from hw.base import Frame

_log = logging.getLogger(__name__)

SAME_S = 2.0
"""A code that stays in view is shown once: it is shown again when it was out of view for so long."""

SHOWN_S = 2.0
"""For so long a refusal stands, and no other code is looked at."""

_ASKS = frozenset({Reason.FACTOR_MISSING, Reason.FACTOR_ORDER})
_ON_THE_WAY = frozenset({Reason.STALE, Reason.DOOR_UNREACHABLE, Reason.JOURNAL_DOWN, Reason.REPLAYED})
_UNDECIDED = frozenset({Reason.POOR_VIEW, Reason.TOO_MANY_FACES})


@dataclass(frozen=True, slots=True)
class _Job:
    """A check that runs, and what it is of: a PIN of somebody, or a code."""

    future: Future[PinMatch | Seen]
    at: float
    person: PersonId | None = None


class Credentials:
    """Told of every frame, of what is typed, and of what the door answers."""

    def __init__(self, asks: Asks, records: Records, around: Around) -> None:
        """Take what this door may ask for, whom the store knows, and what lies around."""
        self._asks, self._records, self._around = asks, records, around
        self._claims, self._now = around.claims, around.now
        self._worker = ThreadPoolExecutor(1, "credentials")
        self._job: _Job | None = None
        self._presented = Presented()
        self._claim: Claim | None = None
        self._trusted = False
        self._last: tuple[str, float] = ("", float("-inf"))
        self._quiet_until = float("-inf")
        self._forced = False

    def close(self) -> None:
        """End the thread; a second call does nothing."""
        self._worker.shutdown(cancel_futures=True)

    def settled(self, timeout_s: float = 10.0) -> None:
        """Wait until no check runs; its result counts from the next frame on."""
        if self._job is not None:
            wait((self._job.future,), timeout_s)

    @property
    def busy(self) -> bool:
        """Whether somebody is asked for something, or something that was shown is being checked or counts."""
        return self._job is not None or bool(self._presented.asked or self._presented.shown)

    @property
    def lockouts(self) -> Lockouts:
        """Failures under each identity."""
        return self._presented.lockouts

    def remember(self, lockouts: Lockouts) -> None:
        """Take over the failures that another one counted."""
        self._presented = replace(self._presented, lockouts=lockouts)

    def joined(self, terminal: Terminal) -> Terminal:
        """Return the same terminal that also asks for second factors."""
        see, tell = terminal.see, terminal.tell

        def look(frame: Frame, memory: Memory) -> tuple[Sighting, Memory]:
            self.look(frame)
            return see(frame, memory)

        def told(state: State, verdict: Verdict | None, outcome: Reason | None) -> None:
            if verdict is not None or self._now() >= self._quiet_until:
                tell(state, verdict, outcome)

        return replace(terminal, see=look, tell=told, door=AskingDoor(terminal.door, self.answered, self.refused))

    def notice(self) -> str:
        """Return what the person is asked for now; empty for nothing."""
        asked = self._presented.asked
        if Factor.PIN in asked and Factor.QR in asked:
            return NOTICES["enter-pin-show-code"]
        if Factor.PIN in asked:
            return NOTICES["enter-pin"]
        return NOTICES["show-code"] if Factor.QR in asked else ""

    def look(self, frame: Frame) -> None:
        """Take in what has happened since the last frame, and look for a code in this one.

        Raises:
            EdgeError: A door that came back is laxer than head office's limits.
        """
        now = self._now()
        self._presented = factors.current(self._presented, now)
        for told in self._around.door.heard():
            if isinstance(told, Trust):
                self._trusted = told.clock
            elif isinstance(told, Shut):
                self._around.hears.shut(told.shut)
            elif self._elsewhere(now):
                if not told.digits:  # a number that was meant for the door confirms nothing
                    self._around.hears.press(told.key, told.at)
            else:
                self._typed(told, now)
        if self._job is not None and self._job.future.done():
            job, self._job = self._job, None
            self._finish(job, now)
        if self._forced:
            self._call_for_help()
        if frame.sequence % self._asks.every == 0 and self._wants_code(now):
            self._saw(self._around.read(frame.pixels), frame.at)

    def answered(self, person: Person, shown: tuple[Credential, ...], answer: Answer) -> None:
        """Take in what the door said to a face."""
        if answer.reason in _ASKS:
            wants, window_s = answer.wants or (Factor.QR,), self._asks.window_s
            self._presented = factors.missed(self._presented, person.id, wants, shown, self._now(), window_s)
            if self._presented.shown and not self._presented.asked and not self._mine():  # no claim brought all of it
                self._begin()
        elif answer.reason is Reason.GRANTED:
            self._presented = factors.admitted(self._presented, person.id)
        elif answer.reason not in _ON_THE_WAY and (shown or self._mine()):
            self._presented = factors.emptied(self._presented)

    def refused(self, verdict: Verdict) -> None:
        """Take in that a face was refused: a claim is one attempt, and what was shown for it is used up."""
        if verdict.reason not in _UNDECIDED and self._mine():
            self._presented = factors.emptied(self._presented)

    def _mine(self) -> bool:
        return self._claim is not None and self._claims.current(self._now()) is self._claim

    def _elsewhere(self, now: float) -> bool:
        """Whether a verification stands: until it is answered nobody is asked for anything else."""
        standing = self._claims.current(now)
        return standing is not None and standing is not self._claim

    def _wants_code(self, now: float) -> bool:
        asked = Factor.QR in self._presented.asked or self._asks.codes
        return asked and self._job is None and now >= self._quiet_until and not self._elsewhere(now)

    def _typed(self, typed: Typed, now: float) -> None:
        if self._job is not None:
            return
        if typed.key == "*" and not self._presented.shown:
            self._presented = factors.emptied(self._presented)
        elif typed.digits and Factor.PIN in self._presented.asked:
            person, digits = self._presented.person, typed.digits
            self._job = _Job(self._worker.submit(self._check, person, digits), typed.at, person)
        elif typed.digits:
            self._number(PersonId(typed.digits), now)

    def _check(self, person: PersonId | None, digits: str) -> PinMatch:
        return check(None if person is None else self._records.secrets(person), digits)

    def _number(self, number: PersonId, now: float) -> None:
        """Take a number: who says it is to be asked for a PIN where any rule asks for one, whoever it may be."""
        found = self._records.person(number)
        person = None if found is None else found.id
        wants = (Factor.PIN,) if self._asks.pins else ()
        self._presented = factors.ask(self._presented, person, wants, now + self._asks.window_s)
        if not wants:
            self._begin()

    def _saw(self, text: str | None, at: float) -> None:
        if text is None:
            return
        before, last_at = self._last
        self._last = (text, at)
        if text != before or at - last_at > SAME_S:
            self._job = _Job(self._worker.submit(self._around.desk.take, text, trusted=self._trusted), at)

    def _finish(self, job: _Job, now: float) -> None:
        try:
            found = job.future.result()
        except StoreError as error:
            _log.error("a code or PIN cannot be checked: %s", error)
            self._refuse(Reason.WRONG_PIN if job.person else Reason.WRONG_CODE, job.person, job.at)
            return
        self._forced |= found is PinMatch.DURESS  # also of who is locked out, or whose face never follows
        if isinstance(found, Seen):
            self._last = (self._last[0], now)  # nobody looked meanwhile
            self._finish_code(found, job.at)
        elif job.person is not None and self._presented.lockouts.locked(job.person, now):
            self._refuse(Reason.LOCKED_OUT, job.person, job.at)
        elif found is PinMatch.NONE or job.person is None:
            if job.person is not None:
                self._presented = factors.failed(self._presented, job.person, now, self._asks.backoff)
            self._refuse(Reason.WRONG_PIN, job.person, job.at)
        elif self._presented.person == job.person:
            self._prove(job.person, Credential(Factor.PIN, job.at, claimed=True, duress=found is PinMatch.DURESS))

    def _call_for_help(self) -> None:
        """Have the door alarm silently; a door that is away just now hears of it with a later frame."""
        with contextlib.suppress(LinkError):
            self._around.door.warn(Alarm.DURESS, "", on=True)
            self._forced = False

    def _finish_code(self, seen: Seen, at: float) -> None:
        if seen.fault is not None or seen.person is None:
            person = None if seen.person is None else seen.person.id
            verdict = Verdict(at, 0, Reason.WRONG_CODE, person, fault=seen.fault)
            self._tell_refusal(verdict, None if seen.person is None else seen.person.handle)
        else:
            self._prove(seen.person.id, Credential(Factor.QR, at))

    def _prove(self, person: PersonId, credential: Credential) -> None:
        self._presented = factors.proven(self._presented, person, credential, self._asks.window_s)
        if not self._presented.asked:
            self._begin()

    def _begin(self) -> None:
        """Look for the face of whom everything was shown for: of nobody, where a number was nobody's.

        While a verification stands nothing takes its place: what was shown must be shown again.
        """
        if self._elsewhere(self._now()):
            self._presented = factors.emptied(self._presented)
            return
        person = self._presented.person
        rule, search = self._records.claimed(person)
        self._claim = Claim(
            person=PersonId("") if person is None else person,
            credentials=self._presented.shown,
            rule=rule,
            search=search,
            until=self._presented.until,
            answer=None,
            words=NOTICES["look"],
        )
        self._claims.begin(self._claim)

    def _refuse(self, reason: Reason, person: PersonId | None, at: float) -> None:
        found = None if person is None else self._records.person(person)
        self._tell_refusal(Verdict(at, 0, reason, person), None if found is None else found.handle)

    def _tell_refusal(self, verdict: Verdict, handle: Handle | None) -> None:
        """Tell the door, which counts it, and the person, who hears the same whatever it was."""
        self._quiet_until = self._now() + SHOWN_S
        self._last = (self._last[0], self._quiet_until)  # nobody looks meanwhile: a code that stays is one showing
        self._around.prompt.tell(Signal.REFUSED, "refused", request(verdict.reason) or "")
        with contextlib.suppress(LinkError):
            self._around.door.report(verdict, handle)
