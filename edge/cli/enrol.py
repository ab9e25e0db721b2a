"""`edge enrol`: people from photographs, one by one or in bulk, or guided at the camera."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edge.app.desk import open_desk
from edge.app.settings import load_config
from edge.cli.consenting import Asked, consent_options
from edge.cli.enrol_live import enrol_at_camera
from edge.cli.enrol_table import enrol_table
from edge.cli.options import board_option, config_option, data_option, json_option
from edge.cli.reports import ConsentReport, Enrolment, RejectedPhoto, emit
from edge.errors import EnrolError
from edge.people import enrol
from edge.people.names import label, person_id
from edge.people.records import NewPerson
from edge.values import Handle, counted

if TYPE_CHECKING:
    from edge.config import Config
    from edge.people.desk import Desk
    from edge.people.enrol import Choice


@dataclass(frozen=True, slots=True)
class _Typed:
    """Whom the officer means, as typed."""

    id: str
    name: str | None
    groups: tuple[str, ...]
    asked: Asked
    config: Config
    distinct: Handle | None

    def person(self, desk: Desk | None = None) -> NewPerson:
        """Return whom it means; whose name was left out is called as the store calls them.

        Raises:
            EnrolError: A text is not allowed.
            UsageError: There is no name, and nobody is enrolled under the id.
        """
        known = desk.store.person(person_id(self.id)) if desk else None
        if desk and self.name is None and known is None:
            raise click.UsageError("--name is needed: nobody is enrolled under this id yet")
        name = self.name or (known.name if known else self.id)
        since, until = self.asked.validity(self.config)
        return NewPerson(person_id(self.id), name, self.groups, since, until, self.asked.consent()).checked()


_EXAMPLES = """\b
edge enrol --id a.lind --name "Anna Lind" --consent 2026-11 --operator "J. Weber" anna1.jpg anna2.jpg
edge enrol --id a.lind --name "Anna Lind" --consent 2026-11 --operator "J. Weber" --live
edge enrol --manifest people.csv --consent 2026-11 --operator "J. Weber"
edge enrol --id a.lind --renew-consent --consent 2026-12 --operator "J. Weber"
"""


@click.command("enrol", epilog=_EXAMPLES)
@click.argument("photos", nargs=-1, type=click.Path(path_type=Path), metavar="[PHOTO]...")
@click.option("--id", "typed", help="The person's id: letters, digits and . _ - @")
@click.option("--name", help="The person's name; may be left out to give an enrolled person more templates.")
@click.option("--group", "groups", multiple=True, help="A group the person belongs to; may be repeated.")
@click.option(
    "--manifest",
    "table",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A CSV table, one row a photograph: id,name,photo and, if wanted, groups, consent, consent_at, valid_from, "
    "valid_until.",
)
@click.option("--live", is_flag=True, help="Guide the person through five poses at the camera; no photographs.")
@click.option("--source", help="With --live: a camera, or a clip or folder to replay, instead of the configured one.")
@click.option("--renew-consent", is_flag=True, help="Record a consent of somebody who is enrolled; no photographs.")
@click.option(
    "--distinct",
    metavar="HANDLE",
    help="The person of this handle is another one for sure, however alike: a twin. It is written into the journal.",
)
@consent_options
@board_option
@data_option
@config_option
@json_option
def command(**what: Any) -> None:  # noqa: ANN401 (click hands over every option by name)
    """Enrol somebody from photographs or at the camera, or everybody of a table.

    Nobody is enrolled without their consent: --consent names the version of the text that they agreed to, --operator
    who took it down. Whoever is enrolled gets more templates without being asked again.

    Each photograph must show one face, well enough to be judged. Photographs that are refused are named with their
    reason; when none is left, nothing is stored. A face that is enrolled under another id refuses the enrolment as a
    whole. Of a table, the good rows are imported and the bad ones named by line; run again, it does nothing twice.
    """
    asked, table, data, as_json = Asked.of(what), what["table"], what["data"], what["as_json"]
    photos, live, renew = what["photos"], what["live"], what["renew_consent"]
    named = bool(what["typed"] or photos or what["name"] or what["groups"])
    if named == bool(table) or bool(table or photos) + bool(live) + bool(renew) > 1:
        raise click.UsageError("give --id, --name and photographs; or --id and --live; or --manifest alone")
    config = load_config(what["config_file"])
    if table:
        enrol_table(table, asked, config, data, as_json=as_json)
        return
    if not (what["typed"] and (photos or live or renew)):
        raise click.UsageError("--id and at least one photograph are needed; or --live, or --renew-consent")
    distinct = Handle(what["distinct"]) if what["distinct"] else None
    who = _Typed(what["typed"], what["name"], what["groups"], asked, config, distinct)
    who.person()  # before the models are loaded
    if renew:
        _renew(who, data, as_json=as_json)
    elif live:
        desk, camera = (data, asked.who, distinct), (what["source"], what["board_name"])
        enrol_at_camera(config, camera, desk, who.person, as_json=as_json)
    else:
        _photographs(who, photos, data, as_json=as_json)


def _photographs(who: _Typed, photos: tuple[Path, ...], data: Path | None, *, as_json: bool) -> None:
    with open_desk(who.config, data, who.asked.who, who.distinct) as desk:
        person = who.person(desk)
        choice = desk.enrol(person, photos)
    if as_json:
        emit(Enrolment(person.id, _accepted(choice), _rejected(choice), choice.duplicate))
    else:
        _tell(person.id, choice)
    enrol.require(choice, person.id)


def _renew(who: _Typed, data: Path | None, *, as_json: bool) -> None:
    consent = who.asked.consent()
    if consent is None:
        raise click.UsageError("--renew-consent needs --consent VERSION and --operator NAME")
    person = person_id(who.id)
    with open_desk(who.config, data, who.asked.who) as desk:
        if desk.store.person(person) is None:
            raise EnrolError(f"nobody is enrolled under the id {person}: enrol them with their consent")
        desk.renew_consent(person, consent)
    if as_json:
        emit(ConsentReport(person, consent.text, consent.at, consent.operator))
    else:
        click.echo(f"{person}: consent to text {consent.text} recorded")


def _accepted(choice: Choice) -> list[str]:
    return [photo.file for photo in choice.accepted]


def _rejected(choice: Choice) -> list[RejectedPhoto]:
    return [RejectedPhoto(fault.file, fault.reason) for fault in choice.rejected]


def _tell(person: str, choice: Choice) -> None:
    ending = "a template" if len(choice.accepted) == 1 else "templates"
    click.echo(f"{person}: {counted(len(choice.accepted), 'photograph')} became {ending}")
    for fault in choice.rejected:
        click.echo(f"  {label(fault.file)}: {fault.reason}" + (f" ({label(fault.detail)})" if fault.detail else ""))
