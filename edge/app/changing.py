"""Writes down which set of models decides, in `active.toml`, its history and the journal."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Literal

from edge.errors import EdgeError, OtaError
from edge.ota import active as steps
from edge.ota.active import Active
from edge.values import Occasion

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.ota.slots import Slots

_log = logging.getLogger(__name__)

Step = Literal["dropped", "cut_over", "lasted", "confirmed", "rolled_back"]

_OCCASIONS: dict[Step, Occasion | None] = {
    "dropped": Occasion.UPDATE_REFUSED,
    "cut_over": Occasion.UPDATE_APPLIED,
    "lasted": None,
    "confirmed": Occasion.UPDATE_CONFIRMED,
    "rolled_back": Occasion.UPDATE_ROLLED_BACK,
}


class Changing:
    """The terminal's hand on `active.toml`; not for the thread of the frames, but for `stamp`."""

    def __init__(
        self, slots: Slots | None, audit: Callable[[Occasion, str], None], wall: Callable[[], float] = time.time
    ) -> None:
        """Take the sets, who writes into the journal, and the clock, seconds since the epoch.

        Without sets the factory's decides, and nothing changes.
        """
        self._slots = slots
        self._audit = audit
        self._wall = wall

    @property
    def stamp(self) -> tuple[int, ...]:
        """What changes whenever another set may decide."""
        return () if self._slots is None else self._slots.stamp

    def read(self) -> Active:
        """Return what decides."""
        return Active() if self._slots is None else self._slots.read()

    def change(self, step: Step, expected: Active, why: str) -> Active:
        """Do one step; on return it lasts.

        Args:
            step: Which.
            expected: What it was decided on.
            why: In words.

        Raises:
            OtaError: Something else is tried or decides meanwhile, or it cannot be written.
        """
        slot = expected.candidate if step in {"dropped", "cut_over", "lasted"} else expected.running

        def stepped(active: Active) -> Active:
            if (active.running, active.candidate, active.phase) != (
                expected.running,
                expected.candidate,
                expected.phase,
            ):
                raise OtaError(f"{slot}: something else was decided meanwhile")
            return self._stepped(step, active, why)

        if self._slots is None:
            raise OtaError("the models are configured by hand: no set is taken in their place")
        after = self._slots.change(stepped, str(_OCCASIONS[step] or step), why, slot=slot)
        self.tell(step, f"{slot}: {why}" if why else slot)
        return after

    def back(self, active: Active, why: str) -> Active:
        """Return what a roll-back would leave, in memory alone."""
        return self._stepped("rolled_back", active, why)

    def tell(self, step: Step, words: str) -> None:
        """Write a step into the journal, if it belongs there; one that cannot be written is not taken back for it."""
        occasion = _OCCASIONS[step]
        try:
            if occasion is not None:
                self._audit(occasion, words)
        except EdgeError as error:
            _log.warning("the journal does not tell of it: %s", error)

    def _stepped(self, step: Step, active: Active, why: str) -> Active:
        match step:
            case "dropped":
                return steps.dropped(active, why, self._wall())
            case "cut_over":
                return steps.cut_over(active)
            case "lasted":
                return steps.lasted(active)
            case "confirmed":
                return steps.confirmed(active)
            case "rolled_back":
                return steps.rolled_back(active, why, self._wall())
