"""Letters from one terminal to another: sealed to the reader's public key by HPKE (RFC 9180, base mode), and signed.

X25519, HKDF-SHA256, AES-256-GCM, with a fresh key for each letter. HPKE's base mode does not say who wrote, hence the
Ed25519 signature of the writing terminal over everything, the reader's name included.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from edge.errors import SealError, SignatureError
from edge.keys import pem

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def new_box() -> tuple[bytes, bytes]:
    """Make the key pair of a letter box: the private half and the public half, both PEM (X25519)."""
    key = X25519PrivateKey.generate()
    return pem.private_text(key), pem.public_text(key.public_key())


def box_id(public: bytes) -> str:
    """Return what a letter box is called: the first 16 hexadecimal digits of the SHA-256 of the public key's 32 bytes.

    Raises:
        SignatureError: It is no public X25519 key.
    """
    return hashlib.sha256(_public(public).public_bytes_raw()).hexdigest()[:16]


def public_of_box(private: bytes) -> bytes:
    """Return the public half of a letter box's key, both PEM.

    Raises:
        SignatureError: It is no private X25519 key.
    """
    return pem.public_text(_private(private).public_key())


def seal_letter(plain: bytes, public: bytes, about: bytes) -> bytes:
    """Return a text that the owner of a letter box alone can read.

    Args:
        plain: Any bytes.
        public: The box's public key, PEM.
        about: What must be said again to open it.

    Raises:
        SignatureError: It is no public X25519 key.
    """
    return _SUITE.encrypt(plain, _public(public), info=about)


def unseal_letter(sealed: bytes, private: bytes, about: bytes) -> bytes:
    """Return what a letter says.

    Raises:
        SealError: It was sealed for another box, about something else, or was changed since.
        SignatureError: It is no private X25519 key.
    """
    try:
        return _SUITE.decrypt(sealed, _private(private), info=about)
    except (InvalidTag, ValueError) as error:
        raise SealError(
            "the letter does not open with this terminal's key: it was changed, or is for another"
        ) from error


def _public(public: bytes) -> X25519PublicKey:
    key = pem.public_key(public)
    if not isinstance(key, X25519PublicKey):
        raise SignatureError("a key of another kind; a letter box has X25519: take letters.pub, not device.pub")
    return key


def _private(private: bytes) -> X25519PrivateKey:
    key = pem.private_key(private)
    if not isinstance(key, X25519PrivateKey):
        raise SignatureError("a key of another kind; a letter box has X25519")
    return key
