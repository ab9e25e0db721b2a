"""The file systems and the card: every one a file here, made without privileges or loop devices."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image.build import partitions, tree
from image.build.errors import ImageError
from image.build.running import find, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from image.build.partitions import Partition
    from image.build.running import Bench

_BLOCK = 4096
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Slot:
    """A root slot's content.

    Attributes:
        image: The squashfs with its hash tree behind it: what goes into a slot.
        squashfs: The squashfs alone.
        verity: The hash tree alone.
        offset: Bytes before the hash tree.
        roothash: What the whole of it is believed by, in hex.
        salt: Of the hash tree, in hex.
    """

    image: Path
    squashfs: Path
    verity: Path
    offset: int
    roothash: str
    salt: str


def squashfs(bench: Bench, base: Path, laid: tree.Tree, drop: Sequence[str]) -> Path:
    """Make the root's squashfs from Debian's tar and what lies over it.

    Raises:
        ImageError: sqfstar failed.
    """
    out = bench.work / "root.squashfs"
    # zstd at its own level, 15: sqfstar 4.5 does not read the word that would name another.
    words = [find("sqfstar"), "-quiet", "-no-progress", "-exit-on-error", "-comp", "zstd"]
    words += ["-mkfs-time", str(bench.epoch), "-all-time", str(bench.epoch), str(out)]
    environment = {key: value for key, value in bench.environment().items() if key != "SOURCE_DATE_EPOCH"}
    with subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as made:  # noqa: S603
        if made.stdin is None or made.stderr is None:
            raise ImageError("sqfstar was started without its pipes")
        try:
            tree.write(base, laid, drop, bench.epoch, made.stdin)
            made.stdin.close()
        except BrokenPipeError:
            pass  # it says itself why
        told = made.stderr.read().decode("utf-8", "replace")
    if made.returncode != 0:
        raise ImageError(f"sqfstar failed with {made.returncode} in {bench.work}: {told.strip()[-600:]}")
    return out


def verity(bench: Bench, made: Path, out: Path) -> Slot:
    """Put a hash tree behind a squashfs; salt and identity come from the content: the same bytes stay the same."""
    digest = _sha256(made)
    offset = -(-made.stat().st_size // _BLOCK) * _BLOCK
    image = out / "root.img"
    shutil.copyfile(made, image)
    os.truncate(image, offset)
    words: list[str | Path] = ["veritysetup", "format", image, image, f"--hash-offset={offset}", f"--salt={digest}"]
    words += [f"--uuid={uuid.UUID(digest[:32])}", f"--data-blocks={offset // _BLOCK}"]
    told = run(bench, words)
    roothash = next(line.split()[-1] for line in told.splitlines() if line.startswith("Root hash:"))
    part = out / "root.squashfs"
    shutil.copyfile(made, part)
    os.truncate(part, offset)
    hashes = out / "root.verity"
    with image.open("rb") as source, hashes.open("wb") as target:
        source.seek(offset)
        shutil.copyfileobj(source, target, _CHUNK)
    (out / "roothash").write_text(f"{roothash}\n", encoding="ascii")
    return Slot(image, part, hashes, offset, roothash, digest)


def fat(bench: Bench, size: int, files: Mapping[str, Path], out: Path) -> Path:
    """Make the boot partition.

    Args:
        bench: Where the build works.
        size: Bytes.
        files: Path in it to file here.
        out: Where it goes.

    Raises:
        ImageError: The files do not fit.
    """
    staged = bench.work / "boot"
    for name, source in sorted(files.items()):
        (staged / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, staged / name)
    for path in [staged, *staged.rglob("*")]:
        os.utime(path, (bench.epoch, bench.epoch))
    whole = sum(path.stat().st_size for path in staged.rglob("*") if path.is_file())
    if whole > size * 0.95:
        raise ImageError(f"the boot files are {whole} bytes, and partitions.boot_mib leaves {size}: raise it")
    image = out / "boot.fat"
    image.unlink(missing_ok=True)
    run(bench, ["mkfs.vfat", "-C", "-F", "32", "-n", "BOOT", "--invariant", image, str(size // 1024)])
    # In one order, folder by folder: mcopy -s would take a folder's files as this machine's disk has them.
    folders = sorted(path for path in staged.rglob("*") if path.is_dir())
    if folders:
        run(bench, ["mmd", "-i", image, *(f"::{folder.relative_to(staged)}" for folder in folders)])
    for folder in (staged, *folders):
        inside = sorted(path for path in folder.iterdir() if path.is_file())
        if inside:
            at = folder.relative_to(staged).as_posix()
            run(bench, ["mcopy", "-m", "-i", image, *inside, "::" if at == "." else f"::{at}/"])
    return image


def ext4(bench: Bench, size: int, identity: str, out: Path) -> Path:
    """Make the empty data partition, in blocks that it can keep when it has grown to the end of a large card."""
    image = out / "data.ext4"
    image.unlink(missing_ok=True)
    words: list[str | Path] = ["mke2fs", "-q", "-t", "ext4", "-L", "data", "-U", identity, "-m", "1"]
    words += ["-b", str(_BLOCK), "-i", str(4 * _BLOCK), "-E"]
    words += [
        f"hash_seed={identity},lazy_itable_init=1,root_owner=0:0",
        "-O",
        "^metadata_csum_seed",
        image,
        f"{size // 1024}k",
    ]
    run(bench, words, more={"E2FSPROGS_FAKE_TIME": str(bench.epoch)})
    return image


def card(bench: Bench, table: tuple[Partition, ...], contents: Mapping[str, Path], out: Path) -> Path:
    """Put the partitions together.

    Raises:
        ImageError: One is larger than its partition.
    """
    too_large = [
        f"{name} is {path.stat().st_size} bytes, and its partition {one.size}: raise it in [partitions]"
        for one in table
        for name, path in contents.items()
        if one.name == name and path.stat().st_size > one.size
    ]
    if too_large:
        raise ImageError("; ".join(too_large), tuple(too_large))
    image = out / "card.img"
    image.unlink(missing_ok=True)
    with image.open("wb") as whole:
        whole.truncate(partitions.size(table))
    run(bench, ["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", image], said=partitions.script(table).encode())
    with image.open("r+b") as whole:
        for one in table:
            if one.name in contents:
                whole.seek(one.start)
                with contents[one.name].open("rb") as content:
                    _sparse(content.fileno(), whole.fileno(), one.start)
    return image


def write_at(image: Path, pieces: Mapping[int, bytes]) -> None:
    """Write pieces between the table and the first partition; each by its place in bytes."""
    with image.open("r+b") as whole:
        for at, piece in pieces.items():
            whole.seek(at)
            whole.write(piece)


def _sparse(source: int, target: int, at: int) -> None:
    """Copy, leaving holes where nothing but zeroes would be written."""
    offset = 0
    while chunk := os.pread(source, _CHUNK, offset):
        if chunk.strip(b"\0"):
            os.pwrite(target, chunk, at + offset)
        offset += len(chunk)


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
