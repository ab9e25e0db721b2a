"""Sealing: AES-256-GCM with a random nonce of 96 bits in front; what it is about is authenticated, and not in it.

A key seals at most some millions of texts here, far from the 2**32 after which random nonces become doubtful
(NIST SP 800-38D, 8.3).
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.errors import SealError

KEY_BYTES = 32
_NONCE_BYTES = 12


def new_key() -> bytes:
    """Return a new key of 32 random bytes."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, plain: bytes, about: bytes) -> bytes:
    """Return `plain` sealed.

    Args:
        key: 32 bytes.
        plain: Any bytes.
        about: What must be said again to open it: whose it is, and what.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def unseal(key: bytes, sealed: bytes, about: bytes) -> bytes:
    """Return what was sealed.

    Raises:
        SealError: It was not sealed under this key, about this, or was changed since.
    """
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
    except (InvalidTag, ValueError) as error:
        raise SealError("what was sealed does not open with this key") from error
