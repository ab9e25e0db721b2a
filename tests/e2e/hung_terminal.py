"""`edge terminal` with a camera that hangs inside its driver after some frames: `hung_terminal.py DATA FRAMES`."""

from __future__ import annotations

import dataclasses
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from edge.app.places import places
from edge.app.terminal import dial_socket, run_terminal
from edge.cli.decisions import Announcer
from edge.config import Config
from hw.base import CameraSettings, Frame
from hw.board import open_board
from hw.fake import FakeCamera, grey_pictures

if TYPE_CHECKING:
    from hw.base import Camera

FRAME_S = 0.1


class HangingCamera(FakeCamera):
    """Ten frames a second; then it neither gives a frame nor returns."""

    def __init__(self, settings: CameraSettings, frames: int) -> None:
        super().__init__(grey_pictures(settings))
        self._frames = frames

    def capture(self, timeout_s: float) -> Frame:
        if self.captured >= self._frames:
            threading.Event().wait()
        threading.Event().wait(FRAME_S)
        return super().capture(timeout_s)


def main() -> None:
    here, frames = places(Path(sys.argv[1])), int(sys.argv[2])

    def open_camera(settings: CameraSettings) -> Camera:
        return HangingCamera(settings, frames)

    config = dataclasses.replace(Config(), camera=CameraSettings(width_px=320, height_px=240))
    board = dataclasses.replace(open_board("fake"), open_camera=open_camera)
    run_terminal(config, board, here, Announcer(as_json=True), dial_socket(here))


if __name__ == "__main__":
    main()
