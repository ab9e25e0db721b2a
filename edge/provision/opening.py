"""What a file is worth: its text, its signature and its faults, in one step."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.errors import SignatureError
from edge.provision import signature
from edge.provision.document import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.provision.tables import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file that is what head office signed.

    Attributes:
        document: What it says.
        digest: SHA-256 of its normalised text, hexadecimal.
        public: The key that signed it, PEM.
        first_use: Whether nobody was trusted before, and the key is the one that the file itself names: pin it, and
            say so.
        names_holder: Whether the file says who keeps the wrapping key (`keys.holder`); else the terminal chooses.
    """

    document: Document
    digest: str
    public: bytes
    first_use: bool
    names_holder: bool = False


def opened(content: bytes, name: str, trusted: Sequence[bytes]) -> Opened:
    """Return what a signed file says.

    Args:
        content: The file.
        name: What its faults are reported under.
        trusted: The public keys, PEM, of which one must have signed it; with none, the key that it names itself
            (`head_office.public_key`) must have.

    Raises:
        ProvisionError: It has faults; all of them are in the message.
        SignatureError: It is not signed, not by a trusted key, or was changed since.
    """
    text = signature.normalised(content, name)
    digest = hashlib.sha256(text.encode()).hexdigest()
    body = signature.split(text, name)[0]
    if trusted:
        public = signature.verify(text, trusted, name)  # before anything in it is looked at
    document = parse(body, name)
    if not trusted:
        named = document.head_office.public_key if document.head_office else ""
        if not named:
            raise SignatureError(
                f"{name}: no key is trusted here yet, and the file names none in head_office.public_key: "
                f"make it with `edge provision new --key`"
            )
        public = signature.verify(text, [named.encode()], name)
    chosen = "holder" in tomllib.loads(body).get("keys", {})
    return Opened(document=document, digest=digest, public=public, first_use=not trusted, names_holder=chosen)
