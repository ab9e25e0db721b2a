"""`edge receipt`: read the receipts of verifications, without the terminal that made them."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from edge.access import receipt as receipts
from edge.access.receipt import Expected, Receipt, context_of, disagreements
from edge.app import reading
from edge.cli.options import json_option
from edge.cli.reports import emit
from edge.errors import EdgeError, SignatureError
from edge.values import SENTENCES


class ReceiptReport(Struct, frozen=True):
    """What `edge verify --purpose --json` and `edge receipt verify --json` print.

    Attributes:
        genuine: Whether the key's terminal stated it; null where no key was given.
        result: "verified" or "refused"; null where it is not genuine.
        reason: The stable code.
        sentence: The same for people.
        faults: In what it is not what was expected.
        receipt: Everything that it states.
        text: The receipt itself.
    """

    genuine: bool | None
    result: str | None
    reason: str
    sentence: str
    faults: tuple[str, ...]
    receipt: Receipt | None
    text: str


@click.group("receipt")
def group() -> None:
    """Read receipts of verifications; it needs no terminal, no network and no store.

    A receipt is a compact JWS (Ed25519) that the terminal's device key signed; `device.pub` is beside that key.
    """


@group.command("verify")
@click.argument("receipt")
@click.option(
    "--key", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The terminal's device.pub."
)
@click.option("--nonce", help="The nonce that was sent.")
@click.option("--purpose", help="The purpose that was named.")
@click.option("--amount", help="The amount that was sent; with --text, what the receipt's context must be of.")
@click.option("--text", help="The text that was sent.")
@click.option("--person", help="The person's handle.")
@click.option(
    "--portrait", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="The portrait's file, unchanged."
)
@click.option("--assurance", type=click.Choice(["passive", "active"]), help="The least that is wanted.")
@click.option("--within", "within_s", type=click.FloatRange(min=0), help="It must not be older than so many seconds.")
@click.option("--allow-replay", is_flag=True, help="Take one that was made before a replay, in a demo or a test.")
@json_option
def verify_command(
    receipt: str,
    key: Path,
    *,
    within_s: float | None,
    as_json: bool,
    **wanted: Any,  # noqa: ANN401 - options that become what is expected
) -> None:
    """Say whether RECEIPT, a file or the text itself, is the terminal's, and whether it is what was asked for.

    Whoever asked expects at least their own nonce, purpose, amount and text: without them any receipt will do.

    Exit code 0: genuine, as expected, and the person was verified; 1: genuine, and refused or not as expected;
    3: not genuine.
    """
    amount, text = wanted.pop("amount"), wanted.pop("text")
    expected = Expected(
        context=None if amount is None and text is None else context_of(amount or "", text or ""),
        not_before=None if within_s is None else time.time() - within_s,
        replay=wanted.pop("allow_replay"),
        portrait=_sha256(wanted.pop("portrait")),
        **wanted,
    )
    told = _checked(_text(receipt), reading.public_key(key), expected)
    if as_json:
        emit(told)
    else:
        click.echo(line(told))
    if not told.genuine:
        sys.exit(SignatureError.exit_code)
    sys.exit(0 if told.result == "verified" and not told.faults else 1)


def report(text: str, nonce: str) -> ReceiptReport:
    """Return what a receipt says that just came from the terminal's own socket; its signature is for others to check.

    Raises:
        EdgeError: The terminal answered something else than a receipt.
    """
    try:
        payload = text.split(".")[1]
        stated = receipts.read(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
    except (ValueError, IndexError, SignatureError) as error:
        raise EdgeError(f"the terminal answered something that is no receipt: {error}") from error
    return _report(text, stated, Expected(nonce=nonce, replay=True), genuine=None)


def line(told: ReceiptReport) -> str:
    """Return a report for people."""
    stated = told.receipt
    if stated is None:
        return f"not genuine: {told.sentence}"
    who = stated.person or (f"the portrait {stated.portrait[:12]}…" if stated.portrait else "nobody")
    parts = [f"{stated.result}: {told.sentence} ({who}, purpose {stated.purpose})"]
    if stated.result == "verified" and stated.fmr:
        parts.append(f"{stated.reached.liveness} liveness, 1 in {1 / stated.fmr:,.0f} strangers would pass")
    if stated.clock != "trusted":
        parts.append(f"its clock: {stated.clock}")
    if stated.note:
        parts.append(stated.note)
    parts += [f"NOT AS EXPECTED: {fault}" for fault in told.faults]
    return "; ".join(parts)


def _checked(text: str, public: bytes, expected: Expected) -> ReceiptReport:
    try:
        stated = reading.genuine(text, public)
    except SignatureError as error:
        return ReceiptReport(
            genuine=False, result=None, reason="not-genuine", sentence=str(error), faults=(), receipt=None, text=text
        )
    return _report(text, stated, expected, genuine=True)


def _report(text: str, stated: Receipt, expected: Expected, *, genuine: bool | None) -> ReceiptReport:
    return ReceiptReport(
        genuine=genuine,
        result=stated.result,
        reason=stated.reason,
        sentence=SENTENCES[stated.reason],
        faults=disagreements(stated, expected),
        receipt=stated,
        text=text,
    )


def _text(named: str) -> str:
    """Return the receipt: what is named, or what the file of this name holds."""
    if named.count(".") == 2 and named.startswith("eyJ"):
        return named
    try:
        return Path(named).read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise EdgeError(f"{named[:80]}: neither a receipt nor a file that can be read as one: {error}") from error


def _sha256(file: Path | None) -> str | None:
    return None if file is None else hashlib.sha256(file.read_bytes()).hexdigest()
