"""`edge verify`: does a photograph show a given person (1:1)?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
import numpy as np

from edge.app.boards import board_of
from edge.app.eyes import bundle, open_eyes, space
from edge.app.places import places
from edge.app.settings import load_config
from edge.app.terminal import curve
from edge.cli.options import config_option, data_option, json_option
from edge.cli.reports import VerifyReport
from edge.errors import SpaceError, StoreError
from edge.people.search import LiveSearch
from edge.people.store import Store
from edge.values import PersonId, Reason
from edge.vision import picture
from edge.vision.still import Study, study

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.config import Config


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
    who = PersonId(person)
    with Store(places(board_of(config).name, data).people_db) as store:
        known = store.person(who)
        if known is None:
            raise StoreError(f"nobody is enrolled under the id {person[:64]!r}; `edge people list` shows who is")
        templates = LiveSearch(store, space(config)).gallery().of(who)
    if not len(templates):
        raise SpaceError(f"{who} has no template of the model that runs ({space(config)}): enrol them again")
    measured = curve(bundle(config.models.embedder, "embedder", trusted=True))
    threshold = measured.resolve(config.decision.fmr, extrapolate=config.decision.accept_extrapolation)
    found = study(picture.read(photo), open_eyes(config))
    report = _judge(found, templates, threshold, (str(photo), who), config)
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
    else:
        near = "not compared" if report.similarity is None else f"similarity {report.similarity:.3f} of {threshold:.3f}"
        click.echo(f"{report.decision}: {report.reason}; {near} (1 in {1 / report.fmr:,.0f} strangers would pass)")
    sys.exit(0 if report.decision == "verified" else 1)


def _judge(
    found: Study, templates: NDArray[np.float32], threshold: float, claim: tuple[str, PersonId], config: Config
) -> VerifyReport:
    similarity = float(np.max(templates @ found.embedding.vector)) if found.embedding else None
    alive = config.liveness.mode == "off" or (found.liveness or 0.0) >= config.liveness.min_median
    if found.faces > config.decision.max_faces:
        reason = Reason.TOO_MANY_FACES
    elif found.quality is None or not found.quality.good or similarity is None:
        reason = Reason.POOR_VIEW
    elif not alive:
        reason = Reason.NOT_LIVE
    else:
        reason = Reason.GRANTED if similarity >= threshold else Reason.UNKNOWN
    return VerifyReport(
        file=claim[0],
        id=claim[1],
        similarity=similarity,
        threshold=threshold,
        fmr=config.decision.fmr,
        liveness=found.liveness,
        decision="verified" if reason is Reason.GRANTED else "refused",
        reason=reason,
    )
