"""Answers to orders: given when what was ordered survives a power cut, or when that took too long (S7)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.app.keeping import Keeper
    from edge.journal.log import Journal
    from edge.link.server import LinkServer, Peer
    from edge.values import Done

LONGEST_S = 3.0
_NOT_LASTING = "done, but it could not be written down in time: a power cut may undo it"


@dataclass(frozen=True, slots=True)
class _Promised:
    peer: Peer
    done: Done
    events: int
    memory: int
    until: float


class Replies:
    """Whoever waits for an answer."""

    def __init__(self, link: LinkServer, journal: Journal, keeper: Keeper) -> None:
        """Take what answers are sent by, and what they wait for."""
        self._link = link
        self._journal = journal
        self._keeper = keeper
        self._waiting: deque[_Promised] = deque()

    def promise(self, peer: Peer, done: Done, now: float) -> None:
        """Answer this once all that was written so far lasts; `now` is monotonic seconds."""
        self._waiting.append(_Promised(peer, done, self._journal.taken, self._keeper.ticket, now + LONGEST_S))

    def send(self, now: float) -> None:
        """Send every answer that is due at a moment, monotonic seconds."""
        for promised in tuple(self._waiting):
            lasts = self._journal.lasting(promised.events) and self._keeper.lasting(promised.memory)
            if lasts or now >= promised.until:
                words = promised.done.words if lasts or not promised.done.done else _NOT_LASTING
                self._link.send(promised.peer, replace(promised.done, words=words))
                self._waiting.remove(promised)
