"""Two sets of models are installed and tried on a terminal; and what must hold wherever that was cut short."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from edge.ota.active import FACTORY, Active, confirmed, cut_over, kept, offered, rolled_back
from edge.ota.slots import Slots
from tests.sets import install, toy_slot, whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.disk import Disk

FIRST, SECOND, THIRD = (toy_slot(name, serial) for name, serial in (("a", 1), ("b", 2), ("c", 3)))
STEPS = ("installed b", "offered", "applied", "confirmed", "installed c", "offered c", "applied c", "back", "swept")
AT = 1.8e9

_A = Active(running=FIRST, good=FIRST, serial=1)
_OFFERED = offered(_A, SECOND, 2)
_TRIED = cut_over(_OFFERED)
_GOOD = confirmed(_TRIED)
_OFFERED_C = offered(_GOOD, THIRD, 3)
_TRIED_C = cut_over(_OFFERED_C)
_BACK = rolled_back(_TRIED_C, "worse", AT)
STATES = (_A, _A, _OFFERED, _TRIED, _GOOD, _GOOD, _OFFERED_C, _TRIED_C, _BACK, _BACK)
"""What decides after so many acknowledged steps."""


def prepare(folder: Path) -> None:
    """Leave a terminal on which a first set decides."""
    slots = Slots(folder, wall=lambda: AT)
    slot = install(slots, "a", 1)
    slots.change(lambda now: offered(now, slot, 1), "update-offered", slot=slot)
    slots.change(cut_over, "update-applied", slot=slot)
    slots.change(confirmed, "update-confirmed", slot=slot)


def work(folder: Path, acknowledge: Callable[[], object], disk: Disk | None = None) -> None:
    """Change it step by step; `acknowledge` is called after each."""
    slots = Slots(folder, disk, wall=lambda: AT)
    for name, serial in (("b", 2), ("c", 3)):
        slot = install(slots, name, serial)
        acknowledge()
        slots.change(partial(offered, slot=slot, serial=serial), "update-offered", slot=slot)
        acknowledge()
        slots.change(cut_over, "update-applied", slot=slot)
        acknowledge()
        if name == "b":
            slots.change(confirmed, "update-confirmed", slot=slot)
        else:
            slots.change(lambda now: rolled_back(now, "worse", AT), "update-rolled-back")
        acknowledge()
    slots.sweep()
    acknowledge()


def looked_at(folder: Path, acknowledged: int) -> tuple[str, list[str]]:
    """Return what decides after a kill, in words, and what is wrong with it."""
    slots = Slots(folder, wall=lambda: AT)
    now = slots.look()
    faults = [f"broken: {fault}" for fault in (*now.faults, *now.unsure)]
    active = slots.read()
    faults += [f"invalid: {active} was looked at, then read" for _ in [0] if active != now.active]
    if active not in STATES[acknowledged : acknowledged + 2]:
        faults.append(f"lost: {active} after {acknowledged} acknowledged steps")
    faults += [f"not whole: {slot}" for slot in kept(active) - {FACTORY} if not whole(slots, slot)]
    if acknowledged and STEPS[acknowledged - 1].startswith("installed"):
        slot = SECOND if acknowledged == 1 else THIRD
        faults += [f"lost: {slot} was installed" for _ in [0] if not whole(slots, slot)]
    faults += _told(slots, active, acknowledged)
    faults += _goes_on(slots, active)
    what = "nothing was cut short" if active == STATES[acknowledged] else "the step that was cut short lasts"
    return f"{active.phase}: {active.running.partition('-')[0]} decides, {what}", faults


def _told(slots: Slots, active: Active, acknowledged: int) -> list[str]:
    """Say what the history does not explain, once the next process has looked at it."""
    slots.change(lambda now: now, "looked")
    told = slots.history.entries()
    before = [one for one in told if one.what != "looked"]
    changes = sum(not STEPS[step].startswith(("installed", "swept")) for step in range(acknowledged))
    if len(before) < 3 + changes or not before[-1].explains(active):
        return [f"history: {[one.what for one in told]} after {acknowledged} steps, {active.phase}"]
    return []


def _goes_on(slots: Slots, active: Active) -> list[str]:
    """Do more steps, and see that what a cut left is swept away."""
    slots.sweep()
    left = {path.name for path in (slots.folder / "sets").iterdir()}
    if left != kept(active) - {FACTORY}:
        return [f"untidy: {left} and {sorted(kept(active))} are needed"]
    if active.running != FACTORY:
        slots.change(lambda now: rolled_back(now, "", AT, FACTORY), "back")
    new = install(slots, "d", 9)
    after = slots.change(lambda now: offered(now, new, 9), "update-offered", slot=new)
    return [] if after.candidate == new and whole(slots, new) else ["stuck: no other set can be offered"]
