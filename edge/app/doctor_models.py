"""What the doctor says of the models: which set decides since when, what is tried, what was refused, and each model."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from edge.app.doctor_door import Check
from edge.app.eyes import load_model
from edge.app.model_set import by_hand
from edge.ota.active import FACTORY, NOBODY
from edge.ota.manifest import ROLES
from edge.ota.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.app.model_set import ChosenSet
    from edge.app.places import Places
    from edge.config import Config
    from edge.ota.active import Active, Slot
    from edge.ota.history import Entry
    from edge.vision.bundle import Role


def model_checks(config: Config, here: Places, chosen: ChosenSet) -> Iterator[tuple[str, Callable[[], Check]]]:
    """Yield each check by its name."""
    yield "models", partial(_set, config, here, chosen)
    for role in ROLES:
        yield f"model: {role}", partial(_model, config, chosen, role)


def since(entries: list[Entry], running: Slot) -> float | None:
    """Return since when a set decides, seconds since the epoch; None when the history does not reach back that far."""
    begun = None
    for one in reversed(entries):
        if one.running != running:
            return begun
        begun = one.at
    return None


def _set(config: Config, here: Places, chosen: ChosenSet) -> Check:
    hand = by_hand(config)
    if hand:
        found = f"{', '.join(hand)} name other bundles than the factory's: no set that is downloaded takes their place"
        return Check("models", "ok", found)
    slots = Slots(here.models)
    seen = slots.look()
    wrong = [*seen.faults, *seen.unsure, *chosen.passed_over.values()]
    if wrong:
        mend = "`edge ota history` says more; `edge ota check` fetches a set again"
        return Check("models", "fault", f"{_which(chosen.slot)} decides, because {'; '.join(wrong)}", mend)
    return Check("models", "warning" if seen.active.phase == "trial" else "ok", _said(seen.active, slots))


def _said(active: Active, slots: Slots) -> str:
    begun = since(slots.history.entries(), active.running)
    said = f"{_which(active.running)} decides" + (f" since {_day(begun)}" if begun is not None else "")
    if active.phase == "trial":
        said += f", on trial: started {active.starts} times, else {_which(active.good)}"
    if active.candidate != NOBODY:
        said += f"; {active.candidate} runs beside it without deciding"
    if active.refused:
        last = active.refused[-1]
        said += f"; refused: {last.slot} ({last.why})"
    return said


def _which(slot: Slot) -> str:
    return "the factory's set" if slot == FACTORY else slot


def _day(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(sep=" ", timespec="minutes")
    except (OverflowError, ValueError, OSError):
        return f"a time that no clock shows ({at:g})"


def _model(config: Config, chosen: ChosenSet, role: Role) -> Check:
    named = load_model(chosen, role, config).bundle
    vouching = "signed" if chosen.vouched else "pinned"
    return Check(f"model: {role}", "ok", f"{named.name}, {vouching} and working, sha256 {named.manifest.sha256[:12]}")
