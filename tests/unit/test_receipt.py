"""Receipts: whoever changes anything of one has none, and none says what cannot be."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge import keys
from edge.access.receipt import (
    KIND,
    UNMEASURED,
    Expected,
    Reached,
    Receipt,
    claims,
    context_of,
    contradictions,
    disagreements,
)
from edge.access.receipt import read as read_claims
from edge.errors import SignatureError
from edge.keys.tokens import sign_token
from edge.values import Reason
from tests.unit.verifying_site import PRIVATE, read

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTEXT = context_of("12.50", "Rent")
PAID = Receipt(
    id="0" * 32,
    result="verified",
    reason=Reason.VERIFIED,
    purpose="payment",
    nonce="nonce-0001",
    context=CONTEXT,
    person="h-ann",
    asked="active",
    reached=Reached(("face",), "active", challenge=True, confirmed="keypad"),
    space="toy",
    fmr=1e-5,
    at=1_800_000_000.0,
    clock="trusted",
    terminal="desk 3",
    live=True,
)
REFUSED = replace(PAID, result="refused", reason=Reason.UNKNOWN, reached=Reached())
PORTRAYED = replace(PAID, person=None, portrait="c" * 64, note=UNMEASURED)
SIGNED = sign_token(claims(PAID), PRIVATE, KIND)


@pytest.mark.parametrize("receipt", [PAID, REFUSED, PORTRAYED, replace(REFUSED, person=None, fmr=None)])
def test_what_was_stated_is_what_is_read(receipt: Receipt) -> None:
    assert read(sign_token(claims(receipt), PRIVATE, KIND)) == receipt


@given(st.integers(0, len(SIGNED) - 1), st.characters(codec="utf-8"))
def test_a_receipt_with_any_letter_changed_is_none(place: int, letter: str) -> None:
    changed = SIGNED[:place] + letter + SIGNED[place + 1 :]
    if changed == SIGNED:
        assert read(changed) == PAID
        return
    with pytest.raises(SignatureError):
        read(changed)


@given(st.integers(0, len(SIGNED)), st.integers(0, len(SIGNED)), st.text(max_size=3))
def test_a_receipt_cut_or_prolonged_anywhere_is_none(start: int, end: int, between: str) -> None:
    changed = SIGNED[:start] + between + SIGNED[end:]
    if changed == SIGNED:
        return
    with pytest.raises(SignatureError):
        read(changed)


def forged(payload: Mapping[str, Any]) -> str:
    """The same signature under other claims."""
    head, _, signature = SIGNED.split(".")
    body = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


@given(st.sampled_from(sorted(claims(PAID))), st.none() | st.booleans() | st.integers() | st.text(max_size=10))
def test_no_claim_can_be_changed(name: str, value: object) -> None:
    with pytest.raises(SignatureError):
        read(forged(claims(PAID) | {name: value}))


def test_a_receipt_of_another_key_or_of_another_sort_is_none() -> None:
    private, _ = keys.new_pair()
    with pytest.raises(SignatureError, match="not this key's"):
        read(sign_token(claims(PAID), private, KIND))
    with pytest.raises(SignatureError, match="another sort"):
        read(sign_token(claims(PAID), PRIVATE, "JWT"))


@pytest.mark.parametrize(
    "wrong",
    [
        replace(PAID, result="refused"),
        replace(PAID, reason=Reason.UNKNOWN),
        replace(PAID, person=None),
        replace(PAID, portrait="c" * 64, note=UNMEASURED),
        replace(PAID, fmr=None),
        replace(PAID, reached=Reached()),
        replace(PAID, reached=Reached(("face",), "passive", confirmed="keypad")),
        replace(PAID, reached=Reached(("face",), "active", confirmed="keypad")),
        replace(REFUSED, reached=PAID.reached),
        replace(PORTRAYED, note=""),
    ],
)
def test_what_cannot_be_is_neither_signed_nor_read(wrong: Receipt) -> None:
    assert list(contradictions(wrong))
    with pytest.raises(SignatureError, match="not a receipt"):
        claims(wrong)
    with pytest.raises(SignatureError, match="not a receipt"):
        read_claims(msgspec.to_builtins(wrong))


@pytest.mark.parametrize(
    "changes",
    [{"more": 1}, {"version": 2}, {"nonce": "short"}, {"nonce": "with blank"}, {"context": "A" * 64}, {"fmr": 0}],
)
def test_a_payload_that_is_no_receipt_is_refused_though_it_is_signed(changes: dict[str, Any]) -> None:
    with pytest.raises(SignatureError, match="not a receipt"):
        read(sign_token(claims(PAID) | changes, PRIVATE, KIND))


def test_the_context_is_only_a_hash_and_tells_amount_and_text_apart() -> None:
    assert "Rent" not in base64.urlsafe_b64decode(SIGNED.split(".")[1] + "==").decode()
    assert len({context_of("1", "2"), context_of("12", ""), context_of("", "12"), context_of("2", "1")}) == 4


@pytest.mark.parametrize(
    ("expected", "word"),
    [
        (Expected(nonce="nonce-0002"), "nonce"),
        (Expected(purpose="desk"), "purpose"),
        (Expected(context=context_of("99.00", "Rent")), "context"),
        (Expected(person="h-bob"), "person"),
        (Expected(portrait="d" * 64), "portrait"),
        (Expected(not_before=1_900_000_000.0), "older"),
    ],
)
def test_a_receipt_that_is_for_something_else_says_so(expected: Expected, word: str) -> None:
    (fault,) = disagreements(PAID, expected)
    assert word in fault


def test_a_receipt_that_is_as_expected_says_nothing() -> None:
    wanted = Expected(nonce="nonce-0001", purpose="payment", context=CONTEXT, person="h-ann", assurance="active")
    assert disagreements(PAID, wanted) == ()
    (fault,) = disagreements(replace(PAID, reached=Reached(("face",), "passive")), wanted)
    assert '"active" was expected' in fault


def test_s11_a_receipt_made_before_a_replay_is_taken_only_where_that_is_said() -> None:
    replayed = replace(PAID, live=False)
    (fault,) = disagreements(replayed, Expected())
    assert "replay" in fault
    assert disagreements(replayed, Expected(replay=True)) == ()
