"""The first file system of a boot: a busybox, dmsetup, a few modules and `image/initrd/`; each time the same bytes."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image.build.errors import ImageError
from image.build.kernel import closure, dependencies
from image.build.running import run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from image.build.running import Bench

LIBRARIES = (
    "ld-linux-aarch64.so.1",
    "libc.so.6",
    "libdevmapper.so.1.02.1",
    "libm.so.6",
    "libpcre2-8.so.0",
    "libselinux.so.1",
    "libudev.so.1",
)
"""What dmsetup is linked with; below /usr/lib or /usr/lib/aarch64-linux-gnu of the root."""

NEEDED = (
    ("dm-mod",),
    ("dm-verity",),
    ("sha256-arm64", "sha256_generic", "sha256"),
    ("squashfs",),
    ("overlay",),
    ("ext4",),
)
"""Modules without one of which no kernel reaches a root and its data, unless it has it built in."""

_FOLDERS = ("bin", "sbin", "dev", "etc", "lib", "proc", "root", "run", "sys", "tmp")
_FOLDER, _RUNS, _FILE, _LINK, _DEVICE = 0o040755, 0o100755, 0o100644, 0o120777, 0o020600
_CONSOLE = (5, 1)
_COMPRESSION = 6
_XZ = ".xz"


@dataclass(frozen=True, slots=True)
class Sources:
    """What it is made of.

    Attributes:
        root: Debian's root as a tar: dmsetup and its libraries are taken from it.
        busybox: The package busybox-static.
        modules: A folder that holds `lib/modules/<release>` with its indexes, of every kernel that it is for.
        scripts: The folder `image/initrd`.
    """

    root: Path
    busybox: Path
    modules: Path
    scripts: Path


def make(bench: Bench, sources: Sources, out: Path) -> Path:
    """Make it.

    Args:
        bench: Where the build works; its epoch is every file's time.
        sources: What it is made of.
        out: The folder where `initrd.img` goes.

    Returns:
        The file.

    Raises:
        ImageError: A library, or a module that it cannot do without, is nowhere.
    """
    archive = Cpio(bench.epoch)
    for name in _FOLDERS:
        archive.put(name, _FOLDER)
    archive.put("dev/console", _DEVICE, device=_CONSOLE)
    unpacked = bench.work / "busybox"
    run(bench, ["dpkg-deb", "-x", sources.busybox, unpacked])
    archive.put("bin/busybox", _RUNS, (unpacked / "bin/busybox").read_bytes())
    archive.put("bin/sh", _LINK, b"busybox")
    for path, content in _taken(sources.root).items():
        archive.put(path, _RUNS, content)
    archive.put("bin/boot-slots", _RUNS, (sources.scripts / "boot-slots").read_bytes())
    archive.put("init", _RUNS, (sources.scripts / "init").read_bytes())
    wanted = (sources.scripts / "modules").read_text(encoding="utf-8")
    archive.put("etc/modules", _FILE, wanted.encode())
    _modules(archive, sources.modules, [line for line in wanted.split("\n") if line and not line.startswith("#")])
    target = out / "initrd.img"
    target.write_bytes(gzip.compress(archive.end(), _COMPRESSION, mtime=0))
    return target


class Cpio:
    """An archive as the kernel reads it ("newc"), in the order in which things are put; owners are root."""

    def __init__(self, epoch: int) -> None:
        """Begin; `epoch` is every file's time."""
        self._out = io.BytesIO()
        self._epoch = epoch
        self._number = 0
        self._there: set[str] = set()

    def put(self, path: str, mode: int, content: bytes = b"", *, device: tuple[int, int] = (0, 0)) -> None:
        """Put a file, folder, link or device, and the folders above it.

        Args:
            path: Relative to the root.
            mode: With the type of file.
            content: Of a file; of a link, where it points.
            device: Major and minor number.
        """
        above = path.rpartition("/")[0]
        if above and above not in self._there:
            self.put(above, _FOLDER)
        self._there.add(path)
        self._number += 1
        name = path.encode() + b"\0"
        links = 2 if mode == _FOLDER else 1
        said = [self._number, mode, 0, 0, links, self._epoch, len(content), 0, 0, *device, len(name), 0]
        self._padded(b"070701" + b"".join(b"%08X" % one for one in said) + name)
        self._padded(content)

    def end(self) -> bytes:
        """The whole archive."""
        self._epoch = self._number = 0
        self.put("TRAILER!!!", 0)
        return self._out.getvalue()

    def _padded(self, content: bytes) -> None:
        self._out.write(content + b"\0" * (-len(content) % 4))


def _taken(root: Path) -> dict[str, bytes]:
    """Take dmsetup and its libraries, by the path in the archive."""
    wanted = {f"/usr/lib/aarch64-linux-gnu/{name}": f"lib/{name}" for name in LIBRARIES}
    wanted |= {"/usr/sbin/dmsetup": "sbin/dmsetup"}
    with tarfile.open(root, "r:") as base:
        members = {"/" + one.name.removeprefix(".").strip("/"): one for one in base}
        found = {}
        for path, target in wanted.items():
            there = members.get(path)
            while there is not None and there.issym():
                above = path.rpartition("/")[0]
                name = there.linkname if there.linkname.startswith("/") else f"{above}/{there.linkname}"
                there = members.get(name, members.get("/usr" + name))
            content = None if there is None else base.extractfile(there)
            if content is None:
                raise ImageError(f"the root has no {path}, which the initrd needs: add dmsetup to apt.packages")
            found[target] = content.read()
    return dict(sorted(found.items()))


def _modules(archive: Cpio, modules: Path, wanted: Iterable[str]) -> None:
    """Put what is wanted for each kernel; packed modules (.xz) are unpacked, for the whole is packed."""
    sources = sorted((modules / "lib/modules").iterdir())
    if not sources:
        raise ImageError(f"{modules}/lib/modules has no kernel")
    names = [_plain(one) for one in wanted]
    for source in sources:
        needs = dependencies((source / "modules.dep").read_text(encoding="utf-8"))
        by_name = {_plain(path): path for path in needs}
        builtin = {_plain(path) for path in (source / "modules.builtin").read_text(encoding="utf-8").split()}
        there = {*by_name, *builtin}
        missing = [" or ".join(one) for one in NEEDED if there.isdisjoint(map(_plain, one))]
        if missing:
            raise ImageError(
                f"the kernel {source.name} has no {', '.join(missing)}: it reaches no root; see kernel.modules"
            )
        kept, at = closure([by_name[one] for one in names if one in by_name], needs), f"lib/modules/{source.name}"
        for name in kept:
            content = (source / name).read_bytes()
            archive.put(f"{at}/{_bare(name)}", _FILE, lzma.decompress(content) if name.endswith(_XZ) else content)
        said = "".join(f"{_bare(name)}: {' '.join(map(_bare, needs[name]))}".rstrip() + "\n" for name in kept)
        archive.put(f"{at}/modules.dep", _FILE, said.encode())


def _bare(name: str) -> str:
    return name.removesuffix(_XZ)


def _plain(name: str) -> str:
    """A module's name as the kernel says it."""
    return name.rpartition("/")[2].partition(".ko")[0].replace("-", "_")
