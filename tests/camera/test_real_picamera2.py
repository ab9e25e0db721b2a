"""The Pi's camera driver on real picamera2 and real libcamera; only the sensor is libcamera's virtual one."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hw.base import CameraSettings, CameraTimeoutError, HardwareError
from hw.board import open_board
from hw.camera.recovery import RecoveringCamera, Shot
from hw.camera.watch import Watch
from tests.camera import real
from tests.camera.recognition import enrolled, likeness, threshold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from edge.vision.pipeline import Eyes
    from hw.base import Camera, Frame

PATIENCE_S = 5.0
BUFFERS = 4


class Noted:
    """A real sensor, whose remedies are written down."""

    def __init__(self, name: str = "bars") -> None:
        self.real = real.pi_sensor(name)
        self.identity = self.real.identity
        self.remedies: list[str] = []

    @property
    def library(self) -> Any:  # noqa: ANN401 - picamera2 has no types
        return self.real._camera  # noqa: SLF001 - the fault is injected below the driver

    def shoot(self, timeout_s: float) -> Shot:
        return self.real.shoot(timeout_s)

    def flush(self) -> None:
        self.remedies.append("flush")
        self.real.flush()

    def restart(self) -> None:
        self.remedies.append("restart")
        self.real.restart()

    def reopen(self) -> None:
        self.remedies.append("reopen")
        self.real.reopen()

    def close(self) -> None:
        self.real.close()


@pytest.fixture
def noted() -> Iterator[Noted]:
    sensor = Noted()
    yield sensor
    sensor.close()


def timed_out(camera: Camera, timeout_s: float = 0.2) -> float:
    begun = time.monotonic()
    with pytest.raises(CameraTimeoutError):
        camera.capture(timeout_s)
    return time.monotonic() - begun


def test_a_camera_that_has_lost_its_buffers_is_flushed_and_then_restarted(noted: Noted) -> None:
    camera = RecoveringCamera(noted, noted.identity, silent_s=0.0)
    camera.capture(PATIENCE_S)
    held = [noted.library.capture_request(wait=PATIENCE_S) for _ in range(BUFFERS)]
    assert timed_out(camera) < PATIENCE_S
    assert noted.remedies == ["flush"]
    timed_out(camera)
    assert noted.remedies == ["flush", "flush", "restart"]
    assert camera.capture(PATIENCE_S).sequence == 2
    for request in held:
        request.release()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_camera_that_a_restart_does_not_help_is_reopened(noted: Noted) -> None:
    """An exception in picamera2's event thread ends it, and here also the one that a restart begins."""

    def fail(_request: object) -> None:
        raise MemoryError

    camera = RecoveringCamera(noted, noted.identity, silent_s=0.0)
    camera.capture(PATIENCE_S)
    before = noted.library
    before.pre_callback = fail
    for _ in range(3):
        assert timed_out(camera) < PATIENCE_S
    assert noted.remedies == ["flush", "flush", "restart", "flush", "reopen"]
    assert noted.library is not before
    assert camera.capture(PATIENCE_S).sequence == 2


@pytest.fixture
def blocked(noted: Noted) -> Iterator[Noted]:
    """Its library's event thread waits for ever, and holds the library's lock."""
    let_go, reached = threading.Event(), threading.Event()

    def block(_request: object) -> None:
        reached.set()
        let_go.wait()

    noted.library.pre_callback = block
    assert reached.wait(PATIENCE_S)
    yield noted
    let_go.set()  # from now on it blocks nobody; taken away, it would be missed between the library's look and its call


def test_a_library_that_blocks_is_left_behind_and_the_process_told_to_end(blocked: Noted) -> None:
    camera = RecoveringCamera(blocked, blocked.identity, silent_s=0.0, step_s=0.5)
    begun = time.monotonic()
    with pytest.raises(HardwareError, match=r"hangs even in its (shoot|flush)\(\): end the process"):
        until_dead(camera)
    assert time.monotonic() - begun < PATIENCE_S


def test_a_camera_that_is_numbered_afresh_is_another_camera(noted: Noted) -> None:
    noted.real._number = real.number("scene")  # noqa: SLF001 - what unplugging the one before it does
    camera = RecoveringCamera(noted, noted.identity, silent_s=0.0)
    held = [noted.library.capture_request(wait=PATIENCE_S) for _ in range(BUFFERS)]
    noted.restart = lambda: None  # type: ignore[method-assign]  # this remedy does not help
    for _ in range(2):
        timed_out(camera)
    with pytest.raises(HardwareError, match=r"another camera now: it was picamera2 bars bars, and is .*scene"):
        camera.capture(0.2)
    with pytest.raises(HardwareError, match="another camera"):
        camera.capture(0.2)
    del held


