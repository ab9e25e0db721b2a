"""Ed25519: a signature fits one message and one key, and whatever is no key is told so."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import SignatureError, UnsafeError
from edge.keys import new_pair, sign, verify

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE, PUBLIC = new_pair()
_, ANOTHERS = new_pair()
TORN = b"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEAB7Yz\n-----END PUBLIC KEY-----\n"


@given(st.binary(max_size=300))
def test_what_was_signed_verifies(message: bytes) -> None:
    signature = sign(message, PRIVATE)
    assert len(signature) == 64
    verify(message, signature, PUBLIC)


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_changed_bit_of_message_or_signature_does_not(message: bytes, data: st.DataObject) -> None:
    signature = sign(message, PRIVATE)
    changed = bytearray(message + signature)
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SignatureError, match="not this key's"):
        verify(bytes(changed[: len(message)]), bytes(changed[len(message) :]), PUBLIC)


@pytest.mark.parametrize("signature", [b"", b"x" * 63, b"x" * 64, b"x" * 65])
def test_what_is_no_signature_does_not(signature: bytes) -> None:
    with pytest.raises(SignatureError, match="not this key's"):
        verify(b"limits", signature, PUBLIC)


def test_the_signature_of_another_key_does_not() -> None:
    with pytest.raises(SignatureError, match="not this key's"):
        verify(b"limits", sign(b"limits", PRIVATE), ANOTHERS)


@pytest.mark.parametrize("key", [b"", b"text", PRIVATE, TORN])
def test_what_is_no_public_key_is_told_so(key: bytes) -> None:
    with pytest.raises(SignatureError, match="not a public key"):
        verify(b"limits", bytes(64), key)


@pytest.mark.parametrize("key", [b"", b"text", PUBLIC])
def test_what_is_no_private_key_is_told_so(key: bytes) -> None:
    with pytest.raises(SignatureError, match="not a private key"):
        sign(b"limits", key)
    assert issubclass(SignatureError, UnsafeError)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_openssl_makes_and_checks_the_same_keys_and_signatures(tmp_path: Path) -> None:
    def openssl(*words: str | Path) -> None:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    key, public, text, made = (tmp_path / name for name in ("key", "pub", "text", "sig"))
    text.write_bytes(b"limits")
    openssl("genpkey", "-algorithm", "ed25519", "-out", key)
    openssl("pkey", "-in", key, "-pubout", "-out", public)
    openssl("pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", text, "-out", made)
    verify(b"limits", made.read_bytes(), public.read_bytes())
    made.write_bytes(sign(b"limits", key.read_bytes()))
    openssl("pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", text, "-sigfile", made)
    openssl("genpkey", "-algorithm", "x25519", "-out", key)
    with pytest.raises(SignatureError, match="another kind"):
        sign(b"limits", key.read_bytes())
    openssl("pkey", "-in", key, "-pubout", "-out", public)
    with pytest.raises(SignatureError, match="another kind"):
        verify(b"limits", bytes(64), public.read_bytes())
