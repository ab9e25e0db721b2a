"""Claims: for a while only one person's face is asked for, because a code, a number or another system named them.

The loop's thread asks what stands; any other thread may begin a claim or end one. Neither waits for the other.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.access.decide import Rule
    from edge.values import Credential, PersonId, Search, Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """Somebody said who stands there; their face alone is compared, on a fresh attempt.

    Attributes:
        person: Who was claimed.
        credentials: What named them; the door is told. Empty for a verification.
        rule: What the face must show.
        search: Searches that person's templates alone.
        until: Until when it stands, monotonic seconds.
        answer: Told of each verdict, in the loop's thread, and returns at once; None where the door is asked to open.
        words: What the person is told while nothing else is asked of them.
        thanks: Whether the person is thanked once their face is right: nothing is asked of them after it.
        judging: Whether faces are judged; a claim that waits for a key press keeps the door from being asked.
    """

    person: PersonId
    credentials: tuple[Credential, ...]
    rule: Rule
    search: Search
    until: float
    answer: Callable[[Verdict], None] | None
    words: str = ""
    thanks: bool = True
    judging: bool = True


class Claims:
    """The one claim that stands, or none; threads share it."""

    def __init__(self) -> None:
        """Begin without one."""
        self._lock = threading.Lock()
        self._claim: Claim | None = None

    def begin(self, claim: Claim) -> None:
        """Let a claim stand, in place of any earlier one."""
        with self._lock:
            self._claim = claim

    def current(self, now: float) -> Claim | None:
        """Return the claim that stands at a moment, monotonic seconds; None when none does."""
        with self._lock:
            if self._claim is not None and now > self._claim.until:
                self._claim = None
            return self._claim

    def end(self, claim: Claim | None = None) -> None:
        """Let no claim stand; where one is named, only if it is the one that does."""
        with self._lock:
            if claim is None or claim is self._claim:
                self._claim = None