def test_a_frozen_picture_climbs_the_ladder_and_ends_the_camera() -> None:
    sensor = Noted("scene")
    watch = Watch(frozen_s=0.5, black_s=60.0)
    camera = RecoveringCamera(sensor, sensor.identity, watch, silent_s=0.1)
    begun = time.monotonic()
    with pytest.raises(HardwareError, match=r"frozen for .* hangs; reopening did not help"):
        until_dead(camera)
    assert sensor.remedies == ["flush", "flush", "restart", "flush", "reopen"]
    assert time.monotonic() - begun < 4 * PATIENCE_S
    camera.close()


def until_dead(camera: Camera) -> None:
    for _ in range(100):
        try:
            camera.capture(0.3)
        except CameraTimeoutError:
            continue


def test_2000_frames_160_restarts_and_20_openings_leak_nothing(
    report: Callable[[str], None], open_files: Callable[[], int], resident_mb: Callable[[], float]
) -> None:
    sensor = real.pi_sensor("bars")
    camera = RecoveringCamera(sensor, sensor.identity)
    for _ in range(5):  # what is loaded once is loaded
        sensor.restart()
        sensor.reopen()
        camera.capture(PATIENCE_S)
    files, before_mb, begun = open_files(), resident_mb(), time.monotonic()
    for _ in range(2000):
        camera.capture(PATIENCE_S)
    fps = 2000 / (time.monotonic() - begun)
    assert open_files() <= files  # what a test before left behind may end meanwhile
    for _ in range(160):
        sensor.restart()
        camera.capture(PATIENCE_S)
    assert open_files() <= files
    for _ in range(20):
        sensor.reopen()
        camera.capture(PATIENCE_S)
    assert open_files() <= files
    grown_mb = resident_mb() - before_mb
    camera.close()
    report(
        f"real picamera2: 2,000 frames of 1280 x 720 at {fps:.0f} a second, 160 stop/starts, 20 openings: "
        f"{files} file descriptors throughout, RSS {before_mb:.0f} MB {grown_mb:+.1f} MB"
    )
    assert grown_mb < 60


def taken(name: str, count: int = 1) -> list[Frame]:
    camera = real.virtual(name)
    try:
        return [camera.capture(PATIENCE_S) for _ in range(count)]
    finally:
        camera.close()


def test_colours_are_read_as_the_camera_labels_them(report: Callable[[str], None]) -> None:
    wanted = real.scene().astype(int)
    honest = np.abs(taken("scene")[0].pixels.astype(int) - wanted).mean()
    report(f"a JPEG's colours through NV12 and the driver: off by {honest:.2f} grey levels of 255 on average")
    assert honest < 2.0


def test_s11_the_virtual_camera_says_that_it_is_no_real_one() -> None:
    camera = real.virtual("obama")
    camera.close()
    assert camera.identity.replayed
    assert camera.identity.matches("picamera2 obama obama")
    assert not camera.identity.matches("picamera2 imx708 /base/axi/imx708@1a")


def test_a_camera_upside_down_is_a_setting_that_the_camera_carries_out() -> None:
    """The virtual pipeline cannot turn a picture, and picamera2 says nothing of it: so neither is a frame lost."""
    camera = real.virtual("scene", CameraSettings(fps=60, flip=True))
    frame = camera.capture(PATIENCE_S)
    camera.close()
    assert frame.pixels.shape == (720, 1280, 3)


def test_backlight_asks_a_camera_for_nothing_that_it_does_not_offer() -> None:
    """libcamera ends the process that sets a control which a camera does not know."""
    number = str(real.number("scene"))
    camera = open_board("pi").open_camera(CameraSettings(source=number, fps=60, backlight="shadows"))
    offered = set(sensor_of(camera).camera_controls)
    frame = camera.capture(PATIENCE_S)
    camera.close()
    assert offered == {"FrameDurationLimits", "FaceDetectMode"}
    assert frame.sequence == 1


def sensor_of(camera: Any) -> Any:  # noqa: ANN401 - as above
    return camera._sensor._camera  # noqa: SLF001 - what the library says of itself


@pytest.mark.pictures
def test_a_person_is_recognised_through_the_camera_and_a_stranger_is_not(
    eyes: Eyes, photographs: Mapping[str, NDArray[np.uint8]], report: Callable[[str], None]
) -> None:
    search = enrolled(photographs["obama"], eyes)
    alike = {name: likeness(taken(name, 5), eyes, search) for name in real.PHOTOGRAPHS}
    report(
        f"enrolled from obama.jpg, seen through real picamera2: "
        f"{', '.join(f'{name} {value:.3f}' for name, value in alike.items())} (threshold {threshold():.3f})"
    )
    assert alike["biden"] < threshold() / 2
    for name in ("obama", "obama2", "obama3"):
        assert alike[name] > threshold()
