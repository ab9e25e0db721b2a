"""What the model's evidence says to what this terminal asks of it (S9): shown, refused beforehand, never stopping."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edge.access.threshold import BEYOND, for_search
from edge.app.curves import curve
from edge.app.eyes import space
from edge.app.model_set import running
from edge.app.vault import open_store
from edge.errors import EvidenceError
from edge.people.search import LiveSearch
from edge.values import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.access.threshold import Curve
    from edge.app.places import Places
    from edge.config import Config
    from edge.people.gallery import Gallery


class Enrolled(NamedTuple):
    """Who can be recognised now.

    Attributes:
        people: How many people.
        templates: How many templates they have together.
        most: How many the person with the most has.
    """

    people: int
    templates: int
    most: int

    @classmethod
    def of(cls, gallery: Gallery) -> Enrolled:
        """Count the people of a gallery."""
        return cls(len(gallery), gallery.templates, gallery.most_templates)


def enrolled(config: Config, here: Places) -> Enrolled:
    """Count who can be recognised with the embedder that runs; nobody where there is no people store yet.

    Raises:
        ModelError: The embedder is missing, damaged or not trusted.
        StoreError: The store cannot be read.
    """
    if not here.people_db.exists():
        return Enrolled(0, 0, 0)
    with open_store(config, here) as store:
        return Enrolled.of(LiveSearch(store, space(config, running(config, here))).gallery())


def require_supported(config: Config, here: Places) -> None:
    """Refuse a configuration that asks for more than was measured, for the people who are enrolled now (S9).

    Raises:
        EvidenceError: It does, and does not accept extrapolation; every fault is named.
        ModelError: The embedder is missing, damaged or not trusted.
        StoreError: The people store cannot be read.
    """
    measured = curve(running(config, here).bundle("embedder"))
    faults = [] if config.decision.accept_extrapolation else list(_faults(config, measured, enrolled(config, here)))
    if faults:
        raise EvidenceError("; ".join(faults))


def _faults(config: Config, measured: Curve, who: Enrolled) -> Iterator[str]:
    try:
        measured.require_search(config.decision.fpir, who.people, who.templates)
    except EvidenceError as error:
        yield str(error)
    try:
        measured.require_claim(config.decision.fmr, max(who.most, 1))
    except EvidenceError as error:
        yield str(error)
    yield from purpose_faults(config, measured, who)
    if not measured.supports(config.track.fmr):
        yield (
            f"track.fmr = {config.track.fmr:g} is beyond the model's evidence, which ends at "
            f"{measured.strictest.fmr:g}: hardly a track would last; raise track.fmr"
        )
    if config.adaptation.enabled and not measured.supports(config.adaptation.fmr):
        yield (
            f"adaptation.fmr = {config.adaptation.fmr:g} is beyond the model's evidence, which ends at "
            f"{measured.strictest.fmr:g}: raise adaptation.fmr, and adaptation.stricter where more is asked than that"
        )


def purpose_faults(config: Config, measured: Curve, who: Enrolled) -> Iterator[str]:
    """Yield each purpose whose false-match rate the evidence does not support for whoever has the most templates."""
    for purpose in config.purposes:
        try:
            measured.require_claim(purpose.fmr, max(who.most, 1))
        except EvidenceError as error:
            yield f'the purpose "{purpose.name}" cannot be offered: {error}'.replace("decision.fmr", "its fmr")


def beyond(config: Config, measured: Curve, who: Enrolled) -> str:
    """Say that a search goes beyond the evidence, and with what threshold the terminal goes on; empty if it does not.

    A door that runs is never stopped for it: its threshold is the curve's stricter continuation.
    """
    fmr = for_search(config.decision.fpir, who.templates)
    if measured.supports(fmr):
        return ""
    return (
        f"a search among {counted(who.people, 'person', 'people')} with {counted(who.templates, 'template')} is beyond "
        f"the model's evidence, which supports {measured.reach(config.decision.fpir)}: it goes on with a stricter "
        f"threshold, {measured.resolve(fmr, extrapolate=True):.3f}, and may not know people; {BEYOND}"
    )
