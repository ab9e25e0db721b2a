"""The door process's end of the link: what is spoken there, and which user may say what."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from edge.link import messages
from edge.link.callers import KEPT_FREE, Callers
from edge.link.language import Language
from edge.link.messages import Hello, Once, ToDoor, ToTerminal
from edge.link.server import MAX_PEERS, Server

if TYPE_CHECKING:
    from pathlib import Path

    from edge.link.server import Peer

_log = logging.getLogger(__name__)

DOOR: Language[ToDoor, ToTerminal] = Language(
    "door", messages.to_door, messages.encode, lambda message: isinstance(message, Hello | Once)
)
"""What terminals and operators say to the door process."""


class LinkServer(Server[ToDoor, ToTerminal]):
    """The door's end."""

    def __init__(self, path: Path | None, callers: Callers | None = None) -> None:
        """Listen as a door does; see `Server`. Without `callers` root and this process's user may talk."""
        self._callers = callers or Callers()
        super().__init__(DOOR, path, self._callers.operators | self._callers.terminals)

    def _places(self, uid: int) -> int:
        return MAX_PEERS if uid in self._callers.operators else MAX_PEERS - KEPT_FREE

    def _share(self, path: Path) -> None:
        if self._callers.group is not None:
            try:
                os.chown(path, -1, self._callers.group)
            except OSError as error:  # nobody's way out hangs on who else may connect (S10)
                _log.warning("%s: cannot be given to the group of whoever may connect: %s", path, error.strerror)

    def _forbidden(self, peer: Peer, message: ToDoor) -> str:
        return self._callers.forbidden(peer.uid, message)
