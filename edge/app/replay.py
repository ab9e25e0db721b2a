"""Opens photographs and videos as frames, for measuring: each is shown once, as fast as it can be read."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

from hw.base import CameraEndError
from hw.board import open_board

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.config import Config
    from hw.base import Frame


def frames(config: Config, source: Path) -> Iterator[Frame]:
    """Yield the frames of a source as the terminal's camera would replay them; of a photograph, one.

    Args:
        config: Sets the camera's size.
        source: A photograph, a folder of them, or a video.

    Raises:
        HardwareError: It is none of these, or damaged; the message names it.
    """
    settings = dataclasses.replace(
        config.camera, source=str(source), paced=False, loop=False, dwell_frames=1, gap_frames=0
    )
    with contextlib.closing(open_board("pc").open_camera(settings)) as camera, contextlib.suppress(CameraEndError):
        while True:
            yield camera.capture(5.0)
