"""Secrets that people type, as hashes: Argon2id (RFC 9106), written as PHC strings.

The parameters are OWASP's second choice, 19 MiB and two passes: it holds the memory of a 1 GB board, and a stolen hash
of a four-digit PIN falls to any of them; what keeps a PIN is that it is sealed, and that failures lock out.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

PASSES = 2
MEMORY_KIB = 19_456
_LANES = 1
_SALT_BYTES = 16
_HASH_BYTES = 32


def hashed(secret: str) -> str:
    """Return the PHC string of a secret, with a salt of its own."""
    salt = os.urandom(_SALT_BYTES)
    work = Argon2id(salt=salt, length=_HASH_BYTES, iterations=PASSES, lanes=_LANES, memory_cost=MEMORY_KIB)
    return work.derive_phc_encoded(secret.encode())


def matches(secret: str, phc: str) -> bool:
    """Whether a PHC string is of this secret; the comparison takes as long for any.

    Args:
        secret: What was typed.
        phc: As `hashed` made it; one that is none matches nothing.
    """
    try:
        Argon2id.verify_phc_encoded(secret.encode("utf-8", "surrogatepass"), phc)
    except (InvalidKey, ValueError):
        return False
    return True
