"""What is wrong in a provisioning file beyond the kind of each value, or wrong together. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.provision.tables import Document


def contradictions(document: Document) -> Iterator[str]:
    """Yield each fault, which begins with its key."""
    yield from ()
    del document
