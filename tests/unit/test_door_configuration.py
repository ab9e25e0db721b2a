"""What a door starts with when its configuration file has faults, or is gone."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.app import door_process
from edge.app.door_process import ConfigurationFile, configured, last_good
from edge.app.places import Places, places
from edge.config import Config, dump
from edge.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

WIRED = replace(Config(), board="fake")


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
