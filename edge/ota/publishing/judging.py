"""Whether an embedder may take another's place, by what was measured and is signed in both manifests. Pure.

False matches cannot differ: each embedder has thresholds of its own, resolved at a false-match rate (S9). What can be
worse is how many people it lets in at that rate. A sample never shows that nothing is worse; so what is asked for is
that it excludes, at 95 %, a loss of two points, and that it does not show any loss at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.vision.manifest import Accuracy, Manifest

MARGIN = 0.02
"""No release may lose so much of the genuine pairs: as a share of them, at any false-match rate that was measured."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What one embedder accepts less what another does, at one false-match rate.

    Attributes:
        fmr: The rate.
        value: Of the shares of genuine pairs; below 0 for the worse.
        lower: Of its 95 % interval.
        upper: Of the same.
        how: What was compared, in words.
    """

    fmr: float
    value: float
    lower: float
    upper: float
    how: str


def unmeasured(new: Manifest) -> tuple[str, ...]:
    """Return what an embedder needs to have been measured and was not, one sentence each."""
    if new.role != "embedder":
        return ()
    faults = []
    if not new.threshold:
        faults.append(
            f"{_name(new)} has no measured threshold curve, so no false-match rate can be meant with it (S9): "
            "`edge eval calibrate` measures one"
        )
    if not new.accuracy:
        faults.append(f"{_name(new)} says nothing of how many people it lets in: `edge eval calibrate` measures that")
    return tuple(faults)


def worse(new: Manifest, old: Manifest) -> tuple[str, ...]:
    """Return why an embedder may not take another's place, one sentence for each false-match rate; none if it may.

    Args:
        new: The one that is to be released.
        old: The one that runs so far.
    """
    if new.sha256 == old.sha256:
        return ()
    faults = []
    for row in old.accuracy:
        found = difference(new, old, row)
        if found is None:
            faults.append(
                f"nothing measured compares {_name(new)} with {_name(old)}, whose place it takes, at a false-match "
                f"rate of {row.fmr:g}: measure it on the same pictures, or beside it "
                f"(`edge eval calibrate {_name(new)} --against {_name(old)}`)"
            )
        elif found.upper < 0 or found.lower <= -MARGIN:
            faults.append(_sentence(new, old, found))
    return tuple(faults)


def difference(new: Manifest, old: Manifest, row: Accuracy) -> Difference | None:
    """Return how a new embedder compares with an old one; None where nothing that was measured tells.

    A comparison of both on the same pictures, person by person, is the better one: it knows that both fail on the same
    pairs. Otherwise two shares of one set of pictures are compared as if they were independent, which is wider.

    Args:
        new: The new one.
        old: The old one.
        row: What was measured of the old one, at one false-match rate.
    """
    mine = [one for one in new.accuracy if math.isclose(one.fmr, row.fmr)]
    for one in mine:
        beside = one.against
        if beside is not None and (beside.bundle, beside.sha256) == (_name(old), old.sha256):
            how = f"both on the same {beside.pictures:,} pictures"
            return Difference(row.fmr, beside.difference, beside.difference_lower, beside.difference_upper, how)
    for one in mine:
        if one.data == row.data:
            return _independent(one, row)
    return None


def _independent(new: Accuracy, old: Accuracy) -> Difference:
    """Return the difference of two shares by their own intervals (Newcombe, Statistics in Medicine 17, 1998)."""
    mine, theirs = new.true_accepts / new.genuine, old.true_accepts / old.genuine
    value = mine - theirs
    lower = value - math.hypot(mine - new.lower, old.upper - theirs)
    upper = value + math.hypot(new.upper - mine, theirs - old.lower)
    return Difference(new.fmr, value, lower, upper, f"each measured by itself on {new.data}")


def _sentence(new: Manifest, old: Manifest, found: Difference) -> str:
    shown = (
        "it is worse"
        if found.upper < 0
        else f"a loss of {100 * MARGIN:g} points is not excluded: measure on more people, or beside it"
    )
    return (
        f"{_name(new)} accepts {100 * found.value:+.2f} points of genuine pairs at a false-match rate of "
        f"{found.fmr:g}, compared with {_name(old)}, whose place it takes (95 %: {100 * found.lower:+.2f} to "
        f"{100 * found.upper:+.2f}; {found.how}): {shown}"
    )


def _name(manifest: Manifest) -> str:
    return f"{manifest.name}-{manifest.version}"
