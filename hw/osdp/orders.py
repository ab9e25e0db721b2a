"""What a controller's commands order of this terminal, and what of it is obeyed. Pure: no I/O, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import osdp_sys

from hw.base import Order, OrderKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hw.settings import OsdpSettings

TICKS = 10
"""How many of a command's units of time make a second."""
COLOURS = {
    osdp_sys.LED_COLOR_NONE: "",
    osdp_sys.LED_COLOR_RED: "red",
    osdp_sys.LED_COLOR_GREEN: "green",
    osdp_sys.LED_COLOR_AMBER: "amber",
    osdp_sys.LED_COLOR_BLUE: "blue",
}

_OUT_OFF, _OUT_ON, _OUT_ON_FOR, _OUT_OFF_FOR = (1, 3), (2, 4), 5, 6
_LED_CANCEL = 1
_BUZZER_OFF = 1


def obeyed(settings: OsdpSettings, *, installing: bool) -> frozenset[OrderKind]:
    """Which kinds of order are carried out; nothing that moves the lock while anybody could give orders."""
    kinds: dict[str, set[OrderKind]] = {
        "none": set(),
        "signals": {OrderKind.LED, OrderKind.BUZZER},
        "outputs": {OrderKind.LED, OrderKind.BUZZER, OrderKind.OUTPUT},
    }
    return frozenset(kinds[settings.obey] - ({OrderKind.OUTPUT} if installing else set()))


def capabilities(kinds: frozenset[OrderKind], inputs: int) -> list[dict[str, int]]:
    """What this terminal tells a controller that it can do; libosdp refuses what is not among it."""
    offered = [
        (osdp_sys.CAP_CONTACT_STATUS_MONITORING, 1, inputs),  # open or closed, unsupervised
        (osdp_sys.CAP_CARD_DATA_FORMAT, 1, 1),  # arrays of bits
        (osdp_sys.CAP_READERS, 0, 1),
    ]
    if OrderKind.OUTPUT in kinds:
        offered.append((osdp_sys.CAP_OUTPUT_CONTROL, 3, 1))  # on, off and timed; no polarity
    if OrderKind.LED in kinds:
        offered.append((osdp_sys.CAP_READER_LED_CONTROL, 4, 1))  # timed, three colours
    if OrderKind.BUZZER in kinds:
        offered.append((osdp_sys.CAP_READER_AUDIBLE_OUTPUT, 2, 1))  # timed
    names = ("function_code", "compliance_level", "num_items")
    return [dict(zip(names, capability, strict=True)) for capability in offered]


class Orders:
    """Translates commands; it remembers each lamp's lasting colour, for when a passing one is called off."""

    def __init__(self) -> None:
        self._lasting: dict[int, Order] = {}

    def read(self, command: Mapping[str, Any]) -> Order | None:
        """Return what an output, lamp or buzzer command orders; None for one that asks for nothing.

        Raises:
            ValueError: It asks for something that this terminal cannot do.
        """
        match command["command"]:
            case osdp_sys.CMD_OUTPUT:
                return _output(command)
            case osdp_sys.CMD_LED:
                return self._led(command)
            case osdp_sys.CMD_BUZZER:
                return _buzzer(command)
        raise ValueError("no output, lamp or buzzer command")

    def _led(self, command: Mapping[str, Any]) -> Order | None:
        number, code = int(command["led_number"]), int(command["control_code"])
        if command["temporary"] and code == _LED_CANCEL:
            return self._lasting.get(number, Order(OrderKind.LED, number, on=False))
        if not code:
            return None
        colour = command["on_color"] if command["on_count"] else command["off_color"]
        if colour not in COLOURS:
            raise ValueError(f"colour {colour} is none of red, green, amber and blue")
        seconds = int(command["timer_count"]) / TICKS if command["temporary"] else 0.0
        if command["temporary"] and not seconds:
            return None
        order = Order(OrderKind.LED, number, COLOURS[colour] != "", seconds, COLOURS[colour])
        if not command["temporary"]:
            self._lasting[number] = order
        return order


def _output(command: Mapping[str, Any]) -> Order | None:
    number, code = int(command["output_no"]), int(command["control_code"])
    seconds = int(command["timer_count"]) / TICKS
    if not code:
        return None
    if code in _OUT_OFF or code in _OUT_ON:
        return Order(OrderKind.OUTPUT, number, code in _OUT_ON)
    if code not in (_OUT_ON_FOR, _OUT_OFF_FOR) or not seconds:
        raise ValueError(f"output control code {code} for {seconds:g} s")
    return Order(OrderKind.OUTPUT, number, code == _OUT_ON_FOR, seconds)


def _buzzer(command: Mapping[str, Any]) -> Order | None:
    reader, code = int(command["reader"]), int(command["control_code"])
    if not code:
        return None
    if code == _BUZZER_OFF:
        return Order(OrderKind.BUZZER, reader, on=False)
    on, off, times = (int(command[name]) for name in ("on_count", "off_count", "rep_count"))
    return Order(OrderKind.BUZZER, reader, on=True, seconds=(times * (on + off) - off) / TICKS if times else 0.0)
