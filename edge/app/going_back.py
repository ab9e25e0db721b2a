"""Another set of models decides again, by an operator's hand. It may be urgent, so that no model is loaded for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from edge.app.auditing import audit
from edge.ota.active import rolled_back
from edge.ota.slots import Slots
from edge.values import Occasion

if TYPE_CHECKING:
    from edge.app.places import Places
    from edge.ota.active import Active, Slot


def roll_back(here: Places, operator: str, why: str, to: Slot | None = None) -> Active:
    """Go back to the last good set, or to a given one; the set that is left is not offered again.

    A running terminal takes it up by itself; it need not run, nor the people store be there.

    Args:
        here: Where the sets are.
        operator: Who does it, for history and journal.
        why: Why.
        to: Where to; None for the last good set.

    Raises:
        OtaError: There is nothing to go back to, or it cannot be written.
        JournalError: It was done, and not written into the journal.
    """
    slots = Slots(here.models)
    left: list[Slot] = []

    def step(active: Active) -> Active:
        left.append(active.running)
        return rolled_back(active, why, time.time(), to)

    after = slots.change(step, str(Occasion.UPDATE_ROLLED_BACK), why, operator=operator)
    words = f"{left[-1]} was taken back by hand, {after.running} decides: {why}"
    audit(here, Occasion.UPDATE_ROLLED_BACK, operator=operator, words=words)
    return after
