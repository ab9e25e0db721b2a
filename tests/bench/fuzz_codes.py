"""Throws at codes and PINs what anybody may hold before the camera or type: how much was tried, and what was found.

`python -m tests.bench.fuzz_codes --cases 20000 --seed 1`. A finding is an exception that nobody expects, a statement
that was taken though nobody signed it as it stands, a code that was good twice, or a PIN that is not somebody's. Exits
with 1 when there is one.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import segno

from edge.access.code import KIND, Here
from edge.access.entry import LONGEST, Entry, press
from edge.app.codes import CodeDesk
from edge.app.issuers import Issuers
from edge.keys import new_pair, sign
from edge.keys.tokens import sign_token, thumbprint
from edge.link import messages
from edge.link.notices import Typed
from edge.people import pins
from edge.people.pins import PinMatch, weakness
from edge.people.records import Secrets
from edge.people.spent import Spent
from edge.values import Handle, Person, PersonId
from edge.vision.codes import UNREADABLE, read_code
from tests.bench.fuzz_ledger import ledger
from tests.unit.code_builders import HERE, NOW, PRIVATE, PUBLIC, qr, stated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NASTY = [
    "' OR '1'='1",
    "'; DROP TABLE person; --",
    '" UNION SELECT * FROM person --',
    "$(reboot)",
    "`id`",
    "| cat /etc/shadow",
    "../../../../etc/passwd",
    "%s%s%s%n%x",
    "{0.__class__}",
    "\x00\x01\x02",
    "\r\nSet-Cookie: a",
    "\x1b[2J\x1b]0;x\x07",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp",
    "\N{SNOWMAN}" * 30,
    "A" * 2900,
    "a.b.c",
    "...",
    "eyJhbGciOiJub25lIn0.e30.",
]
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


@dataclass
class Trial:
    """What is tried on, and what was found."""

    random: random.Random
    desk: CodeDesk
    cases: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    issued: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def tries(self, kind: str, case: Callable[[], str]) -> None:
        """Count one case; whatever it says, or raises, is a finding."""
        self.cases[kind] += 1
        try:
            said = case()
        except Exception:  # noqa: BLE001 - that is what is looked for
            said = traceback.format_exc(limit=4)
        if said:
            self.findings.append(f"{kind}: {said}")

    def shown(self, text: str) -> str:
        """Show a text to the desk; a finding when it is taken and was not signed as it is, or was taken before."""
        seen = self.desk.take(text, trusted=True)
        if seen.fault is not None:
            return ""
        if text not in self.issued:
            return f"taken though nobody signed it: {text[:200]!r}"
        if text in self.taken:
            return f"taken twice: {text[:80]!r}"
        self.taken.add(text)
        return ""

    def good(self) -> str:
        """Issue a code that is good."""
        text = sign_token(stated(jti=f"{self.random.getrandbits(128):032x}"), PRIVATE, KIND)
        self.issued[text] = text
        return text


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def rubbish(trial: Trial) -> str:
    """Any text at all, much of it hostile."""
    draw = trial.random
    kind = draw.randrange(4)
    if kind == 0:
        return draw.choice(NASTY)
    if kind == 1:
        return "".join(chr(draw.randrange(1, 0xD800)) for _ in range(draw.randrange(200)))
    if kind == 2:
        return "".join(draw.choice(ALPHABET) for _ in range(draw.randrange(2500)))
    return draw.choice(NASTY) + trial.good() + draw.choice(NASTY)


def mutated(trial: Trial) -> str:
    """A good code with something changed in its text."""
    draw, text = trial.random, trial.good()
    for _ in range(draw.randrange(1, 4)):
        place = draw.randrange(len(text))
        kind = draw.randrange(4)
        if kind == 0:
            text = text[:place] + draw.choice(ALPHABET + "=+/ \n") + text[place + 1 :]
        elif kind == 1:
            text = text[:place] + text[place + draw.randrange(1, 9) :]
        elif kind == 2:
            text = text[:place] + "".join(draw.choice(ALPHABET) for _ in range(draw.randrange(9))) + text[place:]
        else:
            text = ".".join(draw.sample(text.split("."), text.count(".") + 1)) or "."
    return text


def forged(trial: Trial) -> str:
    """A statement with a header or a body of an attacker's, signed by nobody, by another key, or by the right one."""
    draw = trial.random
    header: dict[str, object] = {"alg": "Ed25519", "kid": thumbprint(PUBLIC), "typ": KIND}
    body: dict[str, object] = dict(stated(jti=f"{draw.getrandbits(128):032x}"))
    right = draw.random() < 0.5
    worse: list[dict[str, object]] = [
        {"alg": draw.choice(["none", "HS256", "EdDSA", "ES256", "ed25519", "", None, 7])},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": encoded(b"\x00" * 32)}},
        {"jku": "https://example.org"},
        {"x5u": "file:///etc/passwd"},
        {"crit": [draw.choice(["exp", "b64", "alg"])]},
        {"typ": draw.choice(["JWT", "receipt", None, 1])},
        {"kid": draw.choice([thumbprint(OTHER[1]), "../issuers/office.pub", None, []])},
    ]
    odd: list[dict[str, object]] = [
        {"sub": draw.choice([*NASTY, None, 7, [], {}])},
        {"aud": draw.choice([*NASTY, None, 7, [], ["back"], {}])},
        {"exp": draw.choice([NOW - 1, "9", None, 1e400, -1, True, 10**400, NOW + 10**9])},
        {"iat": draw.choice([NOW + 10**6, "9", None, -1, False, [0]])},
        {"nbf": draw.choice([NOW + 10**6, "9", None, -1, {}])},
        {"jti": draw.choice([*NASTY, None, 7, "", []])},
        {draw.choice(NASTY): draw.choice(NASTY)},
    ]
    if right and draw.random() < 0.5:
        body.update(draw.choice(odd))
    else:
        header.update(draw.choice(worse))
    written = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(body).encode())}"
    key = draw.choice([PRIVATE, OTHER[0]]) if right else OTHER[0]
    signature = sign(written.encode(), key) if draw.random() < 0.9 else bytes(draw.randrange(70))
    return f"{written}.{encoded(signature)}"


