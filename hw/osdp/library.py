"""libosdp's peripheral device, one frame a call, with what its Python binding (3.2.9) leaves to its user.

`osdp_sys` is used, not `osdp`: that keeps every command for ever in a queue that nobody has to read, prints, and looks
at the line once in 20 ms. Five things are made good here, most with a test that fails without it:

* the binding takes one reference too many from what a command's callback returns: on Python 3.11 some thousand orders
  would use up `None`, and end the process;
* the nonce of the handshake comes from C's `rand()`, which nobody seeds: after each start it is the same, and a
  recording of another day's session, with its unlock order, would be taken for the controller's;
* it forgets what it has of a command that does not come whole, which no command on a real line does;
* it logs to standard output;
* an event that could not be sent stays in its queue, to be sent on some later day.
"""

from __future__ import annotations

import ctypes
import logging
import os
from typing import TYPE_CHECKING, Any

import osdp_sys

from hw.osdp.frames import CHALLENGE, LONGEST
from hw.osdp.notes import Notes

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.osdp.frames import Frame

_IDENTITY = {"version": 1, "model": 1, "vendor_code": 0, "serial_number": 1, "firmware_version": 0x000100}
_LEVELS = {osdp_sys.LOG_ERROR: logging.ERROR, osdp_sys.LOG_WARNING: logging.WARNING}
_ACCEPTED, _REFUSED = (0, None), (-1, None)

NOTES = Notes()
"""The library has one log for the whole process, so there is one of these."""

_c = ctypes.CDLL(None)
_state = ctypes.create_string_buffer(256)


def _logged(level: int, _file: bytes, _line: int, words: bytes) -> None:
    if level <= osdp_sys.LOG_WARNING:  # none of its sentences holds a key; hex dumps are off
        NOTES.say(f"libosdp: {words.decode(errors='replace').strip()}", _LEVELS.get(level, logging.CRITICAL))


_LOG = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)(_logged)


def quieten() -> None:
    """Let the library log where this process does; it takes effect on what is opened from now on."""
    ctypes.CDLL(osdp_sys.__file__).osdp_set_log_callback(_LOG)


def stir() -> None:
    """Make C's next random numbers unpredictable: all of their generator's state comes from the kernel."""
    fresh = os.urandom(len(_state) - 4)
    ctypes.memmove(ctypes.byref(_state, 4), fresh, len(fresh))  # the first word says how long the state is


_c.initstate.argtypes = (ctypes.c_uint, ctypes.c_void_p, ctypes.c_size_t)
_c.initstate.restype = ctypes.c_void_p
_c.initstate(1, _state, len(_state))
stir()


class Peripheral:
    """One peripheral device, on one thread: whole frames in, replies out through `write`.

    Attributes:
        reply: What it answered to the last frame; empty when it did not.
    """

    def __init__(
        self,
        address: int,
        key: bytes | None,
        offered: list[dict[str, int]],
        write: Callable[[bytes], int],
        obey: Callable[[dict[str, Any]], bool],
    ) -> None:
        """Without a key it is in installation mode: the default key is accepted, and so is plain text.

        Args:
            address: Its address on the line.
            key: The secure channel's base key; without a channel by it, nothing is answered but who it is.
            offered: What it tells that it can do.
            write: Sends a reply, and returns how many bytes were taken.
            obey: Is given each command; False refuses it. It must not raise.
        """
        quieten()
        self.id = 0  # of a channel; the binding reads it
        self.reply = b""
        self._received = b""
        self._write = write
        self._obey = obey
        flags = osdp_sys.FLAG_INSTALL_MODE if key is None else osdp_sys.FLAG_ENFORCE_SECURE
        info = _IDENTITY | {"name": "door", "address": address, "flags": flags, "scbk": key, "channel": self}
        self._device = osdp_sys.PeripheralDevice(info, capabilities=offered)
        self._device.set_command_callback(self._commanded)

    @property
    def secure(self) -> bool:
        """Whether there is a secure channel by a key of this door's own."""
        return bool(self._device.is_sc_active())

    def hear(self, frame: Frame, event: dict[str, Any] | None = None) -> bool:
        """Answer a frame, a poll with `event` if there is one; True when that left with the answer."""
        if frame.command == CHALLENGE:
            stir()
        if event is not None:
            self._device.submit_event(event)
        self._received, self.reply = frame.sent, b""
        self._device.refresh()
        self._received = b""
        return event is not None and not self._device.flush_events()

    def idle(self) -> None:
        """Nothing came: let the library notice that a channel is out of date."""
        self._received = b""
        self._device.refresh()

    def close(self) -> None:
        """Let go of whoever obeys: the binding's objects are not seen by the garbage collector."""
        self._obey = lambda _command: False
        self._write = len

    def read(self, most: int) -> bytes:
        """Give the library what was heard; it calls this."""
        given, self._received = self._received[:most], self._received[most:]
        return given

    def write(self, reply: bytes) -> int:
        """Send the library's answer; it calls this."""
        self.reply = reply[: LONGEST + 1]
        return self._write(reply)

    def flush(self) -> None:
        """Forget what the library has not read; it calls this."""
        self._received = b""

    def _commanded(self, command: dict[str, Any]) -> tuple[int, None]:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(None))  # the binding drops a reference that it was not given
        return _ACCEPTED if self._obey(command) else _REFUSED
