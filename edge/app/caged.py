"""Runs a child that may crash, hang or babble: its answer is bounded, and its end is certain."""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEPT = ("HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "VIRTUAL_ENV")
_TAIL = 2000
_AT_ONCE = 16 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a child.

    Attributes:
        output: What it wrote to standard output; at most the limit and one byte.
        complaint: The end of what it wrote to standard error.
        status: Its exit code; below zero, the signal that ended it.
        late: Whether it was ended because it was not done in time.
    """

    output: bytes
    complaint: str
    status: int
    late: bool


def run(command: Sequence[str], wall_s: float, limit: int) -> Ended:
    """Run a child to its end, or end it, and whatever it started.

    It gets no input, no descriptors, few of this process's variables and a process group of its own.

    Args:
        command: What to run.
        wall_s: After how long it is ended, seconds.
        limit: How many bytes of output are read; a child that writes more is ended.
    """
    end = time.monotonic() + wall_s
    env = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(  # noqa: S603 - what is run is ours; what it runs is why it is caged
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env,
        start_new_session=True,
    ) as child:
        try:
            output, complaint = _read(child, end, limit)
            late = time.monotonic() >= end or (len(output) <= limit and not _ended(child, end))
        finally:
            _end(child)
    return Ended(output, complaint.decode("utf-8", "replace"), child.returncode, late)


def _read(child: subprocess.Popen[bytes], end: float, limit: int) -> tuple[bytes, bytes]:
    """Read until both pipes are closed, the time is over, or too much was said."""
    output, complaint = b"", b""
    with selectors.DefaultSelector() as waiting:
        for pipe in filter(None, (child.stdout, child.stderr)):
            waiting.register(pipe, selectors.EVENT_READ)
        while waiting.get_map() and len(output) <= limit:
            ready = waiting.select(max(0.0, end - time.monotonic()))
            if not ready and time.monotonic() >= end:
                break
            for key, _ in ready:
                some = os.read(key.fd, _AT_ONCE)
                if not some:
                    waiting.unregister(key.fileobj)
                elif key.fileobj is child.stdout:
                    output = (output + some)[: limit + 1]
                else:
                    complaint = (complaint + some)[-_TAIL:]
            if time.monotonic() >= end:
                break
    return output, complaint


def _ended(child: subprocess.Popen[bytes], end: float) -> bool:
    """Whether a child ends by itself in time; it is not buried, so that its group's number stays its own."""
    told, waiting = os.pidfd_open(child.pid), select.poll()
    waiting.register(told, select.POLLIN)
    try:
        return bool(waiting.poll(max(0.0, end - time.monotonic()) * 1000))
    finally:
        os.close(told)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child that has not ended, and what is left of its group, and bury it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
