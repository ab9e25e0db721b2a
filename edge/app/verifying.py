"""What the terminal makes of a question for a verification: whom it is about, and the claim that then stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from edge.app.claims import Claim
from edge.config.purposes import PAYMENT
from edge.errors import EdgeError, EnrolError, EvidenceError
from edge.link.messages import plain
from edge.people.gallery import Gallery, build
from edge.people.names import person_id
from edge.people.search import ClaimedSearch
from edge.values import Embedding, Handle, Person, PersonId, Reason, Space
from edge.values.assurance import stricter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.access.decide import Rule
    from edge.access.receipt import Receipt
    from edge.app.claims import Claims
    from edge.config import Purpose
    from edge.link.verification import Verify
    from edge.people.search import LiveSearch
    from edge.values import Search, Verdict
    from edge.values.assurance import Assurance

_WORDS = 100


class Ledger(Protocol):
    """What was spent once and for all."""

    def spend(self, name: str, until: float, note: str = "") -> str | None:
        """Spend a name until a moment, lasting on return; None, or the note of whoever spent it before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The terminal, as a verification sees it.

    Attributes:
        purposes: What it verifies people for, by name.
        rule_for: The rule of a purpose at an assurance, for whom is claimed.
        require: Refuses what the evidence does not support for so many templates.
        search: Searches everybody.
        dimensions: How many numbers an embedding of the model has.
        person: Reads a person afresh from the store.
        by_handle: Finds one by their handle.
        consented: Whether their consent counts.
        claims: Where a claim begins.
        ledger: Keeps nonces, receipts and limits.
        sign: Signs what a receipt states.
        audit: Writes a receipt down in the journal, and who asked for it.
        keypad: Whether the person can decline at a keypad.
        name: The terminal's.
        live: Whether a real camera is watched.
        monotonic: Tells monotonic seconds.
        wall: Tells seconds since the epoch.
        clock: Says whether that is believed: "trusted", or why not.
    """

    purposes: Mapping[str, Purpose]
    rule_for: Callable[[Purpose, Assurance, PersonId], Rule]
    require: Callable[[Purpose, int], None]
    search: LiveSearch
    dimensions: int
    person: Callable[[PersonId], Person | None]
    by_handle: Callable[[Handle], Person | None]
    consented: Callable[[Person], bool]
    claims: Claims
    ledger: Ledger
    sign: Callable[[Receipt], str]
    audit: Callable[[Receipt, str], None]
    keypad: bool
    name: str
    live: bool
    monotonic: Callable[[], float]
    wall: Callable[[], float]
    clock: Callable[[], str]


class Subject(NamedTuple):
    """Who is claimed.

    Attributes:
        id: The name of the claim.
        person: An enrolled person, as the store had them; None for a portrait.
        search: Searches their templates alone.
        templates: How many those are.
    """

    id: PersonId
    person: Person | None
    search: Search
    templates: int


class TurnedAwayError(EdgeError):
    """A question that is refused before anybody is asked; its reason becomes a receipt's."""

    def __init__(self, reason: Reason, subject: Handle | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.subject = subject


def admitted(question: Verify, counter: Counter) -> Subject:
    """Return who is claimed.

    Raises:
        TurnedAwayError: It cannot be asked, and why.
        StoreError: The store cannot be read.
    """
    purpose = counter.purposes.get(question.purpose)
    if purpose is None:
        raise TurnedAwayError(Reason.UNSUPPORTED)
    if purpose.kind == PAYMENT and not question.amount:
        raise TurnedAwayError(Reason.BAD_ORDER)
    if question.portrait and (purpose.kind == PAYMENT or purpose.daily):
        raise TurnedAwayError(Reason.UNSUPPORTED)  # whoever asks says which portrait it is: nothing can be counted
    if question.amount and float(question.amount) > purpose.max_amount:
        raise TurnedAwayError(Reason.OVER_LIMIT)
    subject = _portrayed(question, counter) if question.portrait else _enrolled(question, counter)
    try:
        counter.require(purpose, subject.templates)
    except EvidenceError as error:
        raise TurnedAwayError(Reason.UNSUPPORTED, subject.person.handle if subject.person else None) from error
    return subject


def barred(person: Person, counter: Counter) -> Reason | None:
    """Say why somebody is not to be verified at this moment; None when nothing speaks against it."""
    if not counter.consented(person):
        return Reason.NO_CONSENT
    now = counter.wall()
    if person.valid_from is not None and not now >= person.valid_from:
        return Reason.NOT_YET_VALID
    return Reason.EXPIRED if person.valid_until is not None and not now <= person.valid_until else None


def claim_of(
    question: Verify, subject: Subject, counter: Counter, until: float, answer: Callable[[Verdict], None]
) -> Claim:
    """Return the claim to let stand while a question is open.

    Args:
        question: What is asked.
        subject: Who is claimed.
        counter: The terminal.
        until: Until when, monotonic seconds.
        answer: Told of each verdict, in the loop's thread.
    """
    purpose = counter.purposes[question.purpose]
    return Claim(
        person=subject.id,
        credentials=(),
        rule=counter.rule_for(purpose, stricter(purpose.liveness, question.assurance), subject.id),
        search=subject.search,
        until=until,
        answer=answer,
        thanks=purpose.confirm == "none",
        words=f"{_about(question)}. Look at the camera{'; * declines' if counter.keypad else ''}.",
    )


def confirming(question: Verify, claim: Claim, until: float) -> Claim:
    """Return the claim that stands while the keypad is waited for: nobody is judged, and the door is not asked."""
    return replace(claim, until=until, judging=False, words=f"{_about(question)}. Press # for yes, * for no.")


def _enrolled(question: Verify, counter: Counter) -> Subject:
    try:
        found = (
            counter.by_handle(Handle(question.handle))
            if question.handle
            else counter.person(person_id(question.person))
        )
    except EnrolError as error:
        raise TurnedAwayError(Reason.REVOKED) from error
    if found is None:
        raise TurnedAwayError(Reason.REVOKED)
    reason = barred(found, counter)
    if reason is not None:
        raise TurnedAwayError(reason, found.handle)
    search = ClaimedSearch(counter.search, found.id, adapted=False)  # a receipt states the rate of the enrolled ones
    templates = search.alone().templates
    if not templates:
        raise TurnedAwayError(Reason.NO_CONSENT, found.handle)
    return Subject(found.id, found, search, templates)


def _portrayed(question: Verify, counter: Counter) -> Subject:
    portrait = question.portrait
    assert portrait is not None  # noqa: S101 - for the type checker: its caller looked
    space, vector = counter.search.space, np.array(portrait.vector, np.float32)
    same = Space(portrait.embedder, portrait.model, portrait.preprocessing) == space
    if not same or len(vector) != counter.dimensions:
        raise TurnedAwayError(Reason.UNSUPPORTED)  # never compared across spaces (S5)
    who = PersonId(f"portrait:{portrait.sha256}")  # no id of a person has a colon
    try:
        gallery = Gallery(build(space, [(who, Embedding(vector, space))]))
    except EdgeError as error:
        raise TurnedAwayError(Reason.UNSUPPORTED) from error
    return Subject(who, None, gallery.search, 1)


def _about(question: Verify) -> str:
    """Say to the person what it is for, in what fits on a small display."""
    about = plain(" ".join(part for part in (question.text or question.purpose, question.amount) if part))
    return about if len(about) <= _WORDS else about[: _WORDS - 1] + "…"
