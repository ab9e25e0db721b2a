"""The half of `edge ota check` that takes: proves what lies ready, tries it, installs and offers it; off the network.

Whatever the other half says is a hint. What is taken is copied first, so that nobody changes it any more, and then
proven from the provisioned root: by whom it was signed, for which device, and with which serial.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct, structs

from edge.app import fetching, gating, roots
from edge.app.auditing import audit
from edge.errors import JournalError, OtaError
from edge.ota import active as steps
from edge.ota import proof, rollout
from edge.ota.active import NOBODY, Slot
from edge.ota.archive import NAMES
from edge.ota.gate import Papers
from edge.ota.manifest import ROLES, SET_FILE, slot_id
from edge.ota.slots import Slots
from edge.ota.withdrawing import withdrawn
from edge.values import Occasion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edge.app.places import Places
    from edge.ota.active import Active
    from edge.ota.gate import GateReport
    from edge.ota.proof import Proven
    from edge.ota.rollout import Device
    from edge.vision.manifest import Role


class Gate(Protocol):
    """Tries a set on this device; see `edge.app.gating.examine`."""

    def __call__(
        self, folder: Path, device: Device, papers: Papers, *, at: float, running: Mapping[Role, Path]
    ) -> GateReport:
        """Try it, and write down in its folder what was found."""


_LIMIT = 64 << 20
_PROOFS = 64
_PROOF_LIMIT = 1 << 20
_LONGEST = 1000
_NUMBERS = re.compile(r"\d+(?:[.:]\d+)*")


class Taken(Struct, frozen=True, kw_only=True):
    """What came of a check in the end.

    Attributes:
        status: "offered": the set runs beside the old one from now on; "nothing": there is none, or none for now;
            "back": the set that was withdrawn decides no more; "refused", "failed": as of `fetching.Outcome`.
        why: The reason, for people.
        slot: Of which set; empty for none.
        serial: Of its offer.
        warning: What went wrong beside that; empty when nothing did.
    """

    status: Literal["offered", "nothing", "back", "refused", "failed"]
    why: str
    slot: str = NOBODY
    serial: int = 0
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What is taken for whom.

    Attributes:
        here: Where this terminal keeps its files.
        device: What it is to publishers.
        operator: Who asked, for the journal.
        wall: The time, seconds since the epoch.
        running: The bundles that decide now, by role: new ones are timed beside them.
        gate: Tries a set on this device.
    """

    here: Places
    device: Device
    operator: str
    wall: float
    running: Mapping[Role, Path]
    gate: Gate = gating.examine

    def take(self) -> Taken:
        """Take what lies ready, or say why nothing is taken; what was refused is written down.

        Raises:
            OtaError: The sets on this device cannot be read or changed.
        """
        silent = self._roots_journaled()
        found = self._ended()
        return structs.replace(found, warning="; ".join(filter(None, (found.warning, silent))))

    def _roots_journaled(self) -> str:
        with suppress(OtaError):  # who needs the root says what is wrong with it
            return roots.journal_newer(self.here, lambda words: self._audit(Occasion.TRUST_CHANGED, words))
        return ""

    def _ended(self) -> Taken:
        found = self._looked()
        if found.status == "nothing" and (unasked := fetching.unasked(self.here, self.wall)):
            return self._refused(unasked, failed=True)
        return found

    def _looked(self) -> Taken:
        outcome = fetching.last(self.here)
        try:
            if outcome.status == "ready":
                return self._taken()
            if outcome.status == "withdrawn":
                return self._back()
        except _RefusedError as refused:
            return self._refused(str(refused), refused.slot, refused.serial)
        if outcome.status == "nothing":
            return Taken(status="nothing", why=outcome.why)
        return self._refused(outcome.why, failed=outcome.status == "failed")

    @property
    def _slots(self) -> Slots:
        return Slots(self.here.models)

    def _taken(self) -> Taken:
        slots, ready = self._slots, self.here.models / fetching.FOLDER / "ready"
        if not ready.is_dir():
            return Taken(status="nothing", why="what was ready has been taken already")
        files = _read_all(ready)
        slots.sweep()
        slots.room(sum(map(len, files.values())))
        with slots.staging() as new:
            found = self._proven(files, new)
            slot, serial = Slot(slot_id(found.content.name, (new / SET_FILE).read_bytes())), found.custom.serial
            if (accepted := slots.look().active).serial == serial and slot in {accepted.running, accepted.candidate}:
                return Taken(status="nothing", why=f"{slot} was taken already", slot=slot, serial=serial)
            try:
                steps.require_offerable(accepted, slot, serial)
            except OtaError as error:
                raise _RefusedError(str(error)) from error
            offer = rollout.offered(
                found.custom, self.device, 0
            )  # the half on the network has asked; it is not believed
            if not offer.wanted:
                raise _RefusedError(offer.why)
            self._tried(new, found, slot)
            slots.install(new, slot)
            words = f"serial {serial}, published as {found.target}"
            slots.change(lambda was: steps.offered(was, slot, serial), "update-offered", words, slot=slot)
        warning = self._audit(Occasion.UPDATE_OFFERED, f"{slot}: {words}")
        why = f"{slot} passed the gate, and runs beside the old set from now on"
        return Taken(status="offered", why=why, slot=slot, serial=serial, warning=warning)

    def _proven(self, files: Mapping[Path, bytes], new: Path) -> Proven:
        """Lay out a copy of what lay ready, and see who signed it, and whether it is for this device."""
        root = roots.newest(self.here)
        _write_all(files, new)
        try:
            found = proof.examined(new, root)
        except OtaError as error:
            raise _RefusedError(str(error)) from error
        if found.target not in rollout.paths(self.device):
            raise _RefusedError(f"{found.target}: this set is not published for this device")
        return found

    def _tried(self, new: Path, found: Proven, slot: Slot) -> None:
        papers = Papers(bundles=found.bundles, minimum_firmware=found.custom.minimum_firmware)
        report = self.gate(new, self.device, papers, at=self.wall, running=self.running)
        if not report.passed:
            raise _RefusedError(report.why, slot, found.custom.serial)

    def _back(self) -> Taken:
        """Leave a set that its publisher takes back, if it decides or is tried here: its signers say so, or nobody."""
        slots = self._slots
        active = slots.look().active
        files = {slot: raw for slot in (active.candidate, active.running) if (raw := _set_file(slots, slot))}
        metadata = self.here.models / fetching.FOLDER / "metadata"
        slot, why = withdrawn(metadata, roots.newest(self.here), self.device, files, active.serial)
        if slot == NOBODY:
            return Taken(status="nothing", why=why)
        if slot == active.candidate:
            slots.change(lambda was: steps.dropped(was, why, self.wall), "update-refused", why, slot=slot)
            return self._left(Occasion.UPDATE_REFUSED, why, slot)
        slots.change(lambda was: steps.rolled_back(was, why, self.wall), "update-rolled-back", why, slot=slot)
        return self._left(Occasion.UPDATE_ROLLED_BACK, why, slot)

    def _left(self, occasion: Occasion, why: str, slot: Slot) -> Taken:
        return Taken(status="back", why=why, slot=slot, warning=self._audit(occasion, f"{slot}: {why}"))

    def _refused(self, why: str, slot: Slot = NOBODY, serial: int = 0, *, failed: bool = False) -> Taken:
        """Write down why nothing is taken: once, however often the same comes again."""
        slots = self._slots
        what = "update-failed" if failed else "update-refused"
        told = [(one.what, one.slot, _NUMBERS.sub("", one.words)) for one in slots.history.entries()[-1:]]
        warning = ""
        if (what, slot, _NUMBERS.sub("", why[:_LONGEST])) not in told:  # times and sizes differ each time
            slots.change(lambda was: self._declined(was, slot, serial, why), what, why, slot=slot)
            if not failed:
                warning = self._audit(Occasion.UPDATE_REFUSED, f"{slot}: {why}" if slot else why)
        return Taken(status="failed" if failed else "refused", why=why, slot=slot, serial=serial, warning=warning)

    def _declined(self, was: Active, slot: Slot, serial: int, why: str) -> Active:
        return was if slot == NOBODY else steps.declined(was, slot, serial, why, self.wall)

    def _audit(self, occasion: Occasion, words: str) -> str:
        """Write into the journal; a journal that is full takes no update back, and is told of."""
        try:
            audit(self.here, occasion, operator=self.operator, words=words)
        except JournalError as error:
            return str(error)
        return ""


