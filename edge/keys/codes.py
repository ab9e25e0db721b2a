"""Keys made of a code that people type: scrypt (RFC 7914), and what is sealed with them.

The parameters are OWASP's second choice, 64 MiB and two lanes, so that a board of 1 GB opens a seal beside all else; a
code of 15 random digits (2**50) then costs whoever holds the sealed text some millions of years of one core.
"""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from edge.keys.sealing import KEY_BYTES, seal, unseal

SALT_BYTES = 16
_COST = 2**16
_BLOCK = 8
_LANES = 2


def seal_under(code: str, plain: bytes, about: bytes) -> tuple[bytes, bytes]:
    """Return a new salt, and `plain` sealed under the key that code and salt give.

    Args:
        code: As it is typed, without what only orders it for the eye.
        plain: Any bytes.
        about: What must be said again to open it.
    """
    salt = os.urandom(SALT_BYTES)
    return salt, seal(_key(code, salt), plain, about)


def unseal_under(code: str, salt: bytes, sealed: bytes, about: bytes) -> bytes:
    """Return what was sealed under a code.

    Raises:
        SealError: It was sealed under another code, about something else, or was changed since.
    """
    return unseal(_key(code, salt), sealed, about)


def _key(code: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=_COST, r=_BLOCK, p=_LANES).derive(code.encode())
