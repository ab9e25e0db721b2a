"""Private keys that lie in files under a passphrase: those that people carry, not those of a device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from edge.errors import SignatureError
from edge.keys import pem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

LEAST_CHARACTERS = 12
"""Of a passphrase: whoever steals the file may try as fast as they like."""


def is_encrypted(text: bytes) -> bool:
    """Whether PEM text holds a key under a passphrase."""
    return b"ENCRYPTED" in text


def new_encrypted(passphrase: str) -> tuple[bytes, bytes]:
    """Make a new Ed25519 key: the private half as PEM (PKCS #8, encrypted), and the public half as PEM.

    Raises:
        SignatureError: The passphrase is too short.
    """
    if len(passphrase) < LEAST_CHARACTERS:
        raise SignatureError(f"a passphrase of a key has at least {LEAST_CHARACTERS} characters")
    key = Ed25519PrivateKey.generate()
    sealed = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))
    return sealed, pem.public_text(key.public_key())


def opened(text: bytes, passphrase: str | None) -> PrivateKeyTypes:
    """Return the private key that PEM text holds, of whatever kind.

    Args:
        text: The PEM text.
        passphrase: What it lies under; None for a key that lies open.

    Raises:
        SignatureError: It holds none, or the passphrase is not this key's.
    """
    try:
        return load_pem_private_key(text, None if passphrase is None else passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SignatureError("not a private key in PEM, or the passphrase is wrong") from error
