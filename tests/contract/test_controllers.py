"""One suite over the controllers of every board, against libosdp's own control panel on a pseudo-terminal."""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import replace

import osdp
import pytest

from hw.base import Order, OrderKind, OsdpSettings
from hw.osdp.device import OFFLINE_S
from tests.panels import (
    BEEP,
    GREEN,
    KEY,
    OTHER_KEY,
    PATIENCE_S,
    UNLOCK,
    Panel,
    Wire,
    frame,
    opened,
    until,
    well,
)


@pytest.mark.parametrize("board", ["pc", "pi", "fake"])
def test_with_the_right_key_a_secure_channel_comes_up_and_a_credential_is_told(
    settings: OsdpSettings, wire: Wire, board: str
) -> None:
    with opened(settings, board) as (controller, _), Panel(wire, KEY) as panel:
        assert well(controller, panel)
        assert controller.report_card(0x2ABCDEF, 26)
        assert until(lambda: panel.cards == [0x2ABCDEF])
        assert panel.events[0]["length"] == 26
        assert panel.events[0]["data"] == (0x2ABCDEF << 6).to_bytes(4, "big")


@pytest.mark.parametrize(("number", "bits"), [(-1, 26), (1 << 26, 26), (0, 0), (1, 513)])
def test_a_credential_that_does_not_fit_is_lost(settings: OsdpSettings, wire: Wire, number: int, bits: int) -> None:
    with opened(settings) as (controller, _), Panel(wire, KEY) as panel:
        assert well(controller, panel)
        assert not controller.report_card(number, bits)


def test_inputs_and_tamper_are_told_when_the_channel_comes_up_and_when_they_change(
    settings: OsdpSettings, wire: Wire
) -> None:
    with opened(settings) as (controller, _):
        controller.report_inputs((True, False, False), tamper=False)
        with Panel(wire, KEY) as panel:
            inputs, local = osdp.StatusReportType.Input, osdp.StatusReportType.Local
            assert until(lambda: panel.reports(inputs) == [(1, 0, 0)] and panel.reports(local) == [(0, 0)])
            controller.report_inputs((True, False, True), tamper=False)
            assert until(lambda: panel.reports(inputs)[1:] == [(1, 0, 1)])
            controller.report_inputs((True, False, True), tamper=True)
            assert until(lambda: panel.reports(local)[1:] == [(1, 0)])
            assert len(panel.reports(inputs)) == 2


@pytest.mark.parametrize(
    ("obey", "outputs", "lamps", "beepers"),
    [("none", 0, 0, 0), ("signals", 0, 1, 1), ("outputs", 1, 1, 1)],
)
def test_a_controller_is_told_truly_what_there_is(
    settings: OsdpSettings, wire: Wire, obey: str, outputs: int, lamps: int, beepers: int
) -> None:
    inputs = (False,) * 5
    with opened(replace(settings, obey=obey)) as (controller, _):  # type: ignore[arg-type] # one of the three
        controller.report_inputs(inputs, tamper=False)
        with Panel(wire, KEY) as panel:
            assert until(lambda: panel.reports(osdp.StatusReportType.Input) == [(0,) * 5])
            can = osdp.Capability
            assert panel.capability(can.ContactStatusMonitoring)[1] == len(inputs)
            assert panel.capability(can.OutputControl)[1] == outputs
            assert panel.capability(can.LEDControl)[1] == lamps
            assert panel.capability(can.AudibleControl)[1] == beepers
            assert panel.capability(can.TextOutput) == panel.capability(can.Biometrics) == (0, 0)


