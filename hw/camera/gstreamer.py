"""A Jetson's camera, by GStreamer: Argus for a sensor on a ribbon cable, V4L2 for one on USB.

OpenCV's wheels are built without GStreamer, so the pipeline is asked for its pictures here. PyGObject (`gi`) comes from
the system's packages.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import gi
import numpy as np

from hw.base import CameraIdentity, CameraSettings, HardwareError
from hw.camera.formats import Stream, to_bgr
from hw.camera.recovery import AnotherCameraError, RecoveringCamera, Shot
from hw.camera.v4l2 import SYSFS, identified
from hw.camera.watch import watch_for

if TYPE_CHECKING:
    from pathlib import Path

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
from gi.repository import GLib, Gst, GstApp  # noqa: E402 - their versions have to be asked for first

START_S = 10.0
WARM_UP_S = 0.5  # Argus says nothing about its exposure, and its first frames are dark
UPSTREAM = 4  # buffers that a source without time stamps may hold back
HELP = "look at its cable, stop what else uses it, and `systemctl restart nvargus-daemon` on a Jetson"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a pipeline's pictures come from.

    Attributes:
        description: Elements as of gst-launch-1.0, the first one named "source", up to raw pictures in BGRx.
        settings: What is asked of it.
        properties: Set on the first element; never read as a part of the description.
        sysfs: Where the kernel tells of V4L2 devices.
    """

    description: str
    settings: CameraSettings
    properties: tuple[tuple[str, str | int], ...] = ()
    sysfs: Path = SYSFS


class GstSensor:
    """One pipeline that ends in an `appsink`, which keeps only the newest picture.

    Attributes:
        identity: Which camera was opened first.
    """

    def __init__(self, source: Source) -> None:
        """Build and start the pipeline.

        Raises:
            HardwareError: An element is missing, or it does not start.
        """
        Gst.init(None)
        self._source = source
        self._interval_ns = round(1e9 / source.settings.fps)
        self._open()
        self.identity = self._identified()

    def shoot(self, timeout_s: float) -> Shot:
        """Wait for the next picture.

        Raises:
            TimeoutError: None came in time.
            RuntimeError: The pipeline has failed or ended.
        """
        self._check()
        sample = self._sink.try_pull_sample(round(timeout_s * 1e9))
        if sample is None:
            self._check()
            raise TimeoutError
        arrived = time.monotonic_ns()
        return Shot(_picture(sample), None, self._metadata(sample, arrived))

    def flush(self) -> None:
        """Drop the picture that waits."""
        self._sink.try_pull_sample(0)

    def restart(self) -> None:
        """Stop and start."""
        self._pipeline.set_state(Gst.State.NULL)
        self._start()

    def reopen(self) -> None:
        """Take the pipeline down, whatever that gives, and build it anew.

        Raises:
            AnotherCameraError: The device is another one now.
        """
        with suppress(Exception):  # what cannot even be stopped may still open
            self.close()
        self._open()
        found = self._identified()
        if found != self.identity:
            self.close()
            raise AnotherCameraError(
                f"another camera answers now: it was {self.identity}, and is {found}; put the first one back, or pin "
                "the new one in camera.pinned and start again"
            )

    def close(self) -> None:
        """Stop and release."""
        self._pipeline.set_state(Gst.State.NULL)

    def _open(self) -> None:
        sink = "appsink name=sink drop=true max-buffers=1 sync=false"
        try:
            self._pipeline: Any = Gst.parse_launch(f"{self._source.description} ! {sink}")
        except GLib.Error as error:
            raise HardwareError(f"the camera's pipeline cannot be built ({error.message}): {HELP}") from error
        self._sink: GstApp.AppSink = self._pipeline.get_by_name("sink")
        self._first: Any = self._pipeline.get_by_name("source")
        for name, value in self._source.properties:
            self._first.set_property(name, value)
        self._pipeline.use_clock(Gst.SystemClock.obtain())  # CLOCK_MONOTONIC, so that its times are ours
        self._start()

    def _start(self) -> None:
        self._started = time.monotonic()
        failed = self._pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE
        failed = failed or self._pipeline.get_state(round(START_S * 1e9))[0] == Gst.StateChangeReturn.FAILURE
        try:
            self._check()
            if failed:
                raise RuntimeError("it does not start")  # noqa: TRY301 - one way out for both
        except RuntimeError as error:
            self.close()
            raise HardwareError(f"the camera's pipeline cannot be started ({error}): {HELP}") from error

    def _check(self) -> None:
        """Read the bus, which would fill up otherwise; RuntimeError when the pipeline has failed or ended."""
        bus = self._pipeline.get_bus()
        while (message := bus.pop()) is not None:
            if message.type == Gst.MessageType.ERROR:
                error, detail = message.parse_error()
                raise RuntimeError(f"{error.message} [{' '.join((detail or '').split())}]")
            if message.type == Gst.MessageType.EOS:
                raise RuntimeError("its stream has ended")

    def _metadata(self, sample: Gst.Sample, arrived_ns: int) -> dict[str, Any]:
        buffer = sample.get_buffer()
        running = sample.get_segment().to_running_time(Gst.Format.TIME, buffer.pts)
        known = running != Gst.CLOCK_TIME_NONE
        stamp = stamped(
            running + self._pipeline.get_base_time() if known else None, arrived_ns, interval_ns=self._interval_ns
        )
        asleep = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns()
        return {
            "SensorTimestamp": stamp + asleep,
            "ExposureTime": self._interval_ns / 1e3,  # at the most
            "AeLocked": time.monotonic() - self._started >= WARM_UP_S,
        }

    def _identified(self) -> CameraIdentity:
        """Ask the element that really runs; nothing but Argus and a real V4L2 device is a camera (S11)."""
        element = str(self._first.get_factory().get_name())
        if element == "nvarguscamerasrc":
            number = int(self._first.get_property("sensor-id"))
            beside = identified(f"/dev/video{number}", self._source.sysfs)
            return CameraIdentity(f"gstreamer/{element}", beside.model, f"sensor {number}", replayed=False)
        if element == "v4l2src":
            found = identified(str(self._first.get_property("device")), self._source.sysfs)
            return replace(found, driver=f"gstreamer/{found.driver}")
        return CameraIdentity(f"gstreamer/{element}", "software", self._source.description, replayed=True)


