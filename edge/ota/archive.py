"""A bundle as one file: an uncompressed tar of four known names, the same bytes for the same bundle.

Whoever unpacks trusts nothing in it but those names: no folders, links, devices, owners or modes, and no more bytes
than were allowed.
"""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING, BinaryIO

from edge import disk as steps
from edge.errors import OtaError
from edge.vision.manifest import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from edge.disk import Disk

MODEL = "model.tflite"
CARD = "CARD.md"
PARITY = "parity.npz"
NAMES = (MANIFEST, MODEL, CARD, PARITY)
NEEDED = (MANIFEST, MODEL)
_MODE = 0o644


def pack(folder: Path, parity: bytes | None = None) -> bytes:
    """Return the archive of a bundle's folder; other files that lie there are left out.

    Args:
        folder: Of the bundle.
        parity: The parity set of a bundle that has no file of it.

    Raises:
        OtaError: A needed file is missing, or one cannot be read.
    """
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:", format=tarfile.USTAR_FORMAT) as archive:
        for name in NAMES:
            content = parity if name == PARITY and parity is not None else _read(folder / name, needed=name in NEEDED)
            if content is None:
                continue
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), _MODE  # time, owner and group stay 0
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def unpack(source: bytes | BinaryIO, into: Path, limit_bytes: int, disk: Disk = steps.DISK) -> None:
    """Write the files of an archive to a folder, each synchronised; all names and sizes are judged before the first.

    Args:
        source: The archive, or an open file of it.
        into: The folder; it is there, and has none of these files.
        limit_bytes: How many bytes all files together may have.
        disk: What writes.

    Raises:
        OtaError: It is no such archive, or is cut short.
        OSError: It cannot be written; what was written so far is left to whoever made the folder.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            members = archive.getmembers()
            _judge(members, limit_bytes)
            for member in members:
                _write(disk, into / member.name, _content(archive, member))
    except tarfile.TarError as error:
        raise OtaError(f"the bundle's archive is damaged: {error}; it is refused") from error


def _read(path: Path, *, needed: bool) -> bytes | None:
    if not needed and not path.exists():
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise OtaError(f"{path}: cannot be read: {error.strerror}; the bundle cannot be published") from error


def _judge(members: list[tarfile.TarInfo], limit_bytes: int) -> None:
    names = [member.name for member in members]
    odd = sorted({member.name for member in members if member.type != tarfile.REGTYPE or member.pax_headers})
    unknown = sorted(set(names) - set(NAMES))
    if unknown or odd:
        told = ", ".join(repr(name[:80]) for name in dict.fromkeys((*unknown, *odd)))
        raise OtaError(f"the bundle's archive holds what no bundle has: {told}; it is refused")
    if len(set(names)) < len(names):
        raise OtaError("the bundle's archive holds a file twice; it is refused")
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise OtaError(f"the bundle's archive is not complete: {', '.join(missing)} is missing; it is refused")
    size = sum(member.size for member in members)
    if size > limit_bytes:
        raise OtaError(f"the bundle's files have {size} bytes, and {limit_bytes} were promised; it is refused")


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    content = file.read() if file else b""
    if len(content) != member.size:
        raise OtaError(f"the bundle's archive ends within {member.name}; it is refused")
    return content


def _write(disk: Disk, path: Path, content: bytes) -> None:
    with steps.opened(disk, path, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as descriptor:
        disk.write(descriptor, content)
        disk.sync(descriptor)


def peek(source: bytes, name: str) -> bytes:
    """Return one file of an archive.

    Raises:
        OtaError: It is no archive, or the file is not in it.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(source), mode="r:") as archive:
            return _content(archive, archive.getmember(name))
    except (tarfile.TarError, KeyError) as error:
        raise OtaError(f"the bundle's archive has no {name}, or is damaged; it is refused") from error
