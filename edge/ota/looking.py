"""What decides, as the files on the disk say; nothing is changed by looking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.errors import OtaError
from edge.ota import active_file
from edge.ota.active import FACTORY, Active, Slot, is_slot, kept, without
from edge.ota.shelf import is_lost

if TYPE_CHECKING:
    from pathlib import Path

    from edge.ota.history import History
    from edge.ota.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at the files shows.

    Attributes:
        active: What decides, after anything broken was passed over.
        faults: What was broken, in words; empty when nothing is.
        unsure: Why it cannot be said whether something is broken; it is passed over, and nothing is changed.
    """

    active: Active
    faults: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


def look(file: Path, history: History, shelf: Shelf) -> Found:
    """Return what decides; whatever is wrong, something does.

    Args:
        file: `active.toml`; without it, the factory's set decides, unless the history knows better.
        history: What happened.
        shelf: The sets.
    """
    try:
        active, fault = active_file.parse(file.read_bytes(), str(file)), ""
    except FileNotFoundError:
        active, fault = _last_known(history), f"{file} is missing" if history.path.exists() else ""
    except OSError as error:
        if not is_lost(error):
            return Found(Active(), unsure=(f"{file}: {error.strerror or error}",))
        active, fault = _last_known(history), f"{file}: {error.strerror or error}"
    except OtaError as error:
        active, fault = _last_known(history), str(error)
    found = _whole(active, shelf)
    return Found(found.active, (*filter(None, (fault,)), *found.faults), found.unsure)


def _last_known(history: History) -> Active:
    """Return the last good set that the history knows; the factory's when it knows none."""
    try:
        last = history.entries()[-1:]
    except OSError:
        last = []
    if not last or not is_slot(last[0].good):
        return Active(serial=max(last[0].serial, 0) if last else 0)
    return Active(running=last[0].good, good=last[0].good, serial=max(last[0].serial, 0))


def _whole(active: Active, shelf: Shelf) -> Found:
    """Pass over every set that is missing or damaged, or of which that cannot be said."""
    faults, unsure, broken = list[str](), list[str](), set[Slot]()
    for slot in sorted(kept(active) - {FACTORY}):
        fault = ""
        try:
            fault = shelf.fault(slot)
        except OSError as error:
            unsure.append(f"{error.filename or slot}: {error.strerror or error}")
            broken.add(slot)
        if fault:
            faults.append(fault)
            broken.add(slot)
    return Found(without(active, broken), tuple(faults), tuple(unsure))
