"""Puts the terminal's verifications together: purposes the evidence supports, the ledger, the key, the socket."""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from edge.access import receipt as receipts
from edge.access.threshold import for_search
from edge.app.allowed import AllowedUsers
from edge.app.api import Api
from edge.app.clocks import kept, synchronised
from edge.app.curves import curve
from edge.app.identity import device_key
from edge.app.verifying import Counter
from edge.errors import EdgeError, EvidenceError, JournalError, LinkError
from edge.keys.tokens import sign_token
from edge.link.questions import Audit
from edge.people.spent import Spent
from edge.values import Handle, Occasion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.access.decide import Rule
    from edge.access.receipt import Receipt
    from edge.access.threshold import Curve
    from edge.app.claims import Claims
    from edge.app.known_before import KnownBefore
    from edge.app.places import Places
    from edge.config import Config, Purpose
    from edge.link.ports import DoorLine
    from edge.people.search import LiveSearch
    from edge.people.store import Store
    from edge.values import Person, PersonId
    from edge.values.assurance import Assurance
    from edge.vision.bundle import Bundle

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recognised:
    """What verifications share with the terminal's recognition.

    Attributes:
        usual: The rule of this moment for whoever comes.
        search: Searches everybody.
        store: Who is enrolled.
        embedder: The model that makes embeddings.
        claims: Where a claim begins.
        before: Who is known to the set before alone; None where nobody is.
    """

    usual: Callable[[], Rule]
    search: LiveSearch
    store: Store
    embedder: Bundle
    claims: Claims
    before: KnownBefore | None = None


@contextlib.contextmanager
def served(config: Config, here: Places, shared: Recognised, door: DoorLine, *, live: bool) -> Iterator[Api | None]:
    """Answer questions while the terminal runs; where that cannot be, the door goes on without it.

    Args:
        config: Everything that is set.
        here: Where the key, the ledger and the socket are.
        shared: The terminal's recognition.
        door: Writes into the journal.
        live: Whether a real camera is watched.

    Yields:
        The socket's server; None where no purpose is configured, or it cannot be served.
    """
    if not config.purposes or config.liveness.mode == "off":
        if config.purposes:
            _log.error("no verifications are offered: liveness is off")
        yield None
        return
    with contextlib.ExitStack() as parts:
        try:
            ledger = parts.enter_context(Spent(here.spent))
            counter = replace(counter_of(config, here, shared, ledger, partial(written, door)), live=live)
            api = Api(here.terminal_socket, counter, config.api.queue, AllowedUsers(config.api))
            parts.callback(api.close)
        except EdgeError as error:
            _log.error("no verifications are offered: %s", error)
            api = None
        yield api


def counter_of(
    config: Config,
    here: Places,
    shared: Recognised,
    ledger: Spent,
    audit: Callable[[Receipt, str], None],
) -> Counter:
    """Return the terminal as its verifications see it.

    Raises:
        EdgeError: Its key cannot be read or made.
    """
    key, measured = device_key(here), curve(shared.embedder)
    lax = config.decision.accept_extrapolation
    return Counter(
        purposes={one.name: one for one in config.purposes if _supported(one, measured, lax=lax)},
        rule_for=partial(rule_for, shared.usual, partial(measured.resolve, extrapolate=lax)),
        require=lambda purpose, templates: None if lax else measured.require_claim(purpose.fmr, templates),
        search=shared.search,
        dimensions=shared.embedder.manifest.output[0].shape[1],
        person=shared.store.person,
        by_handle=shared.store.person_by_handle,
        consented=partial(consented, config, shared.store),
        claims=shared.claims,
        ledger=ledger,
        sign=lambda receipt: sign_token(receipts.claims(receipt), key, receipts.KIND),
        audit=audit,
        keypad=any(one.confirm == "keypad" for one in config.purposes),
        name=config.door.name,
        live=False,
        monotonic=time.monotonic,
        wall=time.time,
        clock=_clock,
    )


def rule_for(
    usual: Callable[[], Rule],
    threshold_for: Callable[[float], float],
    purpose: Purpose,
    assurance: Assurance,
    who: PersonId,
) -> Rule:
    """Return what a face must show for a purpose: at least what is asked of whoever comes at this moment."""
    now = usual()
    demand = now.demand
    if assurance == "active":
        demand = replace(demand, settings=replace(demand.settings, mode="challenge"))
    fmr_for = partial(for_search, purpose.fmr)
    return replace(now, demand=demand, fmr_for=fmr_for, threshold_for=threshold_for, claimed=who)


def written(door: DoorLine, receipt: Receipt, asker: str) -> None:
    """Write down in the journal that somebody was verified or not: by handle, and nothing of what it was for (S6).

    Raises:
        JournalError: It was not written, or may not last.
    """
    handle = None if receipt.person is None else Handle(receipt.person)
    words = f"{receipt.purpose}: receipt {receipt.id}"
    try:
        done = door.audit(Audit(Occasion.VERIFIED, asker, words, handle, receipt.reason))
    except LinkError as error:
        raise JournalError(f"whether it was written into the journal is not known: {error}") from error
    if not done.done or done.words:
        raise JournalError(f"the door did not write it down for good: {done.words}")


def _supported(purpose: Purpose, measured: Curve, *, lax: bool) -> bool:
    """Whether the evidence supports a purpose for a person with one template; one that it does not is not offered."""
    try:
        if not lax:
            measured.require_claim(purpose.fmr, 1)
    except EvidenceError as error:
        _log.error('the purpose "%s" is not offered: %s', purpose.name, error)
        return False
    return True


def consented(config: Config, store: Store, person: Person) -> bool:
    """Whether somebody's consent is recorded, to a version of the text that counts."""
    consent = store.consent(person.id)
    texts = config.people.consent_texts
    return consent is not None and (not texts or consent.text in texts)


def _clock() -> str:
    return "trusted" if synchronised() or kept() else "neither a time server nor a battery says that it is right"
