"""Whose codes are believed: the public keys in a folder, each a file `NAME.pub` that head office put there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from edge.errors import SignatureError
from edge.keys.tokens import thumbprint

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)

LONGEST_KEY = 4096
MOST = 256
"""So many keys are read at most."""


class Issuers:
    """The folder's keys; what is put there or taken away counts from the next question on."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; without it nobody is believed."""
        self.folder = folder
        self._seen: tuple[tuple[str, int, int, int], ...] = ()
        self._keys: dict[str, bytes] = {}

    def key(self, named: str) -> bytes | None:
        """Return the public key, PEM, of this thumbprint; None when it is not trusted here."""
        self._look()
        return self._keys.get(named)

    def _look(self) -> None:
        try:
            files = sorted(self.folder.glob("*.pub"))[:MOST]
            seen = tuple((file.name, (s := file.stat()).st_mtime_ns, s.st_size, s.st_ino) for file in files)
        except OSError as error:
            if self._keys:
                _log.error("%s: cannot be read, no code is believed: %s", self.folder, error)
            self._seen, self._keys = (), {}
            return
        if seen == self._seen:
            return
        self._seen, self._keys = seen, {}
        for file in files:
            try:
                with file.open("rb") as opened:
                    public = opened.read(LONGEST_KEY)
                self._keys[thumbprint(public)] = public
            except (OSError, SignatureError) as error:
                _log.error("%s: is not a public Ed25519 key, and not believed: %s", file, error)
