"""Signed statements: what was stated comes back from its own key alone, and rubbish is refused in so many words."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import SignatureError
from edge.keys import new_pair, sign, verify
from edge.keys.tokens import LONGEST, read_token, sign_token, signer, thumbprint

PRIVATE, PUBLIC = new_pair()
_, ANOTHERS = new_pair()
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@given(st.dictionaries(st.text(max_size=20), JSON, max_size=4))
def test_what_was_stated_comes_back(payload: dict[str, object]) -> None:
    text = sign_token(payload, PRIVATE, "receipt+jwt")
    assert read_token(text, PUBLIC, "receipt+jwt") == payload
    assert signer(text) == thumbprint(PUBLIC)
    head, body, signature = text.split(".")
    verify(f"{head}.{body}".encode(), base64.urlsafe_b64decode(signature + "=="), PUBLIC)


@given(st.data())
def test_any_changed_character_is_refused(data: st.DataObject) -> None:
    text = sign_token({"person": "a" * 32, "amount": 12.5}, PRIVATE)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([one for one in ALPHABET + " =é" if one != text[place]]))
    with pytest.raises(SignatureError):
        read_token(text[:place] + other + text[place + 1 :], PUBLIC)


@given(
    st.text(max_size=200)
    | st.text(ALPHABET, max_size=200)
    | st.from_regex(r"\A[\w-]{0,60}\.[\w-]{0,60}\.[\w-]{0,90}\Z")
)
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(SignatureError):
        read_token(text, PUBLIC)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "EdDSA"},
        {"alg": "Ed25519", "crit": ["exp"]},
        {"alg": ["Ed25519"]},
        {},
        [],
        None,
        "Ed25519",
        {"alg": "Ed25519", "b64": False, "crit": ["b64"]},
        {"alg": "Ed25519"},
        {"alg": "Ed25519", "kid": 7},
    ],
)
def test_a_header_that_asks_for_something_else_is_refused(header: object) -> None:
    signed = f"{encoded(json.dumps(header).encode())}.{encoded(b'{}')}"
    with pytest.raises(SignatureError):
        read_token(f"{signed}.{encoded(sign(signed.encode(), PRIVATE))}", PUBLIC)


@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b"", b"{", b"\xff", b"[" * 3000])
def test_a_body_that_states_nothing_is_refused(body: bytes) -> None:
    head = encoded(json.dumps({"alg": "Ed25519", "typ": "JWT"}).encode())
    signed = f"{head}.{encoded(body)}"
    with pytest.raises(SignatureError, match="not a signed statement"):
        read_token(f"{signed}.{encoded(sign(signed.encode(), PRIVATE))}", PUBLIC)


def test_another_key_and_another_sort_are_refused() -> None:
    text = sign_token({"a": 1}, PRIVATE, "receipt+jwt")
    with pytest.raises(SignatureError, match="not this key's"):
        read_token(text, ANOTHERS, "receipt+jwt")
    with pytest.raises(SignatureError, match="another sort"):
        read_token(text, PUBLIC, "code+jwt")


def test_what_is_no_ed25519_key_is_told_so() -> None:
    other = Ed448PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for key in (b"", b"text", PUBLIC, other):
        with pytest.raises(SignatureError, match="not a private"):
            sign_token({}, key)
    for key in (b"", b"text", PRIVATE, other):
        with pytest.raises(SignatureError, match="not a public"):
            read_token("a.b.c", key)
    for text in ("", "e30.e30.e30", "bnVsbA.e30.e30", "a.b"):
        with pytest.raises(SignatureError):
            signer(text)


def test_a_statement_longer_than_a_reader_takes_is_not_made() -> None:
    with pytest.raises(ValueError, match="at most"):
        sign_token({"text": "x" * LONGEST}, PRIVATE)
    with pytest.raises(SignatureError, match="at most"):
        read_token("a" * (LONGEST + 1), PUBLIC)
