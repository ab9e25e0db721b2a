"""The gate: tries a set of models on this device before anything depends on it (S8).

What can be told by reading is told first; nothing is run that is incomplete or not for this machine. What has to be
run is run in a child (`edge.ota.examining`): its crash, hang or hunger for memory costs the set its chance, no more.
"""

from __future__ import annotations

import shutil
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from edge import disk
from edge.app import caged
from edge.errors import ModelError, OtaError
from edge.ota import judging, parity
from edge.ota.findings import ANSWER_LIMIT, Died, Measured, Task, Together
from edge.ota.gate import GATE, Check, GateRecord, manifests_of, report_of
from edge.ota.manifest import ROLES
from edge.vision.bundle import load
from edge.vision.manifest import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from edge.ota.gate import GateReport, Papers
    from edge.ota.manifest import BundleCustom
    from edge.ota.rollout import Device
    from edge.vision.bundle import Bundle
    from edge.vision.manifest import Role

Answer = TypeVar("Answer", Measured, Together)

_SPARE_BYTES = 32 * 1024 * 1024
_CHILD = (sys.executable, "-P", "-m", "edge.ota.examining")
_NAMED = {"detector", "landmarks", "embedder", "liveness", "proof"}


@dataclass(frozen=True, slots=True)
class Cage:
    """What a child may take, and which one it is.

    Attributes:
        cpu_s: Time on the processor, seconds.
        wall_s: Time altogether, seconds; it steps back for everything else on the machine.
        command: What is run; the task is its last argument.
    """

    cpu_s: int = 60
    wall_s: float = 240.0
    command: tuple[str, ...] = _CHILD


def examine(
    folder: Path,
    device: Device,
    papers: Papers,
    *,
    at: float,
    running: Mapping[Role, Path] | None = None,
    cage: Cage | None = None,
) -> GateReport:
    """Try a set, and write down in its folder what was found (`edge.ota.gate.why_not_here` reads it).

    Args:
        folder: Of the set: one folder a role.
        device: This one.
        papers: What was signed about the set.
        at: The time, seconds since the epoch.
        running: The bundles that do the work now, by role, to be timed beside the new ones.
        cage: What a child may take.

    Raises:
        OtaError: The result cannot be written.
    """
    report = look_at(folder, device, papers, running=running, cage=cage)
    try:
        record = GateRecord(
            board=device.board, runtime=device.runtime, at=at, manifests=manifests_of(folder), report=report
        )
        disk.replace(disk.DISK, folder / GATE, msgspec.json.format(msgspec.json.encode(record)))
    except OSError as error:
        raise OtaError(f"{folder / GATE}: cannot be written: {error.strerror}; make room, and try again") from error
    return report


def look_at(
    folder: Path,
    device: Device,
    papers: Papers,
    *,
    running: Mapping[Role, Path] | None = None,
    cage: Cage | None = None,
) -> GateReport:
    """Try a set, and write nothing down. The arguments are as for `examine`."""
    checks = [judging.firmware(papers.minimum_firmware, device), *_room(folder), *_strangers(folder)]
    for role in ROLES:
        checks += _lies(folder / role, role, papers.bundles.get(role), device)
    if all(check.passed for check in checks):
        checks += _at_work(folder, device, papers, dict(running or {}), cage or Cage())
    return report_of(checks)


def examine_bundle(
    folder: Path, device: Device, custom: BundleCustom, *, running: Path | None = None, cage: Cage | None = None
) -> GateReport:
    """Try one bundle by itself, as its publisher does; nothing is written. The arguments are as for `examine`."""
    checks = _lies(folder, custom.role, custom, device)
    if all(check.passed for check in checks):
        answer = _run(folder, custom, running, cage or Cage())
        checks += judging.of_bundle(custom.role, custom, device, answer)
    return report_of(checks)


def _at_work(folder: Path, device: Device, papers: Papers, running: dict[Role, Path], cage: Cage) -> Iterator[Check]:
    alone: list[Check] = []
    for role in ROLES:
        custom = papers.bundles[role]
        alone += judging.of_bundle(role, custom, device, _run(folder / role, custom, running.get(role), cage))
    yield from alone
    if all(check.passed for check in alone):
        memory_mb = sum(custom.gates.max_memory_mb for custom in papers.bundles.values())
        folders = {str(role): str(folder / role) for role in ROLES}
        yield judging.together(_ask(Task(folders=folders, memory_mb=memory_mb, cpu_s=cage.cpu_s), Together, cage))


