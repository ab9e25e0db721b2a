"""Asks the repository for this device's set, and lays it out as the folder that is to be installed.

What is downloaded goes to a file of its own, is checked against the signed hash, synchronised and renamed; whatever was
cut short begins again, except that a bundle that is here already (in another set, among the factory's, or from a check
that was interrupted) is not fetched twice.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.disk import DISK, opened
from edge.errors import OtaError
from edge.ota import proof, repository, rollout
from edge.ota.active import NOBODY, Slot, kept, require_offerable
from edge.ota.archive import pack, unpack
from edge.ota.chain import Chain
from edge.ota.manifest import ROLES, SET_FILE, bundle_custom, parse_set, set_custom, slot_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from tuf.api.metadata import TargetFile

    from edge.disk import Disk
    from edge.ota.active import Active
    from edge.ota.clock import Believed
    from edge.ota.fetcher import Fetcher
    from edge.ota.manifest import BundleRef, SetCustom, SetFile
    from edge.ota.repository import Repository, Source
    from edge.ota.rollout import Device
    from edge.vision.manifest import Role

_SPARE = 1_000_000
"""Beside the bundles there are the proof, what the gate measured, and folders: bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A set that is ready to be tried and installed.

    Attributes:
        slot: What it will be called.
        serial: Of its offer.
        name: What people call it.
        folder: Where it lies, complete and with its proof.
        fetched: The roles whose bundles were downloaded, now or by a check before; the others were here.
    """

    slot: Slot
    serial: int
    name: str
    folder: Path
    fetched: tuple[Role, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a check.

    Attributes:
        why: The reason, for people.
        fetched: The set that this device is to take; None for none.
        withdrawn: The set that the publisher takes back from devices that run it; `NOBODY` for none.
    """

    why: str
    fetched: Fetched | None = None
    withdrawn: Slot = NOBODY


