"""`edge verify`: does a photograph show a given person (1:1)?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge.app.photos import verify
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option
from edge.cli.reports import emit
from edge.people.names import person_id

if TYPE_CHECKING:
    from edge.app.photos import VerifyReport


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
    report = verify(photo, person_id(person), config, places(data))
    if as_json:
        emit(report)
    else:
        click.echo(_line(report))
    sys.exit(0 if report.decision == "verified" else 1)


def _line(report: VerifyReport) -> str:
    words = f"{report.decision}: {report.reason}"
    if report.flaws:
        words += f" ({', '.join(report.flaws)})"
    if report.similarity is None:
        return f"{words}; there is no face to compare"
    return (
        f"{words}; similarity {report.similarity:.3f}, at least {report.threshold:.3f} is needed "
        f"(1 in {1 / report.fmr:,.0f} strangers would pass)"
    )
