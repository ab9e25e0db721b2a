"""Provisioning files at head office: read, signed, and written for their owner alone."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from edge import keys
from edge.app.durable import replace_file
from edge.errors import ProvisionError, SignatureError
from edge.provision import parse
from edge.provision.signature import AGAIN, LONGEST, normalised, sign, split, verify

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from edge.provision import Document


def content(path: Path) -> bytes:
    """Return a file's bytes, at most one more than are read.

    Raises:
        ProvisionError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(LONGEST + 1)
    except OSError as error:
        raise ProvisionError(f"{path}: cannot be read: {error.strerror}") from error


def text_of(path: Path, again: str = AGAIN) -> str:
    """Return a file's text, normalised.

    Args:
        path: The file.
        again: What to do where it is none.

    Raises:
        ProvisionError: It cannot be read, or is no text.
    """
    return normalised(content(path), str(path), again)


def document_of(path: Path) -> Document:
    """Return what a file says, whoever signed it.

    Raises:
        ProvisionError: It cannot be read, or has faults.
        SignatureError: Something follows its signature.
    """
    return parse(split(text_of(path), str(path))[0], str(path))


def private_key(path: Path) -> bytes:
    """Return head office's private key, PEM.

    Raises:
        SignatureError: It cannot be read, or is none.
    """
    try:
        private = path.read_bytes()
        keys.public_of(private)
    except OSError as error:
        raise SignatureError(f"{path}: the private key cannot be read: {error.strerror}") from error
    except SignatureError as error:
        if _holds(private, "PUBLIC"):
            raise SignatureError(f"{path}: is a public key; what signs is its private half, head-office.key") from error
        raise SignatureError(
            f"{path}: is no private key of head office (Ed25519, PEM, without a passphrase); `edge limits keygen` "
            f"makes one"
        ) from error
    return private


def public_key(path: Path) -> bytes:
    """Return head office's public key, PEM.

    Raises:
        SignatureError: It cannot be read, or is none.
    """
    try:
        public = path.read_bytes()
        keys.load_public(public)
    except OSError as error:
        raise SignatureError(f"{path}: the public key cannot be read: {error.strerror}") from error
    except SignatureError as error:
        if _holds(public, "PRIVATE"):
            raise SignatureError(
                f"{path}: is a private key, which stays where it signs; take its public half, head-office.pub"
            ) from error
        raise SignatureError(f"{path}: is no public key of head office (Ed25519, PEM)") from error
    return public


def _holds(text: bytes, kind: str) -> bool:
    """Whether PEM text is marked as a key of a kind, "PUBLIC" or "PRIVATE"."""
    return f"BEGIN {kind} KEY-----".encode() in text


def signed_limits(path: Path, private: bytes) -> dict[str, str]:
    """Return the table [limits] of limits that head office signed with this key.

    Args:
        path: `limits.toml`, with its signature beside it, as `edge limits sign` leaves them.
        private: Head office's private key, PEM: the one that is going to sign the provisioning file.

    Raises:
        ProvisionError: One of the two cannot be read, or is no text.
        SignatureError: The limits are not signed with this key.
    """
    beside = path.with_name(f"{path.name}.sig")
    if not beside.exists():
        raise ProvisionError(f"{beside}: is missing: sign the limits first, `edge limits sign {path}`")
    limits, signature = content(path), content(beside)
    try:
        keys.verify(limits, signature, keys.public_of(private))
        return {"text": limits.decode(), "signature": base64.b64encode(signature).decode()}
    except SignatureError as error:
        raise SignatureError(f"{path}: {error}: sign the limits with the key that signs this file") from error
    except UnicodeDecodeError as error:
        raise ProvisionError(f"{path}: is not text in UTF-8") from error


def signed_text(text: str, name: str, private: bytes, now: datetime) -> str:
    """Return a file's text, signed, once it has no fault, has not expired, and names this key or none.

    Raises:
        ProvisionError: It has faults, has expired, or says that another key is head office's.
        SignatureError: Something follows a signature that is there.
    """
    document = parse(split(text, name)[0], name)
    expires = document.terminal.expires
    if now >= expires:
        raise ProvisionError(
            f"{name}: terminal.expires: it expired on {expires.date()}, and no terminal would take it; "
            f"make it anew, `edge provision new --template {name}`"
        )
    named = document.head_office.public_key.encode() if document.head_office else b""
    if named and keys.key_id(named) != keys.key_id(keys.public_of(private)):
        raise ProvisionError(
            f"{name}: head_office.public_key is {keys.key_id(named)}, and --key is "
            f"{keys.key_id(keys.public_of(private))}: a new terminal would refuse it; take the key that belongs to it"
        )
    return sign(text, private)


def unlike_signed(text: str, name: str, private: bytes) -> str:
    """Return what whoever signs a file again should know of the signature that it has; empty for nothing.

    Raises:
        SignatureError: Something follows the signature.
    """
    public = keys.public_of(private)
    _, key, _ = split(text, name)
    if not key:
        return ""
    if key != keys.key_id(public):
        return f"{name}: was signed by the key {key} before; look at what it says, `edge provision show {name}`"
    try:
        verify(text, [public], name)
    except SignatureError:
        return f"{name}: was changed after it was signed; look at what it says, `edge provision show {name}`"
    return ""


def write(path: Path, text: str) -> None:
    """Write a file as a whole, readable by its owner alone; a link stays one, and what it leads to is written.

    Raises:
        ProvisionError: It cannot be written; it is as before.
    """
    try:
        replace_file(path.resolve(), text.encode())
        path.chmod(0o600)
    except OSError as error:
        raise ProvisionError(f"{path}: cannot be written: {error.strerror}") from error
