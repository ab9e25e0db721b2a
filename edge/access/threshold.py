"""Which similarity a false-match rate stands for (S9): pure, and only what a model's evidence supports.

Between two measured points the threshold is linear in the logarithm of the false-match rate. A search among n templates
is n comparisons, any of which may go wrong, so each of them gets an n-th of the search's false-positive rate
(ISO/IEC 19795-1: FPIR = 1 - (1 - FMR)^n, which is at most n times FMR; the templates of one person depend on each
other, which only makes it less).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from edge.errors import EvidenceError
from edge.values import counted

BEYOND = "use face + PIN or QR, which is 1:1"
"""What to do where a search among so many is unsupported."""

_ROUNDING = 1e-9
"""A thirtieth of 3e-4 is 1e-5, though not to a computer."""


@dataclass(frozen=True, slots=True)
class Point:
    """A measured point of a model's curve.

    Attributes:
        fmr: The share of comparisons of different people that reach the threshold.
        threshold: Cosine similarity; a match is `similarity >= threshold`.
        false_matches: How many of the comparisons reached it.
        comparisons: How many comparisons of different people were made.
        lower: The lower end of the true rate's 95 % interval.
        upper: The upper end.
    """

    fmr: float
    threshold: float
    false_matches: int
    comparisons: int
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The threshold of every false-match rate that was measured.

    Attributes:
        points: Two or more, from the largest rate to the smallest; the threshold never falls on the way.

    Raises:
        EvidenceError: The points are no such curve.
    """

    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        if len(self.points) < 2:
            raise EvidenceError("the embedder's manifest has no measured thresholds: run `edge eval calibrate` for it")
        numbers = [number for point in self.points for number in (point.fmr, point.threshold)]
        falling = all(a.fmr > b.fmr for a, b in pairwise(self.points))
        rising = all(a.threshold <= b.threshold for a, b in pairwise(self.points))
        if not (all(map(math.isfinite, numbers)) and self.points[-1].fmr > 0 and falling and rising):
            raise EvidenceError("the embedder's thresholds are no curve: they must rise as the false-match rate falls")

    @property
    def strictest(self) -> Point:
        """The point of the smallest rate that was measured."""
        return self.points[-1]

    def resolve(self, fmr: float, *, extrapolate: bool = False) -> float:
        """Return the similarity from which two faces count as one person at this false-match rate.

        A rate above the largest measured one gets the largest one's threshold, which is safer than what was asked.

        Args:
            fmr: The false-match rate of one comparison.
            extrapolate: Whether to continue the curve beyond its strictest point; the result may exceed 1, which
                nobody reaches.

        Raises:
            EvidenceError: The rate is no rate, or stricter than anything measured.
        """
        if not 0 < fmr <= 1:
            raise EvidenceError(f"a false-match rate lies between 0 and 1; {fmr:g} does not")
        if fmr >= self.points[0].fmr:
            return self.points[0].threshold
        if not self.supports(fmr):
            if not extrapolate:
                raise EvidenceError(self._unsupported(fmr))
            return self.strictest.threshold + self._slope() * math.log10(self.strictest.fmr / fmr)
        if fmr <= self.strictest.fmr:
            return self.strictest.threshold
        after = bisect_left(self.points, -fmr, key=lambda point: -point.fmr)
        loose, strict = self.points[after - 1], self.points[after]
        if fmr == strict.fmr:
            return strict.threshold
        share = math.log(loose.fmr / fmr) / math.log(loose.fmr / strict.fmr)
        return min(loose.threshold + (strict.threshold - loose.threshold) * share, strict.threshold)

    def nearest(self, fmr: float) -> Point:
        """Return the measured point whose rate is nearest, on the logarithmic scale."""
        return min(self.points, key=lambda point: abs(math.log(point.fmr / fmr)))

    def supports(self, fmr: float) -> bool:
        """Whether the evidence reaches as far as this false-match rate of one comparison."""
        return fmr >= self.strictest.fmr * (1 - _ROUNDING)

    def largest_supported_gallery(self, fpir: float) -> int:
        """Return among how many templates a search may keep this false-positive rate; 0 when among none."""
        templates = max(0, math.floor(fpir / self.strictest.fmr) + 1)
        while templates and not self.supports(for_search(fpir, templates)):
            templates -= 1
        return templates if self.supports(fpir) else 0

    def require_search(self, fpir: float, people: int, templates: int) -> None:
        """Refuse a search whose false-positive rate the evidence does not support (S9).

        Args:
            fpir: The rate that is asked for.
            people: How many people are searched.
            templates: How many templates they have together.

        Raises:
            EvidenceError: It does not; the message says how far it does, and what to do.
        """
        if not self.supports(for_search(fpir, templates)):
            raise EvidenceError(
                f"decision.fpir = {fpir:g} among {counted(people, 'person', 'people')} with "
                f"{counted(templates, 'template')} is beyond the model's evidence, which supports {self.reach(fpir)}: "
                f"{BEYOND}; or raise decision.fpir, or set decision.accept_extrapolation"
            )

    def require_claim(self, fmr: float, templates: int) -> None:
        """Refuse a comparison with one claimed person whose false-match rate the evidence does not support (S9).

        Args:
            fmr: The rate that is asked for.
            templates: How many templates the person has.

        Raises:
            EvidenceError: It does not; the message says how far it does, and what to do.
        """
        if not self.supports(for_search(fmr, templates)):
            most = self.largest_supported_gallery(fmr)
            reach = f"at most {counted(most, 'template')} a person" if most else "no comparison at this rate"
            fewer = "enrol people with fewer photographs, " if most else ""
            raise EvidenceError(
                f"decision.fmr = {fmr:g} for a person with {counted(templates, 'template')} is beyond the model's "
                f"evidence, which supports {reach}: raise decision.fmr, {fewer}or set decision.accept_extrapolation"
            )

    def reach(self, fpir: float) -> str:
        """Say how large a gallery is supported at this false-positive rate, for people."""
        most = self.largest_supported_gallery(fpir)
        if not most:
            return "no search at this rate"
        if most == 1:
            return "1 template"
        thrice = "1 person" if most // 3 == 1 else f"{most // 3}"
        return f"{most} templates, such as {most} people with one each" + (
            f" or {thrice} with three" if most > 2 else ""
        )

    def _slope(self) -> float:
        # A flat end (few false matches) must not promise a rate for nothing: the slope of the whole curve is the least.
        before, last, first = self.points[-2], self.strictest, self.points[0]
        end = (last.threshold - before.threshold) / math.log10(before.fmr / last.fmr)
        whole = (last.threshold - first.threshold) / math.log10(first.fmr / last.fmr)
        slope = max(end, whole)
        if slope <= 0:
            raise EvidenceError("the embedder's thresholds are all equal, so nothing lies beyond them")
        return slope

    def _unsupported(self, fmr: float) -> str:
        return (
            f"a false-match rate of {fmr:.2g} is asked for, and the evidence ends at {self.strictest.fmr:.2g} "
            f"({self.strictest.false_matches} in {self.strictest.comparisons:,} comparisons): "
            f"raise decision.fpir or decision.fmr, or set decision.accept_extrapolation"
        )


def for_search(fpir: float, templates: int) -> float:
    """Return the false-match rate of each comparison that keeps a search among so many templates at this rate.

    Every template is a draw of its own: this is the union bound, and the one place that says what counts as a draw.
    A comparison with the templates of one claimed person (1:1) is such a search, too.
    """
    return fpir / max(templates, 1)