@pytest.mark.parametrize(("obey", "obeyed"), [("none", 0), ("signals", 2), ("outputs", 3)])
def test_only_what_the_settings_say_is_obeyed_and_the_rest_is_refused_by_name(
    settings: OsdpSettings, wire: Wire, obey: str, obeyed: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    expected = [
        Order(OrderKind.LED, 0, on=True, colour="green"),
        Order(OrderKind.BUZZER, 0, on=True, seconds=0.7),
        Order(OrderKind.OUTPUT, 0, on=True, seconds=3.0),
    ]
    with opened(replace(settings, obey=obey)) as (controller, orders), Panel(wire, KEY) as panel:  # type: ignore[arg-type] # as above
        assert well(controller, panel)
        for command, words in ((osdp.Command.LED, GREEN), (osdp.Command.Buzzer, BEEP), (osdp.Command.Output, UNLOCK)):
            panel.order(command, **words)
            assert well(controller, panel)
            assert controller.report_card(command, 26)  # what comes after it shows that it was dealt with
            assert until(lambda command=command: command in panel.cards)  # type: ignore[misc] # bound at once
    assert orders == expected[:obeyed]
    for name in ["LED", "BUZ", "OUT"][obeyed:]:
        assert f"the controller's {name} was refused" in caplog.text


def test_what_no_terminal_does_is_refused_by_name(
    settings: OsdpSettings, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(settings) as (controller, orders), Panel(wire, KEY) as panel:
        text = {"reader": 0, "control_code": 1, "temp_time": 20, "offset_row": 1, "offset_col": 1, "data": "hello"}
        for command, words, name in (
            (osdp.Command.Text, text, "TEXT"),
            (osdp.Command.Comset, {"address": 7, "baud_rate": 9600}, "COMSET"),
            (osdp.Command.Manufacturer, {"vendor_code": 1, "data": b"x"}, "MFG"),
        ):
            assert well(controller, panel)
            wanted = f"the controller's {name} was refused"
            for _ in range(5):  # a panel whose order was refused may drop the next one by itself
                panel.order(command, **words)
                if until(lambda wanted=wanted: wanted in caplog.text, PATIENCE_S / 5):  # type: ignore[misc] # bound at once
                    break
            assert wanted in caplog.text
        assert well(controller, panel)  # it still answers at its own address
        assert orders == []


def test_a_watcher_that_fails_or_hangs_silences_neither_line_nor_watchers(settings: OsdpSettings, wire: Wire) -> None:
    hung = threading.Event()

    def fail(_order: Order) -> None:
        raise RuntimeError("a watcher's own fault")

    def hang(_order: Order) -> None:
        hung.wait(PATIENCE_S)

    with opened(settings) as (controller, orders), Panel(wire, KEY) as panel:
        controller.watch(fail)
        controller.watch(hang)
        assert well(controller, panel)
        panel.order(osdp.Command.Output, **UNLOCK)
        assert until(lambda: len(orders) == 1)
        assert controller.report_card(5, 26)
        assert until(lambda: panel.cards == [5])
        hung.set()


def test_an_answer_that_is_lost_is_given_again_and_nothing_done_twice(settings: OsdpSettings, wire: Wire) -> None:
    with opened(settings) as (controller, orders), Panel(wire, KEY) as panel:
        assert well(controller, panel)
        panel.deafen()
        panel.order(osdp.Command.Output, **UNLOCK)
        assert until(lambda: panel.deaf == 0)
        assert controller.report_card(1, 26)
        assert until(lambda: panel.cards == [1])
        panel.deafen()
        assert controller.report_card(2, 26)
        assert until(lambda: panel.deaf == 0)
        assert controller.report_card(3, 26)
        assert until(lambda: 3 in panel.cards)
        assert panel.cards == [1, 2, 3]
        assert len(orders) == 1
        assert panel.channels == 1


@pytest.mark.parametrize("kind", [0x11, 0x13])
def test_an_order_in_a_handshakes_block_is_not_obeyed(settings: OsdpSettings, wire: Wire, kind: int) -> None:
    """libosdp takes it without a MAC while a channel stands, from anybody who has got at the wire."""
    with opened(settings) as (controller, orders), Panel(wire, KEY) as panel:
        assert well(controller, panel)
        for sequence in (1, 2, 3) * 4:
            panel.inject(frame(0x68, bytes((0, 2, 0, 0)), sequence=sequence, block=bytes((3, kind, 1))))
            panel.inject(frame(0x75, bytes((1, 16)) + OTHER_KEY, sequence=sequence, block=bytes((3, kind, 1))))
        assert controller.report_card(3, 26)
        assert until(lambda: panel.cards == [3])
        assert orders == []
        assert panel.channels == 1


def test_a_line_that_is_unplugged_is_told_of_and_found_again(settings: OsdpSettings, wire: Wire) -> None:
    with opened(settings) as (controller, _):
        with Panel(wire, KEY) as panel:
            assert well(controller, panel)
            wire.unplug()
            assert until(lambda: controller.fault == "the serial device is gone")
            assert not controller.report_card(1, 26)
        wire.plug()
        with Panel(wire, KEY) as panel:
            assert well(controller, panel)
            assert controller.report_card(2, 26)
            assert until(lambda: panel.cards == [2])


@pytest.mark.long
def test_a_controller_that_goes_is_told_of_and_gets_no_credential_of_the_past(
    settings: OsdpSettings, wire: Wire
) -> None:
    with opened(settings) as (controller, _):
        with Panel(wire, KEY) as panel:
            assert well(controller, panel)
        while controller.report_card(1, 26):  # nobody polls for them: the queue fills
            pass
        assert until(lambda: controller.fault == "the controller does not poll", OFFLINE_S + PATIENCE_S)
        with Panel(wire, KEY) as panel:
            assert well(controller, panel)
            assert controller.report_card(2, 26)
            assert until(lambda: panel.cards != [])
            assert panel.cards == [2]


def test_garbage_alone_costs_little_and_orders_nothing(settings: OsdpSettings, wire: Wire) -> None:
    garbage = os.urandom(300) + b"\x53\x65" * 300 + frame(0x68, bytes((0, 2, 0, 0)))[:-2] + b"\x53" * 200
    with opened(settings) as (controller, orders):
        began, cpu, sent = time.monotonic(), time.process_time(), 0
        while time.monotonic() - began < 2.0:
            sent += os.write(wire.master, garbage)
            threading.Event().wait(len(garbage) / 23_040)  # as fast as the fastest line
        assert (time.process_time() - cpu) / (time.monotonic() - began) < 0.5
        assert sent > 10_000
        assert orders == []
        with Panel(wire, KEY) as panel:
            assert well(controller, panel)


def test_close_ends_its_threads_and_a_second_close_does_nothing(settings: OsdpSettings) -> None:
    before = set(threading.enumerate())
    with opened(settings) as (controller, _):
        assert {thread.name for thread in set(threading.enumerate()) - before} >= {"osdp", "osdp-orders"}
    controller.close()
    assert not {thread.name for thread in threading.enumerate()} & {"osdp", "osdp-orders"}
    assert not controller.report_card(1, 26)
