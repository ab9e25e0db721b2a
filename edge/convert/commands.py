"""The commands of `edge models` that measure; they keep figures in ``edge/convert/measured`` for the next build."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from edge.convert import inputs, measured, thresholds
from edge.convert import parity as distance
from edge.convert.recipes import VERSION
from edge.errors import ModelError
from edge.vision.bundle import find, load, models_folder
from edge.vision.manifest import Parity

_EVERYTHING = 300
_PATH = click.Path(exists=True, path_type=Path)


@click.command("parity")
@click.option("--images", "paths", multiple=True, required=True, type=_PATH, help="A folder of pictures; repeatable.")
@click.option("--data", required=True, help="What to call the pictures beside the figures.")
@click.option("--limit", default=_EVERYTHING, show_default=True, help="Use at most so many pictures, evenly spread.")
def parity(paths: tuple[Path, ...], data: str, limit: int) -> None:
    """Measure how far every built variant's outputs are from the float32 variant's.

    The float32 variants must be built (`scripts/build_models float`): they run the terminal's own pipeline on the
    pictures, and every variant is then fed what they were fed.
    """
    fed = inputs.collect(list(paths), limit, VERSION)
    command = f"edge models parity --limit {limit} --data '{data}' --images …"
    table = Table("bundle", "measure", "mean", "95 % no worse", "worst", "samples", box=None)
    table.columns[0].no_wrap = True
    jobs = [(role, name, kind) for role, name in inputs.FAMILIES.items() for kind in ("dynamic", "integer")]
    console = Console()
    for role, family, kind in track(jobs, "comparing", console=Console(stderr=True), transient=True):
        name = f"{family}-{kind}-{VERSION}"
        if not (models_folder() / name).is_dir():
            continue
        variant, reference = load(find(name), role), load(find(f"{family}-float-{VERSION}"), role)
        figures = distance.measure(variant, reference, fed.inputs[role], data, command)
        others = [old for old in measured.read(name, variant.manifest.sha256).parity if old.data != data]
        measured.update(name, variant.manifest.sha256, parity=[*others, *figures])
        for figure in figures:
            table.add_row(name, *_cells(figure))
    console.print(f"{fed.faces} faces in {fed.pictures} pictures and frames")
    console.print(table)


@click.command("calibrate")
@click.argument("name")
@click.argument("embeddings", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--data", required=True, help="What to call the pictures beside the figures.")
def calibrate(name: str, embeddings: Path, data: str) -> None:
    """Measure the thresholds of the embedder NAME from EMBEDDINGS, a file that `edge embed` wrote with it.

    Every picture is compared with every other; a person is a folder. Only rates with at least ten false matches behind
    them are kept: what is rarer than that was not measured.
    """
    bundle = load(find(name), "embedder")
    scores = thresholds.compare(thresholds.read_faces(embeddings))
    rows = thresholds.table(scores, data)
    if not rows:
        raise ModelError(f"{embeddings}: {scores.comparisons} impostor comparisons support no false-match rate at all")
    path = measured.update(bundle.name, bundle.manifest.sha256, threshold=rows)
    table = Table("FMR", "threshold", "false", "95 % interval", "accepted", "95 % interval", box=None)
    for column in table.columns:
        column.no_wrap = True
    for row in rows:
        hits, (low, high) = thresholds.accepted(scores, row.threshold)
        table.add_row(
            f"{row.fmr:g}",
            f"{row.threshold:.4f}",
            str(row.false_matches),
            f"{row.lower:.2g} to {row.upper:.2g}",
            f"{hits} = {hits / len(scores.genuine):.2%}" if len(scores.genuine) else "-",
            f"{low:.2%} to {high:.2%}",
        )
    console = Console()
    console.print(f"{len(scores.genuine):,} genuine and {scores.comparisons:,} impostor comparisons")
    console.print(f"equal error rate {thresholds.equal_error_rate(scores):.2%}")
    console.print(table)
    finest = f"{thresholds.POINTS[len(rows)]:g} and rarer" if len(rows) < len(thresholds.POINTS) else "nothing"
    console.print(f"not supported by {thresholds.LEAST_FALSE_MATCHES} false matches: {finest}")
    console.print(f"kept in {path}; build the bundle again to have it in its manifest", soft_wrap=True)


def _cells(figure: Parity) -> list[str]:
    numbers = (figure.mean, figure.p95, figure.worst)
    return [figure.metric, *(f"{number:.4g}" for number in numbers), str(figure.samples)]
