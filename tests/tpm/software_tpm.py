"""A TPM 2.0 in software (swtpm), with a state of its own in a folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_S = 10.0
_LISTEN = "0A"


@contextmanager
def software_tpm(state: Path, again: str = "") -> Iterator[str]:
    """Run one; yields how it is reached (TCTI). The same folder is the same chip, as after a power cut.

    Args:
        state: The folder.
        again: How it was reached before, where it is to be reached so once more.
    """
    state.mkdir(exist_ok=True)
    port = int(again.rpartition("=")[2]) if again else _two_free_ports()
    where = "bindaddr=127.0.0.1"
    words = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--flags", "not-need-init,startup-clear"]
    words += ["--server", f"type=tcp,port={port},{where}", "--ctrl", f"type=tcp,port={port + 1},{where}"]
    chip = subprocess.Popen(words)
    try:
        _wait_for(port, chip)
        yield f"swtpm:host=127.0.0.1,port={port}"
    finally:
        chip.send_signal(signal.SIGKILL)
        chip.wait(10)


def _two_free_ports() -> int:
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def _wait_for(port: int, chip: subprocess.Popen[bytes]) -> None:
    """Wait until both ports are listened at: the one for commands is the later one. It is not asked by a connection."""
    until = time.monotonic() + _START_S
    while time.monotonic() < until and chip.poll() is None:
        if {port, port + 1} <= _listened_at():
            return
        os.sched_yield()
    raise RuntimeError(f"swtpm did not start within {_START_S} s; it ended with {chip.poll()}")


def _listened_at() -> set[int]:
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return {int(row[1].split(":")[1], 16) for row in rows if row[3] == _LISTEN}
