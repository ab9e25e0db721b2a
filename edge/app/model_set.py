"""Which bundles run, and who vouches for them: those of the active set, or those that are configured by hand (S8).

An installed set runs only when its signatures chain from this terminal's root of trust to the bytes that are there.
One that does not is passed over: the last good one runs, else the one before it, else the factory's; and it is said.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.app.runtime import runtime_here
from edge.config import ModelSettings
from edge.errors import OtaError
from edge.ota.active import FACTORY, without
from edge.ota.gate import why_not_here
from edge.ota.manifest import ROLES
from edge.ota.slots import Slots
from edge.vision.bundle import find
from edge.vision.factory import load_trusted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from edge.app.places import Places
    from edge.config import Config
    from edge.ota.active import Active, Slot
    from edge.vision.bundle import Bundle, Role

    Prove = Callable[[Path, bytes], Mapping[Role, str]]

_log = logging.getLogger(__name__)


class NotNowError(OtaError):
    """A set may not run, and may again once something else is mended: the root of trust, or the gate's record."""


@dataclass(frozen=True, slots=True)
class ChosenSet:
    """The four bundles of one set.

    Attributes:
        slot: Which set; `FACTORY` also for bundles that are configured by hand.
        folders: A bundle's name or path, by role.
        vouched: The sha256 of each manifest that was proven, by role; empty where the package's own pins count.
        passed_over: Why other sets were to run and do not, in words.
        lost: Which of them will not run again: they are damaged, or nobody vouches for them.
    """

    slot: Slot
    folders: Mapping[Role, str]
    vouched: Mapping[Role, str] = field(default_factory=dict)
    passed_over: Mapping[Slot, str] = field(default_factory=dict)
    lost: frozenset[Slot] = frozenset()

    def bundle(self, role: Role) -> Bundle:
        """Read one bundle.

        Raises:
            ModelError: It is missing, damaged, of another role, or nobody whom this terminal trusts vouches for it.
        """
        return load_trusted(find(self.folders[role]), role, self.vouched.get(role, ""))


def by_hand(config: Config) -> tuple[str, ...]:
    """Return the settings that name another bundle than the factory's: then the configuration says what runs."""
    usual = ModelSettings()
    return tuple(f"models.{role}" for role in ROLES if getattr(config.models, role) != getattr(usual, role))


def configured(config: Config) -> ChosenSet:
    """Return the configured bundles: the factory's, unless `[models]` names others."""
    return ChosenSet(FACTORY, {role: getattr(config.models, role) for role in ROLES})


def chosen(config: Config, here: Places, slot: Slot, prove: Prove | None = None) -> ChosenSet:
    """Return one set, proven (S8).

    Args:
        config: Names the bundles of the factory's set.
        here: Where the sets and the root of trust are.
        slot: Which.
        prove: Returns the sha256 of each manifest that may run; None for what `edge.ota.proof.proven` says of a set
            that passed the gate here.

    Raises:
        OtaError: It is not installed, not whole, not proven, or has not passed the gate on this very runtime.
    """
    if slot == FACTORY:
        return configured(config)
    folder = Slots(here.models).folder_of(slot)
    try:
        root = here.ota_root.read_bytes()
    except OSError as error:
        raise NotNowError(
            f"{here.ota_root}: cannot be read: {error.strerror}; without this root of trust nobody vouches for {slot}"
        ) from error
    vouched = prove(folder, root) if prove else _proven(folder, root, config.board)
    return ChosenSet(slot, {role: str(folder / role) for role in ROLES}, vouched)


def running(config: Config, here: Places, prove: Prove | None = None) -> ChosenSet:
    """Return the set that decides here; every command that needs a model asks this.

    Nothing is changed, and whatever is wrong, some set is returned: the factory's in the end.
    """
    if by_hand(config):
        return configured(config)
    return next(candidates(config, here, Slots(here.models).look().active, prove))


def candidates(config: Config, here: Places, active: Active, prove: Prove | None = None) -> Iterator[ChosenSet]:
    """Yield the set that decides, then what there is to fall back to, best first; the factory's is the last.

    Whoever finds that a set that was proven cannot run after all asks for the next.
    """
    passed: dict[Slot, str] = {}
    lost: set[Slot] = set()
    while active.running != FACTORY:
        slot = active.running
        try:
            found = chosen(config, here, slot, prove)
        except OtaError as error:
            _log.error("the set %s may not run: %s", slot, error)
            passed[slot] = str(error)
            lost |= set() if isinstance(error, NotNowError) else {slot}
        else:
            yield ChosenSet(slot, found.folders, found.vouched, dict(passed), frozenset(lost))
            passed.setdefault(slot, "its models cannot be used")
        active = without(active, {slot})
    yield ChosenSet(FACTORY, configured(config).folders, {}, passed, frozenset(lost))


def _proven(folder: Path, root: bytes, board: str) -> Mapping[Role, str]:
    from edge.ota.proof import proven  # noqa: PLC0415 - TUF is loaded only where a set was installed

    vouched = proven(folder, root)
    if why := why_not_here(folder, board, runtime_here()):
        raise NotNowError(why)
    return vouched
