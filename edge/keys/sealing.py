"""Sealing: AES-256-GCM with a random nonce of 96 bits in front."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.errors import SealError

_NONCE = 12


def seal(key: bytes, plain: bytes, about: bytes) -> bytes:
    """Return `plain` sealed under a key of 32 bytes; `about` is authenticated with it, and not in it."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def unseal(key: bytes, sealed: bytes, about: bytes) -> bytes:
    """Return what was sealed.

    Raises:
        SealError: It was not sealed under this key, about this, or was changed since.
    """
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
    except (InvalidTag, ValueError) as error:
        raise SealError("what was sealed does not open with this key") from error
