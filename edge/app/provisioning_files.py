"""Provisioning files at head office: read, signed, and written for their owner alone."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from edge import keys
from edge.app.durable import replace_file
from edge.errors import ProvisionError, SignatureError
from edge.provision import parse
from edge.provision.signature import LONGEST, normalised, sign, split

if TYPE_CHECKING:
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


def text_of(path: Path) -> str:
    """Return a file's text, normalised.

    Raises:
        ProvisionError: It cannot be read, or is no text.
    """
    return normalised(content(path), str(path))


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
        raise SignatureError(f"{path}: {error}") from error
    return private


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


def signed_text(text: str, name: str, private: bytes) -> str:
    """Return a file's text, signed, once it has no fault and names this key or none.

    Raises:
        ProvisionError: It has faults, or says that another key is head office's.
        SignatureError: Something follows a signature that is there.
    """
    document = parse(split(text, name)[0], name)
    named = document.head_office.public_key.encode() if document.head_office else b""
    if named and keys.key_id(named) != keys.key_id(keys.public_of(private)):
        raise ProvisionError(
            f"{name}: head_office.public_key is {keys.key_id(named)}, and --key is "
            f"{keys.key_id(keys.public_of(private))}: a new terminal would refuse it; take the key that belongs to it"
        )
    return sign(text, private)


def write(path: Path, text: str) -> None:
    """Write a file as a whole, readable by its owner alone.

    Raises:
        ProvisionError: It cannot be written; it is as before.
    """
    try:
        replace_file(path, text.encode())
        path.chmod(0o600)
    except OSError as error:
        raise ProvisionError(f"{path}: cannot be written: {error.strerror}") from error
