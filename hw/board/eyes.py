"""Cameras by their source: a board's own, a USB camera, or photographs; each driver is loaded when it is opened."""

from __future__ import annotations

from hw.base import Camera, CameraSettings, HardwareError

# Imports inside functions are this package's purpose: a board loads only the drivers of the parts that are opened.
# ruff: noqa: PLC0415


def webcam(settings: CameraSettings) -> Camera:
    """Open a USB camera, or replay what the source names."""
    if not replays(settings):
        from hw.camera import v4l2, watch

        return watch.watched(v4l2.open_camera(settings), settings)
    return replay(settings)


def pi_camera(settings: CameraSettings) -> Camera:
    """Open a Pi's own camera, or what `webcam` opens."""
    if not _is_number(settings.source):
        return webcam(settings)  # a USB camera, or photographs: composition refuses those with a real lock (S11)
    try:
        from hw.camera.picamera2 import open_camera
    except ImportError as error:
        raise HardwareError(
            f"picamera2 cannot be imported ({error}): install python3-picamera2 from the Pi's own packages and make "
            "the virtual environment with --system-site-packages, or set camera.source to a USB camera"
        ) from error
    return open_camera(settings)


def jetson_camera(settings: CameraSettings) -> Camera:
    """Open a Jetson's own camera, or what `webcam` opens."""
    if not _is_number(settings.source):
        return webcam(settings)
    try:
        from hw.camera.gstreamer import open_camera
    except (ImportError, ValueError) as error:  # gi says ValueError of a library without its description
        raise HardwareError(
            f"GStreamer cannot be imported ({error}): install python3-gi, gir1.2-gstreamer-1.0 and "
            "gir1.2-gst-plugins-base-1.0 and make the virtual environment with --system-site-packages, or set "
            "camera.source to a USB camera"
        ) from error
    return open_camera(settings)


def replay(settings: CameraSettings) -> Camera:
    """Replay photographs or a video."""
    from hw.replay import ReplayCamera

    return ReplayCamera(settings)


def replays(settings: CameraSettings) -> bool:
    """Whether the source names something other than a camera; nothing is opened to find out."""
    return not (_is_number(settings.source) or _is_device(settings.source))


def _is_number(source: str) -> bool:
    return source == "" or (source.isascii() and source.isdigit())


def _is_device(source: str) -> bool:
    return source.startswith("/dev/")
