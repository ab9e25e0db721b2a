"""Which devices a set is for: decided on the device, from what was signed and from the device's own id.

No clock, no I/O, no configuration. Nobody keeps a list of devices: the hash of a device's id and of the set's salt says
at what percentage it is reached, so that a larger percentage only ever adds devices.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.ota.manifest import set_target

if TYPE_CHECKING:
    from edge.ota.manifest import Board, BundleCustom, SetCustom

_RELEASE = re.compile(r"v?(\d+(?:\.\d+)*)(.*)", re.DOTALL)
_EARLIER = re.compile(r"[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview|dev)[-_.]?\d*", re.IGNORECASE)
_BITS = 53  # as many as a float holds exactly: a place is always below 100
_PLACES = 1 << _BITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What decides what a device is offered.

    Attributes:
        id: Its name, which nothing else has and which never changes.
        board: The kind of machine.
        runtime: The package that runs models there, and its version.
        firmware: The version of this software.
        channel: "stable" or "canary".
        groups: Its branch groups, the first before the others.
    """

    id: str
    board: Board
    runtime: tuple[str, str]
    firmware: str
    channel: str = "stable"
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether a device takes a set.

    Attributes:
        wanted: Whether it does.
        why: The reason, for people.
        withdrawn: Whether it goes back, if this is the set that it runs.
    """

    wanted: bool
    why: str
    withdrawn: bool = False


def place(device_id: str, salt: str) -> float:
    """Return at what percentage a rollout reaches a device: evenly spread from 0, inclusive, to 100, exclusive."""
    digest = hashlib.sha256(f"{salt}\0{device_id}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> (64 - _BITS)) / _PLACES * 100


def paths(device: Device) -> tuple[str, ...]:
    """Return the set targets that a device asks for, in this order; the first that exists counts."""
    own = [set_target(device.channel, device.board, group) for group in (*device.groups, "all")]
    return tuple(dict.fromkeys((*own, set_target(device.channel, "any", "all"))))


def offered(custom: SetCustom, device: Device, running_serial: int) -> Offer:
    """Say whether a device takes a set.

    Args:
        custom: What was signed about it.
        device: Who asks.
        running_serial: The highest serial that was accepted here; 0 for none.
    """
    rollout = custom.rollout
    if rollout.withdrawn:
        return Offer(wanted=False, why=f"set {custom.name} was withdrawn by its publisher", withdrawn=True)
    if custom.serial <= running_serial:
        return Offer(
            wanted=False, why=f"set {custom.name} is no newer (serial {custom.serial}, here is {running_serial})"
        )
    if rollout.halted:
        return Offer(wanted=False, why=f"the rollout of set {custom.name} was halted by its publisher")
    if not at_least(device.firmware, custom.minimum_firmware):
        needs = f"set {custom.name} needs firmware {custom.minimum_firmware}, and this is {device.firmware}"
        return Offer(wanted=False, why=f"{needs}; update the firmware first")
    reached = place(device.id, rollout.salt)
    share = f"set {custom.name} goes to {rollout.percent:g} % of the devices"
    if reached < rollout.percent:
        return Offer(wanted=True, why=f"{share}, and this is one of them")
    return Offer(wanted=False, why=f"{share}; this one follows beyond {reached:.1f} %")


def unfit(custom: BundleCustom, device: Device) -> tuple[str, ...]:
    """Return why a bundle cannot run on a device, one sentence each; none if it can."""
    faults = []
    if not for_board(custom, device):
        faults.append(f"{custom.name} is for {custom.board} boards, and this is {device.board}")
    name, version = device.runtime
    if not for_runtime(custom, device):
        needed = " or ".join(f"{package} {least}" for package, least in sorted(custom.runtime.items()))
        faults.append(f"{custom.name} needs {needed}, and here is {name} {version}")
    return tuple(faults)


def for_board(custom: BundleCustom, device: Device) -> bool:
    """Whether a bundle is for a device's kind of machine."""
    return custom.board in {"any", device.board}


def for_runtime(custom: BundleCustom, device: Device) -> bool:
    """Whether what runs models on a device can run a bundle."""
    name, version = device.runtime
    return not custom.runtime or (name in custom.runtime and at_least(version, custom.runtime[name]))


def at_least(version: str, least: str) -> bool:
    """Whether a version is as new as another; a release candidate is older than its release, and no version is old."""
    return _ordered(version) >= _ordered(least)


def _ordered(version: str) -> tuple[tuple[int, ...], bool]:
    """Return a version's numbers, without zeros at the end, and whether it is a release."""
    found = _RELEASE.fullmatch(version.strip())
    if found is None:
        return (), False
    numbers = [int(number) for number in found[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers), _EARLIER.match(found[2]) is None
