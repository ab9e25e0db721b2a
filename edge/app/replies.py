"""Answers to orders: given when what was ordered survives a power cut, or when that took too long (S7)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge.app import saying
from edge.link.questions import Audit, JournalHead
from edge.values import Done, Reason

if TYPE_CHECKING:
    from edge.app.keeping import Keeper
    from edge.journal.log import Journal
    from edge.link.at_door import LinkServer
    from edge.link.questions import AskHead
    from edge.link.server import Peer

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

    def about_journal(self, peer: Peer, message: Audit | AskHead, now: float, wall: float) -> None:
        """Answer what other programs want of the journal; `wall` is seconds since the epoch."""
        if isinstance(message, Audit):
            return self.audit(peer, message, now, wall)
        head, bounds = self._journal.head, self._journal.bounds
        if head is None:
            return self._link.send(peer, JournalHead(0, "", self._journal.fault or "it is not open"))
        told = JournalHead(head.number, head.digest, events=bounds.keep_events, size=bounds.keep_bytes)
        return self._link.send(peer, told)

    def audit(self, peer: Peer, message: Audit, now: float, wall: float) -> None:
        """Write down what another program did, and answer once it lasts; `wall` is seconds since the epoch."""
        if not message.operator.strip():
            why = Done(done=False, reason=Reason.BAD_ORDER, words="whoever did it must be named")
        elif self._journal.write(saying.audited(message, now, wall)):
            return self.promise(peer, Done(done=True), now)
        else:
            why = Done(done=False, words=self._journal.fault or "the journal takes nothing any more")
        return self._link.send(peer, why)

    def send(self, now: float) -> None:
        """Send every answer that is due at a moment, monotonic seconds."""
        for promised in tuple(self._waiting):
            lasts = self._journal.lasting(promised.events) and self._keeper.lasting(promised.memory)
            if lasts or now >= promised.until:
                words = promised.done.words if lasts or not promised.done.done else _NOT_LASTING
                self._link.send(promised.peer, replace(promised.done, words=words))
                self._waiting.remove(promised)
