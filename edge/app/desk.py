"""Puts the enrolment desk together: eyes, store, rules and what the evidence supports."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from edge.access.threshold import for_search
from edge.app import head_office
from edge.app.curves import curve
from edge.app.eyes import load_models, open_eyes
from edge.app.places import places
from edge.app.vault import open_store
from edge.errors import PictureError
from edge.people.desk import Desk
from edge.people.enrol import Limits, Photo
from edge.people.search import LiveSearch
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
        SignatureError: Head office's limits cannot be trusted.
        ConfigError: A setting is laxer than they allow.
        ModelError: A model is missing, damaged, not trusted, or has collapsed.
        StoreError: The people store cannot be opened.
    """
    here = places(data)
    head_office.require_within(config, here)
    decision, models = config.decision, load_models(config)
    measured = curve(models.embedder.bundle)
    # Photographs are no living people: whether somebody is alive is judged at the door.
    eyes = open_eyes(config.without_liveness(), models=models)

    def look(path: Path) -> Photo:
        try:
            seen = study(picture.read(path), eyes)
        except PictureError as error:
            return Photo(str(path), fault=str(error))
        return Photo(str(path), seen.faces, seen.quality.flaws if seen.quality else (), seen.embedding)

    def limits(templates: int) -> Limits:
        fmr = for_search(decision.fpir, templates)
        return Limits(same=measured.resolve(_MIX_UP_FMR), other=measured.resolve(fmr, extrapolate=True))

    def room(people: int, templates: int) -> None:
        if not decision.accept_extrapolation:
            measured.require_search(decision.fpir, people, templates)

    most = sys.maxsize if decision.accept_extrapolation else measured.largest_supported_gallery(decision.fpir)
    with open_store(config, here, create=True) as store:
        yield Desk(store, LiveSearch(store, models.space(config)), look, limits, room, most)
