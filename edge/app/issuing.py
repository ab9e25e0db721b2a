"""Issues codes: signed, for one person, one door or purpose, and a while; and shows them as QR."""

from __future__ import annotations

import io
import secrets
from typing import TYPE_CHECKING

import segno

from edge import keys
from edge.access.code import KIND
from edge.app.durable import replace_file
from edge.errors import EdgeError, SignatureError
from edge.keys.tokens import sign_token

if TYPE_CHECKING:
    from pathlib import Path

    from edge.values import Handle

_NAME_BYTES = 16
_MODULE_PX = 8


def new_key(folder: Path, name: str) -> tuple[Path, Path]:
    """Make an issuer's key pair; returns the files of its private and public halves.

    Args:
        folder: Where to put them; made when it is missing.
        name: What the files are called.

    Raises:
        EdgeError: The name is none, a file is there already, or cannot be written.
    """
    if not name or not set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_"):
        raise EdgeError(f"{name!r} cannot name a key: use the letters a to z, digits, - and _")
    private, public = folder / f"{name}.key", folder / f"{name}.pub"
    for file in (private, public):
        if file.exists():
            raise EdgeError(f"{file} is there already, and a key is never replaced: choose another --name")
    made = keys.new_pair()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(private, made[0])
        private.chmod(0o600)
        replace_file(public, made[1])
        public.chmod(0o644)
    except OSError as error:
        raise EdgeError(f"{folder}: the key cannot be written: {error}") from error
    return private, public


def issue(private: Path, handle: Handle, *, door: str, purpose: str, begins: float, seconds: float) -> str:
    """Return a code: compact text, to be shown as QR.

    Args:
        private: The file of the issuer's private key.
        handle: Whom it names.
        door: For which door; empty for any door of the purpose.
        purpose: For what; empty for whatever that door is for.
        begins: From when it is valid, seconds since the epoch.
        seconds: For how long.

    Raises:
        SignatureError: The key cannot be read, or is none.
    """
    try:
        key = private.read_bytes()
    except OSError as error:
        raise SignatureError(f"{private}: the private key cannot be read: {error.strerror or error}") from error
    stated: dict[str, str | int] = {
        "sub": handle,
        "iat": int(begins),
        "exp": int(begins) + max(int(seconds), 1),
        "jti": secrets.token_urlsafe(_NAME_BYTES),
    }
    if door:
        stated["aud"] = door
    if purpose:
        stated["purpose"] = purpose
    return sign_token(stated, key, KIND)


def png(text: str) -> bytes:
    """Return a code as a picture, PNG."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=_MODULE_PX)
    return out.getvalue()


def blocks(text: str) -> str:
    """Return a code as lines of block characters, for a terminal."""
    out = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out, compact=True)
    return out.getvalue()
