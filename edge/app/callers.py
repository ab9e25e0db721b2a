"""The users of a device, looked up by name: who may talk to its door process, and as what."""

from __future__ import annotations

import grp
import pwd

from edge.link.callers import Callers

TERMINAL = "door-terminal"
"""The user of recognition, people and models; the image's sysusers.d makes it."""
LINK = "door-link"
"""The group of those who may open the door's socket."""


def callers() -> Callers:
    """Return who may talk to the door of this machine; where there is no such user or group, it is left out."""
    usual = Callers()
    return Callers(operators=usual.operators, terminals=_terminals(), group=_group())


def _terminals() -> frozenset[int]:
    try:
        return frozenset({pwd.getpwnam(TERMINAL).pw_uid})
    except KeyError:
        return frozenset()


def _group() -> int | None:
    try:
        return grp.getgrnam(LINK).gr_gid
    except KeyError:
        return None
