"""``python -m edge.convert.observe``: measures on pictures what quantising needs, and keeps the numbers."""

from pathlib import Path

import click
from rich.console import Console

from edge.convert import inputs, ranges
from edge.convert.recipes import RECIPES, VERSION

_LIMIT = 400


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--network", "networks", multiple=True, help="Only this network; repeatable.")
@click.option("--data", required=True, help="What to call the pictures in the file of numbers.")
def main(paths: tuple[Path, ...], networks: tuple[str, ...], data: str) -> None:
    """Measure the numbers that quantise every network on PATHS; the float32 variants must have been built."""
    console = Console(stderr=True)
    fed = inputs.collect(list(paths), _LIMIT, VERSION)
    console.print(f"{fed.faces} faces in {fed.pictures} pictures and frames")
    for recipe in RECIPES:
        if "integer" not in recipe.variants or (networks and recipe.name not in networks):
            continue
        measured = ranges.measure(recipe.network(), fed.inputs[recipe.role], data, recipe.rounded())
        console.print(
            f"{ranges.write(recipe.name, measured)}: {measured.samples} inputs, {len(measured.limits)} ranges"
        )


if __name__ == "__main__":
    main()
