"""The start of a terminal with its set of models: counted until use has confirmed it, and always with some set.

Who finds everybody enrolled with another model after a fall-back is told so by the people store (S5): templates are
never compared across spaces; the door, its exit button and its other factors go on.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING

from edge.app.auditing import audit
from edge.app.eyes import load_models
from edge.app.model_set import by_hand, candidates, configured
from edge.app.regating import before_start
from edge.errors import JournalError, ModelError, OtaError
from edge.ota.active import FACTORY, rolled_back, started, without
from edge.ota.slots import Slots
from edge.values import Occasion

if TYPE_CHECKING:
    from edge.app.eyes import Models
    from edge.app.model_set import ChosenSet, Prove
    from edge.app.places import Places
    from edge.config import Config
    from edge.ota.active import Active

ITSELF = "the terminal itself"
_PROMPTLY_S = 1.0
_log = logging.getLogger(__name__)


def begin(config: Config, here: Places, prove: Prove | None = None) -> tuple[ChosenSet, Models]:
    """Return the set that decides from now on, and its models, ready to run.

    A set that is tried is started at most `ota.max_starts` times, and taken back with the next; one that is not proven,
    or whose models cannot be used, is passed over for the last good one or the factory's.

    Args:
        config: Everything that is set.
        here: Where the sets are.
        prove: As for `edge.app.model_set.chosen`.

    Raises:
        ModelError: Not even the factory's models, or those that are configured by hand, can be used (S8).
    """
    if by_hand(config):
        return configured(config), load_models(config)
    if prove is None:
        before_start(config, here)
    slots = Slots(here.models)
    broken = slots.look().faults
    active = slots.read()
    if broken:
        _say(here, "; ".join(broken), f"{active.running} decides")
    if active.phase != "steady":
        active = _counted(slots, config, here, active)
    for chosen in candidates(config, here, active, prove):
        try:
            models = load_models(config, chosen)
        except ModelError as error:
            if chosen.slot == FACTORY:
                raise
            _log.error("the set %s cannot be used: %s", chosen.slot, error)
            _pass_over(slots, here, chosen, str(error), refuse=True)
        else:
            if chosen.lost:
                _pass_over(slots, here, chosen, "", refuse=False)
            return chosen, models
    raise ModelError("no set of models is left")  # candidates end with the factory's


def _counted(slots: Slots, config: Config, here: Places, active: Active) -> Active:
    """Count this start; the set that is tried may be taken back by that, or given up."""
    tried, words = (active.running, "on trial") if active.phase == "trial" else (active.candidate, "looking on")
    try:
        after = slots.change(
            lambda now: started(now, config.ota.max_starts, time.time()), "started", slot=tried, words=words
        )
    except OtaError as error:  # a full disk: then this start does not count
        _log.warning("this start of the set %s is not counted: %s", tried, error)
        return active
    why = after.refused[-1].why if after.refused else ""
    if after.running != active.running:
        _say(here, why, f"{tried} was taken back, {after.running} decides")
    elif after.phase != active.phase:
        _say(here, why, tried, Occasion.UPDATE_REFUSED)
    return after


def _pass_over(slots: Slots, here: Places, chosen: ChosenSet, why: str, *, refuse: bool) -> None:
    """Make it last that a set does not run: refused when it was proven and cannot be used, else only left."""
    broken = {chosen.slot: why} if refuse else {slot: chosen.passed_over[slot] for slot in sorted(chosen.lost)}
    words = "; ".join(f"{slot}: {fault}" for slot, fault in broken.items())

    def step(active: Active) -> Active:
        if refuse and active.running == chosen.slot:
            return rolled_back(active, why, time.time())
        return without(active, broken)

    try:
        before = slots.look().active
        after = slots.change(step, "update-rolled-back" if refuse else "mended", words, slot=next(iter(broken)))
    except OtaError as error:
        _log.warning("what decides now cannot be written down: %s", error)
        return
    if before != after:
        _say(here, words, f"{after.running} decides")


def _say(here: Places, why: str, what: str, occasion: Occasion = Occasion.UPDATE_ROLLED_BACK) -> None:
    write = partial(audit, here, occasion, operator=ITSELF, wait_s=_PROMPTLY_S)
    try:
        write(words=f"{what}: {why}" if why else what)
    except JournalError as error:
        _log.warning("it was not written into the journal: %s", error)
