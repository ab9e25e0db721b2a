"""`edge verify`: does a photograph show a given person (1:1)?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from edge.app.photos import verify
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option
from edge.cli.reports import emit
from edge.values import PersonId


@click.command("verify")
@click.option("--id", "person", required=True, help="Who the photograph is said to show.")
@click.argument("photo", type=click.Path(path_type=Path))
@config_option
@data_option
@json_option
def command(person: str, photo: Path, config_file: Path | None, data: Path | None, *, as_json: bool) -> None:
    """Say whether PHOTO shows the person --id, at the configured false-match rate (decision.fmr).

    Exit code 0 when it does, 1 when it does not.
    """
    config = load_config(config_file)
    report = verify(photo, PersonId(person), config, places(config.board, data))
    if as_json:
        emit(report)
    else:
        near = "not compared" if report.similarity is None else f"similarity {report.similarity:.3f}"
        click.echo(
            f"{report.decision}: {report.reason}; {near} of {report.threshold:.3f} "
            f"(1 in {1 / report.fmr:,.0f} strangers would pass)"
        )
    sys.exit(0 if report.decision == "verified" else 1)
