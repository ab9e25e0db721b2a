"""Ed25519 keys and signatures.

Keys are PEM files and signatures are the 64 bytes themselves, so that OpenSSL, or a hardware module behind it, can make
and check them, too.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edge.errors import SignatureError
from edge.keys import pem

_OTHER = "a key of another kind; Ed25519 is needed"


def new_pair() -> tuple[bytes, bytes]:
    """Make a new key: the private half as PEM (PKCS #8, not encrypted), and the public half as PEM."""
    key = Ed25519PrivateKey.generate()
    return pem.private_text(key), pem.public_text(key.public_key())


def sign(message: bytes, private: bytes) -> bytes:
    """Return the signature of a message, 64 bytes.

    Args:
        message: Any bytes.
        private: The private key, PEM.

    Raises:
        SignatureError: This is no private Ed25519 key, or one that is encrypted.
    """
    return _load_private(private).sign(message)


def verify(message: bytes, signature: bytes, public: bytes) -> None:
    """Check a signature.

    Args:
        message: What is said to be signed.
        signature: 64 bytes.
        public: The public key, PEM.

    Raises:
        SignatureError: It is not this key's signature of this message, or the key is no public Ed25519 key.
    """
    try:
        load_public(public).verify(signature, message)
    except InvalidSignature as error:
        raise SignatureError("the signature is not this key's") from error


def public_of(private: bytes) -> bytes:
    """Return the public half of a private key, both PEM.

    Raises:
        SignatureError: This is no private Ed25519 key, or one that is encrypted.
    """
    return pem.public_text(_load_private(private).public_key())


def key_id(public: bytes) -> str:
    """Return what a key is called: the first 16 hexadecimal digits of the SHA-256 of the public key's 32 bytes.

    Raises:
        SignatureError: It is no public Ed25519 key.
    """
    return hashlib.sha256(load_public(public).public_bytes_raw()).hexdigest()[:16]


def load_public(public: bytes) -> Ed25519PublicKey:
    """Return the public key that PEM text holds.

    Raises:
        SignatureError: It holds none, or one of another kind.
    """
    key = pem.public_key(public)
    if not isinstance(key, Ed25519PublicKey):
        raise SignatureError(_OTHER)
    return key


def _load_private(private: bytes) -> Ed25519PrivateKey:
    key = pem.private_key(private)
    if not isinstance(key, Ed25519PrivateKey):
        raise SignatureError(_OTHER)
    return key
