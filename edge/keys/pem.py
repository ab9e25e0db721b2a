"""Keys as PEM text, whatever they are for: the private half as PKCS #8, not encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509 import load_pem_x509_certificates

from edge.errors import SignatureError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey


def private_text(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    """Return a private key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_text(key: Ed25519PublicKey | X25519PublicKey) -> bytes:
    """Return a public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private_key(text: bytes) -> PrivateKeyTypes:
    """Return the private key that PEM text holds, of whatever kind.

    Raises:
        SignatureError: It holds none, or one that is encrypted.
    """
    try:
        return load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SignatureError(f"not a private key in PEM without a passphrase: {error}") from error


def public_key(text: bytes) -> PublicKeyTypes:
    """Return the public key that PEM text holds, of whatever kind.

    Raises:
        SignatureError: It holds none.
    """
    try:
        return load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureError(f"not a public key in PEM: {error}") from error


def certificates(text: bytes) -> int:
    """Return how many certificates PEM text holds.

    Raises:
        SignatureError: It holds none, or one that is damaged.
    """
    try:
        return len(load_pem_x509_certificates(text))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureError(f"not certificates in PEM: {error}") from error
