"""A controller's keys: which are accepted when, where they are kept, and what is refused without one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import osdp
import pytest

from hw.base import HardwareError, OsdpSettings
from hw.board import open_board
from tests.panels import (
    GREEN,
    KEY,
    OTHER_KEY,
    SILENCE_S,
    UNLOCK,
    Panel,
    Wire,
    opened,
    until,
    well,
)

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_KEY = bytes(range(0x30, 0x40))


def test_a_wrong_key_brings_up_nothing_and_tells_so(settings: OsdpSettings, wire: Wire) -> None:
    with opened(settings) as (controller, orders), Panel(wire, OTHER_KEY) as panel:
        controller.report_inputs((True, True, True), tamper=True)
        assert until(lambda: controller.fault == "no secure channel")
        assert not until(lambda: panel.secure or panel.channels > 0, SILENCE_S)
        assert not controller.report_card(1, 26)
        assert controller.fault == "no secure channel"
        assert panel.events == []
        assert orders == []


@pytest.mark.parametrize("key", [None, DEFAULT_KEY])
def test_the_default_key_and_plain_text_are_refused(settings: OsdpSettings, wire: Wire, key: bytes | None) -> None:
    with opened(settings) as (controller, orders), Panel(wire, key, secure=False) as panel:
        assert until(lambda: panel.online)
        for command, words in ((osdp.Command.Output, UNLOCK), (osdp.Command.LED, GREEN)):
            panel.order(command, **words)
        assert not until(lambda: panel.channels > 0 or bool(orders), SILENCE_S)
        assert not controller.report_card(1, 26)
        assert controller.fault == "no secure channel"


def test_in_installation_mode_a_key_is_set_once_and_stays_set(
    settings: OsdpSettings, wire: Wire, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "osdp.key").unlink()
    installing = replace(settings, installing=True)
    with opened(installing) as (controller, orders), Panel(wire, KEY, secure=False) as panel:
        assert controller.fault == "installation mode"
        assert not controller.report_card(1, 26)
        assert well(controller, panel)  # libosdp's panel tries the default key, and then sets its own
        assert (tmp_path / "osdp.key").read_text("ascii") == KEY.hex() + "\n"
        assert (tmp_path / "osdp.key").stat().st_mode & 0o777 == 0o600
        assert [path.name for path in tmp_path.iterdir() if "key" in path.name] == ["osdp.key"]
        assert controller.report_card(2, 26)
        assert until(lambda: panel.cards == [2])
        assert orders == []
        panel.order(osdp.Command.Output, **UNLOCK)
        assert until(lambda: len(orders) == 1)  # what the settings say is obeyed from now on
    assert "installation mode is over" in caplog.text
    assert KEY.hex() not in caplog.text.lower()
    with opened(installing) as (controller, orders):  # the setting was left: the key still is the only one
        with Panel(wire, None, secure=False) as stranger:
            assert until(lambda: stranger.online)
            stranger.order(osdp.Command.Output, **UNLOCK)
            assert not until(lambda: stranger.channels > 0 or bool(orders), SILENCE_S)
        with Panel(wire, KEY) as panel:
            assert well(controller, panel)


def test_an_output_is_not_obeyed_in_installation_mode(settings: OsdpSettings, wire: Wire, tmp_path: Path) -> None:
    (tmp_path / "osdp.key").unlink()
    with opened(replace(settings, installing=True)) as (_, orders), Panel(wire, None, secure=False) as panel:
        assert until(lambda: panel.online)
        panel.order(osdp.Command.LED, **GREEN)
        assert until(lambda: len(orders) == 1)
        panel.order(osdp.Command.Output, **UNLOCK)
        assert not until(lambda: len(orders) > 1, SILENCE_S)


def test_s7_a_controller_rotates_the_key_under_the_old_one(settings: OsdpSettings, wire: Wire, tmp_path: Path) -> None:
    with opened(settings) as (controller, _), Panel(wire, KEY) as panel:
        assert well(controller, panel)
        panel.order(osdp.Command.Keyset, type=1, data=OTHER_KEY)
        assert until(lambda: (tmp_path / "osdp.key").read_text("ascii") == OTHER_KEY.hex() + "\n")
    with opened(settings) as (controller, _):
        with Panel(wire, KEY) as panel:
            assert not until(lambda: panel.secure, SILENCE_S)
        with Panel(wire, OTHER_KEY) as panel:
            assert well(controller, panel)


@pytest.mark.parametrize("key", [DEFAULT_KEY, bytes(16)])
def test_a_key_that_anybody_would_try_is_not_taken(
    settings: OsdpSettings, wire: Wire, tmp_path: Path, key: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(settings) as (controller, _), Panel(wire, KEY) as panel:
        assert well(controller, panel)
        panel.order(osdp.Command.Keyset, type=1, data=key)
        assert until(lambda: "KEYSET was refused" in caplog.text)
        assert (tmp_path / "osdp.key").read_text("ascii") == KEY.hex() + "\n"


def test_a_key_that_cannot_be_kept_is_not_taken(
    settings: OsdpSettings, wire: Wire, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(settings) as (controller, _), Panel(wire, KEY) as panel:
        assert well(controller, panel)
        (tmp_path / ".osdp.key.new").mkdir()  # in the way of the new file
        panel.order(osdp.Command.Keyset, type=1, data=OTHER_KEY)
        assert until(lambda: "could not be kept" in caplog.text)
        assert OTHER_KEY.hex() not in caplog.text
    with opened(settings) as (controller, _), Panel(wire, KEY) as panel:
        assert well(controller, panel)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"device": "/dev/no-such-line"}, "no such device"),
        ({"device": "/dev/null"}, "no serial device"),
        ({"key_file": ""}, "key_file is not set"),
        ({"key_file": "/nowhere/osdp.key"}, "does not exist"),
        ({"key_file": "/nowhere/osdp.key", "installing": True, "device": ""}, "no such device"),
    ],
)
def test_what_cannot_be_opened_says_why(settings: OsdpSettings, words: dict[str, str], why: str) -> None:
    with pytest.raises(HardwareError, match=why):
        open_board("pc").open_controller(replace(settings, **words))  # type: ignore[arg-type] # a few of its own
