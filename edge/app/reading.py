"""Reads receipts, without the terminal that made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.access import receipt as receipts
from edge.errors import SignatureError
from edge.keys.tokens import read_token

if TYPE_CHECKING:
    from pathlib import Path

    from edge.access.receipt import Receipt


def genuine(text: str, public: bytes) -> Receipt:
    """Return what a receipt states, once it is proven that the terminal with this key stated it.

    Raises:
        SignatureError: It did not.
    """
    return receipts.read(read_token(text.strip(), public, receipts.KIND))


def public_key(path: Path) -> bytes:
    """Return a terminal's public key from its file.

    Raises:
        SignatureError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise SignatureError(f"{path}: the terminal's public key cannot be read: {error.strerror or error}") from error
