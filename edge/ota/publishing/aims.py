"""For whom a set is, and what was signed about it, now and before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.errors import OtaError
from edge.ota.manifest import SetCustom, set_custom, set_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuf.api.metadata import TargetFile

    from edge.ota.manifest import Board
    from edge.ota.publishing.change import Change

_GROUP = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Aim:
    """For whom a set is.

    Attributes:
        channel: "stable" or "canary".
        board: The kind of machine; "any" for every one.
        group: The branch group; "all" for everybody.
    """

    channel: str = "stable"
    board: Board = "any"
    group: str = "all"

    def __post_init__(self) -> None:
        """Refuse a group that no terminal can be in.

        Raises:
            OtaError: It is none.
        """
        if _GROUP.fullmatch(self.group) is None:
            raise OtaError(f"group {self.group!r}: a group is called by lower-case letters, digits and hyphens")

    @property
    def path(self) -> str:
        """The target's path."""
        return set_target(self.channel, self.board, self.group)

    @property
    def role(self) -> str:
        """The TUF role that signs for it."""
        return f"sets-{self.channel}-{self.board}-{self.group}"


EVERYBODY = Aim()


def current(change: Change, aim: Aim) -> SetCustom:
    """Return what is signed, or waits to be, about a set.

    Raises:
        OtaError: There is none.
    """
    info = change.see(aim.role).targets.get(aim.path)
    if info is None:
        raise OtaError(f"{aim.path}: no set was released here yet; `edge ota repo release` does it")
    return set_custom(info.custom, aim.path)


def history(change: Change, aim: Aim) -> Iterator[TargetFile]:
    """Yield what was signed about a set's target, the newest first."""
    newest = change.see(aim.role)
    yield from newest.targets.values()
    served = change.served.get(aim.role)
    last = 0 if served is None else served.signed.version
    for version in range(min(last, newest.version - 1), 0, -1):
        yield from change.earlier(aim.role, version).targets.values()
