"""`build.json`: what a build made, each file with its hash, for those who go on with it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write(out: Path, facts: Mapping[str, object], files: Mapping[str, Path]) -> Path:
    """Write the list beside the files.

    Args:
        out: The folder.
        facts: What else is said: flavour, version, release, roothash, offsets, command line.
        files: What each file is, and where.
    """
    listed = {
        name: {"path": path.relative_to(out).as_posix(), "bytes": path.stat().st_size, "sha256": digest(path)}
        for name, path in sorted(files.items())
    }
    target = out / "build.json"
    target.write_text(json.dumps({**facts, "files": listed}, indent=1) + "\n", encoding="utf-8")
    return target
