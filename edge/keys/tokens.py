"""Signed statements as text: compact JSON Web Signatures (RFC 7515) by Ed25519 (RFC 9864), and nothing else of JOSE.

One algorithm is accepted, whatever a header says, and only the key that the reader names: a header's own key is never
looked at, and a header that brings one, or anything else beside its algorithm, the name of the key and its sort, is
refused. A statement has exactly one text: other spellings of its base64 and names that are given twice are refused.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OKPKey

from edge.errors import SignatureError

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM = "Ed25519"
LONGEST = 8192
"""The most characters of a statement: more than any of ours has, and little to parse for whoever sends rubbish."""

_HEADER = frozenset({"alg", "kid", "typ"})
_REGISTRY = jws.JWSRegistry(algorithms=[ALGORITHM])


def sign_token(payload: Mapping[str, Any], private: bytes, kind: str = "JWT") -> str:
    """Return a signed statement; its header names the key by its thumbprint (RFC 7638).

    Args:
        payload: What is stated; must become JSON.
        private: The private key, PEM.
        kind: What sort of statement it is, the header's `typ`: one sort never passes for another.

    Raises:
        SignatureError: This is no private Ed25519 key.
        ValueError: The statement would be longer than any reader takes.
    """
    key = _key(private, "private")
    header = {"alg": ALGORITHM, "kid": key.thumbprint(), "typ": kind}
    plain = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    text = jws.serialize_compact(header, plain, key, registry=_REGISTRY)
    if len(text) > LONGEST:
        raise ValueError(f"a signed statement of {len(text)} characters; at most {LONGEST} can be read")
    return text


def read_token(text: str, public: bytes, kind: str = "JWT") -> dict[str, Any]:
    """Return what a statement states, once its signature is proven.

    Args:
        text: The statement, from anybody.
        public: The public key whose signature it must bear, PEM.
        kind: What sort of statement it must be.

    Raises:
        SignatureError: It is none, of another sort, or not signed by this key.
    """
    key = _key(public, "public")
    header = _members(_form(text)[0], "header")
    if header.get("alg") != ALGORITHM or not {"alg"} <= set(header) <= _HEADER:
        raise SignatureError("not a signed statement: its header says something else than it may")
    try:
        read = jws.deserialize_compact(text, key, registry=_REGISTRY)
    except BadSignatureError as error:
        raise SignatureError("the signature is not this key's") from error
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise SignatureError(f"not a signed statement: {_words(error)}") from error
    if header.get("typ") != kind:
        raise SignatureError(f"a signed statement of another sort; {kind} is needed")
    return _members(read.payload, "text")


def signer(text: str) -> str:
    """Return the thumbprint of the key that a statement says it is signed with; nothing is proven by it.

    Raises:
        SignatureError: It is no statement, or names no key.
    """
    named = _members(_form(text)[0], "header").get("kid")
    if not isinstance(named, str):
        raise SignatureError("not a signed statement: it names no key")
    return named


def thumbprint(public: bytes) -> str:
    """Return the name of a key as the header of its statements has it (RFC 7638).

    Raises:
        SignatureError: It is no public Ed25519 key, PEM.
    """
    return _key(public, "public").thumbprint()


def _members(written: bytes, part: str) -> dict[str, Any]:
    """Return the names and values of a part; one name that is given twice means two things to two readers."""
    try:
        read = json.loads(written.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise SignatureError(f"not a signed statement: {_words(error)}") from error
    if not isinstance(read, dict):
        raise SignatureError(f"not a signed statement: its {part} states no names and values")
    return read


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name is given twice")
    return read


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _key(pem: bytes, half: str) -> OKPKey:
    try:
        key = OKPKey.import_key(pem)
    except (JoseError, ValueError, TypeError) as error:
        raise SignatureError(f"not a {half} key in PEM: {_words(error)}") from error
    if key.curve_name != "Ed25519" or key.is_private != (half == "private"):
        raise SignatureError(f"not a {half} Ed25519 key in PEM")
    return key


def _form(text: str) -> list[bytes]:
    """Return the three parts decoded."""
    if len(text) > LONGEST:
        raise SignatureError(f"not a signed statement: {len(text)} characters; at most {LONGEST} are read")
    try:
        written = text.encode("ascii").split(b".")
        parts = [base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)) for part in written]
    except ValueError as error:
        raise SignatureError("not a signed statement: not three parts in base64") from error
    if len(parts) != 3 or [base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts] != written:
        raise SignatureError("not a signed statement: not three parts in base64")
    return parts


def _words(error: Exception) -> str:
    return ascii(" ".join(str(error).split())[:80])
