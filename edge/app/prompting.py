"""Says to the person before the door what to do: what is asked of them, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.values import NOTICES, SENTENCES, WORDS, Reason, request
from hw.base import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.access.decide import State
    from edge.values import Move, Verdict
    from hw.base import Prompt

_SHOWN_S = 2.0
"""For how long an outcome stands before the next request may take its place."""

_GOOD = {Reason.GRANTED: SENTENCES[Reason.GRANTED].capitalize() + ".", Reason.VERIFIED: "Thank you."}

_CODES = {words: code for code, words in NOTICES.items()}


class Prompting:
    """Told of every frame, it tells the person what changed."""

    def __init__(
        self,
        prompt: Prompt,
        asked: Callable[[State], Move | None],
        now: Callable[[], float],
        notice: Callable[[], str] = str,
    ) -> None:
        """Take what it needs.

        Args:
            prompt: Shows it.
            asked: Says which movement a state asks for.
            now: Tells monotonic seconds.
            notice: Says what is shown while nothing is asked; empty for nothing.
        """
        self._prompt = prompt
        self._asked = asked
        self._now = now
        self._notice = notice
        self._until = float("-inf")

    def __call__(self, state: State, verdict: Verdict | None, outcome: Reason | None) -> None:
        """Show what became of a verdict, else what is asked for now, else nothing."""
        if verdict is not None and outcome is not None:
            self._until = self._now() + _SHOWN_S
            self._conclude(verdict, outcome)
            return
        move = self._asked(state)
        if move is not None:
            self._until = float("-inf")
            self._prompt.tell(Signal.ATTENTION, move, WORDS[move])
        elif self._now() >= self._until:
            words = self._notice()
            code = _CODES.get(words, "notice")
            self._prompt.tell(*((Signal.ATTENTION, code, words) if words else (Signal.IDLE, "", "")))

    def _conclude(self, verdict: Verdict, outcome: Reason) -> None:
        if outcome in _GOOD:
            self._prompt.tell(Signal.GOOD, outcome, _GOOD[outcome])
            return
        words = request(outcome, verdict.flaws)
        # Whoever was judged sees and hears the same whatever was found; the code would tell a stranger what it was.
        self._prompt.tell(Signal.REFUSED, "refused", words or "")
