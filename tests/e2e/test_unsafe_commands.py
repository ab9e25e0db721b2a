"""What could open a real lock without a live person is refused before any hardware is touched (S11)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from edge.app.both import run_both
from edge.app.places import places
from edge.config import Config, load
from edge.errors import UnsafeError
from hw.base import HardwareError
from hw.board import open_board
from tests.e2e.commands import edge, play

if TYPE_CHECKING:
    from pathlib import Path

    from hw.base import InputSettings, Lock, LockSettings
    from tests.e2e.conftest import Typed

pytestmark = pytest.mark.pictures


def test_s11_photographs_before_a_real_lock_are_refused_in_one_line(data: Path, pictures: Path) -> None:
    done = edge("run", "--board", "pi", "--source", pictures, "--data", data)
    assert (done.code, done.out) == (3, "")
    first, fault = done.err.splitlines()
    assert first == f"board pi, a real lock, camera {pictures}"
    assert "is a replay" in fault
    assert not (data / "journal.jsonl").exists()


@pytest.mark.parametrize("command", ["run", "terminal"])
@pytest.mark.parametrize("liveness", ["passive", "off"])
def test_s11_neither_a_configured_replay_nor_liveness_off_reaches_a_real_lock(
    command: str, liveness: str, typed: Typed, tmp_path: Path, pictures: Path
) -> None:
    config = play(tmp_path, pictures, "obama.jpg", liveness=liveness)
    done = typed(command, "--board", "pi", "--config", config, "--data", tmp_path / "data")
    assert (done.code, done.out) == (3, "")
    fault = done.err.splitlines()[-1]
    assert ("liveness.mode is off" if liveness == "off" else "is a replay") in fault
    assert not (tmp_path / "data" / "journal.jsonl").exists()


def test_s11_no_liveness_on_the_command_line_is_refused_with_a_real_lock(typed: Typed, tmp_path: Path) -> None:
    done = typed("run", "--board", "pi", "--no-liveness", "--data", tmp_path / "data")
    assert done.code == 3
    assert done.err.splitlines()[0].startswith("LIVENESS OFF")
    assert "liveness.mode is off" in done.err.splitlines()[-1]


def test_s11_the_lock_s_line_is_never_claimed_for_a_replay(tmp_path: Path, pictures: Path) -> None:
    claimed: list[str] = []

    def open_lock(settings: LockSettings) -> Lock:
        claimed.append(settings.line)
        raise HardwareError("it was claimed")

    def open_input(settings: InputSettings) -> None:
        claimed.append(settings.line)

    config = load(play(tmp_path, pictures, "obama.jpg", liveness="passive"))
    real = dataclasses.replace(open_board("fake"), physical_lock=True, open_lock=open_lock, open_input=open_input)  # type: ignore[arg-type]
    for unsafe in (config, dataclasses.replace(Config(), liveness=dataclasses.replace(config.liveness, mode="off"))):
        with pytest.raises(UnsafeError):
            run_both(unsafe, real, places(tmp_path), lambda *_: None)
    assert claimed == []
    toy = dataclasses.replace(real, physical_lock=False)
    with pytest.raises(HardwareError, match="it was claimed"):
        run_both(config, toy, places(tmp_path), lambda *_: None)


def test_a_pi_without_its_camera_is_a_fault_of_hardware_and_not_of_safety(typed: Typed, tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text('[camera]\nsource = "/dev/video-none"\n')
    done = typed("terminal", "--board", "pi", "--config", config, "--data", tmp_path / "data")
    assert done.code == 11
    assert "/dev/video-none" in done.err.splitlines()[-1]
