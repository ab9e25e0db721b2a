"""What depends on one set of models: built together, and taken in another's place as one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from edge.access.decide import Rule
from edge.access.threshold import for_search
from edge.app.curves import curve
from edge.app.demands import demand, scheduled
from edge.app.eyes import open_eyes
from edge.app.leeway import lift
from edge.people.search import LiveSearch
from edge.vision.embed import space_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from edge.app.eyes import Models
    from edge.app.known_before import KnownBefore
    from edge.app.migrating import Migrator
    from edge.config import Config
    from edge.ota.active import Slot
    from edge.people.store import Store
    from edge.values import Embedding
    from edge.vision.bundle import Bundle
    from edge.vision.pipeline import Eyes


@dataclass(slots=True, eq=False)
class LastChip:
    """An embedder that remembers what it looked at last, for a claim that another model is to judge.

    Attributes:
        embed: Makes embeddings.
        chip: (112, 112, 3) uint8, BGR; None before the first.
    """

    embed: Callable[[NDArray[np.uint8]], Embedding]
    chip: NDArray[np.uint8] | None = None

    def __call__(self, chip: NDArray[np.uint8]) -> Embedding:
        """Return the embedding of an aligned face."""
        self.chip = chip
        return self.embed(chip)


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """What people are recognised with.

    Attributes:
        slot: Of which set.
        eyes: Its models, and the limits they work under; one thread at a time may use them.
        search: Searches the people of its space.
        usual: Returns the rule of this moment, by its own curve.
        embedder: The model that makes embeddings.
        seen: What it looked at last; None where nobody asks.
        before: What judges people whom it does not know by the set before; None where there is nothing to judge by.
    """

    slot: Slot
    eyes: Eyes
    search: LiveSearch
    usual: Callable[[], Rule]
    embedder: Bundle
    seen: LastChip | None = None
    before: tuple[KnownBefore, Migrator] | None = None


class Builds(NamedTuple):
    """How a set is loaded: all its models, and what depends on them.

    Attributes:
        to_decide: To decide with; refuses one with which nobody could be recognised.
        to_look_on: To look on: by one thread, of low priority.
    """

    to_decide: Callable[[Slot], Running]
    to_look_on: Callable[[Slot], Running]


def running(config: Config, store: Store, slot: Slot, models: Models) -> Running:
    """Put together what depends on these models.

    Raises:
        EvidenceError: The embedder was never measured.
        StoreError: The people store cannot be read.
    """
    embedder, eyes = models.embedder.bundle, open_eyes(config, models=models)
    seen = LastChip(eyes.embed)
    return Running(
        slot,
        replace(eyes, embed=seen),
        LiveSearch(store, models.space(config), partial(lift, config, curve(embedder))),
        scheduled(rule(config, embedder), config.door, datetime.now),
        embedder,
        seen,
    )


def rule(config: Config, embedder: Bundle) -> Rule:
    """Return when the terminal believes it knows somebody, with thresholds from the embedder's measured curve (S9).

    A gallery larger than the evidence supports gets the curve's stricter continuation: enrolment refuses to make
    one, and a door that runs is never stopped for it.

    Raises:
        ModelError: The model is no embedder.
        EvidenceError: It was never measured.
    """
    return Rule(
        decision=config.decision,
        demand=demand(config),
        fmr_for=partial(for_search, config.decision.fpir),
        threshold_for=partial(curve(embedder).resolve, extrapolate=True),
        space=str(space_of(embedder, flip=config.models.flip)),
    )
