"""What an installation changed, written down before it does: by this, and nothing else, it is undone."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING

from image.install import disk
from image.install.errors import UnsuitableError

if TYPE_CHECKING:
    from pathlib import Path

PLACE = "/usr/lib/door-terminal/installed.json"


@dataclass(frozen=True, slots=True)
class Record:
    """What was changed; paths from / on.

    Attributes:
        kind: Of machine.
        files: Files that were put, each with the SHA-256 of what was put.
        before: What was in a file's place, as "644:Base64"; only of files that were there.
        folders: Folders that came with it.
        units: Units that were enabled.
        masked: Units that were masked, and had not been.
        packages: Of apt, that were not there.
        words: Added to the kernel's.
        accounts: Users and groups that were not there.
        lines: Whether config.txt has lines of it.
    """

    kind: str = ""
    files: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    masked: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    lines: bool = False

    def earlier(self, path: str) -> tuple[bytes, int] | None:
        """What was in a file's place, and its permissions; None for nothing."""
        mode, found, held = self.before.get(path, "").partition(":")
        return (base64.b64decode(held), int(mode, 8)) if found else None


def read(root: Path) -> Record | None:
    """Read what was changed; None when nothing was.

    Raises:
        UnsuitableError: It is damaged, or of a newer installation.
    """
    path = root / PLACE.lstrip("/")
    held = disk.content(path)
    if held is None:
        return None
    try:
        found = json.loads(held)
        return Record(**{one.name: found[one.name] for one in fields(Record)})
    except (ValueError, KeyError, TypeError) as error:
        raise UnsuitableError(
            f"{path}: is damaged ({error}): what was installed can only be removed by hand"
        ) from error


def text(record: Record) -> bytes:
    """A record as its file holds it."""
    return (json.dumps(asdict(record), indent=1, sort_keys=True) + "\n").encode()


def encoded(held: bytes, mode: int) -> str:
    """A file's content and permissions as a record holds them."""
    return f"{mode:o}:{base64.b64encode(held).decode('ascii')}"
