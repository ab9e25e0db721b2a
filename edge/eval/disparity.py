"""What `edge eval groups` reports of groups of people, and when a rate must not be claimed."""

from __future__ import annotations

from msgspec import Struct

from edge.eval.rates import LEAST_FALSE_MATCHES, Rate
from edge.eval.subject import Material, ModelSet

_LOOSE = 10.0
"""An upper bound of more than this many times the rate in question says nothing about it."""


class Ratio(Struct, frozen=True):
    """A group's rate over everybody's.

    Attributes:
        ratio: The share of the two.
        lower: Lower end of its 95 % interval, from drawing people; not a number where many draws have no pairs.
        upper: Upper end.
    """

    ratio: float
    lower: float
    upper: float


class GroupResult(Struct, frozen=True):
    """The pairs of different people inside a group, or between two.

    Attributes:
        group: Its name.
        other: The other group; the same name for the pairs inside it.
        people: How many people there are in it, or in both.
        pictures: How many of their pictures have a face.
        fmr: Pairs of pictures of different people that match at the threshold that is asked about.
        fmr_people: How many different pairs of people these false matches are of.
        fmr_doubt: Why no rate is to be read from that; empty when it may be.
        lax: As `fmr`, at the lax threshold.
        lax_people: As `fmr_people`.
        lax_doubt: As `fmr_doubt`.
        lax_ratio: Its rate there over everybody's; null where there is doubt.
        mean: Mean impostor similarity, cosine.
        deviation: Its standard deviation.
        shift: The mean less everybody's, in standard deviations of everybody's.
        shift_lower: Lower end of its 95 % interval, from drawing people.
        shift_upper: Upper end.
        fnmr: Pairs of one person that do not match; null between groups.
    """

    group: str
    other: str
    people: int
    pictures: int
    fmr: Rate
    fmr_people: int
    fmr_doubt: str
    lax: Rate
    lax_people: int
    lax_doubt: str
    lax_ratio: Ratio | None
    mean: float
    deviation: float
    shift: float
    shift_lower: float
    shift_upper: float
    fnmr: Rate | None


class ColumnResult(Struct, frozen=True):
    """The groups of one column of labels.

    Attributes:
        column: Its name.
        everybody: All pairs of people who have a label.
        groups: The pairs inside each group.
        across: The pairs of people of different groups, together.
        pairs_of_groups: The same, for every two groups.
        unlabelled: People who have pictures and no label here; left out.
        cautions: What the data cannot say.
    """

    column: str
    everybody: GroupResult
    groups: list[GroupResult]
    across: GroupResult
    pairs_of_groups: list[GroupResult]
    unlabelled: list[str]
    cautions: list[str]


class GroupsReport(Struct, frozen=True):
    """What was measured of one embedder.

    Attributes:
        material: The pictures.
        models: The models.
        threshold: The similarity that is asked about, four decimals, the same for everybody.
        aim: The false-match rate that it stands for by the model's curve; null where the threshold itself was given.
        lax_threshold: The lower similarity at which there are more false matches to count.
        columns: The groups of each column.
    """

    material: Material
    models: ModelSet
    threshold: float
    aim: float | None
    lax_threshold: float
    columns: list[ColumnResult]


class GroupsReports(Struct, frozen=True):
    """What `edge eval groups` writes.

    Attributes:
        strangers: People in the table who have no pictures; left out.
        measured: A report for each embedder, side by side.
    """

    strangers: list[str]
    measured: list[GroupsReport]


def doubt(found: Rate, people: int, aim: float | None) -> str:
    """Say why a count of false matches is too small to read a rate from; empty when it is not.

    Args:
        found: The count.
        people: How many different pairs of people the false matches are of.
        aim: The rate that is asked about; None where only a threshold is.
    """
    if people >= LEAST_FALSE_MATCHES:
        return ""
    if not found.trials:
        return "no pairs"
    if found.events >= LEAST_FALSE_MATCHES:
        return f"too few people: {found.events} false matches in {found.trials:,} are of only {people} pairs of people"
    return _few(found, people, aim)


def _few(found: Rate, people: int, aim: float | None) -> str:
    if aim is None:
        if not found.events:
            return f"no false match in {found.trials:,}: the rate is below {found.upper:.1e}"
        return f"fewer than ten false matches: the rate is between {found.lower:.1e} and {found.upper:.1e}"
    if found.lower > aim:
        return (
            f"too few people: {found.events} in {found.trials:,} are more than {aim:.1e}, but of only {people} "
            f"{'pair' if people == 1 else 'pairs'} of people; how much more this cannot say"
        )
    if found.upper > _LOOSE * aim:
        return (
            f"too few pairs: {found.events} in {found.trials:,} only say that the rate is below {found.upper:.1e}, "
            f"and {aim:.1e} is asked about"
        )
    return f"fewer than ten false matches: the rate is between {found.lower:.1e} and {found.upper:.1e}"
