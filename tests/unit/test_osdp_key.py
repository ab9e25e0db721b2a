"""The key's file: refused unless it is secret, and never quoted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from hw.base import HardwareError
from hw.osdp.key import DEFAULT, read_key, write_key

if TYPE_CHECKING:
    from pathlib import Path

KEY = bytes.fromhex("8a1d3f607c52b94e05d6e8f1279bc340")


def kept(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "osdp.key"
    path.write_text(text, "ascii")
    path.chmod(mode)
    return path


def test_what_was_written_is_read_and_nobody_else_may(tmp_path: Path) -> None:
    path = tmp_path / "osdp.key"
    assert read_key(path) is None
    write_key(path, KEY)
    write_key(path, KEY)
    assert read_key(path) == KEY
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o700])
def test_a_file_that_others_could_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(HardwareError, match=f"mode {mode:04o}: others may have read it"):
        read_key(kept(tmp_path, KEY.hex(), mode))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = kept(tmp_path, KEY.hex())
    os.chown(path, 12345, -1)
    with pytest.raises(HardwareError, match="belongs to user 12345"):
        read_key(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_who_may_not_read_it_is_told_whose_it_must_be(tmp_path: Path) -> None:
    path = kept(tmp_path, KEY.hex())
    told, child = os.pipe()
    if not (process := os.fork()):
        os.setresuid(12345, 12345, 12345)
        try:
            read_key(path)
        except HardwareError as error:
            os.write(child, str(error).encode())
        os._exit(0)
    os.waitpid(process, 0)
    assert (
        f"{path} may not be read by user 12345, as whom the door runs: chown user 12345 it"
        in os.read(told, 999).decode()
    )
    os.close(told)
    os.close(child)


@pytest.mark.parametrize("text", ["", KEY.hex()[:-2], KEY.hex() + "00", "x" + KEY.hex()[1:], "00" * 40])
def test_what_is_no_key_is_refused_and_not_quoted(tmp_path: Path, text: str) -> None:
    with pytest.raises(HardwareError, match="must hold 32 hexadecimal digits") as refused:
        read_key(kept(tmp_path, text))
    assert KEY.hex()[1:-2] not in str(refused.value)
    assert refused.value.__cause__ is refused.value.__context__ is None


@pytest.mark.parametrize("key", [DEFAULT, bytes(16), b"\xff" * 16])
def test_a_key_that_anybody_would_try_first_is_refused(tmp_path: Path, key: bytes) -> None:
    with pytest.raises(HardwareError, match="protects nothing"):
        read_key(kept(tmp_path, key.hex()))


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match="cannot be read"):
        read_key(tmp_path)


def test_a_key_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = kept(tmp_path, KEY.hex())
    (tmp_path / ".osdp.key.new").mkdir()
    with pytest.raises(HardwareError, match="cannot be written"):
        write_key(path, bytes(range(16)))
    assert read_key(path) == KEY


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "osdp.key"
    os.mkfifo(path, 0o600)
    with pytest.raises(HardwareError, match="is not a file"):
        read_key(path)
