"""Tries again what is installed: a record of the gate does not outlive the runtime that it was made with (S8).

A terminal whose software was updated runs no set that was not tried with it; without this it would run the factory's,
whose templates are of another space, and know nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.app import gating
from edge.app.fetching import root_of_trust
from edge.app.runtime import device_here
from edge.ota.active import FACTORY, NOBODY, kept
from edge.ota.gate import Papers, why_not_here
from edge.ota.manifest import ROLES
from edge.ota.proof import examined
from edge.ota.slots import Slots
from edge.vision.bundle import find

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.places import Places
    from edge.config import Config
    from edge.ota.active import Slot
    from edge.ota.gate import GateReport


def again(config: Config, here: Places, at: float, cage: gating.Cage | None = None) -> dict[Slot, GateReport]:
    """Try each set that is kept and whose record does not count here; return what was found, by slot.

    Args:
        config: What board this is, and which bundles are the factory's, to be timed beside.
        here: Where the sets are.
        at: The time, seconds since the epoch.
        cage: What a child may take.

    Raises:
        OtaError: One is not what was signed, or its result cannot be written.
    """
    slots, device = Slots(here.models), device_here(config)
    waiting = [
        slot
        for slot in sorted(kept(slots.look().active) - {FACTORY, NOBODY})
        if why_not_here(slots.folder_of(slot), device.board, device.runtime)
    ]
    return {slot: signed(slots.folder_of(slot), config, here, at, cage) for slot in waiting}


def signed(folder: Path, config: Config, here: Places, at: float, cage: gating.Cage | None = None) -> GateReport:
    """Try one set by what was signed about it; see `again`."""
    found = examined(folder, root_of_trust(here))
    papers = Papers(found.bundles, found.custom.minimum_firmware)
    running = {role: find(getattr(config.models, role)) for role in ROLES}
    return gating.examine(folder, device_here(config), papers, at=at, running=running, cage=cage)
