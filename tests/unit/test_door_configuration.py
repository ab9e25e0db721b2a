"""What a door starts with when its configuration file has faults, or is gone."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.app import door_process
from edge.app.card_wiring import of_image
from edge.app.door_process import ConfigurationFile, configured, last_good, opened, secure
from edge.app.places import Places, places
from edge.config import Config, dump
from edge.errors import ConfigError
from edge.link.asking import report
from edge.values import Alarm
from hw.board import open_board

if TYPE_CHECKING:
    from pathlib import Path

    from hw.base import Lock, LockSettings

SOON_S = 10.0
WIRED = replace(Config(), board="fake")
NOBODYS = of_image(WIRED)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A machine without a configuration file."""
    monkeypatch.setattr(door_process, "config_file", lambda: None)
    return places(tmp_path)


def test_a_machine_that_never_had_a_file_has_the_defaults_and_keeps_nothing(here: Places) -> None:
    source = ConfigurationFile(None, here)
    assert source.read() == Config()
    source.keep(Config())
    assert [one for one in threading.enumerate() if one.name == "last good"] == []
    assert not last_good(here).exists()


def test_s10_a_file_that_is_gone_leaves_no_door_on_simulated_lines(here: Places) -> None:
    last_good(here).write_text(dump(WIRED))
    assert configured(None, here).board == "fake"
    with pytest.raises(ConfigError, match=r"is gone: put it back; a copy is .*terminal\.good\.toml"):
        ConfigurationFile(None, here).read()


def test_s10_a_lock_that_cannot_be_opened_leaves_the_door_with_its_last_good_configuration(tmp_path: Path) -> None:
    here, file, stop = places(tmp_path), tmp_path / "terminal.toml", threading.Event()
    good = replace(Config(), lock=replace(Config().lock, line="GPIO17"))
    last_good(here).write_text(dump(good))
    file.write_text('[lock]\nline = "GPIO99"\n')
    source = ConfigurationFile(file, here)
    with opened(source.read(), open_board("pc"), here, here.socket, source) as door:
        thread = threading.Thread(target=door.serve, args=(stop,))
        thread.start()
        try:
            alarm = report(here.socket, SOON_S).alarms[Alarm.RULES]
        finally:
            stop.set()
            door.wake()
            thread.join()
    assert "started with the last good ones: lock.line 'GPIO99': no such line" in alarm


def test_s10_a_door_that_was_never_provisioned_has_the_wiring_of_its_image(here: Places) -> None:
    here.wiring.write_text(dump(WIRED))
    assert configured(None, here) == NOBODYS
    source = ConfigurationFile(None, here)
    with pytest.raises(ConfigError, match=r"was never there: provision it; the wiring is that of .*wiring\.toml"):
        source.read()  # the alarm that this makes says in the status and in the journal what the door runs with
    source.keep(WIRED)
    assert [one for one in threading.enumerate() if one.name == "last good"] == []
    assert not last_good(here).exists()  # or a terminal that is provisioned later would be "gone"


def test_s10_a_first_configuration_with_faults_leaves_the_door_with_the_wiring_of_its_image(here: Places) -> None:
    here.wiring.write_text(dump(WIRED))
    file = here.data / "terminal.toml"
    file.write_text("[lock]\nline = 17\n")
    assert configured(file, here) == NOBODYS
    last_good(here).write_text(dump(replace(WIRED, door=replace(WIRED.door, name="east"))))
    assert configured(file, here).door.name == "east"


def test_s2_wiring_brings_no_rules_and_no_way_a_door_behaves(here: Places) -> None:
    named = replace(WIRED.door, name="open house", pulse_s=29.0)
    here.wiring.write_text(dump(replace(WIRED, door=named)))
    assert configured(None, here) == NOBODYS


def test_s10_a_door_that_was_never_provisioned_says_what_it_runs_with(here: Places) -> None:
    here.wiring.write_text(dump(Config()))
    source, stop = ConfigurationFile(None, here), threading.Event()
    with opened(configured(None, here), open_board("pc"), here, here.socket, source) as door:
        thread = threading.Thread(target=door.serve, args=(stop,))
        thread.start()
        try:
            alarm = report(here.socket, SOON_S).alarms[Alarm.RULES]
        finally:
            stop.set()
            door.wake()
            thread.join()
    assert "was never there: provision it; the wiring is that of" in alarm
    assert alarm in here.journal.read_text()


def test_s10_wiring_with_faults_is_no_wiring(here: Places) -> None:
    here.wiring.write_text("board = 7")
    file = here.data / "terminal.toml"
    file.write_text("[lock\n")
    with pytest.raises(ConfigError, match=r"terminal\.toml"):
        configured(file, here)


def test_s3_the_line_that_is_secured_is_the_one_that_the_process_held(tmp_path: Path) -> None:
    here, secured = places(tmp_path), list[str]()
    pc = open_board("pc")

    def open_lock(settings: LockSettings) -> Lock:
        secured.append(settings.line)
        return pc.open_lock(settings)

    last_good(here).write_text(dump(replace(Config(), lock=replace(Config().lock, line="GPIO17"))))
    changed = replace(Config(), lock=replace(Config().lock, line="GPIO27"))
    secure(changed, replace(pc, open_lock=open_lock), here)
    assert secured == ["GPIO17", "GPIO27"]
