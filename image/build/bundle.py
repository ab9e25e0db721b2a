"""A system update: RAUC's signed verity bundle of what a build made, and what a device needs to take one."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image.build import boot_area, loader
from image.build.errors import ImageError
from image.build.running import run
from image.build.tree import FOLDER, Entry

if TYPE_CHECKING:
    from pathlib import Path

    from image.build.running import Bench

PROGRAMS = "/usr/lib/door-terminal"
_DAYS = "36500"
_SUPERBLOCK = 512
_RUNS = 0o755
_STARTED = {"vmlinuz": "kernel", "initrd": "initrd"}
"""What a boot loader checks before it starts it, and what it is in `build.json`."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs a bundle; PEM files.

    Attributes:
        key: The private key.
        certificate: Its certificate.
        authority: Whose certificate devices know: `update-ca.pem` of their image.
    """

    key: Path
    certificate: Path
    authority: Path


def compatible(flavour: str) -> str:
    """What a device and a bundle have to call themselves to fit together."""
    return f"door-terminal-{flavour}"


def device_files(project: Path, flavour: str, authority: Path | None) -> dict[str, Entry]:
    """What lies on the root of a device that takes bundles, by absolute path.

    Args:
        project: This repository.
        flavour: The image's.
        authority: Whose bundles it takes; without one it takes none.
    """
    said = (project / "image/rauc/system.conf").read_text(encoding="utf-8").replace("{compatible}", compatible(flavour))
    files = {
        "/etc/rauc/system.conf": Entry(said.encode()),
        "/etc/systemd/system/rauc.service.d/50-door-terminal.conf": Entry(project / "image/rauc/rauc.service.conf"),
        # Debian marks any system that comes up as good; here health is what is seen of the door and of people let in.
        "/etc/systemd/system/rauc-mark-good.service": Entry(link="/dev/null"),
        f"{PROGRAMS}/boot-slots": Entry(project / "image/initrd/boot-slots", mode=_RUNS),
        f"{PROGRAMS}/before-install": Entry(project / "image/rauc/before-install", mode=_RUNS),
    }
    if authority is not None:
        files[f"{PROGRAMS}/update-ca.pem"] = Entry(authority)
    return {"/etc/rauc": Entry(mode=FOLDER)} | files


def make(bench: Bench, built: Path, project: Path, signer: Signer, out: Path) -> Path:
    """Make a bundle.

    Args:
        bench: Where it is put together.
        built: The `build.json` of a build.
        project: This repository.
        signer: Who signs.
        out: The bundle, `….raucb`; an older one is replaced.

    Returns:
        The bundle.

    Raises:
        ImageError: The build lacks something, or RAUC does not believe the signer.
    """
    said = json.loads(built.read_text(encoding="utf-8"))
    missing = [name for name in ("root", "kernel", "initrd") if name not in said["files"]]
    if missing:
        raise ImageError(f"{built} has no {', '.join(missing)}: build the image again")
    content = bench.work / "bundle"
    shutil.rmtree(content, ignore_errors=True)
    content.mkdir(parents=True)
    for name, target in (("root", "root.img"), ("kernel", "vmlinuz"), ("initrd", "initrd.img")):
        shutil.copyfile(built.parent / said["files"][name]["path"], content / target)
    shutil.copy(project / "image/rauc/hook", content / "hook")
    (content / "facts").write_text(_lines(facts_of(built, project)), encoding="ascii")
    (content / "manifest.raucm").write_text(
        _manifest(said["flavour"], said["version"], said["epoch"]), encoding="utf-8"
    )
    out.unlink(missing_ok=True)
    words = ["rauc", f"--cert={signer.certificate}", f"--key={signer.key}", f"--keyring={signer.authority}"]
    run(bench, [*words, "bundle", str(content), str(out)])
    return out


def facts_of(built: Path, project: Path) -> dict[str, str]:
    """What a slot with this build in it is believed by, and started with.

    Args:
        built: The `build.json` of a build.
        project: This repository, for the people store's version that the program in it writes.
    """
    said = json.loads(built.read_text(encoding="utf-8"))
    with (built.parent / said["files"]["root"]["path"]).open("rb") as image:
        image.seek(said["hash_offset"])
        salt = boot_area.salt(image.read(_SUPERBLOCK))
    facts = boot_area.facts(said["roothash"], salt, said["hash_offset"], said["version"])
    started = {of: loader.crc(built.parent / said["files"][what]["path"]) for of, what in _STARTED.items()}
    system = {"store": str(store_version(project)), "release": said["release"]}
    return facts | system | started | {"cmdline": said["cmdline"]}


def store_version(project: Path) -> int:
    """The version of the people store that this repository's program writes.

    Raises:
        ImageError: It cannot be told.
    """
    text = (project / "edge/people/schema.py").read_text(encoding="utf-8")
    steps = [line for line in text.splitlines() if line.lstrip().startswith('"PRAGMA user_version = ')]
    if not steps:
        raise ImageError("edge/people/schema.py names no version of the people store")
    return max(int(line.rpartition("=")[2].strip(' ",')) for line in steps)


def development_signer(bench: Bench, folder: Path) -> Signer:
    """Make keys for trying: never for a door, since whoever built has them. Made once; found again afterwards.

    Args:
        bench: Where it is made.
        folder: Where they are kept, 0700.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = Signer(folder / "ca.key", folder / "update-ca.pem", folder / "update-ca.pem")
    signer = Signer(folder / "signer.key", folder / "signer.pem", authority.certificate)
    if all(path.is_file() for path in (signer.key, signer.certificate, signer.authority)):
        return signer
    fresh = ["openssl", "req", "-newkey", "rsa:3072", "-nodes", "-keyout"]
    name = "/O=door-terminal development/CN="
    run(
        bench,
        [
            *fresh,
            str(authority.key),
            "-x509",
            "-days",
            _DAYS,
            "-subj",
            f"{name}updates CA",
            "-out",
            str(authority.certificate),
        ],
    )
    asked = folder / "signer.csr"
    run(bench, [*fresh, str(signer.key), "-subj", f"{name}signer", "-out", str(asked)])
    words = [
        "openssl",
        "x509",
        "-req",
        "-in",
        str(asked),
        "-CA",
        str(authority.certificate),
        "-CAkey",
        str(authority.key),
    ]
    run(bench, [*words, "-CAcreateserial", "-days", _DAYS, "-out", str(signer.certificate)])
    for path in (authority.key, signer.key):
        path.chmod(0o600)
    return signer


def _lines(facts: dict[str, str]) -> str:
    return "".join(f"{key}={value}\n" for key, value in facts.items())


def _manifest(flavour: str, version: str, epoch: int) -> str:
    return (
        f"[update]\ncompatible={compatible(flavour)}\nversion={version}\nbuild={epoch}\n\n"
        "[bundle]\nformat=verity\n\n[hooks]\nfilename=hook\n\n"
        "[image.rootfs]\nfilename=root.img\nhooks=post-install\n"
    )
