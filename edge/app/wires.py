"""The door's inputs: opened, watched and asked for their faults; one that cannot be opened is a faulty one.

A wrong line of a tamper contact must not keep the exit button from being opened (S10), so no input's error ends the
process: its `on_fault` says what the door does, and it is tried again.
"""

from __future__ import annotations

import queue
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.access.happenings import Part, WireChanged, WireFailed, WireFound
from hw.base import HardwareError, InputSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.config import Config
    from hw.base import Board, Input

RETRY_S = 5.0


@dataclass(slots=True)
class _Wire:
    settings: InputSettings
    opened: Input | None = None
    unopened: str = ""
    told: str = ""
    retry_at: float = 0.0


class Wires:
    """All inputs of a door, the way out first."""

    def __init__(self, config: Config, board: Board, wake: Callable[[], None]) -> None:
        """Open every input that is configured.

        Args:
            config: How they are wired.
            board: Opens them.
            wake: Called from a driver's thread after each change.
        """
        self._board = board
        self._wake = wake
        self._changes: queue.SimpleQueue[tuple[type[WireChanged | WireFound], Part, bool]] = queue.SimpleQueue()
        wirings = {
            Part.EXIT: config.exit_button,
            Part.FIRE: config.fire.wiring(),
            Part.CONTACT: config.contact.wiring(),
            Part.TAMPER: config.tamper.wiring(),
        }
        self._wires = {part: _Wire(wiring) for part, wiring in wirings.items() if wiring.line}
        for part, wire in self._wires.items():
            self._open(part, wire, 0.0)

    def active(self) -> tuple[Part, ...]:
        """Return the inputs that are active now."""
        return tuple(part for part, wire in self._wires.items() if wire.opened is not None and wire.opened.read())

    def changes(self, clock: Callable[[], float]) -> Iterator[WireChanged | WireFound]:
        """Yield what has changed since the last time; the moment of each is the one at which it is dealt with."""
        while not self._changes.empty():
            kind, part, active = self._changes.get_nowait()
            yield kind(clock(), part, active)

    def faults(self, now: float) -> Iterator[WireFailed]:
        """Yield each fault that has begun or ended, and try again to open what could not be opened."""
        for part, wire in self._wires.items():
            if wire.opened is None and now >= wire.retry_at:
                opened = self._open(part, wire, now)
                if opened is not None:
                    self._changes.put((WireFound, part, opened.read()))  # a button that is held is no press (S2)
            fault = f"cannot be opened: {wire.unopened}" if wire.opened is None else wire.opened.fault
            if fault != wire.told:
                wire.told = fault
                yield WireFailed(now, part, fault)

    def close(self) -> None:
        """Release every line, in reverse; a second call does nothing."""
        for wire in reversed(self._wires.values()):
            if wire.opened is not None:
                wire.opened.close()

    def _open(self, part: Part, wire: _Wire, now: float) -> Input | None:
        try:
            wire.opened = self._board.open_input(wire.settings)
        except HardwareError as error:
            wire.unopened, wire.retry_at = str(error), now + RETRY_S
            return None
        wire.opened.watch(lambda active, _at: self._changed(part, active))
        return wire.opened

    def _changed(self, part: Part, active: bool) -> None:  # noqa: FBT001 - the shape that `Input.watch` calls
        self._changes.put((WireChanged, part, active))
        self._wake()
