"""Which system slot may stay: what `boot-slots` says of the two, and what must be seen before one is confirmed. Pure.

A set of models on trial and a system on trial are judged by the same rule of use, `edge.ota.trial`: people have to be
let in. A system must show signs of life before: its door answers, and its camera's frames are dealt with. What cannot
even start never gets here: its starts are counted before it is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.errors import OtaError
from edge.ota.trial import Failed, Going, Proven

if TYPE_CHECKING:
    from collections.abc import Mapping

STEADY_S = 60.0
"""For how long the terminal must have dealt with frames, without a restart."""

DEADLINE_S = 900.0
"""After so much time since power-on a system that was never confirmed has to show signs of life, or goes back."""

NAMES = ("a", "b")


@dataclass(frozen=True, slots=True)
class SystemSlot:
    """One of the two.

    Attributes:
        name: "a" or "b".
        starts: How often it may still be started without being confirmed.
        good: Whether it was confirmed once.
        why: Why it is bad; empty where nothing is known against it.
    """

    name: str
    starts: int
    good: bool
    why: str


@dataclass(frozen=True, slots=True)
class BootState:
    """What the next start goes by.

    Attributes:
        order: The slots, the wanted one first.
        slots: Each by its name.
    """

    order: tuple[str, str]
    slots: Mapping[str, SystemSlot]


@dataclass(frozen=True, slots=True)
class Signs:
    """What is seen of a running system.

    Attributes:
        door: Why the door process does not answer; empty while it does.
        terminal: Why the terminal deals with no frames; empty while it does.
        steady_s: For how long it has, seconds.
        up_s: Since power-on, seconds.
    """

    door: str
    terminal: str
    steady_s: float
    up_s: float

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing to a sign of life, in words; empty for nothing."""
        found = [f"the door does not answer: {self.door}"] if self.door else []
        if self.terminal:
            found.append(f"the terminal deals with no frames: {self.terminal}")
        elif self.steady_s < STEADY_S:
            found.append(f"the terminal has dealt with frames for {max(self.steady_s, 0.0):.0f} of {STEADY_S:.0f} s")
        return tuple(found)


def parse(text: str) -> BootState:
    """Read what `boot-slots show` prints.

    Raises:
        OtaError: It is something else.
    """
    said = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    order = tuple(said.get("order", "").split())
    if sorted(order) != sorted(NAMES):
        raise OtaError(f"boot-slots says order={said.get('order', '')!r}, and not which slot is wanted")
    try:
        slots = {
            name: SystemSlot(name, int(said[f"{name}_left"]), said[f"{name}_good"] == "1", said[f"{name}_why"])
            for name in NAMES
        }
    except (KeyError, ValueError) as error:
        raise OtaError(f"boot-slots does not say all about the slots: {error}") from error
    return BootState((order[0], order[1]), slots)


def judged(signs: Signs, use: Going | Proven | Failed) -> Going | Proven | Failed:
    """Say what becomes of a system that was never confirmed.

    Args:
        signs: What is seen of it.
        use: What the rule of use says of the people who came since it decides.
    """
    missing = signs.missing
    if missing and signs.up_s >= DEADLINE_S:
        return Failed(f"{signs.up_s / 60:.0f} minutes after power-on {'; '.join(missing)}")
    if isinstance(use, Failed):
        return use
    if missing:
        return Going((*missing, *(use.missing if isinstance(use, Going) else ())))
    return use


def refusals(
    *, running: SystemSlot, models_on_trial: str, reads: int, writes: int, kernels: tuple[str, str]
) -> tuple[str, ...]:
    """Say why a system may not be installed now; empty where it may.

    Args:
        running: The slot that runs.
        models_on_trial: The set of models that decides on trial; empty for none.
        reads: The newest version of the people store that this program reads.
        writes: The version that the new system's program writes.
        kernels: The release of the kernel that will be started (empty where the loader follows the slots), and those
            that the new system has modules for, with spaces between.
    """
    found = []
    if not running.good:
        found.append(f"the system in slot {running.name} is not confirmed itself: never two changes at once")
    if models_on_trial:
        found.append(f"the models {models_on_trial} are on trial: never two changes at once")
    if writes > reads:
        found.append(
            f"its people store is of version {writes}, and this program, to which a fall-back leads, reads none after "
            f"{reads}: install a system in between that reads it and does not write it yet"
        )
    started, fitting = kernels
    if started and started not in fitting.split():
        found.append(
            f"it has modules for the kernel {fitting}, and this machine's loader starts {started} whatever the slot: "
            f"a new kernel comes with a new card"
        )
    return tuple(found)
