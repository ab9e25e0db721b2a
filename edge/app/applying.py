"""The set of models that is tried decides from now on, by an operator's hand; it is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.app.auditing import audit
from edge.app.machine import held_back
from edge.app.model_set import by_hand, chosen
from edge.app.ota_status import coming
from edge.errors import ConfigError, OtaError
from edge.ota import active as steps
from edge.ota.active import NOBODY
from edge.ota.slots import Slots
from edge.values import Occasion

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.app.places import Places
    from edge.config import Config
    from edge.ota.active import Active


def apply(
    config: Config, here: Places, operator: str, without_waiting: str = "", held: Callable[[], str] = held_back
) -> Active:
    """Have the candidate decide, on trial: from the terminal's next start on, or in a moment when it runs.

    Args:
        config: Everything that is set.
        here: Where the sets are.
        operator: Who does it, for history and journal.
        without_waiting: Why it is done although too few people are known to it; empty for not.
        held: Says why no other set may decide just now; empty where it may.

    Raises:
        ConfigError: `[models]` names other bundles.
        OtaError: There is no candidate, the system waits to be confirmed, the candidate is not proven, too few people
            are known to it, or it cannot be written.
        JournalError: It was done, and not written into the journal.
        StoreError: The people store cannot be read.
    """
    hand = by_hand(config)
    if hand:
        raise ConfigError(
            f"{', '.join(hand)} name other bundles than the factory's: take them out of the configuration"
        )
    if why := held():
        raise OtaError(f"no other set may decide now: {why}")
    slots = Slots(here.models)
    before = slots.read()
    if before.candidate == NOBODY:
        raise OtaError("no set is waiting to be used; `edge ota check` asks for one")
    chosen(config, here, before.candidate)  # S8: before anything depends on it
    if not without_waiting:
        _require_known(config, here, before)

    def step(active: Active) -> Active:
        if active.candidate != before.candidate:
            raise OtaError(f"{before.candidate}: something else was decided meanwhile; see `edge ota status`")
        return steps.cut_over(active)

    words = "by hand" + (f", without waiting: {without_waiting}" if without_waiting else "")
    after = slots.change(step, str(Occasion.UPDATE_APPLIED), words, slot=before.candidate, operator=operator)
    audit(here, Occasion.UPDATE_APPLIED, operator=operator, words=f"{before.candidate}: {words}")
    return after


def _require_known(config: Config, here: Places, active: Active) -> None:
    people = coming(config, here, active)
    if people is not None and not people.enough:
        raise OtaError(
            f"{active.candidate}: {people.migrated} of {people.active} active people are known to it, and "
            f"{people.needed:.0%} are needed (ota.migrated_share): `edge ota status` lists who is missing; "
            f'or say --without-waiting "why"'
        )
