"""The keypad of the door process, and what the door tells the terminal unasked.

A keypad that cannot be opened, or breaks, keeps nobody from anything else: it is tried again (S10). Keys are written
down nowhere; lamp and beeper answer to each.
"""

from __future__ import annotations

import logging
import queue
from typing import TYPE_CHECKING

from edge.access.entry import Entry, forgotten, press
from edge.access.happenings import Part
from edge.link.messages import Tell
from edge.link.notices import Shut, Trust, Typed
from hw.base import HardwareError, Signal

if TYPE_CHECKING:
    from edge.access.state import DoorState
    from edge.app.claim_typing import Claims
    from edge.app.signs import Signs
    from edge.config import Config
    from edge.link.at_door import LinkServer
    from edge.link.server import Peer
    from hw.base import Board, Keypad

_log = logging.getLogger(__name__)

RETRY_S = 5.0
KEY = "key"
"""The code of what a key press shows and sounds."""

_MOST = 64
"""So many keys wait at most; nobody types them within a tick."""


class Keying:
    """The keypad, and the line to the terminal that hears of it."""

    def __init__(
        self, config: Config, board: Board, link: LinkServer, signs: Signs, claims: Claims | None = None
    ) -> None:
        """Open the keypad, where there is one.

        Args:
            config: How it is wired.
            board: Opens it.
            link: Reaches the terminal.
            signs: Answers to each key.
            claims: Takes claim codes while provisioning waits for one; None where nobody does.
        """
        self._claims = claims
        self._board = board
        self._settings = config.keypad
        self._link = link
        self._signs = signs
        self._wanted = bool(config.keypad.rows or config.keypad.device)
        self._keys: queue.Queue[tuple[str, float]] = queue.Queue(_MOST)
        self._entry = Entry()
        self._keypad: Keypad | None = None
        self._retry_at = 0.0
        self._fault = ""
        self._told: tuple[str, Trust, Shut] | None = None
        self._open(0.0)

    @property
    def fault(self) -> str:
        """Why the keypad cannot be used; empty when it can, or there is none."""
        return self._fault

    def turn(self, terminal: Peer | None, state: DoorState, now: float) -> None:
        """Deal with what was typed since the last turn, and tell the terminal what it does not know yet.

        Args:
            terminal: Who is told; None when nobody is connected.
            state: What the door is.
            now: Monotonic seconds.
        """
        if self._wanted and self._keypad is None and now >= self._retry_at:
            self._open(now)
        while not self._keys.empty():
            key, at = self._keys.get_nowait()
            self._press(terminal if state.session is not None else None, key, at)
        if self._entry.digits and not forgotten(self._entry, now).digits:
            self._entry = Entry(at=now)
        self._tell(terminal, state)

    def close(self) -> None:
        """Release the keypad; a second call does nothing."""
        if self._keypad is not None:
            self._keypad.close()
        self._entry = Entry()

    def _open(self, now: float) -> None:
        if not self._wanted:
            return
        try:
            self._keypad = self._board.open_keypad(self._settings)
        except HardwareError as error:
            if not self._fault:
                _log.error("the keypad is not used: %s", error)
            self._fault, self._retry_at = str(error), now + RETRY_S
            return
        self._fault = ""
        self._keypad.watch(self._pressed)

    def _pressed(self, key: str, at: float) -> None:
        try:
            self._keys.put_nowait((key, at))
        except queue.Full:
            return
        self._link.wake()

    def _press(self, terminal: Peer | None, key: str, at: float) -> None:
        self._entry, word = press(self._entry, key, at)
        if word and self._claims is not None and self._claims.take(word, at):
            self._signs.hear(Tell(Signal.ATTENTION, KEY, ""))
            return
        shown = "\N{BULLET}" * len(self._entry.digits) or key
        self._signs.hear(Tell(Signal.ATTENTION, KEY, shown))
        if terminal is None:
            return
        if key == "*":
            self._link.send(terminal, Typed(at, "*"))
        elif word is not None:
            self._link.send(terminal, Typed(at, "#", word))

    def _tell(self, terminal: Peer | None, state: DoorState) -> None:
        if terminal is None or state.session is None:
            self._told = None
            return
        trust, closed = Trust(clock=state.clock is not None and state.clock.trusted), Shut(shut=shut(state))
        before = self._told if self._told is not None and self._told[0] == state.session.name else None
        self._told = (state.session.name, trust, closed)
        for notice in (trust, closed):
            if before is None or notice not in before:
                self._link.send(terminal, notice)


def shut(state: DoorState) -> bool:
    """Whether the door is locked and closed, as far as it can know; never while its contact cannot be believed."""
    unlocked = state.hold is not None or state.unlocked_until is not None
    return not unlocked and state.leaf.opened_at is None and not state.wire(Part.CONTACT).fault
