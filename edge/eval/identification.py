"""What `edge eval identify` reports: open-set identification, in the words of ISO/IEC 19795-1."""

from __future__ import annotations

from msgspec import Struct

from edge.eval.fusion import FusionPoint
from edge.eval.rates import Rate
from edge.eval.resample import Share
from edge.eval.subject import Material, ModelSet


class CurvePoint(Struct, frozen=True):
    """What happens at one threshold, the margin being asked as configured; shares over all repeats.

    Attributes:
        threshold: Cosine similarity.
        fpir: Non-mated probes taken for somebody.
        fnir: Mated probes not taken for the right person.
        wrong: Mated probes taken for somebody else.
    """

    threshold: float
    fpir: float
    fnir: float
    wrong: float


class FormulaCheck(Struct, frozen=True):
    """Whether FPIR = 1 - (1 - FMR)^comparisons holds, at a threshold where both sides have been counted.

    Attributes:
        threshold: Cosine similarity; no margin is asked.
        fmr: The false-match rate of one comparison, over all pairs of different people in these pictures.
        predicted: What the formula makes of it, comparisons taken as independent.
        fpir: What was counted.
        ratio: Counted over predicted: below 1 the formula errs to the safe side.
    """

    threshold: float
    fmr: Rate
    predicted: float
    fpir: Share
    ratio: float


class Confusion(Struct, frozen=True):
    """A non-mated probe that was taken for somebody: often enough a picture under a wrong name.

    Attributes:
        probe: The folder and name of the probe's file.
        person: For whom it was taken.
        similarity: Cosine similarity, the highest of the repeats.
    """

    probe: str
    person: str
    similarity: float


class Identification(Struct, frozen=True):
    """One size of gallery. Shares are over all repeats; `first_*` are of the first repeat alone.

    Attributes:
        people: How many people are enrolled.
        templates: With how many templates each.
        repeats: How many times people and templates were drawn.
        threshold: What the product asks of such a gallery, cosine similarity.
        fmr: The false-match rate of one comparison that it stands for.
        supported: Whether the model's evidence reaches that rate; else the threshold is extrapolated.
        fpir: Non-mated probes taken for somebody (threshold and margin).
        first_fpir: The same of one repeat, no picture twice, with the interval of Clopper and Pearson, which takes
            pictures as independent: the true one is wider.
        fpir_without_margin: The same by the threshold alone.
        fpir_by_people: FPIR had the threshold counted people instead of templates; null with one template each.
        fnir: Mated probes not taken for the right person: nobody, or somebody else.
        first_fnir: The same of one repeat, with the interval of Clopper and Pearson.
        wrong: Mated probes taken for another enrolled person; part of `fnir`.
        ambiguous: Mated probes that only the margin refused; part of `fnir`.
        not_first: Mated probes that are most like another person, whatever the threshold.
        confusions: The most similar false positives, each pair once, at most ten.
        formula: FPIR against the formula, where both can be counted.
        curve: What happens at each threshold.
    """

    people: int
    templates: int
    repeats: int
    threshold: float
    fmr: float
    supported: bool
    fpir: Share
    first_fpir: Rate
    fpir_without_margin: Share
    fpir_by_people: Share | None
    fnir: Share
    first_fnir: Rate
    wrong: Share
    ambiguous: Share
    not_first: Share
    confusions: list[Confusion]
    formula: list[FormulaCheck]
    curve: list[CurvePoint]


class LeftOut(Struct, frozen=True):
    """A gallery that there are too few people for; it was not measured.

    Attributes:
        people: How many were to be enrolled; null for as many as there are.
        templates: With how many templates each.
        able: How many have pictures enough while somebody stays outside.
    """

    people: int | None
    templates: int
    able: int


class Projection(Struct, frozen=True):
    """What the evidence says of a gallery that was not measured; assumes independent comparisons, nothing else.

    Attributes:
        people: How many people.
        templates: With how many templates each.
        fmr_needed: The false-match rate of one comparison that keeps the configured FPIR.
        fmr_supported: The smallest that the model's evidence supports.
        supported: Whether that is enough.
        fpir_assumed: 1 - (1 - FMR)^comparisons at the larger of `fmr_needed` and `fmr_supported`. Computed: where
            supported of what the product asks, else of the last threshold that was measured.
        threshold: What the product asks; extrapolated where not supported.
        measured_people: The largest gallery that was measured with so many templates.
        fnir: Its mated probes that are not taken for the right person at `threshold` and the margin; counted. Further
            people in that gallery only come nearer to a probe, so that its FNIR is no smaller.
    """

    people: int
    templates: int
    fmr_needed: float
    fmr_supported: float
    supported: bool
    fpir_assumed: float
    threshold: float
    measured_people: int
    fnir: Share


class IdentificationReport(Struct, frozen=True):
    """What was measured of one embedder.

    Attributes:
        material: The pictures.
        models: The models.
        fpir: The configured false-positive identification rate.
        margin: The configured margin.
        largest_supported: Among how many templates the model's evidence supports that rate.
        measured: A gallery size each.
        left_out: What was asked for and not measured: too few people have pictures enough.
        projected: What is said of larger ones; not measured.
        fusions: Ways to join templates, at equal FPIR; empty with one template each.
    """

    material: Material
    models: ModelSet
    fpir: float
    margin: float
    largest_supported: int
    measured: list[Identification]
    left_out: list[LeftOut]
    projected: list[Projection]
    fusions: list[FusionPoint]


class IdentificationReports(Struct, frozen=True):
    """What `edge eval identify` writes.

    Attributes:
        seed: Of the drawing of people and templates; the same for every model.
        measured: A report for each embedder, side by side.
    """

    seed: int
    measured: list[IdentificationReport]
