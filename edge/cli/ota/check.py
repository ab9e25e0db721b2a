"""`edge ota check`: the timer's command, and a person's."""

from __future__ import annotations

import getpass
import random
import threading
from typing import TYPE_CHECKING

import click

from edge.app import fetching, model_set
from edge.app.clocks import Clocks
from edge.app.fetching import Means, Outcome, fetch
from edge.app.identity import device_name
from edge.app.places import places
from edge.app.runtime import device_here
from edge.app.settings import load_config
from edge.app.updating import Taken, Taking
from edge.cli.options import config_option, data_option, json_option, operator_option
from edge.cli.reports import CheckReport, emit
from edge.cli.screen import console
from edge.errors import FetchError, OtaError
from edge.vision.bundle import find

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.places import Places
    from edge.config import Config
    from edge.ota.fetcher import Tally
    from edge.ota.rollout import Device


@click.command("check")
@click.option("--now", is_flag=True, help="Do not wait for a moment by chance within ota.jitter_s first.")
@click.option(
    "--fetch-only", "half", flag_value="fetch", help="Only ask and download; needs the network, and no key and no door."
)
@click.option(
    "--take-only", "half", flag_value="take", help="Only prove, try and install what was downloaded; needs no network."
)
@operator_option
@data_option
@config_option
@json_option
def command(
    data: Path | None,
    config_file: Path | None,
    operator: str | None,
    half: str | None,
    *,
    now: bool,
    as_json: bool,
) -> None:
    """Ask the repository (ota.url) for a newer set of models, fetch it, try it, and have it run beside the old one.

    Nothing decides differently afterwards: a set that passed the gate runs in shadow first (`edge ota status`). What
    is not signed by those whom this terminal's root of trust names, is outdated, does not fit this device or fails the
    gate is refused with the reason, and the old models go on.

    On a device two users do this: one is on the network and may do nothing else (--fetch-only), the other has no
    network and believes nothing of it (--take-only). The exit code is 0 when there is nothing new or a set was
    taken, 13 when one was refused, 12 when nothing could be downloaded, or nobody asked within the hour before.
    """
    config, here = load_config(config_file), places(data)
    device = device_here(config, device_name(here))
    if half == "take":
        asked = fetching.last(here)
    else:
        if not now:
            threading.Event().wait(random.uniform(0, config.ota.jitter_s))  # noqa: S311 - no secret
        asked = _fetch(config, here, device)
    if half == "fetch":
        _tell(asked, None, as_json=as_json)
        return
    folders = model_set.running(config, here).folders
    taking = Taking(
        here=here,
        device=device,
        operator=operator or getpass.getuser(),
        wall=Clocks().wall(),
        running={role: find(name) for role, name in folders.items()},
    )
    _tell(asked, taking.take(), as_json=as_json)


def _fetch(config: Config, here: Places, device: Device) -> Outcome:
    with console.status(f"asking {config.ota.url or 'nobody'}") as shown:

        def heard(tally: Tally) -> None:
            shown.update(f"fetching: {tally.bytes / 1e6:.1f} MB, {tally.requests} requests, {tally.broken} broken")

        return fetch(here, config.ota, device, Means(clocks=Clocks(), heard=heard))


def _tell(asked: Outcome, taken: Taken | None, *, as_json: bool) -> None:
    """Print what came of it; what was refused or failed is an error besides."""
    end = taken or asked
    if as_json:
        emit(_report(end, asked, taken))
    elif end.status not in {"refused", "failed"}:
        click.echo(end.why)
        if asked.bytes:
            click.echo(
                f"  {asked.bytes:,} bytes downloaded in {asked.requests} requests, {asked.broken} of them broken"
            )
    if taken and taken.warning:
        click.echo(f"edge: {taken.warning}", err=True)
    if end.status == "failed":
        raise FetchError(end.why)
    if end.status == "refused":
        raise OtaError(end.why)


def _report(end: Outcome | Taken, asked: Outcome, taken: Taken | None) -> CheckReport:
    return CheckReport(
        status=end.status,
        why=end.why,
        slot=end.slot,
        serial=end.serial,
        bytes=asked.bytes,
        requests=asked.requests,
        broken=asked.broken,
        fetched=list(asked.fetched),
        warning=taken.warning if taken else "",
    )
