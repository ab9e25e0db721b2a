"""Whether a claim that the door opened for becomes a template of the new space. Pure: no clock, no I/O, no threads.

Once another model decides, whoever is missing there is compared with their old templates alone, after a PIN, a code or
a number said who they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edge.ota.migrate import SOURCE, Declined, gathered
from edge.people.records import Migration, Template, words
from edge.values import Factor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.ota.migrate import Bounds, Walk
    from edge.people.records import Kept
    from edge.values import Embedding

CLAIMED_FRAMES = 2
"""How many frames of a claim are enough."""


def proven(
    walk: Walk,
    kept: Sequence[Kept],
    bounds: Bounds,
    rivals: tuple[Callable[[Embedding], float], Callable[[Embedding], float]],
) -> Template | Declined:
    """Return the template that one walk becomes because a PIN or a code said, too, who it is; or why it becomes none.

    The face must still be like an anchor as a walk that waits must be: that a stolen PIN opened the door once must
    not become a face that opens it for ever.

    Args:
        walk: The track, as both models saw it.
        kept: All templates of the person, of every space.
        bounds: What it must keep to.
        rivals: Say how like a face of the old, and of the new space is to anybody else.
    """
    if not any(one.factor in {Factor.PIN, Factor.QR} for one in walk.credentials):
        return Declined.NO_SECOND_FACTOR
    # A claim is decided by fewer frames than a walk shows; the PIN or the code stands for the others.
    found = gathered(walk, kept, (), replace(bounds, frames=min(bounds.frames, CLAIMED_FRAMES)), rivals[0])
    if isinstance(found, Declined):
        return found
    face = found.embedding
    rival = rivals[1](face)
    if not rival < bounds.new_floor:
        return Declined.RESEMBLES
    old = words(walk.looks[0].old.space)
    return Template(face, SOURCE, "migrated", migration=Migration(walk.at, "claim", 1, 1.0, bounds.strong, rival, old))
