"""An access controller for tests: libosdp's own control panel at the other end of a pseudo-terminal, and line noise."""

from __future__ import annotations

import binascii
import os
import pty
import threading
import time
import tty
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

import osdp

from hw.board import open_board

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hw.base import Controller, Order, OsdpSettings

PATIENCE_S = 15.0
REST_S = 1.3
"""libosdp's panel repeats a command that was not answered after one second."""
ADDRESS = 101
KEY = bytes.fromhex("8a1d3f607c52b94e05d6e8f1279bc340")
OTHER_KEY = bytes.fromhex("00112233445566778899aabbccddeefe")

SILENCE_S = 1.2
UNLOCK = {"output_no": 0, "control_code": 5, "timer_count": 30}
BEEP = {"reader": 0, "control_code": 2, "on_count": 3, "off_count": 1, "rep_count": 2}
GREEN = {
    "reader": 0,
    "led_number": 0,
    "control_code": 1,
    "on_color": osdp.CommandLEDColor.Green,
    "off_color": osdp.CommandLEDColor.Black,
    "on_count": 10,
    "off_count": 0,
    "temporary": False,
}


def until(true: Callable[[], bool], timeout_s: float = PATIENCE_S) -> bool:
    """Wait until it is true; False when it was not in time."""
    end, tick = time.monotonic() + timeout_s, threading.Event()
    while not true():
        if time.monotonic() >= end:
            return False
        tick.wait(0.005)
    return True


class Wire:
    """A serial line: `device` is the terminal's end, which can be unplugged."""

    def __init__(self, folder: Path) -> None:
        self.device = folder / "tty"
        self.master = -1
        self._slave = -1
        self.plug()

    def plug(self) -> None:
        self.master, self._slave = pty.openpty()  # held open, so that the line stands before the terminal opens it
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        self.device.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        self.device.unlink(missing_ok=True)
        for descriptor in (self._slave, self.master):
            with suppress(OSError):
                os.close(descriptor)
        self.master = self._slave = -1


class Noise:
    """Turns bits of, drops, and puts in bytes at a rate."""

    def __init__(self, chance: random.Random, rate: float) -> None:
        self._chance = chance
        self.rate = rate
        self.seen = self.spoilt = 0

    def spoil(self, clean: bytes) -> bytes:
        out = bytearray()
        self.seen += len(clean)
        for byte in clean:
            kind = self._chance.randrange(3) if self._chance.random() < self.rate else None
            self.spoilt += kind is not None
            if kind == 0:
                out.append(byte ^ 1 << self._chance.randrange(8))
            elif kind == 1:
                out += bytes((self._chance.randrange(256), byte))
            elif kind is None:
                out.append(byte)
        return bytes(out)


class Panel(osdp.Channel):  # type: ignore[misc] # it has no type information
    """A control panel that asks anew at once when it has given up, where libosdp's own would wait for five minutes."""

    def __init__(self, wire: Wire, key: bytes | None, *, secure: bool = True, noise: Noise | None = None) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []
        self.channels = 0
        self.deaf = 0
        self._received = b""
        self._wire, self._key, self._secure, self._noise = wire, key, secure, noise
        self._mutex = threading.RLock()
        self._stop = threading.Event()
        self._cp = self._made()
        self._thread = threading.Thread(target=self._run, name="panel", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def secure(self) -> bool:
        with self._mutex:
            return bool(self._cp.ctx.sc_status())

    @property
    def online(self) -> bool:
        with self._mutex:
            return bool(self._cp.ctx.status())

    @property
    def cards(self) -> list[int]:
        """The numbers of the credentials that were told, as they came."""
        return [
            int.from_bytes(event["data"], "big") >> -event["length"] % 8
            for event in list(self.events)
            if event["event"] == osdp.Event.CardRead
        ]

    def reports(self, kind: int) -> list[tuple[int, ...]]:
        """The states that were told, of one kind."""
        return [tuple(event["report"]) for event in list(self.events) if event.get("type") == kind]

    def order(self, command: int, **words: int | bytes | str | bool) -> None:
        with self._mutex:
            assert self._cp.ctx.submit_command(0, {"command": command, **words})

    def capability(self, which: int) -> tuple[int, int]:
        with self._mutex:
            level, items = self._cp.ctx.check_capability(0, which)
        return level, items

    def deafen(self) -> None:
        """Do not hear the next answer that bears something: one after a frame that is yet to be sent."""
        with self._mutex:
            self.flush()
            self.deaf = 1

    def inject(self, sent: bytes) -> None:
        """Put bytes on the wire between two of the panel's own frames."""
        with self._mutex:
            os.write(self._wire.master, sent)

    def read(self, most: int) -> bytes:
        """libosdp forgets what it has of a frame that does not come whole, so it is given all that there is."""
        with suppress(OSError):
            received = os.read(self._wire.master, 4096)
            if self.deaf > 0:
                self.deaf -= 1
                return b""
            self._received += self._noise.spoil(received) if self._noise else received
        given, self._received = self._received[:most], self._received[most:]
        return given

    def write(self, sent: bytes) -> int:
        with suppress(OSError):
            os.write(self._wire.master, self._noise.spoil(sent) if self._noise else sent)
        return len(sent)

    def flush(self) -> None:
        while self.read(4096):
            continue

    def _made(self) -> Any:  # noqa: ANN401 - it has no type information
        flags = [osdp.LibFlag.EnforceSecure] if self._secure else []
        info = osdp.PDInfo(ADDRESS, self, scbk=self._key, flags=flags)
        return osdp.ControlPanel([info], osdp.LogLevel.Emergency, self._told)

    def _told(self, _pd: int, event: dict[str, Any]) -> int:
        self.events.append(event)
        return 0

    def _run(self) -> None:
        was, well_at = False, time.monotonic()
        while not self._stop.wait(0.001):
            with self._mutex:
                self._cp.ctx.refresh()
                online, now = bool(self._cp.ctx.status()), bool(self._cp.ctx.sc_status())
                self.channels += now and not was
                lost, was = was and not now, now
                well_at = time.monotonic() if online and not lost else well_at
                if lost or time.monotonic() - well_at > REST_S:
                    self.flush()
                    self._cp, was, well_at = self._made(), False, time.monotonic()


def frame(command: int, data: bytes = b"", *, sequence: int = 0, block: bytes = b"", address: int = ADDRESS) -> bytes:
    """A frame as a controller would send it, or as somebody would who has got at the wire."""
    body = block + bytes((command,)) + data
    size = 5 + len(body) + 2
    control = sequence | 0x04 | (0x08 if block else 0)
    head = bytes((0x53, address, size & 0xFF, size >> 8, control)) + body
    return head + binascii.crc_hqx(head, 0x1D0F).to_bytes(2, "little")


def key_file(folder: Path, key: bytes = KEY) -> Path:
    path = folder / "osdp.key"
    path.write_text(key.hex() + "\n", "ascii")
    path.chmod(0o600)
    return path


@contextmanager
def opened(settings: OsdpSettings, board: str = "pc") -> Iterator[tuple[Controller, list[Order]]]:
    controller = open_board(board).open_controller(settings)
    orders: list[Order] = []
    controller.watch(orders.append)
    try:
        yield controller, orders
    finally:
        controller.close()


def well(controller: Controller, panel: Panel) -> bool:
    return until(lambda: controller.fault == "" and panel.secure)
