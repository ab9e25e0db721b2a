"""Sets: released, widened, halted, withdrawn and released again, each by signing what is said about one target.

Serials grow over the whole repository, not only for one target: a terminal that changes its channel or gets a group of
its own never meets a lower one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from tuf.api.metadata import TargetFile

from edge.errors import EdgeError, OtaError
from edge.ota.active import FURTHEST
from edge.ota.manifest import ROLES, Rollout, SetCustom, SetFile, dump_set, parse_set, set_custom, signable
from edge.ota.publishing import bundles, judging
from edge.ota.publishing.aims import EVERYBODY, Aim, current, history

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from edge.ota.manifest import Board
    from edge.ota.publishing.bundles import Bundled
    from edge.ota.publishing.change import Change
    from edge.vision.bundle import Bundle
    from edge.vision.manifest import Manifest

FIRMWARE = "0.1.0"
"""The first version of this software that takes updates of models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What is asked for.

    Attributes:
        name: What people call the set.
        aim: For whom it is.
        percent: Of their devices.
        serial: The set's; None for the next one.
        minimum_firmware: The least version of this software that can run it.
        accept_worse: Why an embedder that is worse, or not known to be no worse, is released all the same; empty to
            refuse it.
    """

    name: str
    aim: Aim = EVERYBODY
    percent: float = 1.0
    serial: int | None = None
    minimum_firmware: str = FIRMWARE
    accept_worse: str = ""


@dataclass(frozen=True, slots=True)
class Makers:
    """What a release needs of this machine.

    Attributes:
        parity: Makes the parity set of a bundle that has none.
        factory: The manifest of the embedder that terminals have before any update.
    """

    parity: Callable[[Bundle], bytes]
    factory: Manifest


def release(change: Change, wanted: Release, sources: Sequence[str], makers: Makers) -> None:
    """Release a new set; nothing is changed when it is refused.

    Args:
        change: To what.
        wanted: What is asked for.
        sources: Its bundles, each the name of one in the repository, or a folder.
        makers: What a release needs of this machine.

    Raises:
        OtaError: It is refused; every reason is named.
    """
    faults: list[str] = []
    found: list[Bundled] = []
    for source in sources:
        try:
            found.append(_bundle(change, source, wanted.aim.board, makers))
        except EdgeError as error:
            faults.append(str(error))
    faults += _set_faults(found, wanted.aim.board) if not faults else []
    faults += _embedder_faults(change, wanted, found, makers)
    serial = _serial(change, wanted, faults)
    if _earlier(change, wanted.aim, wanted.name) is not None:
        faults.append(f"there was a set {wanted.name} before; give this one another name")
    _refuse(wanted, faults)
    refs = {one.custom.role: one.ref for one in found}
    content = SetFile(
        name=wanted.name,
        serial=serial,
        detector=refs["detector"],
        landmarks=refs["landmarks"],
        embedder=refs["embedder"],
        liveness=refs["liveness"],
    )
    _put(change, wanted, serial, dump_set(content))


def again(change: Change, wanted: Release) -> None:
    """Release an earlier set again, its file as it was, with a higher serial: the way back for everybody.

    It was judged when it was new, and is not judged again: what it takes the place of may measure better and be worse.

    Args:
        change: To what.
        wanted: What is asked for; its name is the earlier set's, and so is the least firmware.

    Raises:
        OtaError: It is refused; every reason is named.
    """
    before = _earlier(change, wanted.aim, wanted.name)
    if before is None:
        raise OtaError(f"{wanted.aim.path}: there was no set {wanted.name} before; name the bundles of a new one")
    content = bundles.contents(change, before)
    for role, ref in parse_set(content, wanted.aim.path).bundles().items():
        bundles.resolved(change, ref, role)
    faults: list[str] = []
    serial = _serial(change, wanted, faults)
    _refuse(wanted, faults)
    said = set_custom(before.custom, wanted.aim.path)
    worse = wanted.accept_worse or said.accepted_worse
    _put(change, replace(wanted, minimum_firmware=said.minimum_firmware, accept_worse=worse), serial, content)


def widen(change: Change, aim: Aim, percent: float) -> None:
    """Have a set go to more devices, also one that was halted.

    Raises:
        OtaError: It is refused.
    """
    now = current(change, aim)
    before = now.rollout
    if before.withdrawn:
        raise OtaError(f"{aim.path}: set {now.name} is withdrawn; release it again, or another")
    if percent < before.percent:
        raise OtaError(
            f"{aim.path}: set {now.name} goes to {before.percent:g} % already; a rollout is never narrowed: "
            "`edge ota repo halt` stops it, `edge ota repo withdraw` takes it back"
        )
    _say(change, aim, Rollout(percent, before.salt))


def halt(change: Change, aim: Aim) -> None:
    """Let no further device begin with a set; who runs it goes on.

    Raises:
        OtaError: There is none.
    """
    before = current(change, aim).rollout
    _say(change, aim, msgspec.structs.replace(before, halted=True))


def withdraw(change: Change, aim: Aim) -> None:
    """Have every device that runs a set go back, and none begin with it.

    Raises:
        OtaError: There is none.
    """
    before = current(change, aim).rollout
    _say(change, aim, msgspec.structs.replace(before, halted=True, withdrawn=True))


def _bundle(change: Change, source: str, board: Board, makers: Makers) -> Bundled:
    folder = Path(source)
    if folder.is_dir():
        return bundles.add(change, folder, board, makers.parity)
    return bundles.named(change, source, board)


def _set_faults(found: Sequence[Bundled], board: Board) -> list[str]:
    counts = Counter(one.custom.role for one in found)
    faults = [f"a set has one {role}, and this one has {counts[role] or 'none'}" for role in ROLES if counts[role] != 1]
    faults += [
        f"{one.custom.name} is for {one.custom.board} boards only, and the set is for {board}"
        for one in found
        if one.custom.board not in {"any", board}
    ]
    return faults


def _embedder_faults(change: Change, wanted: Release, found: Sequence[Bundled], makers: Makers) -> list[str]:
    faults: list[str] = []
    for one in found:
        if one.custom.role == "embedder":
            faults += judging.unmeasured(one.manifest)
            if not wanted.accept_worse:
                for old in _replaced(change, wanted.aim, makers):
                    faults += judging.worse(one.manifest, old)
    return list(dict.fromkeys(faults))


def _replaced(change: Change, aim: Aim, makers: Makers) -> Iterator[Manifest]:
    """Yield the embedder whose place a new set's takes: of the newest set in good standing, or the factory's.

    One that was accepted although it may be worse lowers no bar: what it took the place of counts, too.
    """
    for place in dict.fromkeys(
        (aim, Aim(aim.channel, aim.board), Aim(aim.channel), Aim("stable", aim.board), EVERYBODY)
    ):
        seen: set[int] = set()
        for info in history(change, place) if place.role in change.roles else ():
            said = set_custom(info.custom, info.path)
            if said.serial in seen:
                continue  # what was last said about it counts
            seen.add(said.serial)
            if said.rollout.halted or said.rollout.withdrawn:
                continue
            ref = parse_set(bundles.contents(change, info), info.path).embedder
            yield bundles.resolved(change, ref, "embedder").manifest
            if not said.accepted_worse:
                return
    yield makers.factory


def _serial(change: Change, wanted: Release, faults: list[str]) -> int:
    highest = 0
    for role in change.roles:
        if role.startswith("sets-"):
            for info in change.see(role).targets.values():
                highest = max(highest, set_custom(info.custom, info.path).serial)
    serial = highest + 1 if wanted.serial is None else wanted.serial
    if serial <= highest:
        faults.append(f"serial {serial} does not grow: {highest} is released in this repository; leave it out")
    if serial - highest > FURTHEST:
        faults.append(
            f"serial {serial} is too far above {highest}, the last one of this repository: terminals take none that is "
            f"more than {FURTHEST} further; leave it out"
        )
    return serial


def _earlier(change: Change, aim: Aim, name: str) -> TargetFile | None:
    return next((info for info in history(change, aim) if set_custom(info.custom, info.path).name == name), None)


def _refuse(wanted: Release, faults: Sequence[str]) -> None:
    if faults:
        raise OtaError(f"set {wanted.name} is refused: " + "; ".join(faults))


def _put(change: Change, wanted: Release, serial: int, content: bytes) -> None:
    info = TargetFile.from_data(wanted.aim.path, content, ["sha256"])
    custom = SetCustom(
        name=wanted.name,
        serial=serial,
        minimum_firmware=wanted.minimum_firmware,
        rollout=Rollout(wanted.percent, f"{wanted.name}-{serial}"),
        accepted_worse=wanted.accept_worse,
    )
    info.unrecognized_fields["custom"] = signable(set_custom(signable(custom), wanted.aim.path))
    change.edit(wanted.aim.role).targets[wanted.aim.path] = info
    change.files[bundles.prefixed(info)] = content


def _say(change: Change, aim: Aim, rollout: Rollout) -> None:
    custom = msgspec.structs.replace(current(change, aim), rollout=rollout)
    info = change.edit(aim.role).targets[aim.path]
    info.unrecognized_fields["custom"] = signable(set_custom(signable(custom), aim.path))
