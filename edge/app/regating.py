"""Tries again what is installed: a record of the gate does not outlive the runtime that it was made with (S8).

A terminal whose software was updated runs no set that was not tried with it; without this it would run the factory's,
whose templates are of another space, and know nobody.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from edge.app import gating
from edge.app.runtime import device_here
from edge.errors import EdgeError
from edge.ota.active import FACTORY, kept
from edge.ota.gate import Papers, judged_here, why_not_here
from edge.ota.manifest import ROLES
from edge.ota.slots import Slots
from edge.vision.bundle import find

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.places import Places
    from edge.config import Config
    from edge.ota.active import Slot
    from edge.ota.gate import GateReport

_ENOUGH_S = 15.0
_PROMPTLY = gating.Cage(cpu_s=15, wall_s=18.0)
"""Of the five children of one set: altogether less than the 120 seconds that a start may take."""

_log = logging.getLogger(__name__)


def before_start(config: Config, here: Places) -> None:
    """Try what has to be tried before a set is chosen; whatever goes wrong, the start goes on with what counts.

    What failed with this runtime is not tried at each start. The set that decides comes first, and no other once so
    much time has passed that the start itself would be given up (`TimeoutStartSec=`).
    """
    end = time.monotonic() + _ENOUGH_S
    try:
        waiting, device = unseen(config, here), device_here(config)
    except EdgeError as error:
        _log.error("what is installed cannot be looked at: %s", error)
        return
    for slot, folder in waiting.items():
        if judged_here(folder, device.board, device.runtime) or time.monotonic() > end:
            continue
        try:
            report = signed(folder, config, here, time.time(), _PROMPTLY)
        except EdgeError as error:
            _log.error("the set %s cannot be tried again: %s", slot, error)
        else:
            _log.warning("the set %s was tried again: %s", slot, report.why or "passed")


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
    return {slot: signed(folder, config, here, at, cage) for slot, folder in unseen(config, here).items()}


def unseen(config: Config, here: Places) -> dict[Slot, Path]:
    """Return the folder of each set that is kept and did not pass the gate with this board and runtime, by slot.

    The set that decides comes first.

    Raises:
        EdgeError: Nothing here runs models, or the board is none.
    """
    slots, device = Slots(here.models), device_here(config)
    active = slots.look().active
    order = sorted(kept(active) - {FACTORY}, key=lambda slot: (slot != active.running, slot))
    folders = {slot: slots.folder_of(slot) for slot in order}
    return {slot: path for slot, path in folders.items() if why_not_here(path, device.board, device.runtime)}


def signed(folder: Path, config: Config, here: Places, at: float, cage: gating.Cage | None = None) -> GateReport:
    """Try one set by what was signed about it; see `again`."""
    from edge.app.fetching import root_of_trust  # noqa: PLC0415 - TUF is loaded only where a set has to be tried
    from edge.ota.proof import examined  # noqa: PLC0415 - as above

    found = examined(folder, root_of_trust(here))
    papers = Papers(found.bundles, found.custom.minimum_firmware)
    running = {role: find(getattr(config.models, role)) for role in ROLES}
    return gating.examine(folder, device_here(config), papers, at=at, running=running, cage=cage)
