"""What each liveness cue is worth by itself: its lowest score in a presentation against its configured limits."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.access.proof import denied_below, suspected_below
from edge.app.presentation import tracks
from edge.eval.rates import Rate, rate
from edge.values import Cue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.config import LivenessSettings
    from edge.values import Sighting

    Lowest = Mapping[Cue, float]
    """The lowest score of each cue that said anything."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a cue's scores mean.

    Attributes:
        suspect: A lower score asks for a challenge.
        deny: A lower one refuses; 0 where the cue never does.
    """

    suspect: float
    deny: float = 0.0


class CueOnSpecies(Struct, frozen=True):
    """One cue by itself against one PAI species.

    Attributes:
        species: Which.
        apcer: Attacks that the cue has nothing against, those among them of which it says nothing.
        denied: Attacks that it refuses by itself.
        silent: Attacks of which it says nothing.
        auc: The chance that a live presentation's lowest score is above an attack's, ties counting half, of those
            with a score; null where there are none.
        eer: The rate at which as many attacks pass as live presentations fail, of those with a score; null as well.
    """

    species: str
    apcer: Rate
    denied: Rate
    silent: int
    auc: float | None
    eer: float | None


class CueReport(Struct, frozen=True):
    """One cue by itself, at its configured limits.

    Attributes:
        cue: Which.
        suspect: A lower score asks for a challenge.
        deny: A lower one refuses; 0 where it never does.
        species: What it does against each species.
        worst: The species that it has nothing against most often.
        bpcer_denied: Live presentations that it refuses by itself.
        bpcer: Live presentations that it refuses, or asks for a challenge.
        silent: Live presentations of which it says nothing.
    """

    cue: Cue
    suspect: float
    deny: float
    species: tuple[CueOnSpecies, ...]
    worst: str
    bpcer_denied: Rate
    bpcer: Rate
    silent: int


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The lowest scores of one cue, of the presentations of which it said anything; each (n,) float64, ascending."""

    live: np.ndarray[tuple[int], np.dtype[np.float64]]
    attacks: np.ndarray[tuple[int], np.dtype[np.float64]]


def limits(settings: LivenessSettings) -> dict[Cue, Limits]:
    """Return the configured limits of the cues that watch; a challenge is asked for, and no recording answers it."""
    deny = denied_below(settings)
    suspect = {**deny, **suspected_below(settings), Cue.PASSIVE: settings.min_median}  # relief denies, and no more
    return {cue: Limits(suspect[cue], deny.get(cue, 0.0)) for cue in Cue if cue in suspect}


def lowest(sightings: Sequence[Sighting], settings: LivenessSettings) -> dict[Cue, float]:
    """Return the lowest score of each cue in a presentation.

    The network's score is the running median of its track, once enough pictures were judged, or that of one picture
    which is suspicious by itself: what the rules go by. A score that is not a number counts as 0, as there.

    Args:
        sightings: Of the presentation.
        settings: What the rules ask of the network.
    """
    found: dict[Cue, float] = {}
    for track in tracks(sightings):
        judged: list[float] = []
        for one in track:
            said = [(finding.cue, finding.score) for finding in one.findings if finding.score is not None]
            if one.liveness is not None and one.liveness < settings.suspect_below:
                said.append((Cue.PASSIVE, one.liveness))
            if one.liveness is not None and not one.spared:
                judged.append(one.liveness)
                if len(judged) >= settings.passive_frames:
                    said.append((Cue.PASSIVE, median(judged)))
            for cue, score in said:
                found[cue] = min(0.0 if isnan(score) else score, found.get(cue, 1.0))
    return found


def cue_report(cue: Cue, bounds: Limits, live: Sequence[Lowest], attacks: Mapping[str, Sequence[Lowest]]) -> CueReport:
    """Return what a cue is worth by itself.

    Args:
        cue: Which.
        bounds: Its limits.
        live: Of live presentations.
        attacks: Of each species' presentations.
    """
    species = tuple(_on_species(cue, bounds, name, some, live) for name, some in attacks.items())
    return CueReport(
        cue=cue,
        suspect=bounds.suspect,
        deny=bounds.deny,
        species=species,
        worst=max(species, key=lambda one: one.apcer.rate).species,
        bpcer_denied=rate(_under(live, cue, bounds.deny), len(live)),
        bpcer=rate(_under(live, cue, bounds.suspect), len(live)),
        silent=sum(cue not in one for one in live),
    )


def scores(cue: Cue, live: Sequence[Lowest], attacks: Sequence[Lowest]) -> Scores:
    """Return the scores of the presentations of which a cue said anything."""
    ordered = [np.sort(np.array([one[cue] for one in some if cue in one], np.float64)) for some in (live, attacks)]
    return Scores(ordered[0], ordered[1])


def trade_off(found: Scores) -> tuple[np.ndarray, np.ndarray]:
    """Return (APCER, BPCER), each (n,), at every limit at which either changes; the limit rises, so BPCER does.

    Args:
        found: Of live people and of attacks; one of each at least.
    """
    edges = np.append(np.unique(np.concatenate([found.live, found.attacks])), np.inf)
    passed = 1 - np.searchsorted(found.attacks, edges, side="left") / len(found.attacks)
    refused = np.searchsorted(found.live, edges, side="left") / len(found.live)
    return passed, refused


def area(found: Scores) -> float | None:
    """Return the chance that a live score is above an attack's, ties counting half; None without either."""
    if not (len(found.live) and len(found.attacks)):
        return None
    below = np.searchsorted(found.attacks, found.live, side="left")
    level = np.searchsorted(found.attacks, found.live, side="right") - below
    return float((below + level / 2).sum() / (len(found.live) * len(found.attacks)))


def equal_error(found: Scores) -> float | None:
    """Return the rate at which as many attacks pass as live presentations fail; None without either.

    Between two limits both rates are taken to change in a straight line.
    """
    if not (len(found.live) and len(found.attacks)):
        return None
    passed, refused = trade_off(found)
    lead = refused - passed  # rises from -1 to 1
    after = int(np.flatnonzero(lead >= 0)[0])
    before = max(after - 1, 0)
    step = lead[before] / (lead[before] - lead[after]) if lead[before] != lead[after] else 0.0
    return float(refused[before] + step * (refused[after] - refused[before]))


def _on_species(cue: Cue, bounds: Limits, name: str, attacks: Sequence[Lowest], live: Sequence[Lowest]) -> CueOnSpecies:
    found = scores(cue, live, attacks)
    return CueOnSpecies(
        species=name,
        apcer=rate(len(attacks) - _under(attacks, cue, bounds.suspect), len(attacks)),
        denied=rate(_under(attacks, cue, bounds.deny), len(attacks)),
        silent=len(attacks) - len(found.attacks),
        auc=area(found),
        eer=equal_error(found),
    )


def _under(some: Sequence[Lowest], cue: Cue, limit: float) -> int:
    return sum(cue in one and one[cue] < limit for one in some)
