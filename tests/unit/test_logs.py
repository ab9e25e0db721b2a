"""The log of a process that waits for no reader."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from edge.app.logs import PatientLog

if TYPE_CHECKING:
    from collections.abc import Iterator

SOON_S = 10.0
FULL = b"x" * 4096


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe that is full already: its reading and its writing end."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, FULL)
    os.set_blocking(writer, True)
    yield reader, writer
    os.close(reader)
    os.close(writer)


def logger_to(handler: logging.Handler) -> logging.Logger:
    log = logging.getLogger(f"a log of its own {id(handler)}")
    log.propagate = False
    log.addHandler(handler)
    return log


def test_s10_a_reader_that_stalls_holds_nobody_up_and_what_was_lost_is_counted(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    handler = PatientLog(writer, capacity=5)
    log = logger_to(handler)

    def talk() -> None:
        for number in range(100):
            log.warning("line %d", number)

    talker = threading.Thread(target=talk, daemon=True)
    talker.start()
    talker.join(SOON_S)
    assert not talker.is_alive()
    handler.drain(timeout_s=0.01)  # nor does the end of the process wait
    text = ""
    while "dropped" not in text:
        text += os.read(reader, 65536).decode().replace("x", "")
    assert text.startswith("WARNING line 0\n")
    assert "lines of the log were dropped" in text
    handler.drain(SOON_S)


def test_an_error_is_written_with_its_trace_and_a_line_that_cannot_be_made_is_dropped() -> None:
    reader, writer = os.pipe()
    handler = PatientLog(writer)
    log = logger_to(handler)
    log.warning("%d of a word", "none")
    log.error("it failed", exc_info=ZeroDivisionError("anything \udcff"))
    handler.drain(SOON_S)
    text = os.read(reader, 65536).decode()
    assert text.startswith("ERROR it failed\n")
    assert "ZeroDivisionError: anything \\udcff" in text
    assert text.endswith("WARNING 1 lines of the log were dropped: nobody read it\n")
    os.close(writer)
    os.close(reader)
