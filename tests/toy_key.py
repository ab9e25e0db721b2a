"""A key for tests that need no cryptography: whoever knows its secret can sign, and checking needs it, too."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from edge.errors import SignatureError


@dataclass(frozen=True, slots=True)
class ToyKey:
    """Signs with 64 bytes, as the device key does."""

    secret: bytes = b"ours"

    def sign(self, message: bytes) -> bytes:
        return hashlib.sha512(self.secret + message).digest()

    def check(self, message: bytes, signature: bytes) -> None:
        if self.sign(message) != signature:
            raise SignatureError("the signature is not this key's")