@dataclass(frozen=True, slots=True)
class Client:
    """This device's use of a repository; one check at a time.

    Attributes:
        source: Where updates come from.
        folder: What is the client's own: `work/` of one check, `bundles/` that were downloaded, `ready/`.
        bundles: Folders of bundles that are here already, whatever is in them.
        room: Refuses with an `OtaError` when the disk has no room for so many bytes more.
        disk: What writes.
    """

    source: Source
    folder: Path
    bundles: tuple[Path, ...] = ()
    room: Callable[[int], None] = field(default=lambda _bytes: None)
    disk: Disk = DISK

    def check(self, device: Device, active: Active, fetcher: Fetcher, believed: Believed) -> Answer:
        """Look for a newer set, and fetch it.

        Args:
            device: Who asks.
            active: What decides here, and what was refused here.
            fetcher: What downloads, within the limits of this check.
            believed: What time it is.

        Raises:
            OtaError: What came is not to be believed, is outdated, does not fit this device, or was refused before.
            FetchError: It could not be had.
        """
        try:
            self._tidy()
            with repository.opened(self.source, self._work / "metadata", fetcher, believed, self.disk) as found:
                return self._look(found, device, active)
        except OSError as error:
            raise OtaError(
                f"{error.filename or self.folder}: {error.strerror or error}; nothing was changed"
            ) from error

    @property
    def _work(self) -> Path:
        return self.folder / "work"

    def _tidy(self) -> None:
        for path in (self._work, self.folder / "ready"):
            with suppress(FileNotFoundError):
                shutil.rmtree(path)
        self._work.mkdir(parents=True)
        (self.folder / "bundles").mkdir(exist_ok=True)

    def _look(self, found: Repository, device: Device, active: Active) -> Answer:
        found.refresh()
        for path in rollout.paths(device):
            info = found.find(path)
            if info is not None:
                return self._weigh(found, info, device, active)
        self._forget(())
        asked = ", ".join(rollout.paths(device))
        return Answer(why=f"no set is published for this device (asked for {asked})")

    def _weigh(self, found: Repository, info: TargetFile, device: Device, active: Active) -> Answer:
        """Say whether the set is wanted; then fetch it."""
        custom = set_custom(info.custom, info.path)
        offer = rollout.offered(custom, device, active.serial - _lost(custom, info, active))
        if not offer.wanted and not offer.withdrawn:
            if custom.serial < active.serial:
                raise OtaError(
                    f"{info.path}: set {custom.name} has serial {custom.serial}, and {active.serial} was accepted here "
                    f"before: nothing older is taken; release it again, with a higher serial"
                )
            return Answer(why=offer.why)
        self.room(info.length)
        found.download(info, self._work / SET_FILE)
        raw = (self._work / SET_FILE).read_bytes()
        content = parse_set(raw, info.path)
        slot = Slot(slot_id(content.name, raw))
        if offer.withdrawn:
            return Answer(why=offer.why, withdrawn=slot)
        require_offerable(active, slot, custom.serial)
        fetched = self._bundles(found, content, device)
        folder = self._lay_out(found, info.path, raw, content)
        told = Fetched(slot=slot, serial=custom.serial, name=custom.name, folder=folder, fetched=fetched)
        return Answer(why=offer.why, fetched=told)

    def _bundles(self, found: Repository, content: SetFile, device: Device) -> tuple[Role, ...]:
        """Fetch what is not here; all is judged before the first byte of a bundle is asked for."""
        infos = {role: self._named(found, role, ref, device) for role, ref in content.bundles().items()}
        self._forget({info.hashes["sha256"] for info in infos.values()})
        have = self._here(content)
        missing = [role for role in ROLES if role not in have]
        self.room(sum(info.length for info in infos.values()) * 2 + _SPARE)
        for role in ROLES:
            into = self._work / "set" / role
            into.mkdir(parents=True)
            raw = have[role] if role in have else self._fetch(found, infos[role])
            unpack(raw, into, bundle_custom(infos[role].custom, infos[role].path).unpacked_bytes, self.disk)
            self.disk.sync_folder(into)
        return tuple(missing)

    def _named(self, found: Repository, role: Role, ref: BundleRef, device: Device) -> TargetFile:
        """Return what the bundle's own signers say of it; refused when the set, or this device, says otherwise."""
        info = found.find(ref.target)
        if info is None:
            raise OtaError(f"{ref.target}: the set names it, and nobody who may sign a {role} did")
        if info.hashes.get("sha256") != ref.sha256 or info.length != ref.bytes:
            raise OtaError(f"{ref.target}: the set names another file than the one that the {role}'s signers signed")
        custom = bundle_custom(info.custom, ref.target)
        if custom.role != role:
            raise OtaError(f"{ref.target}: this is signed as a {custom.role}, and the set names it as its {role}")
        faults = rollout.unfit(custom, device)
        if faults:
            raise OtaError(f"{ref.target}: does not fit this device: {'; '.join(faults)}")
        return info

    def _here(self, content: SetFile) -> Mapping[Role, bytes]:
        """Return the archives of what is here already, wherever it lies; each is hashed, whatever it was called."""
        wanted = {ref.sha256: role for role, ref in content.bundles().items()}
        found: dict[Role, bytes] = {}
        for raw in self._archives():
            role = wanted.get(hashlib.sha256(raw).hexdigest())
            if role is not None:
                found[role] = raw
        return found

    def _archives(self) -> Iterator[bytes]:
        for folder in self.bundles:
            with suppress(OtaError):  # whatever lies there, it is not what is wanted
                yield pack(folder)

    def _fetch(self, found: Repository, info: TargetFile) -> bytes:
        """Return a bundle's archive, from a check that was interrupted or from the line; it lasts."""
        kept = self.folder / "bundles" / f"{info.hashes['sha256']}.tar"
        with suppress(OSError):
            raw = kept.read_bytes()
            if hashlib.sha256(raw).hexdigest() == info.hashes["sha256"]:
                return raw
        fresh = self._work / kept.name
        found.download(info, fresh)
        raw = fresh.read_bytes()
        if hashlib.sha256(raw).hexdigest() != info.hashes["sha256"]:
            raise OtaError(f"{info.path}: was changed on this disk while it was downloaded")
        with opened(self.disk, fresh, os.O_RDONLY) as descriptor:
            self.disk.sync(descriptor)
        self.disk.rename(fresh, kept)
        self.disk.sync_folder(kept.parent)
        return raw

    def _lay_out(self, found: Repository, target: str, raw: bytes, content: SetFile) -> Path:
        """Add the set's file and its proof, see that they prove it, and give the folder its name."""
        made = self._work / "set"
        chain = Chain(self.source.root, found.metadata)
        (made / proof.PROOF).mkdir()
        for name, data in proof.files(chain, content, target).items():
            self._put(made / proof.PROOF / name, data)
        self._put(made / SET_FILE, raw)
        proof.proven(made, self.source.root)
        for folder in (made / proof.PROOF, made):
            self.disk.sync_folder(folder)
        ready = self.folder / "ready"
        self.disk.rename(made, ready)
        self.disk.sync_folder(self.folder)
        return ready

    def _forget(self, but: Collection[str]) -> None:
        """Remove bundles of earlier offers; those of this one stay, should the gate be cut short."""
        for path in (self.folder / "bundles").iterdir():
            if path.stem not in but:
                self.disk.remove(path)

    def _put(self, path: Path, data: bytes) -> None:
        with opened(self.disk, path, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as descriptor:
            self.disk.write(descriptor, data)
            self.disk.sync(descriptor)


def _lost(custom: SetCustom, info: TargetFile, active: Active) -> bool:
    """Whether this is what was accepted last, and is here no more: a disk that destroyed it does not make it older."""
    known = {*kept(active), *(one.slot for one in active.refused)}
    mark = f"-{info.hashes.get('sha256', '')[:12]}"  # as in `slot_id`
    return custom.serial == active.serial and not any(slot.endswith(mark) for slot in known)
