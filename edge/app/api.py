"""The terminal's own socket: other systems ask for verifications, one after the other, on a thread of its own.

The camera's loop never waits for it: it tells verdicts to an inbox, and the inbox wakes this thread. Whoever hangs up
takes their question back. While a claim stands the door is not asked; between two questions it works as ever.
"""

from __future__ import annotations

import logging
import pwd
import queue
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.access import inquiry as rules
from edge.access.inquiry import Inquiry, Stage
from edge.app.receipting import concluded, known, refused
from edge.app.verifying import TurnedAwayError, admitted, claim_of, confirming
from edge.errors import EdgeError
from edge.link.server import Gone, Server
from edge.link.verification import TERMINAL, Answered, Progress

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from edge.app.claims import Claim
    from edge.app.verifying import Counter, Subject
    from edge.link.server import Peer
    from edge.link.verification import ToCaller, Verify
    from edge.values import Verdict

_log = logging.getLogger(__name__)

_TICK_S = 0.25
_GRACE_S = 2.0
"""How much longer a claim stands than its question is open, so that the door is not asked in between."""


@dataclass(slots=True)
class _Open:
    """The question that is being answered."""

    peer: Peer
    question: Verify
    subject: Subject
    claim: Claim
    inquiry: Inquiry


class Api:
    """Answers questions at the terminal's socket until it is closed."""

    def __init__(self, path: Path, counter: Counter, waiting: int, allowed: Container[int] | None = None) -> None:
        """Listen, and begin to answer.

        Args:
            path: Where.
            counter: The terminal.
            waiting: How many questions may wait while one is answered.
            allowed: Users that may ask; root and this process's own when not given.

        Raises:
            LinkError: The socket cannot be made, or another process listens there.
        """
        self._counter = counter
        self._waiting = waiting
        self._queue: deque[tuple[Peer, Verify]] = deque()
        self._inbox: queue.SimpleQueue[tuple[Verdict | str, float, object]] = queue.SimpleQueue()
        self._open: _Open | None = None
        self._mark = object()
        self._stop = threading.Event()
        self._server: Server[Verify, ToCaller] = Server(TERMINAL, path, allowed)
        self._thread = threading.Thread(target=self._run, name="verifications")
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a question is being answered, or waits; any thread may ask."""
        return self._open is not None or bool(self._queue)

    def press(self, key: str, at: float) -> None:
        """Tell of a key that was pressed at the terminal's keypad, monotonic seconds; any thread may."""
        self._inbox.put((key, at, None))
        self._server.wake()

    def close(self) -> None:
        """Take every question back and answer no more; a second call does nothing."""
        self._stop.set()
        self._server.wake()
        self._thread.join()
        self._server.close()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._turn()
        except Exception:  # noqa: BLE001 - whatever it was, the door goes on
            _log.exception("verifications have ended; the door goes on without them")
        finally:
            self._counter.claims.end()

    def _turn(self) -> None:
        for peer, said in self._server.poll(_TICK_S):
            if isinstance(said, Gone):
                self._gone(peer)
            else:
                self._take(peer, said)
        while not self._inbox.empty():
            self._hear(*self._inbox.get())
        if self._open is not None:
            self._move(self._open, rules.tick(self._open.inquiry, self._counter.monotonic()))
        while self._open is None and self._queue:
            self._begin(*self._queue.popleft())

    def _take(self, peer: Peer, question: Verify) -> None:
        under_way = [one for _, one in self._queue] + ([self._open.question] if self._open else [])
        if any(one.nonce == question.nonce for one in under_way):
            self._server.reject(peer, "a question with this nonce is being answered: wait, and ask it again")
            return
        if self._open is not None and len(self._queue) >= self._waiting:
            self._server.reject(peer, "too many questions wait already: ask it again later")
            return
        try:
            earlier = known(question, self._counter)
        except EdgeError as error:
            self._unkept(peer, error)
            return
        if earlier is not None:
            self._server.conclude(peer, Answered(earlier, again=True))
            return
        self._queue.append((peer, question))
        if self._open is not None:
            self._server.send(peer, Progress("queued", len(self._queue)))

    def _begin(self, peer: Peer, question: Verify) -> None:
        try:
            subject = admitted(question, self._counter)
        except TurnedAwayError as refusal:
            self._answer(peer, question, refusal)
            return
        except EdgeError as error:
            self._unkept(peer, error)
            return
        purpose, now = self._counter.purposes[question.purpose], self._counter.monotonic()
        mark = object()

        def answer(verdict: Verdict) -> None:
            self._inbox.put((verdict, self._counter.monotonic(), mark))
            self._server.wake()

        claim = claim_of(question, subject, self._counter, now + purpose.window_s + _GRACE_S, answer)
        inquiry = Inquiry(purpose.confirm, purpose.confirm_s, now + purpose.window_s, purpose.attempts)
        self._mark = mark
        self._open = _Open(peer, question, subject, claim, inquiry)
        self._counter.claims.begin(claim)
        self._server.send(peer, Progress("face"))

    def _hear(self, what: Verdict | str, at: float, mark: object) -> None:
        if self._open is None:
            return
        if isinstance(what, str):
            self._move(self._open, rules.press(self._open.inquiry, what, at))
        elif mark is self._mark:
            self._move(self._open, rules.hear(self._open.inquiry, what, at))

    def _gone(self, peer: Peer) -> None:
        self._queue = deque(one for one in self._queue if one[0] != peer)
        if self._open is not None and self._open.peer == peer:
            self._move(self._open, rules.cancel(self._open.inquiry))

    def _move(self, now: _Open, inquiry: Inquiry) -> None:
        before, now.inquiry = now.inquiry.stage, inquiry
        if inquiry.stage is Stage.OVER:
            self._end(now)
        elif inquiry.stage is Stage.KEYPAD and before is Stage.FACE:
            now.claim = confirming(now.question, now.claim, inquiry.until + _GRACE_S)
            self._counter.claims.begin(now.claim)
            self._server.send(now.peer, Progress("keypad"))

    def _end(self, now: _Open) -> None:
        outcome = now.inquiry.outcome
        self._open = None
        if outcome is None:
            return
        try:
            signed = concluded(now.question, now.subject, self._counter, outcome, (now.claim, _asker(now.peer)))
            self._server.conclude(now.peer, Answered(signed))
        except EdgeError as error:
            self._unkept(now.peer, error)
        finally:
            self._counter.claims.end(now.claim)

    def _answer(self, peer: Peer, question: Verify, refusal: TurnedAwayError) -> None:
        try:
            self._server.conclude(peer, Answered(refused(question, self._counter, refusal, _asker(peer))))
        except EdgeError as error:
            self._unkept(peer, error)

    def _unkept(self, peer: Peer, error: EdgeError) -> None:
        _log.error("a verification cannot be answered: %s", error)
        self._server.reject(peer, f"the terminal cannot answer: {error}")


def _asker(peer: Peer) -> str:
    """Return who asks, for the journal: the user's name on this machine."""
    try:
        return pwd.getpwuid(peer.uid).pw_name
    except KeyError:
        return f"user {peer.uid}"
