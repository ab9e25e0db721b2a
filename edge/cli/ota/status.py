"""`edge ota status`: which set decides, which is tried, and what it waits for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from edge.app.ota_status import status
from edge.app.places import places
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option
from edge.cli.reports import emit
from edge.ota.active import FACTORY
from edge.values import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.app.ota_status import Coming, OtaStatus

_FEW = 20


@click.command("status")
@config_option
@data_option
@json_option
def command(config_file: Path | None, data: Path | None, *, as_json: bool) -> None:
    """Say which set of models decides, which is tried, and what it waits for.

    A set is in one of three phases. Steady: it was confirmed, and nothing is tried. Shadow: another one looks on beside
    it without deciding, until enough visits were compared and enough people are known to it. Trial: it decides, and is
    taken back if refusals rise or the terminal was started too often; use confirms it.

    Nothing is changed by asking. `edge ota history` says how it came to this.
    """
    found = status(load_config(config_file), places(data))
    if as_json:
        emit(found)
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: OtaStatus) -> Iterator[str]:
    begun = "" if found.since is None else f", since {day(found.since)}"
    yield f"decides:    {_name(found.running)}{begun}"
    yield f"phase:      {found.phase}" + (
        f", started {found.starts} of {found.max_starts} times" if found.phase == "trial" else ""
    )
    if found.candidate:
        yield f"tried:      {found.candidate}, beside it and without deciding"
    yield f"good:       {_name(found.good)}"
    yield f"before it:  {_name(found.previous)}"
    for missing in found.waits_for:
        yield f"waits for:  {missing}"
    if found.people is not None:
        yield from _people(found.people)
    for one in found.refused:
        yield f"refused:    {one.slot}, up to serial {one.serial}, {day(one.at)}: {one.why}"
    if found.by_hand:
        yield f"by hand:    {', '.join(found.by_hand)} name other bundles: no set takes their place"
    for fault in found.faults:
        yield f"wrong:      {fault}"


def _people(found: Coming) -> Iterator[str]:
    yield (
        f"people:     {found.migrated} of {counted(found.active, 'active person', 'active people')} known to it "
        f"({found.share:.0%}; {found.needed:.0%} needed); {found.absent} more were not here lately"
    )
    for who, days in found.missing[:_FEW]:
        yield f"  missing:  {who}, walked by on {counted(days, 'day')}"
    if len(found.missing) > _FEW:
        yield f"  missing:  {len(found.missing) - _FEW} more; --json lists all"


def _name(slot: str) -> str:
    return "the factory's set" if slot == FACTORY else slot


def day(at: float) -> str:
    """Return a time as people write it, in UTC; whatever a clock once showed."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return f"{at:g} s since the epoch"
