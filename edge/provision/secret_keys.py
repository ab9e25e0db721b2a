"""Which keys of a provisioning file are secrets, and how long a file may be used that shows or seals them. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.provision.tables import Document

SECRETS = ("network.passphrase", "network.proxy", "head_office.token", "mqtt.password")
"""What is never shown, and can be sealed; a proxy is one only where its address names a user."""
LONGEST = timedelta(days=366)
"""How long any file may be used after it was issued,"""
LONGEST_OPEN = timedelta(days=14)
"""and how long one whose secrets are not sealed."""


def secrets_of(document: Document) -> dict[str, str]:
    """Return the secrets that lie open in a document, by key."""
    found = {}
    for path in SECRETS:
        table, _, key = path.partition(".")
        value = getattr(getattr(document, table), key, "")
        if value and (path != "network.proxy" or "@" in value):
            found[path] = value
    return found


def longest(document: Document) -> timedelta:
    """Return how long this file may be used after it was issued."""
    return LONGEST_OPEN if secrets_of(document) else LONGEST
