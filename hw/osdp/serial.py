"""A serial line, raw: bytes go and come, and nothing waits. It notices when the device is gone, and finds it again."""

from __future__ import annotations

import os
import select
import termios
import time

from hw.base import HardwareError

RETRY_S = 1.0
_CHUNK = 4096


class SerialLine:
    """One device that is opened again when it was unplugged.

    Attributes:
        device: Its path.
    """

    def __init__(self, device: str, baud: int) -> None:
        """Open it.

        Raises:
            HardwareError: It is missing, taken, not permitted, or no serial device.
        """
        self.device = device
        self._speed = getattr(termios, f"B{baud}")
        self._retry_at = 0.0
        self._descriptor: int | None = self._open()

    def read(self, timeout_s: float) -> bytes:
        """Return what came within `timeout_s`.

        Raises:
            HardwareError: The device is gone, or still gone; it is tried again once a second.
        """
        descriptor = self._reopened(timeout_s) if self._descriptor is None else self._descriptor
        if not select.select([descriptor], [], [], timeout_s)[0]:
            return b""
        try:
            received = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError as error:
            self._lose()
            raise HardwareError(f"osdp.device {self.device} is gone: {error.strerror}") from error
        if not received:
            self._lose()
            raise HardwareError(f"osdp.device {self.device} is gone: it was unplugged")
        return received

    def write(self, sent: bytes) -> int:
        """Send, and return how many bytes the device took: fewer when it is gone or stuck."""
        if self._descriptor is None:
            return 0
        try:
            return os.write(self._descriptor, sent)
        except OSError:
            return 0

    def close(self) -> None:
        """Release the device; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _lose(self) -> None:
        self.close()
        self._retry_at = time.monotonic() + RETRY_S

    def _reopened(self, timeout_s: float) -> int:
        wait_s = self._retry_at - time.monotonic()
        if wait_s > timeout_s:
            select.select([], [], [], timeout_s)
            raise HardwareError(f"osdp.device {self.device} is gone: it was unplugged")
        select.select([], [], [], max(wait_s, 0.0))
        self._retry_at = time.monotonic() + RETRY_S
        self._descriptor = self._open()
        return self._descriptor

    def _open(self) -> int:
        try:
            descriptor = os.open(self.device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise HardwareError(
                f"osdp.device {self.device}: no such device; plug it in, or set osdp.device to another"
            ) from error
        except OSError as error:
            raise HardwareError(
                f"osdp.device {self.device} cannot be opened ({error.strerror}): let this user read and write it "
                "(group dialout), and stop what else uses it"
            ) from error
        try:
            os.set_blocking(descriptor, False)
            self._set_raw(descriptor)
        except (OSError, termios.error) as error:
            os.close(descriptor)
            raise HardwareError(f"osdp.device {self.device} is no serial device ({error})") from error
        return descriptor

    def _set_raw(self, descriptor: int) -> None:
        attributes = termios.tcgetattr(descriptor)
        control = attributes[6]
        control[termios.VMIN], control[termios.VTIME] = 1, 0
        flags = termios.CS8 | termios.CREAD | termios.CLOCAL  # 8 bits, no parity, one stop bit, no modem lines
        termios.tcsetattr(descriptor, termios.TCSANOW, [0, 0, flags, 0, self._speed, self._speed, control])
        termios.tcflush(descriptor, termios.TCIFLUSH)
