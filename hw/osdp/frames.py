"""OSDP frames: found in a stream of bytes, and looked at before the library sees them. Pure: no I/O, no clock.

libosdp trusts the lengths that a frame declares, ends the secure channel at the first byte that noise has turned, and
obeys a command in a handshake's security block without a check of its MAC. So only whole, well-formed frames reach it.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass

START = 0x53
MARK = 0xFF
BROADCAST = 0x7F
LONGEST = 255
"""libosdp holds 256 bytes, and a mark byte before the frame is one of them."""

POLL, IDENTIFY, CAPABILITIES, KEYSET, CHALLENGE, CRYPTOGRAM = 0x60, 0x61, 0x62, 0x75, 0x76, 0x77

NAMES = {
    POLL: "POLL",
    IDENTIFY: "ID",
    CAPABILITIES: "CAP",
    0x64: "LSTAT",
    0x65: "ISTAT",
    0x66: "OSTAT",
    0x67: "RSTAT",
    0x68: "OUT",
    0x69: "LED",
    0x6A: "BUZ",
    0x6B: "TEXT",
    0x6E: "COMSET",
    0x73: "BIOREAD",
    0x74: "BIOMATCH",
    KEYSET: "KEYSET",
    CHALLENGE: "CHLNG",
    CRYPTOGRAM: "SCRYPT",
    0x7B: "ACURXSIZE",
    0x7C: "FILETRANSFER",
    0x80: "MFG",
    0xA1: "XWR",
    0xA2: "ABORT",
    0xA3: "PIVDATA",
    0xA4: "GENAUTH",
    0xA5: "CRAUTH",
    0xA7: "KEEPACTIVE",
}

_HEADER = 5
_CRC_START = 0x1D0F
_HAS_CRC, _HAS_BLOCK, _SEQUENCE = 0x04, 0x08, 0x03
_REPLY = 0x80
_MAC = 4
_HANDSHAKES = {0x11: CHALLENGE, 0x13: CRYPTOGRAM}
_SECURED = (0x15, 0x17)


@dataclass(frozen=True, slots=True)
class Frame:
    """One command that the controller sent.

    Attributes:
        sent: Its bytes, with the mark byte when there was one.
        command: Its command.
        sequence: Its sequence number, 0 to 3; 0 starts anew.
        secured: Whether it bears a MAC; the library judges it.
    """

    sent: bytes
    command: int
    sequence: int
    secured: bool

    @property
    def name(self) -> str:
        """Its command's name in the standard."""
        return NAMES.get(self.command, f"command {self.command:#04x}")


class Framer:
    """Cuts the line's bytes into frames; what is no frame is passed over, byte by byte."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, received: bytes) -> list[bytes]:
        """Take bytes, and return each whole frame with a right check character, whoever it is for."""
        self._waiting += received
        return self._cut()

    def idle(self) -> list[bytes]:
        """The line is silent: what began like a frame was none; return the frames that it hid."""
        found: list[bytes] = []
        while self._waiting and not found:
            del self._waiting[: self._start() + 1]
            found = self._cut()
        return found

    def _cut(self) -> list[bytes]:
        found: list[bytes] = []
        at = 0  # how much of what waits is done with
        waiting = self._waiting
        while (at := waiting.find(START, at)) >= 0:
            length = _declared(waiting, at)
            if len(waiting) - at < max(length, _HEADER):
                break
            if length and _is_checked(waiting[at : at + length]):
                marked = at > 0 and waiting[at - 1] == MARK
                found.append(bytes(waiting[at - marked : at + length]))
                at += length
            else:
                at += 1
        keep = len(waiting) if at < 0 else at
        marked = keep > 0 and waiting[keep - 1] == MARK
        del waiting[: keep - marked]
        return found

    def _start(self) -> int:
        return max(self._waiting.find(START), 0)


def looked_at(sent: bytes, address: int) -> Frame | str:
    """Return the command in a whole frame, or why it is passed over; an empty reason is a frame for somebody else."""
    body = sent[1:] if sent[0] == MARK else sent
    if body[1] & _REPLY or body[1] not in (address, BROADCAST):
        return ""
    control = body[4]
    check = 2 if control & _HAS_CRC else 1
    at = _HEADER
    secured = False
    handshake = None
    if control & _HAS_BLOCK:
        size, kind = body[at], body[at + 1]
        secured, handshake = kind in _SECURED, _HANDSHAKES.get(kind)
        if not (secured or handshake) or size != (2 if secured else 3):
            return f"a frame with security block {kind:#04x} of {size} bytes: no controller sends it"
        at += size
    if len(body) < at + 1 + check + (_MAC if secured else 0):
        return f"a frame of {len(body)} bytes is too short for what it declares"
    command = body[at]
    if (handshake or command in _HANDSHAKES.values()) and command != handshake:
        return f"{NAMES.get(command, hex(command))} in the wrong security block: somebody tampers with the line"
    return Frame(sent, command, control & _SEQUENCE, secured)


def _declared(waiting: bytearray, at: int) -> int:
    """The length that a header declares; 0 when it cannot be one, and the header's own while it is not whole."""
    if len(waiting) - at < _HEADER:
        return _HEADER
    length = waiting[at + 2] | waiting[at + 3] << 8
    return length if _HEADER + 2 <= length <= LONGEST else 0


def _is_checked(frame: bytearray) -> bool:
    if frame[4] & _HAS_CRC:
        return len(frame) > _HEADER + 2 and binascii.crc_hqx(frame[:-2], _CRC_START) == frame[-2] | frame[-1] << 8
    return sum(frame) & 0xFF == 0