def _set_file(slots: Slots, slot: Slot) -> bytes | None:
    if slot in {NOBODY, steps.FACTORY}:
        return None
    try:
        return (slots.folder_of(slot) / SET_FILE).read_bytes()
    except OSError:
        return None


class _RefusedError(OtaError):
    """What lies ready is not taken; with its name, when that is proven."""

    def __init__(self, message: str, slot: Slot = NOBODY, serial: int = 0) -> None:
        super().__init__(message)
        self.slot = slot
        self.serial = serial


def _read_all(ready: Path) -> dict[Path, bytes]:
    """Return a set's files by their names, and no others; what they are is judged by their signatures."""
    try:
        return dict(_files(ready))
    except OSError as error:
        raise _RefusedError(
            f"{error.filename}: cannot be read: {error.strerror}; nothing of that set is taken"
        ) from error


def _write_all(files: Mapping[Path, bytes], into: Path) -> None:
    """Write a set's files; they are made to last by whoever gives the folder its name.

    Raises:
        OtaError: One cannot be written.
    """
    for path, raw in files.items():
        to = into / path
        try:
            to.parent.mkdir(exist_ok=True)
            to.write_bytes(raw)
        except OSError as error:
            raise OtaError(f"{to}: cannot be written: {error.strerror}; make room, and check again") from error


def _files(source: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield the files of a set that lies ready, by their names, no links followed."""
    yield Path(SET_FILE), _read(source / SET_FILE)
    for role in ROLES:
        for name in NAMES:
            if (source / role / name).exists():
                yield Path(role) / name, _read(source / role / name)
    for path in sorted((source / proof.PROOF).iterdir())[:_PROOFS]:
        yield Path(proof.PROOF) / path.name, _read(path, _PROOF_LIMIT)


def _read(path: Path, limit: int = _LIMIT) -> bytes:
    """Read a plain file that somebody else made."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _RefusedError(f"{path}: not a plain file; nothing of that set is taken")
        raw = file.read(limit + 1)
    if len(raw) > limit:
        raise _RefusedError(f"{path}: longer than {limit} bytes, which no file of its kind is")
    return raw
