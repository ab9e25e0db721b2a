"""The parity set of a bundle: pictures of nobody, and what the publisher's machine made of them.

The pictures go the way that every picture goes (`Model.look`: order of colours, mean, scale), so that a model that is
fed wrongly, one that is another, and a runtime that computes wrongly are told by their numbers.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.errors import OtaError
from edge.ota.drawing import drawn
from edge.vision.infer import Model
from edge.vision.probe import require_sound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.vision.bundle import Bundle
    from edge.vision.manifest import Manifest

NAME = "parity.npz"
"""The file in a bundle's folder."""

LIMIT_BYTES = 4 * 1024 * 1024
"""No parity set's file is longer."""

FURTHEST = 1e6
"""What stands for a distance that is no number, or larger."""

_FEWEST, _MOST = 4, 64
_AIM_BYTES = 180_000  # as many pictures as fit: a detector gives 15,232 numbers for each, and has 200 KB itself
_KEPT_BITS = 12  # of a float32's 23 after the point: 1/8192 of a number, far below any limit, and half the bytes
_HEADER_LIMIT = 1024
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, OSError, RuntimeError, ValueError)
"""What reading a hostile archive raises."""


@dataclass(frozen=True, slots=True)
class Parity:
    """What a model was shown, and what it answered.

    Attributes:
        pictures: (n, height, width, 3) uint8, BGR.
        outputs: In the manifest's order, (n, ...) float32 each.
    """

    pictures: NDArray[np.uint8]
    outputs: tuple[NDArray[np.float32], ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How one output agrees with the publisher's.

    Attributes:
        output: Its name.
        cosines: Of each picture, -1 to 1; -1 where it is no number.
        distances: Of each picture: the root mean square of the difference, in units of the publisher's own spread from
            picture to picture; 0 for the same numbers, 1 for numbers that know nothing of the picture.
    """

    output: str
    cosines: tuple[float, ...]
    distances: tuple[float, ...]


def make(bundle: Bundle) -> bytes:
    """Return the parity set of a bundle, the content of `parity.npz`: the same bytes on the same machine and runtime.

    Args:
        bundle: What is published; its model is run here, on one thread.

    Raises:
        ModelError: The model does not run, or is broken (`edge.vision.probe`).
    """
    model = Model(bundle)
    require_sound(model)
    manifest = bundle.manifest
    pictures = np.stack(drawn(manifest.role, model.size))
    looks = [model.look(picture) for picture in pictures]
    outputs = [_shortened(np.concatenate([look[place] for look in looks])) for place in range(len(manifest.output))]
    for count in range(len(pictures), _FEWEST, -2):
        packed = _packed(pictures[:count], [output[:count] for output in outputs])
        if len(packed) <= _AIM_BYTES:
            return packed
    return _packed(pictures[:_FEWEST], [output[:_FEWEST] for output in outputs])


def read(raw: bytes, manifest: Manifest, where: str = NAME) -> Parity:
    """Read a parity set that anybody may have written: no pickles, no more bytes than the manifest's shapes need.

    Args:
        raw: The file's content.
        manifest: Of the bundle that it is for.
        where: What the file is called.

    Raises:
        OtaError: It is no parity set of such a bundle.
    """
    if len(raw) > LIMIT_BYTES:
        raise OtaError(f"{where}: {len(raw)} bytes, and no parity set is longer than {LIMIT_BYTES}")
    names = _names(len(manifest.output))
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            found = sorted(info.filename for info in archive.infolist())
            if found != sorted(names):
                raise OtaError(f"{where}: it holds {', '.join(found)[:200]}; a parity set holds {', '.join(names)}")
            feed = manifest.input
            pictures = _array(archive, names[0], np.uint8, (feed.height, feed.width, 3))
            outputs = [
                _array(archive, name, np.float32, tuple(output.shape[1:]))
                for name, output in zip(names[1:], manifest.output, strict=True)
            ]
    except _DAMAGE as error:
        raise OtaError(f"{where}: no parity set: {error}; publish the bundle again") from error
    _require_telling(pictures, outputs, where)
    return Parity(pictures, tuple(outputs))


def load(folder: Path, manifest: Manifest) -> Parity:
    """Read the parity set in a bundle's folder.

    Raises:
        OtaError: There is none, or it is none of such a bundle.
    """
    path = folder / NAME
    try:
        with path.open("rb") as file:
            raw = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise OtaError(
            f"{path}: cannot be read: {error.strerror}; `edge models parity-set {folder}` makes one"
        ) from error
    return read(raw, manifest, str(path))


def compare(parity: Parity, looks: Sequence[Sequence[NDArray[np.float32]]], names: Iterable[str]) -> list[Agreement]:
    """Compare what a model answers here with what it answered where it was published.

    Args:
        parity: What was published.
        looks: For each picture, the outputs, as `Model.look` gives them.
        names: Of the outputs.
    """
    return [
        _agreement(name, published, np.concatenate([look[place] for look in looks]))
        for place, (name, published) in enumerate(zip(names, parity.outputs, strict=True))
    ]


def _agreement(name: str, published: NDArray[np.float32], measured: NDArray[np.float32]) -> Agreement:
    there = published.reshape(len(published), -1).astype(np.float64)
    here = measured.reshape(len(measured), -1).astype(np.float64)
    with np.errstate(all="ignore"):  # what overflows, or is none, is no number, and counts as the worst
        lengths = np.linalg.norm(there, axis=1) * np.linalg.norm(here, axis=1)
        cosines = np.nan_to_num((there * here).sum(axis=1) / lengths, nan=-1, posinf=-1, neginf=-1)
        distances = np.sqrt(((here - there) ** 2).mean(axis=1)) / _spread(there)
    far = np.minimum(np.nan_to_num(distances, nan=FURTHEST, posinf=FURTHEST), FURTHEST)
    return Agreement(name, tuple(cosines.clip(-1, 1).tolist()), tuple(far.tolist()))


def _spread(published: NDArray[np.float64]) -> float:
    """Return by how much the numbers follow the picture: their root mean square about their mean over all pictures."""
    return float(np.sqrt(((published - published.mean(axis=0)) ** 2).mean()))


def _require_telling(pictures: NDArray[np.uint8], outputs: Sequence[NDArray[np.float32]], where: str) -> None:
    count = len(pictures)
    if not _FEWEST <= count <= _MOST:
        raise OtaError(f"{where}: {count} pictures; a parity set has {_FEWEST} to {_MOST}")
    if any(len(output) != count for output in outputs):
        raise OtaError(f"{where}: not one output for each of the {count} pictures; publish the bundle again")
    for output in outputs:
        if not np.isfinite(output).all():
            raise OtaError(f"{where}: the publisher's numbers are not finite; publish a model that works")
        if not _spread(output.reshape(count, -1).astype(np.float64)) > 0:
            raise OtaError(f"{where}: the publisher's numbers do not follow the picture; publish a model that works")


def _shortened(output: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return float32 numbers rounded to so many bits that the archive compresses them."""
    step = np.uint32(1 << (23 - _KEPT_BITS))
    bits = output.view(np.uint32) + step // np.uint32(2)
    return (bits & ~(step - np.uint32(1))).view(np.float32)


def _packed(pictures: NDArray[np.uint8], outputs: Sequence[NDArray[np.float32]]) -> bytes:
    """Return an archive as `numpy.savez_compressed` writes it, but without the time of day."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        arrays: list[NDArray[Any]] = [pictures, *outputs]
        for name, array in zip(_names(len(outputs)), arrays, strict=True):
            content = io.BytesIO()
            np.lib.format.write_array(content, array, version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content.getvalue())
    return file.getvalue()


def _names(outputs: int) -> list[str]:
    return ["pictures.npy", *(f"output-{place}.npy" for place in range(outputs))]


def _array(archive: zipfile.ZipFile, name: str, kind: type[np.generic], shape: tuple[int, ...]) -> NDArray[Any]:
    """Read one array of (at most `_MOST`, *shape).

    Raises:
        ValueError: It is of another kind or shape, or longer than that.
    """
    info = archive.getinfo(name)
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ValueError(f"{name} is compressed in a way that is not read here")
    row = int(np.prod(shape)) * np.dtype(kind).itemsize
    limit = _HEADER_LIMIT + _MOST * row
    with archive.open(info) as member:
        content = io.BytesIO(member.read(limit + 1))
    if len(content.getbuffer()) > limit:
        raise ValueError(f"{name} is longer than {_MOST} pictures need")
    if np.lib.format.read_magic(content) != (1, 0):
        raise ValueError(f"{name} is of another version of the format")
    had, fortran, dtype = np.lib.format.read_array_header_1_0(content, max_header_size=_HEADER_LIMIT)
    rest = content.read()
    if fortran or dtype != np.dtype(kind) or had[1:] != shape or len(rest) != had[0] * row:
        raise ValueError(
            f"{name} is {dtype} {list(had)}, and {np.dtype(kind)} [n, {', '.join(map(str, shape))}] is due"
        )
    return np.frombuffer(rest, kind).reshape(had)
