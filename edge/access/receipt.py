"""Receipts: what the terminal states about one verification (1:1). Pure: values in, values out; signed elsewhere.

A receipt says what was asked, what was found, and how sure that is; a refusal is a receipt, too. It names a person by
the journal's handle, a portrait by its hash, and what the verification was for by a hash: whoever has the amount and
the text can check them, nobody else learns them.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from edge.errors import SignatureError
from edge.values import Reason
from edge.values.assurance import ASSURANCES, Assurance, Confirmation

if TYPE_CHECKING:
    from collections.abc import Iterator

KIND = "receipt+jwt"
"""The sort of signed statement; no other sort passes for a receipt."""

VERSION: Final = 1
UNMEASURED = (
    "the portrait is one picture, and pictures of documents were not measured: "
    "the false-match rate is that of photographs of faces"
)
"""What every receipt of a comparison with a portrait says."""

Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Word = Annotated[str, Meta(max_length=200)]
Key = Annotated[str, Meta(min_length=8, max_length=128, pattern=r"^[!-~]+$")]
"""A nonce: 8 to 128 printable ASCII characters, chosen by whoever asks, never twice."""


class Reached(Struct, frozen=True, forbid_unknown_fields=True):
    """How sure the answer is.

    Attributes:
        factors: What was shown and found right; empty after a refusal.
        liveness: How the face proved to be alive; "none" after a refusal.
        challenge: Whether movements drawn at random were shown.
        confirmed: How the person confirmed what it is for.
    """

    factors: tuple[Literal["face"], ...] = ()
    liveness: Literal["none", "passive", "active"] = "none"
    challenge: bool = False
    confirmed: Confirmation = "none"


class Receipt(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the terminal states.

    Attributes:
        version: Of this form.
        id: The receipt's own number, random.
        result: Whether it is the person.
        reason: `VERIFIED`, or why not.
        purpose: What for.
        nonce: Whoever asked chose it; no other receipt of this terminal has it.
        context: SHA-256 of amount and text (`context_of`).
        person: Handle of the person who was claimed; None where nobody is known by what was claimed.
        portrait: SHA-256 of the portrait that the face was compared with, as whoever asked states it.
        asked: The assurance that was asked for, the purpose's own included.
        reached: The one that was reached.
        space: The embedding space of the comparison.
        fmr: The false-match rate of the threshold over all templates; None where nothing was compared.
        at: When, seconds since the epoch.
        clock: Whether the wall clock is believed: "trusted", or why not.
        terminal: The terminal's name; the key that signs is in the header.
        live: Whether a real camera was watched; False before a replay.
        note: What a reader must know besides.
    """

    version: Literal[1] = VERSION
    id: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    result: Literal["verified", "refused"]
    reason: Reason
    purpose: Word
    nonce: Key
    context: Hash
    person: Word | None = None
    portrait: Hash | None = None
    asked: Assurance
    reached: Reached = Reached()
    space: Word
    fmr: Annotated[float, Meta(gt=0, le=1)] | None = None
    at: float
    clock: Word
    terminal: Word
    live: bool
    note: Word = ""


def context_of(amount: str, text: str) -> str:
    """Return the hash that stands for what a verification is for: SHA-256 of a JSON array of amount and text."""
    plain = json.dumps([amount, text], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode("ascii")).hexdigest()


def about(receipt: Receipt, handle: str) -> Receipt:
    """Return the same receipt about an enrolled person."""
    return msgspec.structs.replace(receipt, person=handle)


def claims(receipt: Receipt) -> dict[str, Any]:
    """Return what is signed.

    Raises:
        SignatureError: The receipt contradicts itself.
    """
    fault = next(contradictions(receipt), None)
    if fault is not None:
        raise SignatureError(f"not a receipt: {fault}")
    found: dict[str, Any] = msgspec.to_builtins(receipt)
    return found


def read(payload: dict[str, Any]) -> Receipt:
    """Return the receipt that a signed payload is.

    Raises:
        SignatureError: It is none, or one that contradicts itself.
    """
    try:
        receipt = msgspec.convert(payload, Receipt)
    except msgspec.ValidationError as error:
        raise SignatureError(f"not a receipt of version {VERSION}: {error}") from error
    fault = next(contradictions(receipt), None)
    if fault is not None:
        raise SignatureError(f"not a receipt: {fault}")
    return receipt


def contradictions(receipt: Receipt) -> Iterator[str]:
    """Yield what a receipt says that cannot be: no terminal signs it, and no reader believes it."""
    verified, reached = receipt.result == "verified", receipt.reached
    if verified != (receipt.reason is Reason.VERIFIED):
        yield f'its result is "{receipt.result}" and its reason "{receipt.reason}"'
    if receipt.person is not None and receipt.portrait is not None:
        yield "it is about a person and about a portrait"
    if not verified:
        if reached != Reached():
            yield "it is a refusal, and claims an assurance"
        return
    if receipt.person is None and receipt.portrait is None:
        yield "it verifies nobody"
    if reached.factors != ("face",) or receipt.fmr is None:
        yield "it verifies without a face"
    if reached.liveness == "none" or ASSURANCES.index(reached.liveness) > ASSURANCES.index(receipt.asked):
        yield f'it was to be {receipt.asked}, and is "{reached.liveness}"'
    if (reached.liveness == "active") != reached.challenge:
        yield "active is what a challenge proves"
    if receipt.portrait is not None and not receipt.note:
        yield "it is about a portrait, and does not say what that was not measured for"


class Expected(Struct, frozen=True, kw_only=True):
    """What a reader expects of a receipt; what is None is not looked at.

    Attributes:
        nonce: That was sent.
        purpose: That was named.
        context: Hash of amount and text.
        person: Handle of the person.
        portrait: SHA-256 of the portrait.
        assurance: The least.
        not_before: The earliest moment, seconds since the epoch.
        replay: Whether one made before a replay is taken.
    """

    nonce: str | None = None
    purpose: str | None = None
    context: str | None = None
    person: str | None = None
    portrait: str | None = None
    assurance: Assurance | None = None
    not_before: float | None = None
    replay: bool = False


def disagreements(receipt: Receipt, expected: Expected) -> tuple[str, ...]:
    """Return each point in which a receipt is not the one that was expected; empty when it is."""
    found = [
        f"its {name} is {getattr(receipt, name)!a}, and {wanted!a} was expected"
        for name in ("nonce", "purpose", "context", "person", "portrait")
        if (wanted := getattr(expected, name)) is not None and getattr(receipt, name) != wanted
    ]
    if expected.assurance == "active" and receipt.reached.liveness != "active":
        found.append(f'its assurance is "{receipt.reached.liveness}", and "active" was expected')
    if expected.not_before is not None and not receipt.at >= expected.not_before:
        found.append("it is older than was expected")
    if not (receipt.live or expected.replay):
        found.append("it was made before a replay, not before a real camera")
    return tuple(found)
