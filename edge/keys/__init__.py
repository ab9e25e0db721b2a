"""Keys and what is done with them: this room alone imports `cryptography`, and what is built on it."""

from edge.keys.signing import load_public, new_pair, sign, verify

__all__ = ["load_public", "new_pair", "sign", "verify"]
