"""What the model's evidence says to what this terminal asks of it (S9): shown, refused beforehand, never stopping."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edge.access.threshold import BEYOND, for_search
from edge.app.curves import curve
from edge.app.eyes import bundle, space
from edge.errors import EvidenceError
from edge.people.search import LiveSearch
from edge.people.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.access.threshold import Curve
    from edge.app.places import Places
    from edge.config import Config


class Enrolled(NamedTuple):
    """Who can be recognised now.

    Attributes:
        people: How many people.
        templates: How many templates they have together.
    """

    people: int
    templates: int


def enrolled(config: Config, here: Places) -> Enrolled:
    """Count who can be recognised with the configured embedder; nobody where there is no people store yet.

    Raises:
        ModelError: The embedder is missing, damaged or not trusted.
        StoreError: The store cannot be read.
    """
    if not here.people_db.exists():
        return Enrolled(0, 0)
    with Store(here.people_db) as store:
        gallery = LiveSearch(store, space(config)).gallery()
        return Enrolled(len(gallery), gallery.templates)


def require_supported(config: Config, here: Places) -> None:
    """Refuse a configuration that asks for more than was measured, for the people who are enrolled now (S9).

    Raises:
        EvidenceError: It does, and does not accept extrapolation; every fault is named.
        ModelError: The embedder is missing, damaged or not trusted.
        StoreError: The people store cannot be read.
    """
    measured = curve(bundle(config.models.embedder, "embedder", trusted=True))
    faults = [] if config.decision.accept_extrapolation else list(_faults(config, measured, enrolled(config, here)))
    if faults:
        raise EvidenceError("; ".join(faults))


def _faults(config: Config, measured: Curve, who: Enrolled) -> Iterator[str]:
    try:
        measured.require_search(config.decision.fpir, who.people, who.templates)
    except EvidenceError as error:
        yield str(error)
    try:
        measured.resolve(config.decision.fmr)
    except EvidenceError as error:
        yield f"decision.fmr = {config.decision.fmr:g}: {error}"


def beyond(config: Config, measured: Curve, who: Enrolled) -> str:
    """Say that a search goes beyond the evidence, and with what threshold the terminal goes on; empty if it does not.

    A door that runs is never stopped for it: its threshold is the curve's stricter continuation.
    """
    fmr = for_search(config.decision.fpir, who.templates)
    if measured.supports(fmr):
        return ""
    return (
        f"a search among {who.people} people with {who.templates} templates is beyond the model's evidence, which "
        f"supports {measured.reach(config.decision.fpir)}: it goes on with a stricter threshold, "
        f"{measured.resolve(fmr, extrapolate=True):.3f}, and may not know people; {BEYOND}"
    )
