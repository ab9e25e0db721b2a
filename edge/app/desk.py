"""Puts the enrolment desk together: eyes, store, rules and what the evidence supports."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from edge.access.threshold import for_search
from edge.app.eyes import bundle, open_eyes, space
from edge.app.places import places
from edge.app.terminal import curve
from edge.errors import PictureError
from edge.people.desk import Desk
from edge.people.enrol import Limits, Photo
from edge.people.search import LiveSearch
from edge.people.store import Store
from edge.vision import picture
from edge.vision.still import study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.config import Config

_MIX_UP_FMR = 1e-2
"""How many of the pictures filed under a wrong person may pass for theirs; stricter costs people their own pictures."""


@contextmanager
def open_desk(config: Config, data: Path | None) -> Iterator[Desk]:
    """Open the people store for enrolment from photographs.

    Args:
        config: The models, and the rates that are asked for.
        data: The folder of people and journal; None for the one of this machine.

    Raises:
        ModelError: A model is missing, damaged or not trusted.
        StoreError: The people store cannot be opened.
    """
    decision = config.decision
    measured = curve(bundle(config.models.embedder, "embedder", trusted=True))
    # Photographs are no living people: whether somebody is alive is judged at the door.
    eyes = open_eyes(config.without_liveness())

    def look(path: Path) -> Photo:
        try:
            seen = study(picture.read(path), eyes)
        except PictureError as error:
            return Photo(str(path), fault=str(error))
        return Photo(str(path), seen.faces, seen.quality.flaws if seen.quality else (), seen.embedding)

    def limits(people: int) -> Limits:
        fmr = for_search(decision.fpir, people)
        return Limits(
            same=measured.resolve(_MIX_UP_FMR),
            other=measured.resolve(fmr, extrapolate=decision.accept_extrapolation),
        )

    supported = None if decision.accept_extrapolation else measured.largest_supported_gallery(decision.fpir)
    with Store(places(data).people_db, create=True) as store:
        yield Desk(store, LiveSearch(store, space(config)), look, limits, supported)
