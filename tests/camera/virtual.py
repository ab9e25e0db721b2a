"""Real picamera2 on real libcamera with no camera at all: what both want of a machine that only a Pi has.

libcamera's virtual pipeline serves JPEG files as a camera. picamera2 takes every camera for a Pi's in three places: it
imports `pykms` for a preview that nobody opens, allocates from /dev/dma_heap, and asks for raw modes. And the pipeline
says Rec709 of what is a JPEG's sYCC, whatever it is asked for. Only these are put right here.
"""

from __future__ import annotations

import mmap
import os
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS = Path("/usr/share/libcamera/pipeline/virtual/virtual.yaml")
SIZES = ((1280, 720), (640, 480), (320, 180), (320, 240))


def described(cameras: Mapping[str, str]) -> str:
    """The virtual pipeline's configuration: each camera's name, and its folder of JPEGs or its test pattern."""
    formats = "\n".join(f"  - {{width: {w}, height: {h}, frame_rates: [1, 120]}}" for w, h in SIZES)
    blocks = []
    for name, shown in cameras.items():
        frames = f'frames:\n    path: "{shown}"' if shown.startswith("/") else f'test_pattern: "{shown}"'
        blocks.append(f'"{name}":\n  supported_formats:\n{formats}\n  {frames}\n  model: "{name}"\n')
    return "%YAML 1.1\n---\n" + "".join(blocks)


def attach(cameras: Mapping[str, str]) -> None:
    """Attach virtual cameras to this process, once, and before libcamera is first asked for cameras."""
    SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    SETTINGS.write_text(described(cameras), encoding="utf-8")
    sys.modules["pykms"] = _Pykms("pykms")
    from picamera2 import picamera2  # noqa: PLC0415 - it may be imported only now

    picamera2.DmaAllocator = MemfdAllocator
    picamera2.Picamera2._get_raw_modes = _raw_modes  # noqa: SLF001 - the library has no seam here
    picamera2.Picamera2.camera_configuration = _configuration


class _Pykms(types.ModuleType):
    """Whatever is asked of it is a name."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        if name.startswith("__"):
            raise AttributeError(name)
        return _Pykms(name)


def _raw_modes(camera: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - picamera2 has no types
    """The virtual camera has no raw stream; the largest of its pictures stands for its sensor's."""
    width, height = max(SIZES)
    return [{"format": "NV12", "size": (width, height)}] if camera.camera is not None else []


def _configuration(camera: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    from libcamera import ColorSpace  # noqa: PLC0415 - only the tests' machine has it

    return {**camera.camera_config, "colour_space": ColorSpace.Sycc()}


class MemfdAllocator:
    """Buffers in memory files, where picamera2 takes them from the Pi's contiguous memory."""

    needs_sync = False

    def __init__(self) -> None:
        self.sync = _Sync
        self.mapped_buffers: dict[Any, mmap.mmap] = {}
        self._buffers: dict[Any, list[Any]] = {}
        self._fds: list[int] = []

    def allocate(self, configuration: Any, use_case: Any) -> None:  # noqa: ANN401 - libcamera has no types
        del use_case
        self.close()
        for stream in configuration:
            self._buffers[stream.stream] = [self._buffer(stream) for _ in range(stream.buffer_count)]

    def buffers(self, stream: Any) -> list[Any]:  # noqa: ANN401 - as above
        return self._buffers[stream]

    def acquire(self, buffers: Any) -> None:  # noqa: ANN401 - as above
        """Nothing is recycled before the camera is closed."""

    release = acquire

    def close(self) -> None:
        for mapped in self.mapped_buffers.values():
            mapped.close()
        for number in self._fds:
            os.close(number)
        self.mapped_buffers, self._buffers, self._fds = {}, {}, []

    def __del__(self) -> None:
        self.close()

    def _buffer(self, stream: Any) -> Any:  # noqa: ANN401 - as above
        import libcamera  # noqa: PLC0415 - only the tests' machine has it

        size = stream.frame_size
        number = os.memfd_create("camera")
        os.ftruncate(number, size)
        self._fds.append(number)
        luma = stream.stride * stream.size.height
        planes = []
        for offset, length in ((0, luma), (luma, size - luma)):  # NV12: libcamera aborts when given one plane for two
            plane = libcamera.FrameBuffer.Plane()
            plane.fd, plane.offset, plane.length = number, offset, length
            planes.append(plane)
        buffer = libcamera.FrameBuffer(planes)
        self.mapped_buffers[buffer] = mmap.mmap(number, size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        return buffer


class _Sync:
    """Memory files need no synchronising."""

    def __init__(self, allocator: MemfdAllocator, buffer: Any, write: bool) -> None:  # noqa: ANN401
        del write
        self._mapped = allocator.mapped_buffers[buffer]

    def __enter__(self) -> mmap.mmap:
        return self._mapped

    def __exit__(self, *_: object) -> None:
        """Nothing was locked."""
