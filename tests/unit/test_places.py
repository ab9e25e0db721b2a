"""Where a terminal keeps its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.app.places import places

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_device_keeps_its_files_where_devices_do_and_a_pc_where_its_user_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    (tmp_path / "etc").mkdir()
    device, named = places(None, tmp_path / "etc"), places(tmp_path, tmp_path / "etc")
    pc = places(None, tmp_path / "no-etc")
    assert [str(path) for path in (device.config, device.journal, device.people_db, device.socket)] == [
        str(tmp_path / "etc" / "terminal.toml"),
        "/var/lib/door-lock/journal.jsonl",
        "/var/lib/door-terminal/people.sqlite3",
        "/run/door-lock/door.sock",
    ]
    assert pc.data == tmp_path / "XDG_DATA_HOME" / "door-terminal"
    assert pc.config == tmp_path / "XDG_CONFIG_HOME" / "door-terminal" / "terminal.toml"
    assert (named.journal, named.socket) == (tmp_path / "journal.jsonl", tmp_path / "door.sock")


def test_a_user_without_a_folder_for_sockets_has_the_socket_beside_the_data_and_never_in_tmp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "gone"))
    assert places(None, tmp_path / "no-etc").socket == tmp_path / "data" / "door-terminal" / "door.sock"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert places(None, tmp_path / "no-etc").socket == tmp_path / "data" / "door-terminal" / "door.sock"
    (tmp_path / "gone").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "gone"))
    assert places(None, tmp_path / "no-etc").socket == tmp_path / "gone" / "door-terminal" / "door.sock"
