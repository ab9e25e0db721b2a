"""A terminal that verifies people, with a hand-made store, ledger and clock; what it signs is really signed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from edge import keys
from edge.access import receipt as receipts
from edge.app.claims import Claims
from edge.app.verifying import Counter
from edge.config import Purpose
from edge.errors import EvidenceError, JournalError
from edge.keys.tokens import read_token, sign_token
from edge.link.verification import Portrait, Verify
from edge.people.gallery import Gallery, build
from edge.values import Embedding, Person, PersonId, Space
from tests.unit.builders import ANN, BOB, person, rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.access.decide import Rule
    from edge.access.receipt import Receipt
    from edge.people.search import LiveSearch
    from edge.values import Handle, Reason
    from edge.values.assurance import Assurance

SPACE = Space("toy", "a" * 64, "1")
PRIVATE, PUBLIC = keys.new_pair()
DESK = Purpose(name="desk", fmr=1e-4)
PAYMENT = Purpose(
    name="payment", kind="payment", fmr=1e-5, liveness="active", confirm="keypad", max_amount=100.0, daily=2
)


def embedding(*numbers: float, space: Space = SPACE) -> Embedding:
    vector = np.zeros(16, np.float32)
    vector[: len(numbers)] = numbers
    return Embedding(vector / np.float32(np.linalg.norm(vector)), space)


def portrait(**changes: Any) -> Portrait:  # noqa: ANN401 - any field of a portrait
    vector = tuple(float(number) for number in embedding(1).vector)
    made: dict[str, Any] = {
        "sha256": "c" * 64, "vector": vector, "embedder": "toy", "model": "a" * 64, "preprocessing": "1",
    }  # fmt: skip
    return Portrait(**(made | changes))


def question(nonce: str = "nonce-0001", purpose: str = "desk", **changes: Any) -> Verify:  # noqa: ANN401 - as above
    who: dict[str, Any] = {} if changes.keys() & {"handle", "portrait", "person"} else {"person": ANN}
    return Verify(nonce=nonce, purpose=purpose, **(who | changes))


@dataclass
class People:
    """Everybody, and the search among them."""

    faces: dict[PersonId, tuple[Embedding, ...]]
    space: Space = SPACE

    def gallery(self) -> Gallery:
        rows = [(who, one) for who, several in self.faces.items() for one in several]
        return Gallery(build(self.space, rows))

    def handle(self, who: PersonId) -> Handle:
        return person(who).handle

    def check(self) -> None:
        """All of them live in this space."""

    def person(self, who: PersonId) -> Person | None:
        return person(who) if who in self.faces else None

    def by_handle(self, handle: Handle) -> Person | None:
        return next((one for one in map(person, self.faces) if one.handle == handle), None)


@dataclass
class Notes:
    """A ledger in memory."""

    spent: dict[str, str] = field(default_factory=dict)
    broken: Exception | None = None

    def spend(self, name: str, until: float, note: str = "") -> str | None:
        assert until > 0
        if self.broken is not None:
            raise self.broken
        if name in self.spent:
            return self.spent[name]
        self.spent[name] = note
        return None


@dataclass
class Bank:
    """Who asks, and what they were told."""

    people: People = field(default_factory=lambda: People({ANN: (embedding(1),), BOB: (embedding(0, 1),)}))
    notes: Notes = field(default_factory=Notes)
    claims: Claims = field(default_factory=Claims)
    purposes: tuple[Purpose, ...] = (DESK, PAYMENT)
    consented: Callable[[Person], bool] = lambda _: True
    journal: list[tuple[Receipt, str]] = field(default_factory=list)
    journal_down: bool = False
    shown: bool = False
    now: float = 1000.0
    at: float = 1_800_000_000.0

    def counter(self, **changes: Any) -> Counter:  # noqa: ANN401 - any field of it
        made = Counter(
            purposes={one.name: one for one in self.purposes},
            rule_for=self._rule_for,
            require=_require,
            search=cast("LiveSearch", self.people),
            dimensions=len(embedding(1).vector),
            person=self.people.person,
            by_handle=self.people.by_handle,
            consented=self._consents,
            claims=self.claims,
            ledger=self.notes,
            sign=lambda made: sign_token(receipts.claims(made), PRIVATE, receipts.KIND),
            audit=self._audit,
            keypad=True,
            name="desk 3",
            live=True,
            monotonic=lambda: self.now,
            wall=lambda: self.at,
            clock=lambda: "trusted",
        )
        return replace(made, **changes)

    def _rule_for(self, purpose: Purpose, assurance: Assurance, who: PersonId) -> Rule:
        asked = rule("challenge" if assurance == "active" else "passive")
        return replace(asked, claimed=who, fmr_for=lambda templates: purpose.fmr / templates)

    def _consents(self, who: Person) -> bool:
        return self.consented(who)

    def _audit(self, made: Receipt, asker: str) -> None:
        if self.journal_down:
            raise JournalError("the disk is gone")
        self.journal.append((made, asker))


def _require(purpose: Purpose, templates: int) -> None:
    if purpose.fmr / templates < 1e-6:
        raise EvidenceError("beyond the evidence")


def read(text: str) -> Receipt:
    return receipts.read(read_token(text, PUBLIC, receipts.KIND))


def reason_of(text: str) -> Reason:
    return read(text).reason
