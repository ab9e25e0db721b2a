"""Whom a device trusts to say what it is: the key that its first file pinned, or head office's, or its image's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.app.head_office import PUBLIC_KEY
from edge.errors import ProvisionError
from edge.provision import plan

if TYPE_CHECKING:
    from pathlib import Path

IMAGE_KEY = f"usr/lib/door-terminal/{PUBLIC_KEY}"
_PLACES = (plan.PIN, f"{plan.HOME}/{PUBLIC_KEY}", IMAGE_KEY)


def pinned(root: Path) -> tuple[bytes, ...]:
    """Return the key that counts, PEM; empty for a device that trusts nobody yet.

    Raises:
        ProvisionError: It is there and cannot be read.
    """
    found = next((root / name for name in _PLACES if (root / name).exists()), None)
    try:
        return (found.read_bytes(),) if found else ()
    except OSError as error:
        raise ProvisionError(f"{found}: cannot be read: {error.strerror}") from error
