"""The access controller hears who was let in, and may order no more than it is told to be obeyed in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from edge.access.deeds import Record
from edge.access.happenings import Part
from edge.access.state import DoorState, Wire
from edge.app.controlling import Controlling
from edge.app.signs import Signs
from edge.config import Config
from edge.values import Alarm, Handle, Occasion, OrderKind
from hw.base import HardwareError, Order, OsdpSettings, Signal
from hw.base import OrderKind as Kind
from hw.board import open_board
from hw.fake import FakePrompt

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from hw.base import Controller


@dataclass
class Panel:
    """A controller that writes down what it is told, and is full when it is told so."""

    fault: str = ""
    full: bool = False
    cards: list[tuple[int, int]] = field(default_factory=list)
    inputs: list[tuple[tuple[bool, ...], bool]] = field(default_factory=list)
    notify: Callable[[Order], None] = lambda _: None
    closed: bool = False

    def report_card(self, number: int, bits: int) -> bool:
        self.cards.append((number, bits))
        return not self.full

    def report_inputs(self, inputs: tuple[bool, ...], *, tamper: bool) -> None:
        self.inputs.append((inputs, tamper))

    def watch(self, notify: Callable[[Order], None]) -> None:
        self.notify = notify

    def close(self) -> None:
        self.closed = True


def joined(panel: Panel | None, device: str = "/dev/ttyAMA0") -> Controlling:
    def opened(settings: OsdpSettings) -> Controller:
        if panel is None:
            raise HardwareError(f"{settings.device} is missing")
        return panel

    board = replace(open_board("fake"), open_controller=opened)
    return Controlling(replace(Config(), osdp=OsdpSettings(device=device)), board, lambda: None)


def granted(handle: str) -> Record:
    return Record(occasion=Occasion.GRANTED, at=1.0, handle=Handle(handle))


def test_whoever_is_let_in_is_reported_by_their_handle_and_one_that_is_no_number_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    panel = Panel()
    controlling = joined(panel)
    controlling.granted(granted("00ff" * 8))
    assert panel.cards == [(int("00ff" * 8, 16), 128)]
    for handle in ("ann", "f" * 33):
        controlling.granted(granted(handle))
    assert len(panel.cards) == 1
    panel.full = True
    controlling.granted(granted("1"))
    assert caplog.text.count("access controller") == 3


def test_inputs_are_reported_when_they_change() -> None:
    panel = Panel()
    controlling = joined(panel)
    state = DoorState()
    for _ in range(3):
        controlling.show(state)
    opened = state.with_wire(Part.CONTACT, Wire(active=True))
    controlling.show(opened)
    controlling.show(replace(opened, alarms=frozenset({Alarm.TAMPER})))
    assert panel.inputs == [((False,) * 3, False), ((True, False, False), False), ((True, False, False), True)]


def test_output_0_asks_for_an_unlock_and_lamp_and_beeper_are_shown() -> None:
    panel, prompt = Panel(), FakePrompt()
    controlling, signs = joined(panel), Signs(prompt)
    panel.notify(Order(Kind.OUTPUT, 1, on=True))
    panel.notify(Order(Kind.OUTPUT, 0, on=False))
    panel.notify(Order(Kind.OUTPUT, 0, on=True, seconds=7.0))
    (unlock,) = controlling.orders(signs)
    assert (unlock.kind, unlock.operator, unlock.seconds) == (OrderKind.UNLOCK, "access controller", 7.0)
    panel.notify(Order(Kind.LED, 0, on=True, colour="green"))
    assert controlling.orders(signs) == []
    signs.show(DoorState())
    assert prompt.history[-1][1] is Signal.GOOD


def test_a_controller_that_cannot_be_opened_is_a_fault_that_is_tried_again_and_none_is_none() -> None:
    missing = joined(None)
    assert missing.fault(1.0) == "/dev/ttyAMA0 is missing"
    missing.granted(granted("1"))
    missing.show(DoorState())
    assert joined(None, device="").fault(1.0) == ""
    assert joined(Panel(fault="it does not poll")).fault(1.0) == "it does not poll"
