"""Tries again what is installed: a record of the gate does not outlive the runtime that it was made with (S8).

A terminal whose software was updated runs no set that was not tried with it; without this it would run the factory's,
whose templates are of another space, and know nobody.
"""

from __future__ import annotations

import logging
import time
from contextlib import closing
from typing import TYPE_CHECKING

from edge.app import gating
from edge.app.notify import Notifier
from edge.app.runtime import device_here
from edge.errors import EdgeError
from edge.ota.active import FACTORY, kept
from edge.ota.gate import Papers, tried_here, why_not_here
from edge.ota.manifest import ROLES
from edge.ota.slots import Slots
from edge.vision.bundle import find

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.places import Places
    from edge.config import Config
    from edge.ota.active import Slot
    from edge.ota.gate import GateReport

AT_START = gating.Cage(cpu_s=20, wall_s=60.0)
"""What a child may take while nobody is recognised yet."""

_LONGEST_S = 5 * AT_START.wall_s
"""How long a set that hangs may hold up the start: four models, and all of them together."""
_log = logging.getLogger(__name__)


def before_start(config: Config, here: Places, cage: gating.Cage = AT_START) -> None:
    """Try what has to be tried before a set is chosen; whatever goes wrong, the start goes on with what counts.

    What failed with this runtime is not tried at every start: `edge ota gate` tries it again. systemd is told that the
    start takes longer: were it ended before the result is written down, the next start would end in the same way.
    """
    try:
        device, waiting = device_here(config), unseen(config, here)
    except EdgeError as error:
        _log.error("what is installed cannot be looked at: %s", error)
        return
    for slot, folder in waiting.items():
        if tried_here(folder, device.board, device.runtime):
            _log.error("the set %s failed the gate before and is not tried again: `edge ota gate` does", slot)
            continue
        with closing(Notifier()) as systemd:
            systemd.extend(_LONGEST_S)
        try:
            report = signed(folder, config, here, time.time(), cage)
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

    Raises:
        EdgeError: Nothing here runs models, or the board is none.
    """
    slots, device = Slots(here.models), device_here(config)
    folders = {slot: slots.folder_of(slot) for slot in sorted(kept(slots.look().active) - {FACTORY})}
    return {slot: path for slot, path in folders.items() if why_not_here(path, device.board, device.runtime)}


def signed(folder: Path, config: Config, here: Places, at: float, cage: gating.Cage | None = None) -> GateReport:
    """Try one set by what was signed about it; see `again`."""
    from edge.app.fetching import root_of_trust  # noqa: PLC0415 - TUF is loaded only where a set has to be tried
    from edge.ota.proof import examined  # noqa: PLC0415 - as above

    found = examined(folder, root_of_trust(here))
    papers = Papers(found.bundles, found.custom.minimum_firmware)
    running = {role: find(getattr(config.models, role)) for role in ROLES}
    return gating.examine(folder, device_here(config), papers, at=at, running=running, cage=cage)
