"""Fuzzes the terminal's socket and its receipts: `python -m tests.bench.fuzz_receipts --cases 100000 --seed 1`.

A finding is a receipt that is believed though it is not the one that was signed, an error that is none of the
product's own, an answer of the socket that is none, or a socket that no longer answers. The exit code is 1 then.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.access.receipt import KIND, Reached, Receipt, claims, context_of
from edge.app.api import Api
from edge.app.reading import genuine
from edge.errors import LinkError, SignatureError
from edge.keys.tokens import sign_token
from edge.link.messages import Rejected
from edge.link.verification import Answered, encode, to_caller, to_terminal, verify
from edge.values import Reason, Verdict
from tests.unit.verifying_site import PRIVATE, PUBLIC, Bank, portrait, question

if TYPE_CHECKING:
    from collections.abc import Callable

    Case = Callable[[random.Random], str]

PAID = Receipt(
    id="0" * 32,
    result="verified",
    reason=Reason.VERIFIED,
    purpose="payment",
    nonce="nonce-0001",
    context=context_of("12.50", "Rent"),
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
SIGNED = sign_token(claims(PAID), PRIVATE, KIND)
QUESTIONS = [
    encode(question(purpose="payment", amount="12.50", text="Rent", assurance="active")),
    encode(question(portrait=portrait())),
    encode(question(handle="0" * 32)),
]
_SOCKET_SHARE = 50
"""One case of so many is a whole conversation with a socket."""


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Change, cut, repeat, swap or insert some bytes."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(made) + 1)
        end = min(len(made), start + chance.randint(0, 12))
        kind = chance.randrange(5)
        if kind == 0 and start < len(made):
            made[start] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del made[start:end]
        elif kind == 2:
            made[start:start] = made[start:end] * chance.randint(1, 20)
        elif kind == 3:
            made[start:start] = chance.choice(
                [b"\0", b"\xff", b"=", b".", b'"', b"{", b"1e999", b"NaN", b"\\ud800", b" "]
            )
        else:
            made[start:end] = chance.randbytes(end - start)
    return bytes(made)


def asked(chance: random.Random) -> bytes:
    """A question that is well formed, with words that nobody would choose."""
    words = [
        "",
        "\0",
        "'; DROP TABLE person; --",
        "$(reboot)",
        "\u202e",
        "\x1b[2J",
        "%s%n",
        "../../etc",
        "\U0001f600" * 40,
    ]
    who = chance.choice([{"person": chance.choice(["ann", "bob", *words[2:]])}, {"handle": chance.choice(words[2:])}])
    return encode(
        question(
            purpose=chance.choice(["desk", "payment", "vault", *words[2:4]]),
            amount=chance.choice(["", "0", "12.50", "999999999999.9999"]),
            text=chance.choice(words),
            assurance=chance.choice(["passive", "active"]),
            **who,
        )
    )


def receipt_case(chance: random.Random) -> str:
    """A receipt whose letters were changed."""
    text = mutated(SIGNED.encode(), chance).decode("latin-1")
    return judged(text, {SIGNED})


def header_case(chance: random.Random) -> str:
    """A receipt whose header plays games with whoever reads it."""
    head: dict[str, Any] = {"alg": "Ed25519", "typ": KIND}
    games: list[dict[str, Any]] = [
        {"alg": "none"}, {"alg": "None"}, {"alg": "HS256"}, {"alg": "EdDSA"}, {"alg": "RS256"}, {"alg": ["Ed25519"]},
        {"typ": "JWT"}, {"typ": None}, {"kid": "0"}, {"crit": ["exp"], "exp": 0}, {"crit": []}, {"b64": False},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}}, {"jku": "http://x/"}, {"x5c": ["A"]}, {"zip": "DEF"},
    ]  # fmt: skip
    for game in chance.sample(games, chance.randint(1, 3)):
        head |= game
    body = claims(PAID) | chance.choice([{}, {"nonce": "nonce-0002"}, {"person": "h-bob"}, {"fmr": 1e-9}])
    parts = [part(head), chance.choice([part(body), SIGNED.split(".")[1]])]
    signing = ".".join(parts).encode()
    signatures = [
        SIGNED.split(".")[2],
        "",
        spelled(hmac.digest(PUBLIC, signing, hashlib.sha256)),
        spelled(bytes(64)),
        spelled(chance.randbytes(64)),
    ]
    return judged(".".join([*parts, chance.choice(signatures)]), {SIGNED})


def datagram_case(chance: random.Random) -> str:
    """A question whose bytes were changed: none, or one that can be written down and read again."""
    data = mutated(chance.choice(QUESTIONS), chance)
    try:
        read = to_terminal(data)
    except LinkError:
        return "refused"
    again = to_terminal(encode(read))
    assert again == read
    assert sum((bool(read.person), bool(read.handle), read.portrait is not None)) == 1
    assert not read.amount or 0 <= float(read.amount) < 1e13
    return "a question all the same"


def judged(text: str, known: set[str]) -> str:
    """Say what becomes of a text that claims to be a receipt."""
    try:
        genuine(text, PUBLIC)
    except SignatureError:
        return "refused"
    assert text.strip() in known, f"believed: {text!r}"
    return "unchanged"


def conversation_case(path: Path, bank: Bank) -> Case:
    """Talk to a socket that answers."""

    def case(chance: random.Random) -> str:
        said = chance.choice([mutated(chance.choice(QUESTIONS), chance), asked(chance)])
        said = said.replace(b"nonce-0001", b"nonce-%012d" % chance.randrange(10**12)) or b" "
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as end:
            end.settimeout(20.0)
            end.connect(str(path))
            end.send(said)
            while True:
                try:
                    data = end.recv(70_000)
                except ConnectionResetError:
                    continue
                if not data:
                    return "hung up"
                reply = to_caller(data)
                if isinstance(reply, Rejected):
                    return "turned away"
                if isinstance(reply, Answered):
                    made = genuine(reply.receipt, PUBLIC)
                    assert made.result == "refused" or bank.shown
                    return f"receipt: {made.reason}"
                _verdict(bank, chance)

    return case


def _verdict(bank: Bank, chance: random.Random) -> None:
    claim = bank.claims.current(0.0)
    if claim is not None and claim.answer is not None:
        bank.shown = True
        claim.answer(Verdict(bank.now, 1, chance.choice([Reason.GRANTED, Reason.UNKNOWN, Reason.NOT_LIVE])))
        bank.now += 100.0  # and no key is pressed


def part(value: object) -> str:
    """Return a part of a JWS."""
    return spelled(json.dumps(value).encode())


def spelled(data: bytes) -> str:
    """Return bytes as JWS spells them."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def main() -> int:
    """Fuzz, and print cases and findings."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=1)
    wanted = options.parse_args()
    chance, began = random.Random(wanted.seed), time.monotonic()  # noqa: S311 - repeatable
    outcomes: Counter[str] = Counter()
    findings: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path, bank = Path(folder) / "s", Bank()
        with closing(Api(path, bank.counter(), 4)):
            talk = conversation_case(path, bank)
            for number in range(wanted.cases):
                kind: Case = talk if number % _SOCKET_SHARE == 0 else chance.choice(
                    [receipt_case, header_case, datagram_case]
                )  # fmt: skip
                try:
                    outcomes[f"{kind.__name__}: {kind(chance)}"] += 1
                except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
                    findings.append(f"case {number} ({kind.__name__}): {type(error).__name__}: {error}")
            if not _answers(path, bank):
                findings.append("the socket answers no more")
    for what, times in sorted(outcomes.items()):
        sys.stdout.write(f"{times:8,}  {what}\n")
    for one in findings[:20]:
        sys.stdout.write(f"FINDING {one}\n")
    sys.stdout.write(f"{wanted.cases:,} cases, {len(findings)} findings, {time.monotonic() - began:.0f} s\n")
    return 1 if findings else 0


def _answers(path: Path, bank: Bank) -> bool:
    told: list[str] = []

    def ask() -> None:
        told.append(verify(path, question("nonce-at-the-end", person="carol"), 20.0).receipt)

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join(30.0)
    del bank
    return bool(told)


if __name__ == "__main__":
    sys.exit(main())
