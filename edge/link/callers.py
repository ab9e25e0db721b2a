"""Who may talk to the door process, and as what: the kernel names the user of every connection."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.link.questions import Reload
from edge.values import Order

if TYPE_CHECKING:
    from edge.link.messages import ToDoor

KEPT_FREE = 2
"""So many connections no terminal takes: whoever floods the door from there keeps no operator out."""


def _own() -> frozenset[int]:
    return frozenset({0, os.geteuid()})


@dataclass(frozen=True, slots=True)
class Callers:
    """The users who may connect.

    Attributes:
        operators: Who may say everything: orders, too, and that the configuration is read again. Root and the door's
            own user unless told otherwise.
        terminals: Who may say what a terminal and its programs say: who stands there, what they did, what they see;
            and ask what the door is.
        group: The group that may open the socket's file; None for that of the process.
    """

    operators: frozenset[int] = field(default_factory=_own)
    terminals: frozenset[int] = frozenset()
    group: int | None = None

    def forbidden(self, uid: int, message: ToDoor) -> str:
        """Return why a user may not say this; empty when they may."""
        if uid in self.operators or not isinstance(message, Order | Reload):
            return ""
        return f"user {uid} may give the door no orders; root may"