def _lies(folder: Path, role: Role, custom: BundleCustom | None, device: Device) -> list[Check]:
    """Look at what lies there, without running it."""
    if custom is None:
        return [_fault("role", f"{role}: nobody signed such a bundle for this set", role)]
    try:
        bundle = load(folder)
        parity.load(folder, bundle.manifest)
    except (ModelError, OtaError) as error:
        # A manifest names its fault's key; what role a bundle has is the one fault that says it is another's.
        return [_fault("role" if "key `role`" in str(error) else "complete", f"{role}: {error}", role)]
    checks = [Check(name="complete", passed=True, value="yes", limit="yes", words="its hashes agree", role=role)]
    checks.append(_same(bundle, role, custom))
    checks.append(_size(bundle, folder, role, custom))
    return [*checks, *judging.for_here(role, custom, device)]


def _same(bundle: Bundle, role: Role, custom: BundleCustom) -> Check:
    space = str(bundle.space) if bundle.manifest.role == "embedder" else ""
    here, signed = (bundle.manifest.role, bundle.name, space), (role, custom.name, custom.space)
    if here == signed and custom.role == role:
        return Check(name="role", passed=True, value=role, limit=role, words="what was signed", role=role)
    found, meant = (" ".join(filter(None, one)) for one in (here, (custom.role, *signed[1:])))
    return _fault("role", f"{role}: here is {found}, and what was signed is {meant}; publish it again", role)


def _size(bundle: Bundle, folder: Path, role: Role, custom: BundleCustom) -> Check:
    size, limit = len(bundle.model), custom.gates.max_bytes
    total = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    if size <= limit and total <= custom.unpacked_bytes:
        return Check(name="size", passed=True, value=size, limit=limit, words="bytes of its model", role=role)
    if size <= limit:
        size, limit = total, custom.unpacked_bytes
    words = f"{role}: {size:,} bytes, and {limit:,} were promised; publish it again"
    return Check(name="size", passed=False, value=size, limit=limit, words=words, role=role)


def _room(folder: Path) -> Iterator[Check]:
    """Judge whether the set fits once more, for it is copied to where it will stay; what was tried before is there."""
    if (folder / GATE).exists():
        return
    try:
        needed = _SPARE_BYTES + sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        free = shutil.disk_usage(folder).free
    except OSError as error:
        yield _fault("disk", f"{folder}: cannot be looked at: {error.strerror}", "")
        return
    fault = f"the set needs {needed:,} bytes, and {free:,} are free; make room, and try again"
    words = "bytes free" if free >= needed else fault
    yield Check(name="disk", passed=free >= needed, value=free, limit=needed, words=words)


def _strangers(folder: Path) -> Iterator[Check]:
    """A set has its four bundles, and no folder that nobody here knows."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name not in _NAMED and (path / MANIFEST).exists():
            yield _fault("role", f"{path}: no model of this terminal has the role {path.name[:64]!r}", path.name[:64])


def _fault(name: str, words: str, role: str) -> Check:
    return msgspec.convert(
        {"name": name, "passed": False, "value": "no", "limit": "yes", "words": words[:2000], "role": role}, Check
    )


def _run(folder: Path, custom: BundleCustom, running: Path | None, cage: Cage) -> Measured | Died:
    task = Task(
        folders={custom.role: str(folder)},
        running=str(running or ""),
        memory_mb=custom.gates.max_memory_mb,
        cpu_s=cage.cpu_s,
    )
    return _ask(task, Measured, cage)


def _ask(task: Task, kind: type[Answer], cage: Cage) -> Answer | Died:
    ended = caged.run((*cage.command, msgspec.json.encode(task).decode()), cage.wall_s, ANSWER_LIMIT)
    last = (ended.complaint.strip().splitlines() or [""])[-1][:300]
    said = f" ({last})" if last else ""
    if ended.late:
        return Died("ends", f"it was not done in {cage.wall_s:g} seconds{said}")
    if len(ended.output) > ANSWER_LIMIT:
        return Died("survives", f"the process that ran it said more than {ANSWER_LIMIT} bytes{said}")
    if ended.status in {-signal.SIGXCPU, -signal.SIGKILL}:
        return Died("ends", f"it used {task.cpu_s} seconds of the processor and was not done, or was killed{said}")
    if ended.status:
        return Died("survives", f"the process that ran it ended by {_cause(ended.status)}{said}")
    try:
        return msgspec.json.decode(ended.output, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Died("survives", f"the process that ran it did not answer in words that are known here: {error}{said}")


def _cause(status: int) -> str:
    if status > 0:
        return f"exit code {status}"
    known = {one.value for one in signal.Signals}
    return signal.Signals(-status).name if -status in known else f"signal {-status}"
