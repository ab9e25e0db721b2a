"""Keys and what is done with them: this room alone imports `cryptography`, and what is built on it."""

from edge.keys.letters import box_id, new_box, public_of_box, seal_letter, unseal_letter
from edge.keys.sealing import KEY_BYTES, new_key, seal, unseal
from edge.keys.signing import key_id, load_public, new_pair, public_of, sign, verify

__all__ = [
    "KEY_BYTES",
    "box_id",
    "key_id",
    "load_public",
    "new_box",
    "new_key",
    "new_pair",
    "public_of",
    "public_of_box",
    "seal",
    "seal_letter",
    "sign",
    "unseal",
    "unseal_letter",
    "verify",
]
