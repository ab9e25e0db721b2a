"""Puts the terminal's second factors together: whose codes are believed, the ledger, the store's secrets, the rules."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from edge.access.code import Here
from edge.access.lockout import Backoff
from edge.access.threshold import for_search
from edge.app.asking import Around, Asks, Records
from edge.app.codes import CodeDesk
from edge.app.credentials import Credentials
from edge.app.issuers import Issuers
from edge.people.search import ClaimedSearch
from edge.people.spent import Spent
from edge.values import PersonId
from edge.vision.codes import read_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.access.decide import Rule
    from edge.app.asking import Hears
    from edge.app.places import Places
    from edge.app.verifications import Recognised
    from edge.config import Config
    from edge.link.ports import DoorLine
    from edge.values import Search
    from hw.base import Prompt


@contextlib.contextmanager
def second_factors(
    config: Config,
    here: Places,
    shared: Recognised,
    door: DoorLine,
    prompt: Prompt,
    hears: Hears,
) -> Iterator[Credentials]:
    """Ask for PINs and codes while the terminal runs.

    Args:
        config: Everything that is set.
        here: Where the ledger and the issuers' keys are.
        shared: The terminal's recognition.
        door: Tells what was typed.
        prompt: Tells the person.
        hears: Told of what the door tells unasked.

    Raises:
        StoreError: The ledger of what was used cannot be read: nothing may be used then.
    """
    with contextlib.ExitStack() as parts:
        spent = parts.enter_context(Spent(here.spent))
        around = Around(
            desk=code_desk(config, here, shared, spent),
            claims=shared.claims,
            door=door,
            prompt=prompt,
            read=read_code,
            now=time.monotonic,
            hears=hears,
        )
        records = Records(
            person=shared.store.person,
            secrets=shared.store.secrets,
            claimed=partial(claimed_by, config, shared),
        )
        yield parts.enter_context(contextlib.closing(Credentials(asks(config), records, around)))


def asks(config: Config) -> Asks:
    """Return what a door of these settings may ask for."""
    wanted = {one.factors for one in config.rules.access if not one.doors or config.door.name in one.doors}
    terms = config.rules.lock_out
    return Asks(
        window_s=config.rules.factor_window_s,
        backoff=Backoff(failures=terms.failures, first_s=terms.first_s, factor=terms.factor, longest_s=terms.longest_s),
        pins=any("pin" in one for one in wanted),
        codes=any("qr" in one for one in wanted),
        every=config.codes.every_frames,
    )


def code_desk(config: Config, here: Places, shared: Recognised, spent: Spent) -> CodeDesk:
    """Return where codes are looked at."""
    place = Here(frozenset({config.door.name}), config.door.purpose, config.codes.longest_s)
    return CodeDesk(issuers=Issuers(here.issuers), here=place, spent=spent, by_handle=shared.store.person_by_handle)


def claimed_by(config: Config, shared: Recognised, person: PersonId | None) -> tuple[Rule, Search]:
    """Return what the face of somebody who was named must show, and the search of their templates alone.

    Both are of one model: of the set that decides, else of the one before, by whose curve it is judged then (S5, S9).
    Somebody may become known to the set that decides at any moment, so it is asked once.
    """
    before, whose = shared.before, PersonId("") if person is None else person
    if before is None or not before.alone(person):
        return claimed_rule(config, shared.usual, person), ClaimedSearch(shared.search, whose)
    return claimed_rule(config, lambda: before.rule(shared.usual()), person), before.claimed(whose)


def claimed_rule(config: Config, usual: Callable[[], Rule], person: PersonId | None) -> Rule:
    """Return what the face of whom a code or a number named must show: that of 1:1, and all that is usual beside."""
    return replace(usual(), claimed=person, fmr_for=partial(for_search, config.decision.fmr))
