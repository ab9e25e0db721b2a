"""What a file that is right leaves open, and whoever made it may not know. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.provision.tables import Document

UNLIMITED = (
    "limits: the file brings head office's key and no limits: whoever changes this terminal's configuration may set "
    "anything; `edge provision new --limits limits.toml` brings them along"
)


def notes(document: Document) -> tuple[str, ...]:
    """Return what is no fault and worth a line, each beginning with its key."""
    named = document.head_office and document.head_office.public_key
    return (UNLIMITED,) if named and document.limits is None else ()
