"""Between which two sets of models people are on their way, and how far each of them has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.app.beside import other
from edge.app.model_set import by_hand, chosen
from edge.errors import OtaError
from edge.ota.active import NOBODY
from edge.ota.migrate import days_of, standing
from edge.ota.progress import Known, Progress, progress
from edge.ota.slots import Slots
from edge.people.waiting import Waiting
from edge.vision.embed import space_of

if TYPE_CHECKING:
    from edge.app.model_set import ChosenSet
    from edge.app.places import Places
    from edge.config import Config
    from edge.people.store import Store
    from edge.values import Space


@dataclass(frozen=True, slots=True)
class Crossing:
    """Two sets, and the way from one to the other.

    Attributes:
        old: The set that people were enrolled with.
        new: The one that is to take its place, or has.
        old_space: The embedding space of the one,
        new_space: and of the other.
        committed: Whether the new one decides and was confirmed, so that the old one is needed for a way back alone.
    """

    old: ChosenSet
    new: ChosenSet
    old_space: Space
    new_space: Space
    committed: bool


def crossing(config: Config, here: Places) -> Crossing | None:
    """Return between which two sets people are on their way; None where all is one embedding space.

    Raises:
        OtaError: A set is not installed, or not proven.
        ModelError: Its embedder is missing or damaged.
    """
    if by_hand(config):
        return None
    active = Slots(here.models).read()
    beside = other(active)
    old, new = {
        "shadow": (active.running, beside),
        "trial": (beside, active.running),
        "steady": (active.previous, active.running),
    }[active.phase]
    if NOBODY in {old, new} or old == new:
        return None
    before, after = chosen(config, here, old), chosen(config, here, new)
    spaces = [space_of(one.bundle("embedder"), flip=config.models.flip) for one in (before, after)]
    if spaces[0] == spaces[1]:
        return None
    committed = active.phase == "steady" and active.good == active.running
    return Crossing(before, after, spaces[0], spaces[1], committed)


def required(config: Config, here: Places) -> Crossing:
    """Return between which two sets people are on their way.

    Raises:
        OtaError: Between none; or a set is not installed, or not proven.
        ModelError: Its embedder is missing or damaged.
    """
    found = crossing(config, here)
    if found is None:
        raise OtaError(
            "nobody is on the way to another model: no set with another embedder is being tried or was taken; "
            "`edge ota status` says what runs"
        )
    return found


def known(store: Store, old: Space, new: Space, at: float) -> tuple[Known, ...]:
    """Return how far everybody has come from one space to another.

    Raises:
        StoreError: The store cannot be read.
    """
    return tuple(
        Known(one.person.id, one.seen_until, one.old, one.new, len(days_of(standing(one.walks, new, at))))
        for one in Waiting(store).standings(old, new)
    )


def progress_of(config: Config, store: Store, old: Space, new: Space, at: float) -> Progress:
    """Return how far the people of this terminal have come.

    Raises:
        StoreError: The store cannot be read.
    """
    return progress(known(store, old, new, at), at, config.ota.active_days)