def pictured(trial: Trial) -> str:
    """What is read from a picture of a code with any content, in any of a code's encodings."""
    draw = trial.random
    text = draw.choice([rubbish, mutated, Trial.good])(trial)
    content: str | bytes = text[:1200] if draw.random() < 0.7 else draw.randbytes(draw.randrange(1, 900))
    try:
        picture = qr(content or "0", module_px=3)
    except (segno.DataOverflowError, UnicodeError, ValueError):
        return ""
    if draw.random() < 0.3:
        for _ in range(draw.randrange(1, 40)):
            row, column = draw.randrange(700), draw.randrange(1200)
            picture[row : row + draw.randrange(1, 30), column : column + draw.randrange(1, 30)] = draw.randrange(256)
    found = read_code(picture)
    if found is None or found == UNREADABLE:
        return ""
    if set(found) - set(ALPHABET):
        return f"read what is no plain text: {found[:80]!r}"
    return trial.shown(found)


def typed(trial: Trial) -> str:
    """Keys in any order and at any pace: words are digits, not too long, and a datagram holds them."""
    draw, entry, at = trial.random, Entry(), 100.0
    for _ in range(draw.randrange(1, 120)):
        at += draw.choice([0.0, 0.1, 0.3, 11.0, -1.0])
        entry, word = press(entry, draw.choice("0123456789*#0123456789#ABC\x00"), at)
        if word is None:
            continue
        if not set(word) <= set("0123456789") or len(word) > LONGEST:
            return f"a word that is none: {word!r}"
        if messages.to_terminal(messages.encode(Typed(at, "#", word))) != Typed(at, "#", word):
            return "a word that changed on its way"
        weakness(word, draw.choice([*NASTY, "4711"]))
    return ""


def pinned(trial: Trial) -> str:
    """Anything as a PIN: it is somebody's only when it is."""
    draw = trial.random
    attempt = draw.choice(
        [f"{draw.randrange(10 ** draw.randrange(1, 13))}", draw.choice(NASTY), "7391", "5520", "73910"]
    )
    match = pins.check(draw.choice([KEPT, KEPT, None, Secrets("", ""), Secrets("$argon2id$", "\x00")]), attempt)
    wanted = {"7391": {PinMatch.RIGHT, PinMatch.NONE}, "5520": {PinMatch.DURESS, PinMatch.NONE}}
    return "" if match in wanted.get(attempt, {PinMatch.NONE}) else f"{attempt!r} was {match}"


OTHER = new_pair()
KEPT = Secrets(pins.new("7391", "x"), pins.new_duress("5520", "7391", "x"))


KINDS: list[tuple[str, int, Callable[[Trial], str]]] = [
    ("texts", 25, lambda trial: trial.shown(rubbish(trial))),
    ("codes changed", 25, lambda trial: trial.shown(mutated(trial))),
    ("codes forged", 22, lambda trial: trial.shown(forged(trial))),
    ("codes shown again", 3, lambda trial: trial.shown(trial.random.choice([*trial.issued, trial.good()]))),
    ("pictures", 12, pictured),
    ("keys typed", 10, typed),
    ("PINs", 1, pinned),
    ("ledgers", 2, lambda trial: ledger(trial.random, NASTY[:12])),
]


def planned(draw: random.Random, cases: int) -> Iterator[tuple[str, Callable[[Trial], str]]]:
    names = {name: case for name, _, case in KINDS}
    weights = [weight for _, weight, _ in KINDS]
    for name in draw.choices(list(names), weights, k=cases):
        yield name, names[name]


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--cases", type=int, default=20_000)
    words.add_argument("--seed", type=int, default=1)
    options = words.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        issuers = Path(folder) / "issuers"
        issuers.mkdir()
        (issuers / "office.pub").write_bytes(PUBLIC)
        ann = Person(PersonId("ann"), Handle("a" * 32), "Ann")
        desk = CodeDesk(
            issuers=Issuers(issuers),
            here=Here(HERE.places, HERE.purpose, HERE.longest_s),
            spent=Spent(Path(folder) / "spent", now=lambda: NOW),
            by_handle={ann.handle: ann}.get,
            wall=lambda: NOW,
        )
        trial = Trial(random.Random(options.seed), desk)  # noqa: S311 - the same cases for the same seed
        for name, case in planned(random.Random(options.seed), options.cases):  # noqa: S311 - as above
            trial.tries(name, partial(case, trial))
            if sum(trial.cases.values()) % 5000 == 0:
                sys.stderr.write(f"{sum(trial.cases.values()):,} of {options.cases:,}\n")
    for name, count in sorted(trial.cases.items()):
        sys.stdout.write(f"{name:20} {count:8,} cases\n")
    seconds = time.monotonic() - began
    sys.stdout.write(f"{sum(trial.cases.values()):,} cases in {seconds:.0f} s, codes taken once {len(trial.taken):,}, ")
    sys.stdout.write(f"findings {len(trial.findings)}\n")
    for finding in trial.findings[:10]:
        sys.stdout.write(f"  {finding}\n")
    return 1 if trial.findings else 0


if __name__ == "__main__":
    sys.exit(main())
