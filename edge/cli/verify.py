"""`edge verify`: does a photograph, or the person before the camera, show a given person (1:1)?"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option
from edge.cli.receipt import line, report
from edge.cli.reports import emit
from edge.errors import LinkError
from edge.link.verification import Verify, encode, to_terminal, verify
from edge.people.names import person_id

if TYPE_CHECKING:
    from edge.app.photos import VerifyReport
    from edge.app.places import Places
    from edge.link.verification import Portrait, Progress

_WAIT_S = 600.0
"""The longest wait for the next word: so many questions may be before this one."""

_STEPS = {"face": "the terminal looks for the face", "keypad": "the terminal waits for # or * on the keypad"}


@click.command("verify")
@click.option("--id", "person", help="Who the photograph, or the person before the camera, is said to be.")
@click.option("--handle", help="The same by the handle that receipts and journal have.")
@click.option(
    "--reference",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Compare the person before the camera with this portrait; nothing of it is stored.",
)
@click.option("--purpose", help="Ask the running terminal, for this purpose of its configuration.")
@click.option("--amount", default="", help="Of a payment, as in 12.50.")
@click.option("--text", default="", help="What it is for; the person reads it.")
@click.option("--nonce", help="8 to 128 characters, never used before; one is made up when left out.")
@click.option("--assurance", type=click.Choice(["passive", "active"]), default="passive", help="At least; more counts.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the receipt to this file, too.")
@click.argument("photo", required=False, type=click.Path(path_type=Path))
@config_option
@data_option
@json_option
def command(
    photo: Path | None,
    config_file: Path | None,
    data: Path | None,
    *,
    out: Path | None,
    as_json: bool,
    **asked: Any,  # noqa: ANN401 - options that become the question
) -> None:
    """Say whether PHOTO, or the person before the terminal's camera, is the person --id.

    With PHOTO the comparison is made here, at the configured false-match rate (decision.fmr). With --purpose the
    running terminal looks at whoever stands before its camera, and answers with a signed receipt, which is printed:
    `edge receipt verify` checks it. The same question with the same --nonce gets the same receipt. For example:
    `edge verify --id ann --purpose payment --amount 12.50 --text Rent --out receipt.jws`.

    Exit code 0 when it is the person, 1 when not.
    """
    person, handle, reference = asked.pop("person"), asked.pop("handle"), asked.pop("reference")
    if sum(one is not None for one in (person, handle, reference)) != 1:
        raise click.UsageError("name one of --id, --handle and --reference")
    if photo is not None and person is not None and asked["purpose"] is None:
        _of_a_photograph(photo, person, config_file, data, as_json=as_json)
    if photo is not None:
        raise click.UsageError("PHOTO is compared with --id alone; leave --purpose, --handle and --reference out")
    if asked["purpose"] is None:
        raise click.UsageError("name a PHOTO, or a --purpose for which the running terminal is to look")
    asked["nonce"] = asked["nonce"] or secrets.token_urlsafe(24)
    portrait = _portrait(reference, config_file, places(data)) if reference else None
    question = Verify(person=person or "", handle=handle or "", portrait=portrait, **asked)
    _ask(question, places(data), out, as_json=as_json)


def _ask(question: Verify, here: Places, out: Path | None, *, as_json: bool) -> NoReturn:
    try:
        to_terminal(encode(question))
    except LinkError as error:
        raise click.UsageError(str(error)) from error
    answer = verify(here.terminal_socket, question, _WAIT_S, _say)
    if out is not None:
        out.write_text(answer.receipt + "\n", encoding="ascii")
    told = report(answer.receipt, question.nonce)
    if as_json:
        emit(told)
    else:
        click.echo(line(told), err=True)
        click.echo(answer.receipt)
    sys.exit(0 if told.result == "verified" else 1)


def _of_a_photograph(
    photo: Path, person: str, config_file: Path | None, data: Path | None, *, as_json: bool
) -> NoReturn:
    from edge.app import photos  # noqa: PLC0415 - a question to the terminal needs no models

    config = load_config(config_file)
    found = photos.verify(photo, person_id(person), config, places(data))
    if as_json:
        emit(found)
    else:
        click.echo(_line(found))
    sys.exit(0 if found.decision == "verified" else 1)


def _portrait(photo: Path, config_file: Path | None, here: Places) -> Portrait:
    from edge.app.portrait import portrait_of  # noqa: PLC0415 - as above

    return portrait_of(photo, load_config(config_file), here)


def _say(step: Progress) -> None:
    waits = f"{step.waiting} before this one" if step.step == "queued" else _STEPS[step.step]
    click.echo(f"waiting: {waits}", err=True)


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
