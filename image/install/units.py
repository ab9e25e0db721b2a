"""Units that start by themselves, and units that may not start: what they are now, and how that is changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from image.install.running import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_OURS = "etc/systemd/system"
_PLACES = (_OURS, "usr/lib/systemd/system", "lib/systemd/system")


def enabled(root: Path, unit: str) -> bool:
    """Whether every link by which a unit starts is there, as its `[Install]` says."""
    try:
        lines = (root / _OURS / unit).read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    targets = [target for line in lines if line.startswith("WantedBy=") for target in line.partition("=")[2].split()]
    return all((root / _OURS / f"{target}.wants" / unit).is_symlink() for target in targets)


def may_start(root: Path, unit: str) -> bool:
    """Whether a unit is there and not masked."""
    ours = root / _OURS / unit
    masked = ours.is_symlink() and str(ours.readlink()) == "/dev/null"
    return not masked and any((root / place / unit).exists() for place in _PLACES)


def wanted(root: Path, enable: Sequence[str], mask: Sequence[str]) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what has to be done, and how, for units to be as they should."""
    off = [unit for unit in enable if not enabled(root, unit)]
    if off:
        yield f"enable {' '.join(off)}", partial(ctl, root, "enable", off)
    free = [unit for unit in mask if may_start(root, unit)]
    if free:
        yield f"mask {' '.join(free)}", partial(ctl, root, "mask", free)


def ctl(root: Path, verb: str, units: Sequence[str]) -> None:
    """Enable, disable, mask or unmask units of a tree.

    Raises:
        InstallError: systemd does not.
    """
    run(["systemctl", f"--root={root}", "--quiet", verb, *units])


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
