"""Whether the system that runs may stay: asked by a timer, confirmed by use, or taken back into the other slot."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from edge import disk
from edge.app.auditing import audit
from edge.app.trials import trial_policy
from edge.errors import EdgeError, LinkError, OtaError
from edge.journal import log
from edge.link import asking
from edge.ota import system, trial
from edge.ota.slots import Slots
from edge.people import schema
from edge.values import Occasion

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.app.machine import Machine
    from edge.app.places import Places
    from edge.config import Config

ITSELF = "edge system"
"""Who does what the timer does, for the journal."""

_KEPT = "system.json"


class OnTrial(Struct, frozen=True, forbid_unknown_fields=True):
    """The system that is on trial.

    Attributes:
        slot: In which slot.
        version: What it calls itself.
        began: When it was first seen, seconds since the epoch.
    """

    slot: str
    version: str
    began: float


class Health(Struct, frozen=True, kw_only=True):
    """`edge system status`.

    Attributes:
        slot: Which slot runs.
        version: What the system in it calls itself.
        confirmed: Whether it was confirmed once.
        missing: What it waits for; empty when nothing is waited for.
        failed: Why it is taken back; empty when it is not.
        starts: How often each slot may still be started without being confirmed.
        bad: Each slot that cannot be used, and why.
        order: The slots, the wanted one first.
        data: Where what is written goes: "ext4", or why nothing of it lasts.
    """

    slot: str
    version: str
    confirmed: bool
    missing: tuple[str, ...]
    failed: str
    starts: dict[str, int]
    bad: dict[str, str]
    order: tuple[str, str]
    data: str


class HealthKeeper:
    """Asks the machine, the door and the journal, and does what the rule says."""

    def __init__(self, config: Config, here: Places, machine: Machine, wall: Callable[[], float] = time.time) -> None:
        """Take what must be seen, and where it is seen."""
        self._policy = trial_policy(config)
        self._here = here
        self._machine = machine
        self._wall = wall
        self._file = here.data / _KEPT

    def status(self) -> Health:
        """Say how the slots stand; nothing is changed.

        Raises:
            OtaError: This machine was not started from slots, or they cannot be read.
        """
        name, state = self._machine.slot(), self._machine.state()
        slot = state.slots[name]
        found = self._judged(self._kept(name)) if not slot.good else trial.Going(self._signs().missing)
        try:
            data = (self._machine.told / "data").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            data = "unknown"
        return Health(
            slot=name,
            version=self._machine.version(name),
            confirmed=slot.good,
            missing=found.missing if isinstance(found, trial.Going) else (),
            failed=found.why if isinstance(found, trial.Failed) else "",
            starts={one.name: one.starts for one in state.slots.values()},
            bad={one.name: one.why or "marked bad" for one in state.slots.values() if not one.starts and not one.good},
            order=state.order,
            data=data,
        )

    def look(self) -> str:
        """Do what is due: confirm the system, give it its starts back, or take it back; the timer's command.

        Returns:
            What was done or is waited for, in words.

        Raises:
            OtaError: This machine was not started from slots, or they cannot be written.
            JournalError: It was done, and not written into the journal.
        """
        name, state = self._machine.slot(), self._machine.state()
        slot, signs = state.slots[name], self._signs()
        self._fallen_back(name, state)
        if state.order[0] == name:
            self._machine.forget_installing()
        if not signs.missing:
            self._machine.alive(name)
        if slot.good:
            if not signs.missing:
                self._machine.settled()
            return f"slot {name} is confirmed" + "".join(f"; {one}" for one in signs.missing)
        return self._try(self._begun(name), signs)

    def confirm(self, operator: str, why: str) -> None:
        """Confirm the system that runs, by an operator's hand.

        Raises:
            OtaError: As of `look`.
            JournalError: It was done, and not written into the journal.
        """
        self._confirm(self._kept(self._machine.slot()), operator, f"by hand: {why}")

    def mark_bad(self, operator: str, why: str, *, restart: bool) -> None:
        """Take the system that runs back, by an operator's hand.

        Raises:
            OtaError: As of `look`; or the other slot cannot be started.
            JournalError: It was done, and not written into the journal.
        """
        name, state = self._machine.slot(), self._machine.state()
        other = next(one for one in state.slots.values() if one.name != name)
        if not other.good and not other.starts:
            raise OtaError(f"slot {other.name} cannot be started ({other.why or 'marked bad'}): nothing was changed")
        self._take_back(self._kept(name), operator, why, restart=restart)

    def admit(self, facts: str) -> None:
        """Say that a system may be installed now, and hold back changes of models until the machine starts again.

        Args:
            facts: What the bundle says about its system, a line each.

        Raises:
            OtaError: It may not; with every reason.
        """
        said = dict(line.split("=", 1) for line in facts.splitlines() if "=" in line)
        if not said.get("store", "").isdecimal():
            raise OtaError("the bundle does not say which people store its system writes: build it again")
        active = Slots(self._here.models).look().active
        fits = said.get("release", "")
        found = system.refusals(
            running=self._machine.state().slots[self._machine.slot()],
            models_on_trial=str(active.running) if active.phase == "trial" else "",
            reads=schema.VERSION,
            writes=int(said["store"]),
            kernels=(self._machine.kernel(), fits),
        )
        if found:
            raise OtaError(f"this system is not installed: {'; '.join(found)}")
        self._machine.installing()

    def _try(self, kept: OnTrial, signs: system.Signs) -> str:
        found = self._judged(kept, signs)
        if isinstance(found, trial.Failed):
            self._take_back(kept, ITSELF, found.why, restart=True)
            return f"slot {kept.slot} is taken back: {found.why}"
        if isinstance(found, trial.Proven):
            self._confirm(kept, ITSELF, "use has shown that it works")
            return f"slot {kept.slot} is confirmed now"
        return f"slot {kept.slot} is on trial, and waits for: {'; '.join(found.missing)}"

    def _judged(self, kept: OnTrial, signs: system.Signs | None = None) -> trial.Going | trial.Proven | trial.Failed:
        signs = signs or self._signs()
        return system.judged(signs, trial.judged(self._figures(kept), self._policy, self._wall()))

    def _signs(self) -> system.Signs:
        try:
            asking.report(self._here.socket)
            door = ""
        except LinkError as error:
            door = str(error)
        terminal, steady_s = self._machine.terminal()
        return system.Signs(door, terminal, steady_s, self._machine.monotonic())

    def _figures(self, kept: OnTrial) -> trial.Figures:
        """Count in the journal who was let in and refused, before the system began and since."""
        seen: Counter[tuple[Occasion, bool]] = Counter()
        try:
            for event in log.read(self._here.journal):
                if event.occasion in {Occasion.GRANTED, Occasion.REFUSED}:
                    seen[event.occasion, event.wall >= kept.began] += 1
        except EdgeError:
            seen.clear()  # what cannot be read shows nobody: the system waits
        return trial.Figures(
            f"system-{kept.slot}",
            kept.began,
            granted=seen[Occasion.GRANTED, True],
            refused=seen[Occasion.REFUSED, True],
            granted_before=seen[Occasion.GRANTED, False],
            refused_before=seen[Occasion.REFUSED, False],
        )

    def _confirm(self, kept: OnTrial, operator: str, words: str) -> None:
        self._machine.confirm(kept.slot)
        self._file.unlink(missing_ok=True)
        audit(self._here, Occasion.UPDATE_CONFIRMED, operator=operator, words=f"{_named(kept)}: {words}")

    def _take_back(self, kept: OnTrial, operator: str, why: str, *, restart: bool) -> None:
        """Write it down first: whatever happens then, the next start is the other slot's."""
        self._machine.give_up(kept.slot, why)
        self._machine.settle(next(other for other in system.NAMES if other != kept.slot))
        self._file.unlink(missing_ok=True)
        try:
            audit(self._here, Occasion.UPDATE_ROLLED_BACK, operator=operator, words=f"{_named(kept)}: {why}")
        finally:
            if restart:
                self._machine.restart()

    def _begun(self, name: str) -> OnTrial:
        """Return since when a system is on trial; when it is seen first, that is written down."""
        before, kept = _read(self._file), self._kept(name)
        if kept == before:
            return kept
        disk.replace(disk.Disk(mode=0o640), self._file, msgspec.json.encode(kept) + b"\n")
        if before is None or (before.slot, before.version) != (kept.slot, kept.version):  # else the clock was set back
            audit(self._here, Occasion.UPDATE_APPLIED, operator=ITSELF, words=f"{_named(kept)}: on trial")
        return kept

    def _fallen_back(self, name: str, state: system.BootState) -> None:
        """Write down, once, that the wanted system is not the one that runs: it could not be started."""
        wanted = state.slots[state.order[0]]
        if wanted.name == name or wanted.starts:  # with starts left it is installed, and waits for a restart
            return
        why = wanted.why or self._machine.failed() or "it was started too often without being confirmed"
        lost = OnTrial(wanted.name, self._machine.version(wanted.name), self._wall())
        words = f"{_named(lost)}: {why}; slot {name} runs"
        audit(self._here, Occasion.UPDATE_ROLLED_BACK, operator=ITSELF, words=words)
        self._file.unlink(missing_ok=True)
        self._machine.settle(name)

    def _kept(self, name: str) -> OnTrial:
        kept = _read(self._file)
        version = self._machine.version(name)
        if kept is not None and (kept.slot, kept.version) == (name, version) and kept.began <= self._wall():
            return kept
        return OnTrial(name, version, self._wall())


def _read(path: Path) -> OnTrial | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=OnTrial)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _named(kept: OnTrial) -> str:
    return f"system {kept.version or 'of no version'} in slot {kept.slot}"
