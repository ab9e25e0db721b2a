"""What the lamp says of a terminal that is being provisioned, as the first boot writes it down in one word.

The door's tick reads it: from memory (`/run`), at most once a second, and never waiting, whatever is in that place.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

STATE = Path("/run/door-terminal-provision/state")
"""Where the first boot says how far it is."""

_WORDS = {
    "waiting": "not provisioned yet",
    "sealed": "waits for its claim code",
    "wrong": "that was not the claim code: type it again",
    "working": "is being provisioned",
    "failed": "provisioning failed: see provision.log on the card",
    "done": "provisioned",
}
_EVERY_S = 1.0
_DONE_S = 10.0
_LONGEST = 16


@dataclass(frozen=True, slots=True)
class Progress:
    """What is shown of it: the code of a pattern, and words. Both are empty when nothing is."""

    code: str = ""
    words: str = ""


NONE = Progress()


class Provisioning:
    """Looks at the state from time to time; no file, or one that says nothing known, shows nothing."""

    def __init__(self, path: Path = STATE) -> None:
        """Take where it is written."""
        self._path = path
        self._state = ""
        self._since = 0.0
        self._due = float("-inf")

    @property
    def wants_code(self) -> bool:
        """Whether what is typed may be a claim code, as of the last look."""
        return self._state in {"sealed", "wrong"}

    def progress(self, now: float) -> Progress:
        """Return what is to be shown at `now`, in monotonic seconds; that it is done is shown for ten of them."""
        if now >= self._due:
            self._due = now + _EVERY_S
            state = _read(self._path)
            if state != self._state:
                self._state, self._since = state, now
        if self._state not in _WORDS or (self._state == "done" and now - self._since >= _DONE_S):
            return NONE
        return Progress(f"provisioning-{self._state}", _WORDS[self._state])


def _read(path: Path) -> str:
    """Return the word in a file; a pipe that nobody writes to or a link is none, and is not waited for."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(file, _LONGEST).decode("ascii", "replace").strip()
    except OSError:
        return ""
    finally:
        os.close(file)
