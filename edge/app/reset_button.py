"""The reset button of the door process, which holds the line and may do no more than ask for the reset.

Whatever becomes of it keeps nobody from anything (S10): it is tried again, and its faults are an alarm at most.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from edge.access.happenings import Part
from edge.access.reset_hold import FREE, Seen, look
from edge.app import asks
from edge.link.messages import Tell
from hw.base import HardwareError, Signal

if TYPE_CHECKING:
    from edge.access.state import DoorState
    from edge.app.signs import Signs
    from edge.config import Config
    from hw.base import Board, Input

_log = logging.getLogger(__name__)
RETRY_S = 5.0


class ResetButton:
    """The button, where there is one."""

    def __init__(self, config: Config, board: Board, signs: Signs, root: Path = Path("/")) -> None:
        """Open the button, where there is one.

        Args:
            config: How it and the tamper contact are wired.
            board: Opens it.
            signs: Says when to let go.
            root: Of the file system in which the reset is asked for.
        """
        self._settings = config.reset
        self._inside = bool(config.tamper.line)
        self._board = board
        self._signs = signs
        self._root = root
        self._input: Input | None = None
        self._unopened = self._unasked = self._told = ""
        self._retry_at = float("-inf")
        self._holding = FREE
        self._seen = Seen.NOTHING

    def turn(self, state: DoorState, now: float) -> str:
        """Look at it, and ask for a reset where that is meant; returns its fault, where that is an alarm.

        Args:
            state: What the door is; the housing must be open, where a contact watches that.
            now: Monotonic seconds.
        """
        if not self._settings.line:
            return ""
        fault = self._look(state, now)
        if fault != self._told:
            self._told = fault
            _log.log(logging.WARNING if fault else logging.INFO, "the reset button: %s", fault or "is well again")
        return fault if self._settings.on_fault == "alarm" else ""

    def close(self) -> None:
        """Release the line; a second call does nothing."""
        if self._input is not None:
            self._input.close()

    def _look(self, state: DoorState, now: float) -> str:
        if self._input is None and now >= self._retry_at:
            self._open(now)
        if self._input is None:
            return f"cannot be opened: {self._unopened}"
        fault = self._input.fault
        tamper = state.wire(Part.TAMPER)
        closed = self._inside and not (tamper.active and not tamper.fault)
        self._holding, seen = look(
            self._holding, now, self._settings, pressed=self._input.read(), doubtful=bool(fault) or closed
        )
        if seen is not self._seen:
            self._seen = seen
            self._say(seen)
        return fault or ("is stuck: it resets nothing" if seen is Seen.STUCK else self._unasked)

    def _say(self, seen: Seen) -> None:
        if seen is Seen.LET_GO_NOW:
            self._signs.hear(Tell(Signal.WARNING, "reset-let-go", "let go now, and the terminal is reset"))
        elif seen is Seen.MEANT:
            self._signs.hear(Tell(Signal.IDLE, "", ""))
            self._unasked = "" if asks.ask(self._root, asks.RESET) else f"cannot ask: no {asks.FOLDER} to write to"
            _log.warning("the reset button was held and let go: %s", self._unasked or "a reset is asked for")

    def _open(self, now: float) -> None:
        try:
            self._input = self._board.open_input(self._settings)
        except HardwareError as error:
            self._unopened, self._retry_at = str(error), now + RETRY_S
