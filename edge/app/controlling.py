"""The access controller: it hears of whoever is let in and of the inputs, and may order lamp, beeper, and an unlock."""

from __future__ import annotations

import logging
import queue
from typing import TYPE_CHECKING

from edge.access.happenings import Part
from edge.values import Alarm
from edge.values import Order as DoorOrder
from edge.values import OrderKind as DoorOrderKind
from hw.base import HardwareError, Order, OrderKind, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.access.deeds import Record
    from edge.access.state import DoorState
    from edge.app.signs import Signs
    from edge.config import Config
    from hw.base import Board, Controller

_log = logging.getLogger(__name__)
_HANDLE_BITS = 128
_OPERATOR = "access controller"
_SIGNALS = {"green": Signal.GOOD, "red": Signal.REFUSED, "amber": Signal.ATTENTION, "blue": Signal.ATTENTION}
RETRY_S = 5.0


class Controlling:
    """Joins a door to its access controller; a controller that cannot be opened or reached is an alarm, no more."""

    def __init__(self, config: Config, board: Board, wake: Callable[[], None]) -> None:
        """Open the line, where one is configured.

        Args:
            config: Which line, and what the controller may order.
            board: Opens it.
            wake: Called from the driver's thread after each order.
        """
        self._settings = config.osdp
        self._board = board
        self._wake = wake
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._controller: Controller | None = None
        self._unopened = ""
        self._retry_at = 0.0
        self._inputs: tuple[bool, ...] = ()
        if self._settings.device:
            self._open(0.0)

    def fault(self, now: float) -> str:
        """Return why the controller cannot be reached, and try again to open its line; empty without a controller."""
        if not self._settings.device:
            return ""
        if self._controller is None and now >= self._retry_at:
            self._open(now)
        return self._unopened if self._controller is None else self._controller.fault

    def granted(self, record: Record) -> None:
        """Report whoever was let in: the handle, as a card of 128 bits."""
        if self._controller is None or record.handle is None:
            return
        try:
            number = int(record.handle, 16)
        except ValueError:
            _log.warning("a handle that is no number cannot be reported to the access controller")
            return
        if number.bit_length() > _HANDLE_BITS or not self._controller.report_card(number, _HANDLE_BITS):
            _log.warning("the access controller was not told of somebody who was let in: it cannot be reached")

    def show(self, state: DoorState) -> None:
        """Report the inputs where they have changed: door open, exit button, fire."""
        if self._controller is None:
            return
        tamper = Alarm.TAMPER in state.alarms
        parts = (Part.CONTACT, Part.EXIT, Part.FIRE)
        inputs = (*(state.wire(part).active for part in parts), tamper)
        if inputs != self._inputs:
            self._inputs = inputs
            self._controller.report_inputs(inputs[:-1], tamper=tamper)

    def orders(self, signs: Signs) -> list[DoorOrder]:
        """Carry out what was ordered of lamp and beeper, and return what was ordered of the door."""
        found: list[DoorOrder] = []
        while not self._orders.empty():
            order = self._orders.get_nowait()
            if order.kind is OrderKind.OUTPUT:
                found += [self._unlock(order)] if order.on and order.number == 0 else []
            elif order.kind is OrderKind.LED:
                signs.obey(_SIGNALS.get(order.colour, Signal.IDLE) if order.on else Signal.IDLE, "controller")
            else:
                signs.obey(Signal.ATTENTION if order.on else Signal.IDLE, "controller-buzzer")
        return found

    def close(self) -> None:
        """Hang up; a second call does nothing."""
        if self._controller is not None:
            self._controller.close()

    def _open(self, now: float) -> None:
        try:
            self._controller = self._board.open_controller(self._settings)
        except HardwareError as error:
            self._unopened, self._retry_at = str(error), now + RETRY_S
            return
        self._controller.watch(self._ordered)

    def _ordered(self, order: Order) -> None:
        self._orders.put(order)
        self._wake()

    def _unlock(self, order: Order) -> DoorOrder:
        return DoorOrder(
            kind=DoorOrderKind.UNLOCK, operator=_OPERATOR, why="output 0 was switched on", seconds=order.seconds
        )
