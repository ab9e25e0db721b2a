"""What is sealed opens under its key, about what it was sealed about, unchanged, and not otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import keys
from edge.errors import SealError, SignatureError

KEY = bytes(range(32))


@given(st.binary(max_size=300), st.binary(max_size=30))
def test_what_was_sealed_opens(plain: bytes, about: bytes) -> None:
    sealed = keys.seal(KEY, plain, about)
    assert keys.unseal(KEY, sealed, about) == plain
    assert len(sealed) == len(plain) + 28
    if len(plain) > 3:
        assert plain not in sealed


def test_no_two_sealings_are_alike() -> None:
    assert keys.seal(KEY, b"the same", b"") != keys.seal(KEY, b"the same", b"")


def test_every_flipped_bit_is_noticed() -> None:
    sealed = keys.seal(KEY, b"secret", b"Ada")
    for place in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(SealError):
            keys.unseal(KEY, bytes(changed), b"Ada")


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(27), bytes(100)])
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(SealError):
        keys.unseal(KEY, sealed, b"")


def test_another_key_or_another_subject_does_not_open() -> None:
    sealed = keys.seal(KEY, b"secret", b"Ada")
    with pytest.raises(SealError):
        keys.unseal(keys.new_key(), sealed, b"Ada")
    with pytest.raises(SealError):
        keys.unseal(KEY, sealed, b"Ben")


def test_a_public_key_is_its_private_keys_and_has_a_name() -> None:
    private, public = keys.new_pair()
    assert keys.public_of(private) == public
    assert len(keys.key_id(public)) == 16
    assert keys.key_id(public) != keys.key_id(keys.new_pair()[1])
    with pytest.raises(SignatureError):
        keys.public_of(public)
    with pytest.raises(SignatureError):
        keys.key_id(private)
