"""Puts the enrolment desk together: eyes, store, rules and what the evidence supports."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from edge.access.threshold import for_search
from edge.app import head_office
from edge.app.auditing import audit
from edge.app.beside import beside
from edge.app.curves import curve
from edge.app.eyes import load_models, open_eyes
from edge.app.model_set import running
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

    from edge.access.threshold import Curve
    from edge.app.eyes import Models
    from edge.config import Config
    from edge.values import Handle, Occasion
    from edge.vision.pipeline import Eyes

_MIX_UP_FMR = 1e-2
"""How many of the pictures filed under a wrong person may pass for theirs; stricter costs people their own pictures."""


def limits(measured: Curve, fpir: float, templates: int) -> Limits:
    """Return what counts as similar at the desk.

    Args:
        measured: The embedder's curve.
        fpir: The share of new people whom the desk may take for somebody who is enrolled.
        templates: Among how many is searched.

    Raises:
        EvidenceError: The curve does not reach the rate at which pictures may be mixed up.
    """
    other = measured.resolve(for_search(fpir, templates), extrapolate=True)
    return Limits(same=measured.resolve(_MIX_UP_FMR), other=other)


def _look(eyes: Eyes, path: Path) -> Photo:
    try:
        pixels = picture.read(path)
    except PictureError as error:
        return Photo(str(path), fault=str(error))
    seen = study(pixels, eyes)
    return Photo(str(path), seen.faces, seen.quality.flaws if seen.quality else (), seen.embedding, pixels=pixels)


@contextmanager
def open_desk(
    config: Config,
    data: Path | None,
    operator: str,
    distinct: Handle | None = None,
    models: Models | None = None,
) -> Iterator[Desk]:
    """Open the people store for enrolment; what is done is written into the journal.

    Args:
        config: The models, and the rates that are asked for.
        data: The folder of people and journal; None for the one of this machine.
        operator: Who enrols, for the journal.
        distinct: Somebody whom they know to be another person than whoever is enrolled; None for nobody.
        models: Already loaded, where the caller has them.

    Raises:
        SignatureError: Head office's limits cannot be trusted.
        ConfigError: A setting is laxer than they allow.
        ModelError: A model is missing, damaged, not trusted, or has collapsed.
        StoreError: The people store cannot be opened.
    """
    here = places(data)
    head_office.require_within(config, here)
    decision, models = config.decision, models or load_models(config, running(config, here))
    measured = curve(models.embedder.bundle)
    # Photographs are no living people: whether somebody is alive is judged at the door.
    eyes = open_eyes(config.without_liveness(), models=models)
    more = beside(config, here, models, eyes)

    def room(people: int, templates: int) -> None:
        if not decision.accept_extrapolation:
            measured.require_search(decision.fpir, people, templates)

    def write(occasion: Occasion, handle: Handle, words: str) -> None:
        audit(here, occasion, operator=operator, words=words, handle=handle)

    people = config.people
    most = sys.maxsize if decision.accept_extrapolation else measured.largest_supported_gallery(decision.fpir)
    with open_store(config, here, create=True) as store:
        yield Desk(
            store=store,
            search=LiveSearch(store, models.space(config)),
            look=partial(_look, eyes),
            limits=partial(limits, measured, people.duplicate_fpir),
            room=room,
            most=most,
            consent_texts=people.consent_texts,
            distinct=distinct,
            audit=write,
            beside=more,
        )
