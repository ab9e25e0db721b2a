"""Somebody who is walked through the acceptance test on a pseudo-terminal: reads what it says, acts, and answers."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Self

from tests.e2e.commands import SOON_S

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LONGEST_S = 3 * SOON_S


class Installer:
    """A run of the test, and the person at it."""

    def __init__(self, folder: Path, *repeat: str) -> None:
        """Start it; what it prints in the end goes to a file, what it says and asks to the pseudo-terminal."""
        self._master, slave = pty.openpty()
        self.page = folder / "page"
        self._said = ""
        command = [sys.executable, "-m", "tests.e2e.acceptance_child", str(folder), *repeat]
        with self.page.open("w") as page:
            self.process = subprocess.Popen(command, stdin=slave, stdout=page, stderr=slave, start_new_session=True)
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    @property
    def said(self) -> str:
        """All that it said since the last answer."""
        return self._said

    def reads(self, *words: str) -> str:
        """Wait until one of these is said, and return it."""
        deadline = time.monotonic() + LONGEST_S
        while (found := next((one for one in words if one in self._said), None)) is None:
            assert time.monotonic() < deadline, self._said
            assert self._more(1.0) or self.process.poll() is None, self._said
        return found

    def answers(self, *lines: str) -> None:
        """Type these lines."""
        self._said = ""
        os.write(self._master, "".join(f"{line}\n" for line in lines).encode())

    def ends(self) -> int:
        """Read to the end; return the exit code."""
        while self._more(LONGEST_S):
            pass
        return self.process.wait(SOON_S)

    def _more(self, within_s: float) -> bool:
        ready: Sequence[int] = select.select([self._master], [], [], within_s)[0]
        if not ready:
            return False
        try:
            piece = os.read(self._master, 4096).decode(errors="replace")
        except OSError:  # the other end is closed
            return False
        self._said += piece
        return bool(piece)
