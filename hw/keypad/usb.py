"""A USB keypad, read from the kernel's input device: `struct input_event` of linux/input.h, and nothing in between.

The device is grabbed, so that a PIN does not also go to whoever is logged in on the console.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from hw.base import HardwareError
from hw.relock import CLOSE_S
from hw.teller import Teller

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.base import KeypadSettings

EVENT = struct.Struct("@llHHi")
"""seconds, microseconds, type, code, value: 24 bytes on a 64-bit machine."""
EV_SYN, EV_KEY = 0, 1
SYN_REPORT, SYN_DROPPED = 0, 3
_EVIOCGRAB = 0x40044590
_RETRY_S = 0.5
_BUFFER = 64 * EVENT.size

_MAIN = {2: "1", 3: "2", 4: "3", 5: "4", 6: "5", 7: "6", 8: "7", 9: "8", 10: "9", 11: "0", 28: "#", 14: "*"}
_PAD = {79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9", 82: "0", 96: "#", 55: "*"}
_PHONE = {0x200 + digit: str(digit) for digit in range(10)} | {0x20A: "*", 0x20B: "#"}
KEYMAP = _MAIN | _PAD | _PHONE
"""Linux key codes: the main block's digits, the number pad's, a telephone's; enter is "#", backspace is "*"."""


def grab(descriptor: int) -> None:
    """Keep the device's keys from everybody else.

    Raises:
        OSError: It is no input device (ENOTTY), or somebody else holds it (EBUSY).
    """
    fcntl.ioctl(descriptor, _EVIOCGRAB, 1)


class UsbKeypad:
    """Reads one input device on a thread of its own; a device that is away is looked for until it comes back.

    It need not be there at the start: after a power cut it comes up later than the door, and must not hold it up.
    """

    def __init__(self, settings: KeypadSettings, claim: Callable[[int], None] = grab) -> None:
        """Start to read.

        Args:
            settings: Names the device.
            claim: Takes the opened device for this process alone.

        Raises:
            HardwareError: What is there is no input device.
        """
        self._device = settings.device
        self._claim = claim
        self._teller = Teller(0.0)
        self._closed = threading.Event()
        self._waking = threading.Lock()  # the thread may not give `_wake` back while `close` writes to it
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        try:
            self._descriptor: int | None = self._open()
        except OSError as error:
            if error.errno in {errno.ENOTTY, errno.EINVAL, errno.EISDIR, errno.ENOTDIR}:
                self._teller.close()
                os.close(self._wake)
                raise self._explained(error) from error
            self._descriptor = None
        self._thread = threading.Thread(target=self._run, name="keypad", daemon=True)
        self._thread.start()

    def watch(self, notify: Callable[[str, float], None]) -> None:
        """Call `notify(key, at)` from the driver's thread once a press."""
        self._teller.watch(notify)

    def close(self) -> None:
        """Give the device back; a second call does nothing. A watcher may call it."""
        with self._waking:
            if not self._closed.is_set():
                self._closed.set()
                os.eventfd_write(self._wake, 1)
        self._teller.close()
        if threading.current_thread() is not self._thread:
            self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                if self._descriptor is None:
                    self._descriptor = self._open()
                self._read(self._descriptor)
            except OSError as error:
                self._teller.failed(self._explained(error))
                self._release()
                self._closed.wait(_RETRY_S)
        self._release()
        with self._waking:
            os.close(self._wake)

    def _open(self) -> int:
        descriptor = os.open(self._device, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self._claim(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _release(self) -> None:
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None

    def _read(self, descriptor: int) -> None:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        report, buffer, wait_s = Report(), b"", self._teller.see(frozenset())
        while True:
            poll.poll(None if wait_s == float("inf") else max(0.0, wait_s) * 1000)
            if self._closed.is_set():
                return
            try:
                read = os.read(descriptor, _BUFFER)
            except BlockingIOError:
                wait_s = self._teller.see(report.down)
                continue
            if not read:
                raise OSError(errno.ENODEV, "it was unplugged")
            self._teller.worked()
            buffer += read
            whole = len(buffer) - len(buffer) % EVENT.size
            for _, _, kind, code, value in EVENT.iter_unpack(buffer[:whole]):
                if report.takes(kind, code, value):
                    wait_s = self._teller.see(report.down)
            buffer = buffer[whole:]

    def _explained(self, error: OSError) -> HardwareError:
        if error.errno == errno.EBUSY:
            advice = "another program holds it; stop that"
        elif error.errno in {errno.EACCES, errno.EPERM}:
            advice = "not permitted; let this user read /dev/input/* (group input)"
        elif error.errno in {errno.ENOENT, errno.ENODEV, errno.ENXIO}:
            advice = "it is not plugged in; it is looked for until it is"
        else:
            advice = "it is no input device; name the keypad's, such as one of /dev/input/by-id/*-kbd"
        return HardwareError(f"keypad.device {self._device!r}: {advice} ({error.strerror or error})")


class Report:
    """Which keys are down, gathered from events."""

    def __init__(self) -> None:
        """Start with all up."""
        self.down: frozenset[str] = frozenset()
        self._coming: set[str] = set()

    def takes(self, kind: int, code: int, value: int) -> bool:
        """Take one event; True when it ends a report, and `down` is true again."""
        if kind == EV_KEY and code in KEYMAP:
            (self._coming.add if value else self._coming.discard)(KEYMAP[code])
        elif kind == EV_SYN and code == SYN_DROPPED:  # the kernel's buffer ran over: what is down is not known
            self._coming.clear()
        elif kind == EV_SYN and code == SYN_REPORT:
            self.down = frozenset(self._coming)
            return True
        return False
