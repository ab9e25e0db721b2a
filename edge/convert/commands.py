"""The command of `edge models` that measures; it keeps figures in ``edge/app/measured`` for the next build."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from edge.app import measured
from edge.convert import inputs
from edge.convert import parity as distance
from edge.convert.recipes import VERSION
from edge.vision.bundle import find, load, models_folder
from edge.vision.manifest import Parity, Role

_EVERYTHING = 300
_PATH = click.Path(exists=True, path_type=Path)


@click.command("parity")
@click.option("--images", "paths", multiple=True, required=True, type=_PATH, help="A folder of pictures; repeatable.")
@click.option("--data", required=True, help="What to call the pictures beside the figures.")
@click.option("--limit", default=_EVERYTHING, show_default=True, help="Use at most so many pictures, evenly spread.")
@click.option("--embedder", help="Compare the variants of this embedder alone, not those of the terminal's networks.")
def parity(paths: tuple[Path, ...], data: str, limit: int, embedder: str | None) -> None:
    """Measure how far every built variant's outputs are from the float32 variant's.

    The float32 variants must be built (`scripts/build_models float`): they run the terminal's own pipeline on the
    pictures, and every variant is then fed what they were fed.
    """
    families: dict[Role, str] = {"embedder": embedder} if embedder else inputs.FAMILIES
    fed = inputs.collect(list(paths), limit, VERSION, families["embedder"])
    only = f"--embedder {embedder} " if embedder else ""
    command = f"edge models parity {only}--limit {limit} --data '{data}' --images …"
    table = Table("bundle", "measure", "mean", "95 % no worse", "worst", "samples", box=None)
    table.columns[0].no_wrap = True
    jobs = [(role, name, kind) for role, name in families.items() for kind in ("dynamic", "integer")]
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


def _cells(figure: Parity) -> list[str]:
    numbers = (figure.mean, figure.p95, figure.worst)
    return [figure.metric, *(f"{number:.4g}" for number in numbers), str(figure.samples)]
