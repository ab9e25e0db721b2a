"""A bank whose terminal answers callers at its socket, for the tests of that."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.link.verification import Answered, Progress, Verify, verify
from edge.values import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future, ThreadPoolExecutor
    from pathlib import Path

    from edge.app.api import Api
    from edge.app.claims import Claim
    from tests.unit.verifying_site import Bank

SOON_S = 10.0
PAYING = {"purpose": "payment", "amount": "12.50"}


def until(condition: Callable[[], object]) -> None:
    deadline, pause = time.monotonic() + SOON_S, threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.005)


@dataclass
class Office:
    """A bank whose terminal's socket is served; callers wait in threads of their own."""

    path: Path
    bank: Bank
    api: Api
    callers: ThreadPoolExecutor
    steps: list[Progress] = field(default_factory=list)

    def asks(self, asked: Verify) -> Future[Answered]:
        return self.callers.submit(verify, self.path, asked, SOON_S, self.steps.append)

    def standing(self, other: Claim | None = None) -> Claim:
        """The claim that stands as soon as one does."""
        until(lambda: self.bank.claims.current(0.0) not in {None, other})
        claim = self.bank.claims.current(0.0)
        assert claim is not None
        return claim

    def shows(self, reason: Reason = Reason.GRANTED) -> Claim:
        """The loop tells a verdict of whoever stands before the camera."""
        claim = self.standing()
        assert claim.answer is not None
        claim.answer(Verdict(self.bank.now, 1, reason, claim.person))
        return claim

    def free(self) -> bool:
        return self.bank.claims.current(0.0) is None
