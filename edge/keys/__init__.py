"""Keys and what is done with them: this room alone imports `cryptography`, and what is built on it."""

from edge.keys.sealing import KEY_BYTES, new_key, seal, unseal
from edge.keys.signing import key_id, load_public, new_pair, public_of, sign, verify

__all__ = [
    "KEY_BYTES",
    "key_id",
    "load_public",
    "new_key",
    "new_pair",
    "public_of",
    "seal",
    "sign",
    "unseal",
    "verify",
]
