"""Frames: found in any stream, and nothing else let through to the library."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.osdp.frames import LONGEST, MARK, Frame, Framer, looked_at
from tests.panels import ADDRESS, frame

POLL = frame(0x60, sequence=1)
MAC = bytes(4)


def checksummed(sent: bytes) -> bytes:
    """The same frame with the older check character."""
    body = bytearray(sent[:-2])
    body[2] -= 1
    body[4] &= ~0x04
    return bytes(body) + bytes((-sum(body) & 0xFF,))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_a_frame_is_found_however_its_bytes_come(sizes: list[int]) -> None:
    stream, framer, found = POLL * 3, Framer(), list[bytes]()
    while stream:
        size = sizes[len(stream) % len(sizes)]
        found += framer.feed(stream[:size])
        stream = stream[size:]
    assert found == [POLL] * 3


@given(st.binary(max_size=600), st.lists(st.sampled_from([POLL, checksummed(POLL)]), max_size=4))
def test_a_frame_after_garbage_is_found_once_the_line_is_silent(garbage: bytes, frames: list[bytes]) -> None:
    framer = Framer()
    found = framer.feed(garbage + b"".join(frames))
    while more := framer.idle():
        found += more
    tail = [sent.removeprefix(bytes((MARK,))) for sent in found]
    assert not frames or tail[-1] == frames[-1]
    assert framer.feed(POLL) == [POLL]  # nothing is left that could swallow it


@given(st.integers(0, len(POLL) - 1), st.integers(0, 7))
def test_a_frame_with_a_turned_bit_is_none(at: int, bit: int) -> None:
    spoilt = bytearray(POLL)
    spoilt[at] ^= 1 << bit
    framer = Framer()
    assert framer.feed(bytes(spoilt)) == []
    assert framer.idle() == []


def test_a_mark_byte_is_kept_and_both_check_characters_count() -> None:
    marked = bytes((MARK,)) + POLL
    assert Framer().feed(b"\x00" + marked + checksummed(POLL)) == [marked, checksummed(POLL)]


def test_a_frame_that_the_library_has_no_room_for_is_none() -> None:
    assert Framer().feed(frame(0x80, bytes(LONGEST - 8))) != []
    assert Framer().feed(frame(0x80, bytes(LONGEST - 7))) == []


@pytest.mark.parametrize("sent", [frame(0x60, address=7), frame(0x40, address=ADDRESS | 0x80)])
def test_what_is_for_another_or_another_s_answer_is_passed_over_without_a_word(sent: bytes) -> None:
    assert looked_at(sent, ADDRESS) == ""


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        (POLL, (0x60, 1, False)),
        (frame(0x60, sequence=2, block=b"\x02\x15", data=MAC), (0x60, 2, True)),
        (frame(0x68, sequence=3, block=b"\x02\x17", data=bytes(16) + MAC), (0x68, 3, True)),
        (frame(0x76, sequence=1, block=b"\x03\x11\x01", data=bytes(8)), (0x76, 1, False)),
        (frame(0x77, sequence=2, block=b"\x03\x13\x01", data=bytes(16)), (0x77, 2, False)),
        (frame(0x61, b"\x00", address=0x7F), (0x61, 0, False)),
    ],
)
def test_what_a_controller_sends_is_let_through(sent: bytes, seen: tuple[int, int, bool]) -> None:
    frame = looked_at(sent, ADDRESS)
    assert isinstance(frame, Frame)
    assert (frame.command, frame.sequence, frame.secured) == seen


@pytest.mark.parametrize(
    "sent",
    [
        frame(0x68, bytes(4), block=b"\x03\x11\x01"),  # an order in a handshake's block, which bears no MAC
        frame(0x75, bytes(18), block=b"\x03\x13\x01"),
        frame(0x76, bytes(8)),  # a handshake in none
        frame(0x77, bytes(16) + MAC, block=b"\x02\x17"),
        frame(0x60, MAC, block=b"\x02\x16"),  # an answer's block
        frame(0x60, MAC, block=b"\x02\x19"),
        frame(0x60, MAC, block=b"\xf0\x15"),  # a block that is longer than the frame
        frame(0x60, MAC, block=b"\x00\x15"),
        frame(0x60, b"", block=b"\x02\x15"),  # no room for a MAC
        frame(0x15, b"", block=b"\x02"),
    ],
)
def test_what_no_controller_sends_never_reaches_the_library(sent: bytes) -> None:
    assert Framer().feed(sent) == [sent]
    reason = looked_at(sent, ADDRESS)
    assert isinstance(reason, str)
    assert reason


@given(st.binary(min_size=1, max_size=40), st.integers(0, 255))
def test_nothing_that_is_framed_breaks_the_look(data: bytes, control: int) -> None:
    for sent in Framer().feed(frame(data[0], data[1:], sequence=control & 3, block=data[: control >> 4])):
        assert isinstance(looked_at(sent, ADDRESS), Frame | str)
