"""Who signed a provisioning file: its last line is a comment that bears the signature of all that stands before. Pure.

What is signed is the text with Unix line ends and without a byte order mark, so that a file survives an editor or a
mail program of another system; what stands behind the signature is not signed, and there must be nothing.
"""

from __future__ import annotations

import base64
import re
from binascii import Error as NoBase64
from typing import TYPE_CHECKING

from edge import keys
from edge.errors import ProvisionError, SignatureError

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 1 << 20
"""The most bytes of a provisioning file."""
_LINE = re.compile(r"^# signature: ([0-9a-f]{16}) ([A-Za-z0-9+/]{86}==)$")


AGAIN = "copy the file to the card again"


def normalised(content: bytes, name: str, again: str = AGAIN) -> str:
    """Return the text of a file, with Unix line ends and without a byte order mark.

    Args:
        content: The file.
        name: What its faults are reported under.
        again: What to do where it is none.

    Raises:
        ProvisionError: It is empty, too long, no text in UTF-8, or was cut short while it was written.
    """
    if not content.strip(b"\r\n\t "):
        raise ProvisionError(f"{name}: is empty ({len(content)} bytes): {again}")
    if len(content) > LONGEST:
        raise ProvisionError(f"{name}: is longer than {LONGEST} bytes, which no such file is")
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise ProvisionError(f"{name}: is text in UTF-16; save it as UTF-8")
    if b"\0" in content:
        raise ProvisionError(f"{name}: holds zero bytes: it is no text, or was cut short while it was copied: {again}")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ProvisionError(f"{name}:{line}: is not text in UTF-8; save it as UTF-8") from error


def split(text: str, name: str) -> tuple[str, str, bytes]:
    """Return what is signed, the key that is said to have signed it, and the signature; the last two empty for none.

    Args:
        text: As `normalised` returns it.
        name: What its faults are reported under.

    Raises:
        SignatureError: A line looks like a signature and is none, or something follows it.
    """
    lines = text.rstrip("\n\t ").split("\n")
    for number, line in enumerate(lines[:-1], start=1):
        if _LINE.match(line):
            raise SignatureError(f"{name}:{number}: something follows the signature; take it out, or sign again")
    if not lines[-1].startswith("# signature:"):
        return text, "", b""
    found = _LINE.match(lines[-1])
    if not found:
        raise SignatureError(f"{name}:{len(lines)}: the signature is cut short or changed; copy the file again")
    try:
        signature = base64.b64decode(found.group(2), validate=True)
    except NoBase64 as error:
        raise SignatureError(f"{name}:{len(lines)}: the signature is no base64; copy the file again") from error
    return "".join(f"{line}\n" for line in lines[:-1]), found.group(1), signature


def sign(text: str, private: bytes) -> str:
    """Return the text with a signature as its last line, in the place of one that it had.

    Args:
        text: As `normalised` returns it.
        private: Head office's private key, PEM.

    Raises:
        SignatureError: This is no private Ed25519 key, or something follows a signature that is there.
    """
    body = split(text, "the file")[0].rstrip("\n") + "\n"
    signature = base64.b64encode(keys.sign(body.encode(), private)).decode()
    return f"{body}# signature: {keys.key_id(keys.public_of(private))} {signature}\n"


def verify(text: str, trusted: Sequence[bytes], name: str) -> bytes:
    """Return the key that signed a file.

    Args:
        text: As `normalised` returns it.
        trusted: The public keys, PEM, of which one must have signed it.
        name: What its faults are reported under.

    Raises:
        SignatureError: None of them has, or there is no signature.
    """
    body, key, signature = split(text, name)
    ids = {keys.key_id(public): public for public in trusted}
    if not key:
        raise SignatureError(f"{name}: is not signed: head office signs it with `edge provision sign`")
    if key not in ids:
        known = " and ".join(ids) or "none"
        raise SignatureError(f"{name}: is signed by the key {key}, and what counts here is {known}")
    try:
        keys.verify(body.encode(), signature, ids[key])
    except SignatureError as error:
        raise SignatureError(
            f"{name}: was changed after it was signed: get it from head office again, or have it signed again"
        ) from error
    return ids[key]
