"""What the loop recognises people with: whoever comes, or, while a claim stands, the one person who was claimed.

All of it is asked in the loop's thread. What stands is looked up once a frame, so that one frame is seen, judged and
answered under one claim; a claim that begins or ends in between counts from the next frame on.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from edge.access import decide
from edge.access.claiming import begun, busy, ended
from edge.access.inquiry import UNDECIDED
from edge.app.prompting import Prompting
from edge.errors import ModelError, SpaceError
from edge.loop import Terminal
from edge.values import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.access.decide import Rule, State
    from edge.app.claims import Claim, Claims
    from edge.link.ports import DoorPort
    from edge.values import Credential, Embedding, Match, Move, Person, PersonId, Search, Sighting, Verdict
    from edge.vision.pipeline import Memory
    from hw.base import Camera, Frame, Prompt

    See = Callable[[Frame, Memory, Search], tuple[Sighting, Memory]]
    Tell = Callable[[State, Verdict | None, Reason | None], None]
    Observer = Callable[[Frame, Sighting, Verdict | None, Reason | None], None]

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Recognition:
    """What the loop recognises people with; the names are those of `Terminal`.

    Attributes:
        sees: Says what a frame shows, with a search of its own.
        search: Searches everybody.
        usual: The rule of this moment for whoever comes.
        roster: Reads a person afresh from the store.
        claims: The claim that stands, if any.
        notice: Says what else a person is asked to do; empty for nothing.
    """

    sees: See
    search: Search
    usual: Callable[[], Rule]
    roster: Callable[[PersonId], Person | None]
    claims: Claims
    notice: Callable[[], str] = str
    _claim: Claim | None = field(default=None, init=False)
    _turned_from: tuple[Claim | None, Rule] | None = field(default=None, init=False)
    _spent: int | None = field(default=None, init=False)
    _busy: bool = field(default=False, init=False)

    def see(self, frame: Frame, memory: Memory) -> tuple[Sighting, Memory]:
        """Look at a frame; a claim that has just begun waits for the end of a challenge that runs (S4)."""
        standing = self.claims.current(frame.at)
        if standing is not self._claim and not (self._claim is None and self._busy):
            self._turned_from = self._claim, self._rule()
            self._claim = standing
        return self.sees(frame, memory, self.search if self._claim is None else self._claimed)

    def step(self, state: State, sighting: Sighting) -> tuple[State, Verdict | None]:
        """Decide, on a fresh attempt where the question has changed."""
        if self._claim is not None and not self._claim.judging:
            return state, None
        if self._turned_from is not None:
            state = self._turned(state, *self._turned_from)
            self._turned_from = None
        state, verdict = decide.step(state, sighting, self._rule())
        self._busy = busy(state)
        return state, verdict

    def answer(self, verdict: Verdict) -> Reason | None:
        """Tell whoever asked for a verification; None where the door is to be asked."""
        if self._claim is None or self._claim.answer is None:
            return None
        self._claim.answer(verdict)
        return Reason.VERIFIED if verdict.granted else verdict.reason

    def shown(self) -> tuple[Credential, ...]:
        """Return what had said who it is."""
        return () if self._claim is None else self._claim.credentials

    def settle(self, state: State, verdict: Verdict, outcome: Reason) -> State:
        """Take the outcome into account; a claim before the door is one attempt, and ends with it."""
        state = decide.settle(state, verdict, outcome, self._rule())
        self._busy = busy(state)
        decided = outcome not in UNDECIDED and (state.attempt is None or state.attempt.over)
        if decided and self._claim is not None and self._claim.answer is None:
            self.claims.end(self._claim)
        return state

    def asked(self, state: State) -> Move | None:
        """Return the movement that the person is to be asked for now."""
        if self._claim is not None and not self._claim.judging:
            return None
        return decide.asked(state, self._rule())

    def words(self) -> str:
        """Return what a person is told while nothing else is asked of them; empty for nothing."""
        return self.notice() if self._claim is None else self._claim.words

    def terminal(self, camera: Camera, door: DoorPort, prompt: Prompt, observe: Observer) -> Terminal:
        """Join it to a camera, a door, a prompt, and whoever looks on."""
        return Terminal(
            camera=camera,
            see=self.see,
            step=self.step,
            roster=self.roster,
            door=door,
            settle=self.settle,
            tell=partial(self._tell, Prompting(prompt, self.asked, time.monotonic, self.words)),
            observe=observe,
            answer=self.answer,
            shown=self.shown,
        )

    def _tell(self, say: Tell, state: State, verdict: Verdict | None, outcome: Reason | None) -> None:
        """Have it said to the person what became of it, but thank nobody of whom more is asked."""
        if outcome is Reason.VERIFIED and self._claim is not None and not self._claim.thanks:
            verdict, outcome = None, None
        say(state, verdict, outcome)

    def _turned(self, state: State, before: Claim | None, rule: Rule) -> State:
        """Return what is remembered where another question is asked now; a track that had its attempt is noted (S4)."""
        attempt = state.attempt
        if attempt is not None and (attempt.over or (before is not None and before.answer is not None)):
            self._spent = attempt.track
        return begun(state, rule) if self._claim is not None else ended(state, rule, self._spent)

    def _claimed(self, probe: Embedding) -> Match | None:
        """Search for whom was claimed; a claim whose search cannot be made ends, and never the loop."""
        claim = self._claim
        if claim is None:
            return None
        try:
            return claim.search(probe)
        except (SpaceError, ModelError) as error:
            _log.error("a claim is taken back: %s", error)
            self.claims.end(claim)
            return None

    def _rule(self) -> Rule:
        return self.usual() if self._claim is None else self._claim.rule
