"""The Raspberry Pi's camera, by picamera2."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from libcamera import ColorSpace, Transform
from picamera2 import CompletedRequest, MappedArray, Picamera2
from picamera2.platform import Platform, get_platform

from hw.base import CameraIdentity, CameraSettings, HardwareError
from hw.camera.exposure import exposure
from hw.camera.formats import Stream, to_bgr
from hw.camera.recovery import AnotherCameraError, RecoveringCamera, Shot
from hw.camera.watch import watch_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALL_PX = 320
BUFFERS = 4


class PiSensor:
    """One camera with two streams: main for the crops, a small one for the detector.

    Attributes:
        identity: Which camera was opened first.
    """

    def __init__(self, number: int, settings: CameraSettings) -> None:
        """Open and start camera `number`.

        Raises:
            HardwareError: There is none, it is taken, or it cannot be configured so.
        """
        self._number = number
        self._settings = settings
        self._camera: Any = None
        self._streams: dict[str, Stream] = {}
        self._open()
        self.identity = self._identified()

    def shoot(self, timeout_s: float) -> Shot:
        """Wait for the next completed request; only what outlives it is copied."""
        request = self._camera.capture_request(wait=max(timeout_s, 1e-3))  # 0 and None would mean for ever
        try:
            small = self._picture(request, "lores") if "lores" in self._streams else None
            return Shot(self._picture(request, "main"), small, request.get_metadata())
        finally:
            request.release()

    def flush(self) -> None:
        """Cancel the requests that timed out, each of which would keep a buffer."""
        self._camera.cancel_all_and_flush()

    def restart(self) -> None:
        """Stop and start, the event loop first: while that runs `stop` waits for it, and for ever if it has died."""
        with suppress(RuntimeError):  # there was none
            self._camera.stop_preview()
        self._camera.stop()
        self._camera.start()

    def reopen(self) -> None:
        """Close, whatever that gives, and open anew.

        Raises:
            AnotherCameraError: Cameras are numbered afresh, and this number is another one's now.
        """
        with suppress(Exception):  # what cannot even be closed may still open
            self._camera.close()
        self._open()
        found = self._identified()
        if found != self.identity:
            with suppress(Exception):
                self.close()
            raise AnotherCameraError(
                f"camera {self._number} is another camera now: it was {self.identity}, and is {found}; put the first "
                "one back, or pin the new one in camera.pinned and start again"
            )

    def close(self) -> None:
        """Cancel, stop and close."""
        self._camera.cancel_all_and_flush()
        self._camera.close()

    def _open(self) -> None:
        settings = self._settings
        interval_us = round(1e6 / settings.fps)
        small = SMALL_PX, SMALL_PX * settings.height_px // settings.width_px // 2 * 2
        try:
            self._camera = Picamera2(self._number)
            self._camera.configure(
                self._camera.create_video_configuration(
                    main={"size": (settings.width_px, settings.height_px), "format": "RGB888"},
                    lores={"size": small, "format": "YUV420"},
                    transform=Transform(hflip=settings.flip, vflip=settings.flip),
                    colour_space=ColorSpace.Sycc(),  # the small picture in full range too
                    controls={"FrameDurationLimits": (interval_us, interval_us), **self._exposure()},
                    buffer_count=BUFFERS,
                    queue=False,
                )
            )
            self._streams = _streams(self._camera.camera_configuration())
            self._camera.start()
        except (IndexError, KeyError, OSError, RuntimeError, ValueError) as error:
            if self._camera is not None:
                with suppress(Exception):
                    self._camera.close()
            raise HardwareError(
                f"camera {self._number} cannot be opened ({error}): look at its ribbon cable, run `rpicam-hello "
                "--list-cameras`, and stop what else uses it"
            ) from error

    def _identified(self) -> CameraIdentity:
        """The sensor's model and place; only one in the device tree is real (S11): virtual pipelines are not."""
        found = str(self._camera.camera_properties.get("Model", "unknown"))
        place = str(self._camera.camera.id)
        return CameraIdentity(driver="picamera2", model=found, path=place, replayed=not place.startswith("/base/"))

    def _exposure(self) -> dict[str, Any]:
        offered = self._camera.camera_controls
        return exposure(self._settings.backlight, offered, hdr=get_platform() == Platform.PISP)

    def _picture(self, request: CompletedRequest, name: str) -> NDArray[np.uint8]:
        with MappedArray(request, name, reshape=False, write=False) as mapped:
            return to_bgr(np.asarray(mapped.array, np.uint8), self._streams[name])


def _streams(configuration: dict[str, Any]) -> dict[str, Stream]:
    """Read the configuration back: what was asked for is not always what is given."""
    found = {name: configuration.get(name) for name in ("main", "lores")}
    colours = configuration.get("colour_space")  # a Pi's streams share it; a webcam may have none
    encoding = colours.ycbcrEncoding.name if colours else "Rec601"
    full_range = colours is not None and colours.range == ColorSpace.Range.Full
    return {
        name: Stream(
            form=str(stream["format"]),
            width_px=int(stream["size"][0]),
            height_px=int(stream["size"][1]),
            stride=int(stream["stride"]),
            encoding=encoding,
            full_range=full_range,
        )
        for name, stream in found.items()
        if stream
    }


def open_camera(settings: CameraSettings) -> RecoveringCamera:
    """Open the camera whose number is the settings' source; empty is the first.

    Raises:
        HardwareError: There is none, it is taken, or it cannot be configured so.
    """
    sensor = PiSensor(int(settings.source or 0), settings)
    return RecoveringCamera(sensor, sensor.identity, watch_for(sensor.identity, settings))
