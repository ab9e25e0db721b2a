"""The serial line of an emulated machine, with a root shell on it."""

from __future__ import annotations

import codecs
import re
import selectors
import socket
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

STARTS_S = 20.0
"""How long QEMU may take to open its sockets."""
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_LONGEST_ESCAPE = 32
_LOOKS_S = 0.05


class GuestError(RuntimeError):
    """A machine that did not do what was waited for; its console's end is in the message."""


class Console:
    """The serial line of the machine, on which the test image has a root shell.

    A thread reads it all the time. The machine writes it a byte at a time, and some 280 unread ones fill a socket: QEMU
    then stops the whole machine, lock and all, until somebody reads.
    """

    def __init__(self, path: Path) -> None:
        self._count = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._open = ""
        self._parts: list[str] = []
        self._text = ""
        self._at = 0
        self._more = threading.Condition()
        self._gone = False
        deadline = time.monotonic() + STARTS_S
        self._socket = socket.socket(socket.AF_UNIX)
        while self._socket.connect_ex(str(path)):
            if time.monotonic() > deadline:
                raise GuestError(f"QEMU did not open {path} within {STARTS_S:.0f} s")
            selectors.DefaultSelector().select(0.05)
        self._reader = threading.Thread(target=self._read, name="console", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                more = self._socket.recv(65536)
            except OSError:
                more = b""
            with self._more:
                self._take(more)
                self._gone = not more
                if self._gone:
                    self._more.notify_all()
                    return

    def _take(self, more: bytes) -> None:
        """Keep what was read, less its escapes; one that is not whole yet waits for the rest of it."""
        text = self._open + self._decoder.decode(more)
        last = text.rfind("\x1b", -_LONGEST_ESCAPE)
        cut = last if more and last >= 0 and not _ESCAPES.match(text, last) else len(text)
        self._open = text[cut:]
        self._parts.append(_ESCAPES.sub("", text[:cut]).replace("\r", ""))

    def wait(self, pattern: str, within_s: float) -> re.Match[str]:
        """Return the first match of a pattern in what was not looked at yet.

        It looks a few times a second, not at each byte: the reader must have its turn.

        Raises:
            GuestError: It did not come within the time, of the host's.
        """
        deadline, wanted = time.monotonic() + within_s, re.compile(pattern)
        with self._more:
            while True:
                gone = self._gone
                self._text += "".join(self._parts)
                self._parts.clear()
                found = wanted.search(self._text, self._at)
                if found:
                    self._at = found.end()
                    return found
                left = deadline - time.monotonic()
                if left <= 0 or gone:
                    why = "the machine went away" if gone else f"it did not come within {within_s:.0f} s"
                    raise GuestError(f"{pattern!r}: {why}; the console ends: {self._text[-1500:]}")
                self._more.wait(min(left, _LOOKS_S))

    def log_in(self, within_s: float) -> None:
        """Wait for the shell, and have it echo nothing."""
        self.wait(r"root@[^\n]*# ?", within_s)
        self._socket.sendall(
            b"stty -echo; PS1=; PS2=; bind 'set enable-bracketed-paste off'; export LC_ALL=C.UTF-8 SYSTEMD_PAGER=\n"
        )
        self.run("true", 60)

    def run(self, command: str, within_s: float = 120) -> tuple[int, str]:
        """Run a command and return its exit code and what it wrote, both streams."""
        self._count += 1
        mark = f"@{self._count}@"
        self._socket.sendall(
            f"printf '<%s\\n' '{mark}'; {{ {command}\n}} 2>&1; printf '\\n%s>%s<\\n' '{mark}' $?\n".encode()
        )
        self.wait(f"<{mark}\n", within_s)
        found = self.wait(rf"(?s)(.*?)\n{mark}>(\d+)<\n", within_s)
        return int(found[2]), found[1]

    def send(self, command: str) -> None:
        """Type a command, and do not wait for what comes of it."""
        self._socket.sendall(f"{command}\n".encode())

    def close(self) -> None:
        """Hang up; QEMU is gone by then, and its end of the line with it."""
        self._reader.join()
        self._socket.close()
