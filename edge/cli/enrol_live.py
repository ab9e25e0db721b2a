"""`edge enrol --live`: one person, guided through the poses at the camera."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from edge.app.boards import board_of
from edge.app.people_live import LiveEnrolment, enrol_live
from edge.cli.reports import emit
from edge.errors import EnrolError
from edge.values import SIGNS, Sign, counted
from edge.values.guidance import AIMS_IN_WORDS, LIGHTS, Aim, GuideEnd, Light

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.app.guiding import Sitting
    from edge.config import Config
    from edge.people.desk import Desk
    from edge.people.records import NewPerson
    from edge.values import Handle

_WHY = {
    GuideEnd.TOO_SLOW: "too few poses came in time",
    GuideEnd.SOMEBODY_ELSE: "a pose shows another face than the first",
    GuideEnd.NOT_LIVE: "it could not be shown that a living person stands there",
    GuideEnd.LOST: "the face was lost too often",
    GuideEnd.SOURCE_ENDED: "the source ended before the last pose",
}


def enrol_at_camera(
    config: Config,
    camera: tuple[str | None, str | None],
    at: tuple[Path | None, str, Handle | None],
    person: Callable[[Desk], NewPerson],
    *,
    as_json: bool,
) -> None:
    """Enrol somebody at the camera, telling them what to do on standard error.

    Raises:
        EnrolError: They were not enrolled.
    """
    source, board_name = camera
    if source is not None:
        config = dataclasses.replace(config, camera=dataclasses.replace(config.camera, source=source))
    if config.liveness.mode == "off":
        click.echo("LIVENESS OFF: nothing shows that a person stands there", err=True)
    telling = _Telling()
    report = enrol_live(config, board_of(config, board_name), at, person, telling)
    if as_json:
        emit(report)
    else:
        _tell(report)
    _require(report)


class _Telling:
    """Says what changes: the words for the person, and what was captured."""

    def __init__(self) -> None:
        self._captured = 0
        self._words = ""

    def __call__(self, sitting: Sitting) -> None:
        """Say what changed."""
        captures = sitting.guide.captures
        for one in captures[self._captured :]:
            light = "".join(f", {LIGHTS[light]}" for light in sorted(one.light))
            click.echo(f"  captured: {AIMS_IN_WORDS[one.aim]} (quality {one.quality.score:.0f}{light})", err=True)
        self._captured = len(captures)
        if sitting.words and sitting.words != self._words:
            click.echo(f"> {sitting.words}", err=True)
        self._words = sitting.words


def _tell(report: LiveEnrolment) -> None:
    if report.replayed:
        click.echo("REPLAYED SOURCE: a recording was enrolled, not somebody who stands there")
    taken = counted(sum(one.accepted for one in report.captures), "pose")
    click.echo(f"{report.id}: {taken} stored as templates, {report.seconds:.1f} s, {counted(report.frames, 'frame')}")
    for one in report.captures:
        if not one.accepted:
            click.echo(f"  {AIMS_IN_WORDS[Aim(one.pose)]}: {one.reason}")
    for pose in report.skipped:
        click.echo(f"  {AIMS_IN_WORDS[Aim(pose)]}: left out, it did not come in time")
    if report.stored and report.light:
        words = ", ".join(LIGHTS[Light(light)] for light in report.light)
        click.echo(f"  the light was unusual ({words}): enrol again in usual light, under the same id")


def _require(report: LiveEnrolment) -> None:
    if report.stored:
        return
    if report.duplicate:
        raise EnrolError(
            f"id {report.id}: this face is enrolled already under another id, as {report.duplicate} in the journal: "
            f"give that person more templates, or remove them first; if they are two people for sure, --distinct "
            f"HANDLE; nothing was stored"
        )
    saw = f" ({SIGNS[Sign(report.sign)]})" if report.sign else ""
    why = _WHY.get(report.end, "no pose was accepted")
    raise EnrolError(f"id {report.id}: {why}{saw}; nothing was stored: try again")
