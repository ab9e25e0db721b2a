"""What was measured and by which models: every report begins with it, and names no path, no machine and no date."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from edge.app.curves import curve
from edge.app.eyes import bundle
from edge.errors import ConfigError, EvidenceError
from edge.vision.infer import RUNTIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.config import Config
    from edge.eval.faces import Faces
    from edge.vision.bundle import Role

VARIANTS = ("dynamic", "integer", "float")
"""Words that stand for that variant of all models at once, as in `edge bench --variant`."""


class BundleName(Struct, frozen=True):
    """One model bundle.

    Attributes:
        name: Name and version.
        sha256: Of the model file.
    """

    name: str
    sha256: str


class ModelSet(Struct, frozen=True):
    """The models of one measurement.

    Attributes:
        name: What they were asked for as.
        detector: Finds faces.
        landmarks: Lays the mesh.
        embedder: Makes embeddings.
        flip: Whether the embeddings of a face and its mirror image are averaged.
        runtime: The TFLite runtime and its version.
    """

    name: str
    detector: BundleName
    landmarks: BundleName
    embedder: BundleName
    flip: bool
    runtime: str


class Material(Struct, frozen=True):
    """The pictures of one measurement.

    Attributes:
        data: What they are called.
        people: How many people they show.
        pictures: How many there are.
        faces: How many of them gave an embedding that was used.
        failures: How many did not, by reason.
        gated: Whether faces that the quality limits refuse count as failures.
    """

    data: str
    people: int
    pictures: int
    faces: int
    failures: dict[str, int]
    gated: bool


@dataclass(frozen=True, slots=True)
class Setup:
    """One way of looking at pictures.

    Attributes:
        name: What it was asked for as; of a folder its own name, where no other has the same.
        config: Names its models.
    """

    name: str
    config: Config

    def models(self) -> ModelSet:
        """Return what its models are.

        Raises:
            ModelError: A bundle is missing or damaged.
        """
        named = self.config.models
        return ModelSet(
            self.name,
            _named(named.detector, "detector"),
            _named(named.landmarks, "landmarks"),
            _named(named.embedder, "embedder"),
            named.flip,
            runtime(),
        )

    def threshold(self, fmr: float) -> float:
        """Return the similarity from which two faces count as one person at this false-match rate.

        Raises:
            ModelError: The embedder is missing or damaged.
            EvidenceError: It was not measured, or no rate as small as this.
        """
        embedder = bundle(self.config.models.embedder, "embedder", trusted=False)
        measured = curve(embedder)
        if not measured.supports(fmr):
            raise EvidenceError(
                f"a false-match rate of {fmr:g} is beyond the evidence for {embedder.name}, which ends at "
                f"{measured.strictest.fmr:g}: give that or a larger one with --fmr"
            )
        return measured.resolve(fmr)


def setups(config: Config, names: Sequence[str], *, detector: str, landmarks: str, flip: bool) -> tuple[Setup, ...]:
    """Return the ways of looking that are to be compared.

    Args:
        config: What is not said otherwise.
        names: Each an embedder (a bundle's name or folder), or "dynamic", "integer" or "float" for that variant of the
            detector, the mesh and the embedder together; none for the configured models.
        detector: The detector of all of them; empty for each one's own.
        landmarks: The mesh of all of them; empty for each one's own.
        flip: Whether to average the face and its mirror image, even if the configuration does not.

    Raises:
        ConfigError: A name is given twice.
    """
    wanted = tuple(names) or (config.models.embedder,)
    if len(set(wanted)) < len(wanted):
        twice = next(name for name, count in Counter(wanted).items() if count > 1)
        raise ConfigError(f"--model {twice} is given twice: name each model once")
    short = Counter(Path(name).name for name in wanted)
    return tuple(
        Setup(
            name if short[Path(name).name] > 1 else Path(name).name,
            _config(config, name, detector, landmarks, flip=flip),
        )
        for name in wanted
    )


def material(data: str, faces: Faces, *, gated: bool) -> Material:
    """Return what was looked at, and how much of it could be used."""
    reasons = Counter(failure.reason for failure in faces.failures)
    total = len(faces) + len(faces.failures)
    return Material(data, len(faces.names), total, len(faces), dict(sorted(reasons.items())), gated)


def runtime() -> str:
    """Return the TFLite runtime and its version."""
    return f"{RUNTIME} {version(RUNTIME.replace('_', '-'))}"


def _config(config: Config, name: str, detector: str, landmarks: str, *, flip: bool) -> Config:
    models = config.models
    if name in VARIANTS:
        models = replace(
            models,
            detector=_variant(models.detector, name),
            landmarks=_variant(models.landmarks, name),
            embedder=_variant(models.embedder, name),
        )
    else:
        models = replace(models, embedder=name)
    models = replace(
        models,
        detector=detector or models.detector,
        landmarks=landmarks or models.landmarks,
        flip=flip or models.flip,
    )
    return replace(config, models=models)


def _variant(name: str, variant: str) -> str:
    """`mobilefacenet-dynamic-1` in another variant.

    Raises:
        ConfigError: The name is not built like that.
    """
    family, _, number = (*name.rsplit("-", 2), "", "")[:3]
    if not number:
        raise ConfigError(f"{name} has no variants: name an embedder with --model, and --detector and --landmarks")
    return f"{family}-{variant}-{number}"


def _named(name: str, role: Role) -> BundleName:
    found = bundle(name, role, trusted=False)
    return BundleName(found.name, found.manifest.sha256)
