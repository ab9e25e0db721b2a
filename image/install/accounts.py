"""The users and groups of a sysusers.d file: which are missing, made, and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image.install.running import ask, run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_RULES = "door-terminal.conf"
"""By name: a path would be this machine's, whatever --root says."""


def missing(root: Path, rules: Path) -> tuple[str, ...]:
    """Return the users, groups and memberships that a machine has not, as a person reads them."""
    groups, users = _table(root / "etc/group"), _table(root / "etc/passwd")
    found = []
    for line in rules.read_text(encoding="utf-8").splitlines():
        kind, name, other = (*line.split(maxsplit=3), "", "", "")[:3]
        if (kind == "g" and name not in groups) or (kind == "u" and name not in users):
            found.append(name)
        elif kind == "m" and name not in groups.get(other, ["", "", ""])[2].split(","):
            found.append(f"{name} in {other}")
    return tuple(found)


def make(root: Path) -> None:
    """Have systemd make them.

    Raises:
        InstallError: It could not.
    """
    run(["systemd-sysusers", f"--root={root}", _RULES])


def remove(root: Path, names: Iterable[str]) -> None:
    """Remove users and groups that are there; one that is still somebody's own group stays.

    Raises:
        InstallError: There is no userdel.
    """
    users = _table(root / "etc/passwd")
    for name in names:
        if name in users:
            run(["userdel", "--root", root, name])
    groups = _table(root / "etc/group")
    for name in names:
        if name in groups:
            ask(["groupdel", "--root", root, name])


def _table(path: Path) -> dict[str, list[str]]:
    """A table of colons by its first column; empty where there is none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    return {name: rest for name, *rest in (line.split(":") for line in lines if line)}
