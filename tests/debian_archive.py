"""A small archive of Debian packages in a folder, for apt: packages with what a test says of each."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Package:
    """One package; its files, and links with where they lead, by their path from / on, without the first stroke."""

    name: str
    version: str = "1.0-1"
    needs: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    architecture: str = "arm64"
    essential: bool = False
    links: Mapping[str, str] = field(default_factory=dict)


def archive(folder: Path, packages: Sequence[Package]) -> str:
    """Lay the packages out; return the line of apt's sources."""
    folder.mkdir(parents=True, exist_ok=True)
    stanzas = [_made(folder, one) for one in packages]
    (folder / "Packages").write_text("\n".join(stanzas))
    return f"deb [trusted=yes] copy:{folder} ./"


def _made(folder: Path, one: Package) -> str:
    staged = folder / "staged"
    for name, content in one.files.items():
        (staged / name).parent.mkdir(parents=True, exist_ok=True)
        (staged / name).write_bytes(content)
    for name, leads_to in one.links.items():
        (staged / name).parent.mkdir(parents=True, exist_ok=True)
        (staged / name).symlink_to(leads_to)
    control = f"Package: {one.name}\nVersion: {one.version}\nArchitecture: {one.architecture}\n"
    control += "Maintainer: nobody <nobody@example.org>\nPriority: optional\nSection: misc\n"
    control += f"Depends: {one.needs}\n" if one.needs else ""
    control += "Essential: yes\n" if one.essential else ""
    control += "Description: of a test\n"
    (staged / "DEBIAN").mkdir(parents=True)
    (staged / "DEBIAN/control").write_text(control)
    deb = folder / f"{one.name}_{one.version}_{one.architecture}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", staged, deb], check=True, capture_output=True)
    shutil.rmtree(staged)
    digest = hashlib.sha256(deb.read_bytes()).hexdigest()
    return f"{control}Filename: ./{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {digest}\n"
