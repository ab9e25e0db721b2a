"""A terminal whose camera is missing, another one, virtual or gone: the door hears of it, and alarms."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from edge.app.places import places
from edge.app.terminal import greeted, run_terminal
from edge.errors import UnsafeError
from edge.link.client import DoorClient
from edge.values import Alarm, Occasion, Reason
from hw.base import CameraIdentity, CameraSettings, HardwareError
from hw.board import open_board
from hw.fake import FakeCamera
from tests.e2e.commands import until
from tests.e2e.faulty_door import QUICK, FaultyDoor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edge.app.terminal import Dial
    from edge.errors import EdgeError
    from hw.base import Camera

LINE = CameraIdentity("v4l2", "wide", "usb-1", replayed=False)
OTHER = CameraIdentity("v4l2", "narrow", "usb-1", replayed=False)
VIRTUAL = CameraIdentity("v4l2", "v4l2loopback", "platform", replayed=True)


def missing(settings: CameraSettings) -> Camera:
    raise HardwareError(f"{settings.source or '/dev/video0'}: no such camera")


def shown(identity: CameraIdentity) -> Callable[[CameraSettings], Camera]:
    return lambda _: FakeCamera([HardwareError("the camera was pulled out")], identity=identity)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[FaultyDoor]:
    (tmp_path / "data").mkdir()
    made = FaultyDoor(tmp_path / "data")
    with made.serving():
        yield made


def dialler(door: FaultyDoor) -> Dial:
    return lambda hello, accept: greeted(DoorClient.connect(door.socket, hello, accept=accept))


@pytest.mark.parametrize(
    ("open_camera", "error", "words"),
    [
        (missing, HardwareError, "no such camera"),
        (shown(OTHER), UnsafeError, "camera.pinned names"),
        (shown(VIRTUAL), UnsafeError, "is a replay or a virtual camera"),
        (shown(LINE), HardwareError, "pulled out"),
    ],
    ids=["missing", "another", "virtual", "gone"],
)
def test_s11_a_camera_that_is_not_the_right_one_raises_the_alarm_and_the_door_stays_shut(
    door: FaultyDoor,
    open_camera: Callable[[CameraSettings], Camera],
    error: type[EdgeError | HardwareError],
    words: str,
) -> None:
    pinned = str(VIRTUAL if words.startswith("is a replay") else LINE)
    config = dataclasses.replace(QUICK, camera=CameraSettings(pinned=pinned))
    board = dataclasses.replace(
        open_board("fake"), physical_lock=True, open_camera=open_camera, replays=lambda _: False
    )
    with pytest.raises(error, match=words):
        run_terminal(config, board, places(door.folder), lambda *_: None, dialler(door))
    until(lambda: door.alarmed(Alarm.CAMERA) and not door.report().terminal)
    assert words in door.report().alarms[Alarm.CAMERA]
    assert [unlocked for _, unlocked in door.lock.history] == [False]
    assert door.leaves()
    assert door.comes() is Reason.GRANTED  # a terminal that is live again
    until(lambda: not door.alarmed(Alarm.CAMERA))
    until(lambda: Occasion.ALARM_ENDED in [event.occasion for event in door.events])
