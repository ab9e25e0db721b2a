"""`edge run` holds the door before it sees anything."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NoReturn

import pytest

from edge.app.both import run_both
from edge.app.places import places
from edge.config import Config, ExitSettings
from edge.values import Occasion
from hw.base import HardwareError, InputSettings
from hw.board import open_board
from hw.fake import FakeInput, FakeLock
from tests.e2e.commands import SOON_S, journal

if TYPE_CHECKING:
    from pathlib import Path

    from hw.base import CameraSettings


def test_s10_the_exit_button_works_while_the_camera_is_still_being_opened(tmp_path: Path) -> None:
    lock, button = FakeLock(), FakeInput(InputSettings(line="EXIT", debounce_s=0.0))
    opened: list[bool] = []

    def open_camera(settings: CameraSettings) -> NoReturn:
        button.press()
        opened.append(lock.wait_for(unlocked=True, timeout_s=SOON_S))
        raise HardwareError(f"{settings.source}: no such camera")

    config = dataclasses.replace(Config(), exit_button=ExitSettings(line="EXIT", debounce_s=0.0))
    board = dataclasses.replace(
        open_board("fake"), open_camera=open_camera, open_lock=lambda _: lock, open_input=lambda _: button
    )
    with pytest.raises(HardwareError, match="no such camera"):
        run_both(config, board, places(tmp_path), lambda *_: None)
    assert opened == [True]
    assert (lock.closed, lock.unlocked) == (True, False)
    assert Occasion.EXIT in [event.occasion for event in journal(tmp_path)]
