"""The set of models that the terminal begins with, and how it comes to another; put together here."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from edge.app import auditing, model_start
from edge.app.changing import Changing
from edge.app.crossing import progress_of
from edge.app.eyes import load_models
from edge.app.known_before import with_before
from edge.app.machine import held_back
from edge.app.migrating import migrator
from edge.app.model_set import by_hand, chosen
from edge.app.remaking import remaker
from edge.app.running import Builds, running
from edge.app.swapping import Swapping
from edge.app.trying import Site, Trying
from edge.app.verifications import consented
from edge.errors import SpaceError
from edge.ota.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.app.migrating import Walked
    from edge.app.places import Places
    from edge.app.running import Running
    from edge.config import Config
    from edge.ota.active import Active, Slot
    from edge.people.store import Store
    from edge.values import Occasion

_PICTURED = 8
"""Of how many people's kept pictures templates are made after somebody walked by."""


def begin(config: Config, here: Places, store: Store) -> Swapping:
    """Load the set that decides, and follow what becomes of it.

    A start of a set on trial is counted; one that was started too often, or cannot be loaded, is taken back.

    Args:
        config: Everything that is set; bundles that it names by hand are never changed.
        here: Where the sets and the journal are.
        store: Who is enrolled.

    Raises:
        ModelError: Not even the factory's set can be loaded (S8).
        SpaceError: Nobody could be recognised with it (S5).
        StoreError: The people store cannot be read.
    """
    around = site(config, here, store)
    slots = None if by_hand(config) else Slots(here.models)

    def audit(occasion: Occasion, words: str) -> None:
        auditing.audit(here, occasion, operator=model_start.ITSELF, words=words)

    changing = Changing(slots, audit, around.wall)
    builds = Builds(partial(to_decide, config, here, store), partial(to_look_on, config, here, store))
    deciding, active = _first(config, here, store, changing)
    return Swapping(deciding, active, builds, changing, Trying(config, around))


def site(config: Config, here: Places, store: Store) -> Site:
    """Return what a trial needs at this terminal."""
    agreed = partial(consented, config, store)

    def migrate(deciding: Running, beside: Running) -> Callable[[Walked], object]:
        if deciding.search.space == beside.search.space:
            return lambda _: None  # nobody needs another template
        embedders = deciding.embedder, beside.embedder
        walks = migrator(config, here, store, deciding.search, embedders, agreed)
        new = beside.search, beside.eyes.embed, beside.embedder
        pictures = remaker(config, here, store, deciding.search.space, new).remake()

        def walked(one: Walked) -> None:
            walks.walked(one)
            for _ in islice(pictures, _PICTURED):  # a few each time: whoever ends this thread waits for it
                pass

        return walked

    return Site(here.models, migrate, partial(unmigrated, config, store))


def unmigrated(
    config: Config, store: Store, deciding: Running, beside: Running, held: Callable[[], str] = held_back
) -> str:
    """Say what is missing until a set may decide: a confirmed system, and enough active people whom it knows."""
    if why := held():
        return why
    old, new = deciding.search.space, beside.search.space
    if old == new:
        return ""
    found = progress_of(config, store, old, new, time.time())
    if found.enough(config.ota.migrated_share):
        return ""
    return f"{found.migrated} of {found.active} active people have a template of the new set"


def to_decide(config: Config, here: Places, store: Store, slot: Slot) -> Running:
    """Load a set to decide with.

    Raises:
        OtaError: It is not installed, or not proven (S8).
        ModelError: It cannot be loaded, or has collapsed (S8).
        EvidenceError: Its embedder was never measured (S9).
        SpaceError: Nobody could be recognised with it (S5).
        StoreError: The people store cannot be read.
    """
    found = _loaded(config, here, store, slot)
    found.search.check()
    return with_before(config, here, store, found, partial(consented, config, store))


def to_look_on(config: Config, here: Places, store: Store, slot: Slot) -> Running:
    """Load a set to look on with, in one thread; the errors are those of `to_decide`, but `SpaceError`."""
    return _loaded(replace(config, models=replace(config.models, threads=1)), here, store, slot)


def _loaded(config: Config, here: Places, store: Store, slot: Slot) -> Running:
    return running(config, store, slot, load_models(config, chosen(config, here, slot)))


def _first(config: Config, here: Places, store: Store, changing: Changing) -> tuple[Running, Active]:
    while True:
        found, models = model_start.begin(config, here)
        deciding, active = running(config, store, found.slot, models), changing.read()
        try:
            deciding.search.check()
        except SpaceError as error:
            if active.phase != "trial" or active.running != deciding.slot:
                raise
            changing.change("rolled_back", active, str(error))
        else:
            return with_before(config, here, store, deciding, partial(consented, config, store)), active
