"""Builds bundles: fetch, read, convert, check, write."""

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.app import measured
from edge.convert import card, quantise, ranges
from edge.convert.delegate import partitions
from edge.convert.graph import Graph
from edge.convert.manifest import to_toml
from edge.convert.recipes import PRECISIONS, RECIPES, VERSION, Recipe, Variant
from edge.errors import ModelError
from edge.vision import bundle
from edge.vision import manifest as papers

PINS = Path(papers.__file__).with_name("factory.json")
_MODEL = "model.tflite"


@dataclass(frozen=True, slots=True)
class Job:
    """One bundle to build."""

    recipe: Recipe
    variant: Variant

    @property
    def bundle(self) -> str:
        """Its name."""
        return self.recipe.bundle(self.variant)


def jobs(names: tuple[str, ...], *, factory: bool = False) -> list[Job]:
    """The bundles that are meant: by bundle name, by variant (``dynamic``) or by network (``blazeface``); all for none.

    Args:
        names: which.
        factory: only those that a release may vouch for.

    Raises:
        ModelError: a name is none of these, or none is left.
    """
    every = [Job(recipe, variant) for recipe in RECIPES for variant in recipe.variants]
    known = {word for job in every for word in (job.bundle, job.variant, job.recipe.name)}
    for name in names:
        if name not in known:
            raise ModelError(f"{name}: not a bundle, a variant or a network; known are {', '.join(sorted(known))}")
    meant = [job for job in every if not names or {job.bundle, job.variant, job.recipe.name} & set(names)]
    left = [job for job in meant if job.recipe.factory or not factory]
    if not left:
        raise ModelError(f"{', '.join(names)}: no factory model, so no release pins it; publish it as a signed update")
    return left


def build(job: Job) -> dict[str, bytes]:
    """The files of a bundle, by name.

    Raises:
        ModelError: the source cannot be had or the result is not one piece for the delegate.
    """
    graph = job.recipe.network()
    model = _quantised(job, graph)
    pieces = partitions(model)
    if pieces != 1:
        raise ModelError(f"{job.bundle}: XNNPACK cuts it into {pieces} pieces; it must be one")
    description = _describe(job, graph, model, pieces)
    return {
        _MODEL: model,
        papers.MANIFEST: to_toml(description),
        "CARD.md": card.card(job.recipe.use, job.recipe.limits, description),
    }


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Puts a bundle in its place whole, or not at all, and reads it back."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as place:
        fresh = Path(place) / folder.name
        fresh.mkdir()
        for name, data in files.items():
            (fresh / name).write_bytes(data)
        bundle.load(fresh)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)


def differences(folder: Path, files: dict[str, bytes]) -> list[str]:
    """The names of files in ``folder`` that are not byte for byte the same."""
    return [
        name for name, data in files.items() if not (folder / name).is_file() or (folder / name).read_bytes() != data
    ]


def pin(job: Job, files: dict[str, bytes]) -> None:
    """Has the package vouch for a bundle from now on (``edge.vision.factory``)."""
    pins = _pins()
    pins[job.bundle] = hashlib.sha256(files[papers.MANIFEST]).hexdigest()
    PINS.write_bytes(msgspec.json.format(msgspec.json.encode(dict(sorted(pins.items())))) + b"\n")


def unvouched(job: Job, files: dict[str, bytes]) -> list[str]:
    """What says that these files are not the ones that were measured and released; nothing for those that are.

    The release pins the factory's bundles; of any other the figures that were measured of it name its model file.
    """
    if job.recipe.factory:
        pinned = _pins().get(job.bundle) == hashlib.sha256(files[papers.MANIFEST]).hexdigest()
        return [] if pinned else ["the pin of this release"]
    figures = measured.read(job.bundle, hashlib.sha256(files[_MODEL]).hexdigest())
    return [] if figures.threshold or figures.parity else ["the model that was measured"]


def _pins() -> dict[str, str]:
    return msgspec.json.decode(PINS.read_bytes(), type=dict[str, str]) if PINS.is_file() else {}


def _quantised(job: Job, graph: Graph) -> bytes:
    match job.variant:
        case "dynamic":
            return quantise.dynamic_range(graph, job.recipe.fragile)
        case "float":
            return quantise.float32(graph)
        case "integer":
            return quantise.full_integer(graph, ranges.read(job.recipe.name))


def _quantisation(job: Job) -> papers.Quantisation:
    plain = quantise.PAPERS[job.variant]
    if job.variant != "integer":
        return plain
    source = ranges.read(job.recipe.name)
    return msgspec.structs.replace(plain, calibration=f"{plain.calibration}: {source.data}, {source.samples} inputs")


def _describe(job: Job, graph: Graph, model: bytes, pieces: int) -> papers.Manifest:
    recipe, package = job.recipe, job.recipe.source.package
    sha256 = hashlib.sha256(model).hexdigest()
    figures = measured.read(job.bundle, sha256)
    return papers.Manifest(
        schema=papers.SCHEMA,
        name=f"{recipe.name}-{job.variant}",
        version=VERSION,
        role=recipe.role,
        precision=PRECISIONS[job.variant],
        file=_MODEL,
        sha256=sha256,
        bytes=len(model),
        input=papers.Input(list(graph.shape), recipe.colour, recipe.mean, recipe.scale),
        output=[
            papers.Output(name, shape, meaning)
            for (name, meaning), shape in zip(recipe.outputs, quantise.output_shapes(graph), strict=True)
        ],
        source=papers.Source(
            registry=package.registry,
            package=package.name,
            version=package.version,
            archive_sha256=package.sha256,
            member=recipe.source.member,
            sha256=recipe.source.sha256,
            licence=package.licence,
            licence_note=package.note,
        ),
        quantisation=_quantisation(job),
        delegate=papers.Delegate("XNNPACK", pieces),
        space=recipe.space,
        parity=figures.parity,
        threshold=figures.threshold,
        accuracy=figures.accuracy,
    )
