"""What a controller is still to be told: bounded, in order, once each, and no credential later than it was meant.

A report has arrived when the controller's next frame comes under the same secure channel; until then it may have to be
told again. Reports of inputs and tamper wait as one each, and say what is so when they leave.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import osdp_sys

if TYPE_CHECKING:
    from collections.abc import Callable

FRESH_S = 3.0
"""A credential that was not told within this is never told: its person may have left, and the door would open."""
CARDS = 8
CARD_BITS = 512
INPUTS = 3


@dataclass(frozen=True, slots=True)
class _Report:
    kind: Literal["card", "inputs", "tamper"]
    at: float = 0.0
    bits: int = 0
    card: bytes = b""


class Outbox:
    """Filled by the door's threads, emptied by the line's; nothing in it waits."""

    def __init__(self, lost: Callable[[str], None]) -> None:
        """Begin empty and shut; `lost(why)` is told of each credential that is given up after it was accepted."""
        self._lost = lost
        self._mutex = threading.Lock()
        self._waiting: deque[_Report] = deque()
        self._taken: _Report | None = None
        self._leaving: _Report | None = None
        self._open = False
        self._known = False
        self._inputs = (False,) * INPUTS
        self._tamper = False

    @property
    def inputs(self) -> int:
        """How many inputs are told of."""
        with self._mutex:
            return len(self._inputs)

    @property
    def open(self) -> bool:
        """Whether there is a secure channel."""
        with self._mutex:
            return self._open

    def add_card(self, number: int, bits: int) -> bool:
        """Take a credential as `bits` raw bits, highest first; False when there is no channel, or no room."""
        size = (bits + 7) // 8
        card = (number << (8 * size - bits)).to_bytes(size, "big")
        with self._mutex:
            self._drop_stale()
            if not self._open or sum(report.kind == "card" for report in self._waiting) >= CARDS:
                return False
            self._waiting.append(_Report("card", time.monotonic(), bits, card))
            return True

    def set_inputs(self, inputs: tuple[bool, ...], *, tamper: bool) -> None:
        """Take the states of now; what has changed is told."""
        with self._mutex:
            if not self._known or inputs != self._inputs:
                self._want("inputs")
            if not self._known or tamper != self._tamper:
                self._want("tamper")
            self._inputs, self._tamper, self._known = inputs, tamper, True

    def want_states(self) -> None:
        """Tell the states of now at the next polls."""
        with self._mutex:
            self._want_states()

    def take(self) -> dict[str, Any] | None:
        """Return the next report as libosdp's event; `settle` must follow."""
        with self._mutex:
            self._drop_stale()
            if not self._waiting:
                return None
            self._taken = self._waiting.popleft()
            return self._event(self._taken)

    def settle(self, *, left: bool, secure: bool) -> None:
        """Note what became of a frame: whether what was taken has left, and whether the frame's channel stands."""
        with self._mutex:
            back = [self._leaving if not secure else None, self._taken if not left else None]
            self._leaving, self._taken = (self._taken if left else None), None
            for report in reversed(back):
                if report is not None:
                    self._put_back(report)
            if secure and not self._open:
                self._want_states()
            self._open = secure

    def shut(self) -> None:
        """There is no channel any more."""
        self.settle(left=False, secure=False)

    def _drop_stale(self) -> None:
        now = time.monotonic()
        for report in tuple(self._waiting):
            if report.kind == "card" and now - report.at > FRESH_S:
                self._waiting.remove(report)
                self._lost("a granted credential was not polled for in time, and is not told any more")

    def _put_back(self, report: _Report) -> None:
        if report.kind == "card":
            self._waiting.appendleft(report)
        else:
            self._want(report.kind)

    def _want_states(self) -> None:
        if self._known:
            self._want("inputs")
            self._want("tamper")

    def _want(self, kind: Literal["inputs", "tamper"]) -> None:
        if all(report.kind != kind for report in self._waiting):
            self._waiting.append(_Report(kind))

    def _event(self, report: _Report) -> dict[str, Any]:
        if report.kind == "card":
            return {
                "event": osdp_sys.EVENT_CARDREAD,
                "reader_no": 0,
                "direction": 0,
                "format": osdp_sys.CARD_FMT_RAW_UNSPECIFIED,
                "length": report.bits,
                "data": report.card,
            }
        if report.kind == "inputs":
            states, kind = bytes(self._inputs), osdp_sys.STATUS_REPORT_INPUT
        else:
            states, kind = bytes((self._tamper, False)), osdp_sys.STATUS_REPORT_LOCAL  # tamper, power
        return {"event": osdp_sys.EVENT_STATUS, "type": kind, "report": states}
