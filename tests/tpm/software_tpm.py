"""A TPM 2.0 in software (swtpm), with a state of its own in a folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_START_S = 10.0


@contextmanager
def software_tpm(state: Path) -> Iterator[str]:
    """Run one; yields how it is reached (TCTI). The same folder is the same chip, as after a power cut."""
    state.mkdir(exist_ok=True)
    port = _two_free_ports()
    where = "bindaddr=127.0.0.1"
    words = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--flags", "not-need-init,startup-clear"]
    words += ["--server", f"type=tcp,port={port},{where}", "--ctrl", f"type=tcp,port={port + 1},{where}"]
    chip = subprocess.Popen(words)
    try:
        _wait_for(port + 1, chip)
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
    until = time.monotonic() + _START_S
    while time.monotonic() < until and chip.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            os.sched_yield()
        else:
            return
    raise RuntimeError(f"swtpm did not start within {_START_S} s; it ended with {chip.poll()}")
