"""The wiring on the card: the terminal keeps it there, anybody may change it, and it opens nothing."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge import keys
from edge.app import card_wiring, door_process
from edge.app.boot_state import WAITING
from edge.app.card_wiring import of_image
from edge.app.door_process import ConfigurationFile, configured, opened
from edge.app.first_boot import apply
from edge.app.places import SHOWN, Places, places
from edge.config import Config, ContactSettings, ExitSettings, FireSettings, RuleSettings, TamperSettings, Wiring, dump
from edge.errors import ConfigError
from edge.link.asking import report
from edge.provision import plan
from edge.values import Alarm
from hw.base import IndicatorSettings, KeypadSettings, LockSettings, OsdpSettings
from hw.board import open_board
from tests.provisioning import NOW, device, document, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
KEY = keys.new_pair()[0]
SOON_S = 10.0
SITE = Config(
    board="pi",
    lock=LockSettings(line="GPIO22", active_low=True),
    exit_button=ExitSettings(line="GPIO5", pull="down", active_low=False, on_fault="open", stuck_s=9.0),
    contact=ContactSettings(line="GPIO6", contact="no", on_fault="lock-down"),
    fire=FireSettings(line="GPIO16", complement="GPIO26", on_fault="open"),
    tamper=TamperSettings(line="GPIO20", on_fault="lock-down"),
    indicator=IndicatorSettings(red="GPIO24", active_low=True),
    keypad=KeypadSettings(device="/dev/input/event0"),
    osdp=OsdpSettings(device="/dev/ttyAMA0", key_file="/etc/door-terminal/osdp.key"),
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A machine without a configuration file, with a card."""
    monkeypatch.setattr(door_process, "config_file", lambda: None)
    found = places(tmp_path)
    found.card_wiring.parent.mkdir()
    return found


@contextlib.contextmanager
def alarm_of(here: Places) -> Iterator[str]:
    """Run the door with what it finds; yields what its alarm says."""
    source, stop = ConfigurationFile(None, here), threading.Event()
    config = configured(None, here)
    with opened(config, open_board(config.board), here, here.socket, source) as door:
        thread = threading.Thread(target=door.serve, args=(stop,))
        thread.start()
        try:
            yield report(here.socket, SOON_S).alarms[Alarm.RULES]
        finally:
            stop.set()
            door.wake()
            thread.join()


def test_s10_a_terminal_that_lost_its_data_has_the_lines_that_it_was_provisioned_with(
    tmp_path: Path, here: Places
) -> None:
    terminal = device(tmp_path / "device")
    (terminal.boot / "terminal.toml").write_bytes(signed(dataclasses.replace(document(), config=SITE), KEY))
    apply(terminal)
    (terminal.boot / "wiring.toml").rename(here.card_wiring)
    found = configured(None, here)
    assert isinstance(found, Wiring)
    assert (found.board, found.lock, found.indicator) == (SITE.board, SITE.lock, SITE.indicator)
    for name in ("contact", "fire", "tamper"):
        assert getattr(found, name).wiring() == getattr(SITE, name).wiring()
    taken = dataclasses.replace(found.exit_button, on_fault="open", stuck_s=9.0)
    assert taken == SITE.exit_button


def test_s3_the_wiring_on_a_card_names_lines_and_nothing_that_opens(here: Places) -> None:
    rules = RuleSettings(time_zone="Europe/Berlin")
    lax = dataclasses.replace(SITE, rules=rules, door=dataclasses.replace(SITE.door, pulse_s=200.0))
    here.card_wiring.write_text(dump(lax))  # a whole configuration, by whoever had the card in a laptop
    found = configured(None, here)
    lines = {name: getattr(found, name) for name in ("board", "lock", "exit_button", "contact", "fire", "tamper")}
    assert found == Wiring(**lines, indicator=SITE.indicator)
    assert [found.exit_button.on_fault, found.fire.on_fault] == ["ignore", "alarm"]
    assert (found.osdp.device, found.keypad.device, found.door.pulse_s) == ("", "", Config().door.pulse_s)


def test_s11_the_wiring_on_a_card_makes_no_other_board_of_it_than_the_image_is_for(here: Places) -> None:
    here.wiring.write_text(dump(dataclasses.replace(SITE, lock=LockSettings(line="GPIO17"))))
    here.card_wiring.write_text(dump(dataclasses.replace(SITE, board="fake")))
    assert configured(None, here).lock.line == "GPIO17"
    with pytest.raises(ConfigError, match=r'NOT TAKEN: .*board: is "fake", and this image is for "pi"'):
        ConfigurationFile(None, here).read()


