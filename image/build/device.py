"""The device's own files on the root: users, what starts and what cannot, and what the image says of itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from image.build import tree
from image.build.running import run
from image.build.tree import FOLDER, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from image.build.running import Bench

ACCOUNTS = ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow")
FACTS = "/usr/lib/door-terminal"
"""What the image says about itself, and carries for every terminal that is made of it."""

_SECRET = 0o640
_SHADOW = 42


def accounts(bench: Bench, base: Path, rules: Iterable[Path]) -> dict[str, Entry]:
    """Debian's users and groups, and those of the given sysusers.d files, made now: a device's root is read-only.

    Raises:
        ImageError: A rule is wrong.
    """
    staged = bench.work / "accounts"
    for path in ACCOUNTS:
        (staged / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (staged / path[1:]).write_bytes(tree.text(base, path))
    folder = staged / "usr/lib/sysusers.d"
    folder.mkdir(parents=True)
    for rule in rules:
        shutil.copyfile(rule, folder / rule.name)
    run(bench, ["systemd-sysusers", f"--root={staged}"])
    found = {path: (staged / path[1:]).read_bytes() for path in ACCOUNTS}
    secret = {"/etc/shadow", "/etc/gshadow"}
    return {
        path: Entry(content, mode=_SECRET, owner=(0, _SHADOW)) if path in secret else Entry(content)
        for path, content in found.items()
    }


def enable(bench: Bench, laid: tree.Tree, units: Sequence[str]) -> None:
    """Lay the links by which units start, as their `[Install]` says.

    Raises:
        ImageError: A unit is not among what is laid, or has no `[Install]`.
    """
    staged = bench.work / "units"
    shutil.rmtree(staged, ignore_errors=True)
    for path, entry in laid.entries.items():
        if path.startswith(("/etc/systemd/system/", "/usr/lib/systemd/system/")) and entry.content is not None:
            content = entry.content.read_bytes() if isinstance(entry.content, Path) else entry.content
            (staged / path[1:]).parent.mkdir(parents=True, exist_ok=True)
            (staged / path[1:]).write_bytes(content)
    run(bench, ["systemctl", f"--root={staged}", "--quiet", "enable", *units])
    for link in sorted(staged.rglob("*")):
        if link.is_symlink():
            laid.put(f"/{link.relative_to(staged).as_posix()}", Entry(link=str(link.readlink())))


def mask(laid: tree.Tree, units: Iterable[str]) -> None:
    """Lay the links by which units cannot start."""
    for unit in units:
        laid.put(f"/etc/systemd/system/{unit}", Entry(link="/dev/null"))


def facts(laid: tree.Tree, said: str, markers: Iterable[str]) -> None:
    """Lay what the image says about itself.

    Args:
        laid: Where to.
        said: The text of `image.toml`.
        markers: Empty files by whose being there something holds (S11).
    """
    laid.put(FACTS, Entry(mode=FOLDER))
    laid.put(f"{FACTS}/image.toml", Entry(said.encode()))
    for marker in markers:
        laid.put(f"{FACTS}/{marker}", Entry(b""))
