"""What the doctor says of the controller's key: it must be the door's own, where the door may look."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.app.doctor_door import Check, door_checks
from edge.app.places import Places, places
from edge.config import Config
from hw.base import OsdpSettings
from hw.board import open_board
from hw.osdp.key import write_key

if TYPE_CHECKING:
    from pathlib import Path

STRANGER = 12345


@pytest.fixture
def device(tmp_path: Path) -> Places:
    """The folders of a device: the door's, the terminal's, and its keys'."""
    here = places(tmp_path / "terminal")
    for folder in (tmp_path / "lock", here.wrapping_key.parent):
        folder.mkdir(parents=True)
    return replace(here, journal=tmp_path / "lock" / "journal.jsonl")


def looked(here: Places, key: Path) -> Check:
    ends = os.openpty()
    config = replace(Config(), osdp=OsdpSettings(device=os.ttyname(ends[1]), key_file=str(key)))
    try:
        return dict(door_checks(config, open_board("fake"), here))["controller"]()
    finally:
        for end in ends:
            os.close(end)


def test_a_key_of_the_door_s_user_is_well(device: Places) -> None:
    key = device.journal.with_name("osdp.key")
    write_key(key, bytes(range(16)))
    assert looked(device, key).state == "ok"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_that_is_still_the_terminal_s_user_s_is_a_fault_that_says_what_to_do(device: Places) -> None:
    key = device.journal.with_name("osdp.key")
    write_key(key, bytes(range(16)))
    os.chown(device.journal.parent, STRANGER, -1)
    found = looked(device, key)
    assert found.state == "fault"
    assert f"belongs to root; the door runs as user {STRANGER}" in found.found
    assert found.mend == f"chown user {STRANGER} {key}"


@pytest.mark.parametrize("place", ["data", "keys"])
def test_a_key_where_the_door_may_not_look_is_a_fault(device: Places, place: str) -> None:
    key = {"data": device.data, "keys": device.wrapping_key.parent}[place] / "osdp.key"
    write_key(key, bytes(range(16)))
    found = looked(device, key)
    assert found.state == "fault"
    assert "may not look" in found.found
    assert str(device.journal.parent) in found.mend