@pytest.mark.parametrize(
    "content",
    [b'board = "pc"\n[lock]\nline = 1', b'board = "pc"\nlock = 3', b'board = "p', b"\xff\xfe", b"", b"#" * 70_000],
    ids=["a fault", "no table", "written by half", "no text", "empty", "too long"],
)
def test_s10_a_bad_file_on_the_card_leaves_the_image_s_wiring_and_an_alarm(here: Places, content: bytes) -> None:
    here.wiring.write_text(dump(Config()))
    here.card_wiring.write_bytes(content)
    assert configured(None, here) == of_image(Config())
    with alarm_of(here) as alarm:
        assert f"the wiring is that of {here.wiring}; NOT TAKEN: {here.card_wiring}" in alarm


def test_s10_a_pipe_in_the_place_of_the_file_holds_up_no_door(here: Places) -> None:
    here.wiring.write_text(dump(Config()))
    os.mkfifo(here.card_wiring)
    assert configured(None, here) == of_image(Config())


def test_s10_a_card_that_the_door_s_user_may_not_read_holds_up_no_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_process, "config_file", lambda: None)
    before = os.geteuid()
    with tempfile.TemporaryDirectory() as folder:  # not below pytest's own, which nobody else may enter
        Path(folder).chmod(0o755)
        here = places(Path(folder))
        here.wiring.write_text(dump(Config()))
        here.card_wiring.parent.mkdir(mode=0)
        try:
            if before == 0:
                os.seteuid(NOBODY)
            assert configured(None, here) == of_image(Config())
        finally:
            os.seteuid(before)


def test_s10_root_shows_the_door_what_the_card_keeps_while_nothing_is_in_force(tmp_path: Path) -> None:
    restarted: list[str] = []
    here = device(tmp_path, restart=restarted.extend)
    (here.boot / card_wiring.NAME).write_text(card_wiring.text(SITE))
    assert [apply(here), apply(here)] == [WAITING, WAITING]
    shown = here.root / SHOWN.relative_to("/") / card_wiring.NAME
    assert shown.read_text() == card_wiring.text(SITE)
    assert shown.stat().st_mode & 0o777 == 0o644
    assert restarted == ["edge-door.service"], "once: the second start found nothing new"


def test_s10_a_card_that_keeps_no_wiring_but_something_else_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    here = device(tmp_path)
    (here.boot / card_wiring.NAME).write_bytes(b"#" * 70_000)
    assert apply(here) == WAITING
    assert "WIRING OF THE CARD NOT USED" in (here.boot / "provision.log").read_text()


def test_s10_a_line_that_only_the_card_names_and_nobody_has_leaves_the_image_s_wiring(here: Places) -> None:
    here.wiring.write_text(dump(Config()))
    here.card_wiring.write_text('board = "pc"\n[lock]\nline = "GPIO99"\n')
    with alarm_of(here) as alarm:
        assert "lock.line 'GPIO99': no such line" in alarm


def test_s10_a_card_without_an_image_s_wiring_is_enough(here: Places) -> None:
    here.card_wiring.write_text(card_wiring.text(Config()))
    with alarm_of(here) as alarm:
        assert f"the wiring is that of {here.card_wiring}" in alarm


def test_the_file_is_written_only_when_it_differs(tmp_path: Path) -> None:
    here = device(tmp_path)
    (here.boot / "terminal.toml").write_bytes(signed(document(), KEY))
    apply(here)
    kept = here.boot / card_wiring.NAME
    os.utime(kept, (0, 0))
    apply(here)
    assert kept.stat().st_mtime == 0
    kept.write_text("something else")
    apply(here)
    assert kept.read_text() == card_wiring.text(Config())
    kept.unlink()  # another card
    apply(here)
    assert kept.read_text() == card_wiring.text(Config())


def test_a_newer_file_brings_its_wiring(tmp_path: Path) -> None:
    here = device(tmp_path)
    (here.boot / "terminal.toml").write_bytes(signed(document(), KEY))
    apply(here)
    (here.boot / "terminal.toml").write_bytes(signed(dataclasses.replace(document(issued=NOW), config=SITE), KEY))
    apply(here)
    assert 'line = "GPIO22"' in (here.boot / card_wiring.NAME).read_text()


def test_a_card_that_is_full_is_told_and_stops_nothing(tmp_path: Path) -> None:
    here = device(tmp_path)
    (here.boot / "terminal.toml").write_bytes(signed(document(), KEY))
    (here.boot / ".wiring.toml.new").symlink_to("/dev/full")
    assert apply(here) == "done"
    assert (here.root / plan.CONFIG).exists()
    assert "WIRING NOT ON THE CARD: " in (here.boot / "provision.log").read_text()
    assert "No space left on device" in (here.boot / "provision.log").read_text()
