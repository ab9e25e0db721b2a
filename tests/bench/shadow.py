"""How surely a new set that is worse is caught beside the old one, and how often a good one is blamed for nothing.

    python -m tests.bench.shadow [--times 400] [--old 0.975] [--json]

No camera: scores are drawn. A face's score against its own template is what the person, the visit and the frame add to
it, each shared by both sets to a part; the threshold lies where the old set accepts the given share of frames. Visits
are those that either set would have let in. For each true loss: how often the set was found ready or worse, and after
how many visits (median and 90th percentile).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from edge.config import OtaSettings
from edge.ota.figures import Day, Figures, Share
from edge.ota.shadow import Policy, Ready, Waiting, Worse, judged

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOSSES = (-0.01, 0.0, 0.01, 0.02, 0.03, 0.05)
SPREAD = (0.45, 0.6, 0.66)
"""What the person, the visit and the frame add to a score, as standard deviations: together 1."""

ALIKE = (0.8, 0.8, 0.6)
"""How far two sets agree on each."""

LONGEST = 6000


@dataclass(frozen=True)
class Line:
    """What became of sets of one true loss.

    Attributes:
        loss: By what share fewer frames the new set accepts.
        ready: The share of trials in which it was found ready,
        worse: and worse; the rest was still open after `LONGEST` visits.
        visits_median: After how many visits it was decided.
        visits_p90: After how many 9 of 10 were.
    """

    loss: float
    ready: float
    worse: float
    visits_median: float
    visits_p90: float


def drawn(chance: np.random.Generator, old: float, loss: float, votes: int, people: int) -> list[Share]:
    """Draw visits in which either set lets the person in, at a site where the new one really loses so much."""
    persons = _both(chance, 0, people)
    rest = NormalDist(0, float(np.hypot(SPREAD[1], SPREAD[2])))
    limits = [_limit(row, share, rest) for row, share in zip(persons, (old, old - loss), strict=True)]
    visits: list[Share] = []
    while len(visits) < LONGEST:
        who = int(chance.integers(people))
        frames = int(chance.integers(2, 7))
        scores = persons[:, who : who + 1] + _both(chance, 1, 1) + _both(chance, 2, frames)
        accepted = [int((row >= limit).sum()) for row, limit in zip(scores, limits, strict=True)]
        if max(accepted) >= votes:
            visits.append(Share(frames, *accepted))
    return visits


def decided(visits: list[Share], policy: Policy, each: int = 20) -> tuple[type, int]:
    """Return what was found, and after how many visits; the figures are looked at after so many each."""
    figures = Figures("new", tuple(Day(f"day {number:03d}") for number in range(policy.days)))
    for count in range(each, len(visits) + 1, each):
        days = list(figures.days)
        number = (count // each) % len(days)
        kept = Counter({(one.frames, one.old, one.new): one.visits for one in days[number].shares})
        kept.update((one.frames, one.old, one.new) for one in visits[count - each : count])
        days[number] = replace(days[number], shares=tuple(Share(*alike, many) for alike, many in kept.items()))
        figures = replace(figures, days=tuple(days))
        found = judged(figures, policy)
        if not isinstance(found, Waiting):
            return type(found), count
    return Waiting, len(visits)


def line(loss: float, policy: Policy, old: float, times: int, seed: int) -> Line:
    """Try one true loss so many times."""
    chance = np.random.default_rng(seed)
    found = [decided(drawn(chance, old, loss, policy.votes, 150), policy) for _ in range(times)]
    counts = [count for _, count in found]
    return Line(
        loss,
        sum(kind is Ready for kind, _ in found) / times,
        sum(kind is Worse for kind, _ in found) / times,
        float(np.median(counts)),
        float(np.percentile(counts, 90)),
    )


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    settings = OtaSettings()
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--old", type=float, default=0.975, help="the share of frames that the old set accepts")
    parser.add_argument("--loss", type=float, default=settings.shadow_loss, help="ota.shadow_loss")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    policy = Policy(settings.shadow_visits, settings.shadow_days, asked.loss, 1e-3, votes=2)
    lines = [line(loss, policy, asked.old, asked.times, seed) for seed, loss in enumerate(LOSSES)]
    if asked.json:
        print(json.dumps([asdict(one) for one in lines]))  # noqa: T201 - its output
        return 0
    print(f"{asked.times} trials a line; old set {asked.old:.1%}; shadow_loss {asked.loss:g}")  # noqa: T201 - its output
    for one in lines:
        print(  # noqa: T201 - its output
            f"true loss {100 * one.loss:+5.1f} points: ready {one.ready:6.1%}, worse {one.worse:6.1%}, "
            f"decided after {one.visits_median:.0f} visits (median), {one.visits_p90:.0f} (90 %)"
        )
    return 0


def _limit(persons: NDArray[np.float64], share: float, rest: NormalDist) -> float:
    """Return the score that so many frames of these people reach."""
    low, high = -10.0, 10.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        reached = float(np.mean([1 - rest.cdf(middle - one) for one in persons]))
        low, high = (middle, high) if reached > share else (low, middle)
    return low


def _both(chance: np.random.Generator, part: int, count: int) -> NDArray[np.float64]:
    """Draw what one part adds to the scores of both sets: (2, count)."""
    shared, own = chance.standard_normal((1, count)), chance.standard_normal((2, count))
    alike = ALIKE[part]
    found: NDArray[np.float64] = SPREAD[part] * (np.sqrt(alike) * shared + np.sqrt(1 - alike) * own)
    return found


if __name__ == "__main__":
    sys.exit(main())
