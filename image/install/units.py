"""Units that start by themselves, and units that may not start: what they are now, and how that is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image.install.running import ask, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


def state(root: Path, unit: str) -> str:
    """Return whether a unit is enabled, disabled, masked, not-found …, in systemd's words."""
    said = ask(["systemctl", f"--root={root}", "is-enabled", unit])[1].strip()
    return "not-found" if "No such file" in said or "not found" in said else said


def wanted(root: Path, enable: Sequence[str], mask: Sequence[str]) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what has to be done, and how, for units to be as they should."""
    off = [unit for unit in enable if state(root, unit) != "enabled"]
    if off:
        yield f"enable {' '.join(off)}", lambda: run(["systemctl", f"--root={root}", "--quiet", "enable", *off])
    free = [unit for unit in mask if state(root, unit) not in {"masked", "not-found"}]
    if free:
        yield f"mask {' '.join(free)}", lambda: run(["systemctl", f"--root={root}", "--quiet", "mask", *free])


def reload() -> None:
    """Have a running systemd and udev read their files again.

    Raises:
        InstallError: They do not.
    """
    run(["systemctl", "daemon-reload"])
    run(["udevadm", "control", "--reload"])
    run(["udevadm", "trigger", "--subsystem-match=gpio", "--subsystem-match=dma_heap"])


def restart(enable: Sequence[str]) -> None:
    """Start every unit, or start it afresh: the door first, whose line stays locked meanwhile.

    Raises:
        InstallError: One does not start.
    """
    for unit in enable:
        run(["systemctl", "--no-block", "restart", unit])


def stop(enable: Sequence[str]) -> None:
    """Stop every unit, and its service with its timer; the door last, which locks the line as it goes.

    Raises:
        InstallError: One does not stop.
    """
    services = [unit.replace(".timer", ".service") for unit in enable if unit.endswith(".timer")]
    for unit in [*reversed(enable), *services]:
        if not unit.startswith("edge-door"):
            run(["systemctl", "stop", unit])
    run(["systemctl", "stop", "edge-door.service"])
