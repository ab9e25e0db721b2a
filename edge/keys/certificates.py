"""The key that a terminal is known by in the network (EC P-256), its request for a certificate, and what comes back."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates
from cryptography.x509.oid import NameOID

from edge.errors import SignatureError
from edge.keys import pem

_LASTS = timedelta(days=3650)


def new_tls_key() -> bytes:
    """Return a new private key on the curve P-256, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certificate_request(private: bytes, name: str, hostname: str) -> bytes:
    """Return a request for a certificate (PKCS #10), DER.

    Args:
        private: The key that it is for, PEM.
        name: The terminal's id, the common name.
        hostname: Its name in the network.

    Raises:
        SignatureError: This is no private key on P-256.
    """
    request = x509.CertificateSigningRequestBuilder().subject_name(_subject(name))
    request = request.add_extension(x509.SubjectAlternativeName([x509.DNSName(hostname)]), critical=False)
    return request.sign(_private(private), hashes.SHA256()).public_bytes(Encoding.DER)


def self_signed(private: bytes, name: str, hostname: str, since: datetime) -> bytes:
    """Return a certificate that the key signs itself, PEM: what counts until head office has given one.

    Args:
        private: The key, PEM.
        name: The terminal's id.
        hostname: Its name in the network.
        since: From when on it is valid; a day is taken off.

    Raises:
        SignatureError: This is no private key on P-256.
    """
    key = _private(private)
    begin = since - timedelta(days=1)
    made = x509.CertificateBuilder(_subject(name), _subject(name), key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(begin).not_valid_after(begin + _LASTS)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(hostname)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def issued(answer: bytes, private: bytes) -> bytes:
    """Return the certificate, and those above it, of an EST answer, PEM, the terminal's first.

    Args:
        answer: Base64 of a PKCS #7 bag of certificates (RFC 7030, 4.2.3).
        private: The key that one of them must be for, PEM.

    Raises:
        SignatureError: It is none, or none of the certificates is for this key.
    """
    try:
        found = load_der_pkcs7_certificates(base64.b64decode(b"".join(answer.split()), validate=True))
    except (ValueError, binascii.Error) as error:
        raise SignatureError(f"the answer is no bag of certificates: {error}") from error
    mine = _private(private).public_key()
    own = [one for one in found if _is_of(one, mine)]
    if not own:
        raise SignatureError("none of the certificates in the answer is for this terminal's key")
    return b"".join(one.public_bytes(Encoding.PEM) for one in (*own, *(one for one in found if one not in own)))


def ending(certificate: bytes) -> tuple[datetime, bool]:
    """Return from when on a certificate is valid no more, and whether its key signed it itself.

    Args:
        certificate: PEM; of several the first counts.

    Raises:
        SignatureError: It is none.
    """
    try:
        found = x509.load_pem_x509_certificates(certificate)[0]
    except (ValueError, IndexError) as error:
        raise SignatureError(f"this is no certificate: {error}") from error
    return found.not_valid_after_utc, found.issuer == found.subject


def _is_of(certificate: x509.Certificate, public: ec.EllipticCurvePublicKey) -> bool:
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    return certificate.public_key().public_bytes(*form) == public.public_bytes(*form)


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _private(private: bytes) -> ec.EllipticCurvePrivateKey:
    key = pem.private_key(private)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SignatureError("not a private key on the curve P-256")
    return key
