"""What is looked at without the person: this machine, its configuration and its repository."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.app.acceptance.machine import ABSENT, Machine
from edge.app.acceptance.seen import Found
from edge.app.camera_figures import running
from edge.app.clocks import Clocks
from edge.app.doctor_keys import keys_check
from edge.app.fetching import Means, look
from edge.errors import EdgeError, FetchError
from edge.ota.clock import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.app.places import Places
    from edge.config import Config

LEAST_FRAMES = 60
"""Of so many frames at least figures are taken."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the items look at.

    Attributes:
        config: What is configured.
        here: Where the files are.
        machine: The machine.
        clock: Monotonic seconds.
    """

    config: Config
    here: Places
    machine: Machine = field(default_factory=Machine)
    clock: Callable[[], float] = time.monotonic

    def model(self) -> str:
        """Return which machine this is."""
        return self.machine.model()

    def boot(self) -> str:
        """Return what this start of the machine is called."""
        return self.machine.boot()

    def kill(self, unit: str) -> Found | None:
        """Kill a unit's processes; why it was not done, or None."""
        return self.machine.kill(unit)


def camera(around: Around) -> Found | None:
    """The running terminal's figures of its camera: None until there are enough."""
    found = running(around.here, around.clock())
    if found is None or found.frames < LEAST_FRAMES or found.settled_s is None:
        return None
    limit_s = around.config.door.max_frame_age_s
    words = (
        f"{found.width} x {found.height}, {found.rate:.1f} frames/s, "
        f"age p50 {found.age_p50_s * 1e3:.0f} p95 {found.age_p95_s * 1e3:.0f} ms, "
        f"exposure settled in {found.settled_s:.1f} s, {found.missed} of {found.due} missed"
    )
    if found.age_p95_s > limit_s:
        return Found("fail", f"{words}; older than door.max_frame_age_s = {limit_s:g}: none of them opens the door")
    return Found("pass", words)


def default_route(around: Around) -> Found:
    """The network leads somewhere."""
    return around.machine.default_route()


def time_server(around: Around) -> Found:
    """A time server keeps the clock."""
    return around.machine.time_server()


def repository(around: Around) -> Found:
    """The repository of models answers, and what it signed has not expired; nothing is fetched and nothing is kept."""
    config, machine = around.config, around.machine
    if not config.ota.url:
        return Found("skipped", f"{ABSENT}: no repository is configured (ota.url)")
    try:
        until = look(around.here, config.ota, Means(clocks=Clocks(synchronised=machine.synchronised)))
    except FetchError as error:
        return Found("fail", f"not reached: {error}")
    except EdgeError as error:
        return Found("fail", str(error))
    role = min(until, key=lambda name: until[name])
    return Found("pass", f"reached; {role} is the first to expire, on {said(until[role])}")


def key_holder(around: Around) -> Found:
    """A TPM keeps the wrapping key, where there is one."""
    machine, holder = around.machine, around.config.keys.holder
    there = machine.some("dev/tpmrm[0-9]*")
    if not there:
        return Found("skipped", f'{ABSENT}: no TPM; keys.holder is "{holder}"')
    try:
        check = keys_check(around.config, around.here)
    except EdgeError as error:
        return Found("fail", str(error))
    words = check.found if holder == "tpm" else f"there is a TPM, and {check.found}"
    return Found("pass" if check.state == "ok" and holder != "file" else "fail", words)


def card_wear(around: Around) -> Found:
    """The card is not worn out."""
    return around.machine.card_wear()


def hardware_watchdog(around: Around) -> Found:
    """A watchdog of the hardware's is there, and fed by systemd."""
    return around.machine.hardware_watchdog()


def door_watchdog(around: Around) -> Found:
    """Systemd watches the door process."""
    return around.machine.door_watchdog()


def throttling(around: Around) -> Found:
    """The firmware never slowed the processor down."""
    return around.machine.throttling()


def temperature(around: Around) -> Found:
    """It is not too hot."""
    return around.machine.temperature()