def stamped(clock_ns: int | None, arrived_ns: int, *, interval_ns: int) -> int:
    """When a picture's exposure had ended at the latest, monotonic ns; in doubt the earlier (S1).

    Args:
        clock_ns: What the pipeline stamped it with, by the monotonic clock; None when it did not.
        arrived_ns: When it came out of the pipeline, monotonic.
        interval_ns: The time between two pictures.
    """
    if clock_ns is None:
        return arrived_ns - (UPSTREAM + 1) * interval_ns
    return min(clock_ns, arrived_ns)


def _picture(sample: Gst.Sample) -> Any:  # noqa: ANN401 - numpy gives what it gives
    shape = sample.get_caps().get_structure(0)
    height, width = shape.get_int("height")[1], shape.get_int("width")[1]
    buffer = sample.get_buffer()
    mapped, found = buffer.map(Gst.MapFlags.READ)
    if not mapped:
        raise RuntimeError("a picture's memory cannot be read")
    try:
        stream = Stream("XRGB8888", width, height, buffer.get_size() // height)
        return to_bgr(np.frombuffer(found.data, np.uint8), stream)
    finally:
        buffer.unmap(found)


def described(settings: CameraSettings) -> Source:
    """The pipeline for the settings' source: a sensor's number (empty is the first), or a device's path."""
    rate = Fraction(settings.fps).limit_denominator(1001)
    size = f"width={settings.width_px},height={settings.height_px}"
    turn = 2 if settings.flip else 0
    if settings.source.startswith("/dev/"):
        return Source(
            f"v4l2src name=source ! decodebin ! videoconvert ! videoscale ! videoflip method={turn} "
            f"! video/x-raw,format=BGRx,{size}",
            settings,
            (("device", settings.source),),
        )
    return Source(
        f"nvarguscamerasrc name=source ! video/x-raw(memory:NVMM),format=NV12,{size},framerate={rate.numerator}/"
        f"{rate.denominator} ! nvvidconv flip-method={turn} ! video/x-raw,format=BGRx",
        settings,
        (("sensor-id", int(settings.source or 0)),),
    )


def open_source(source: Source) -> RecoveringCamera:
    """Open a pipeline as a camera.

    Raises:
        HardwareError: It cannot be built, or does not start.
    """
    sensor = GstSensor(source)
    return RecoveringCamera(sensor, sensor.identity, watch_for(sensor.identity, source.settings))


def open_camera(settings: CameraSettings) -> RecoveringCamera:
    """Open a Jetson's camera: the settings' source is a sensor's number (empty is the first), or a device's path.

    Raises:
        HardwareError: It is missing, taken, or does not start.
    """
    return open_source(described(settings))
