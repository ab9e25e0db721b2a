"""`edge ota gate`: what a set or a bundle does on this machine, and what would stop it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from edge.app import gating
from edge.app.places import places
from edge.app.regating import again, signed
from edge.app.runtime import device_here
from edge.app.settings import load_config
from edge.cli.options import config_option, data_option, json_option
from edge.cli.reports import emit
from edge.errors import OtaError
from edge.ota.gate import Check, Papers
from edge.ota.manifest import ROLES, BundleCustom, Gates
from edge.ota.proof import PROOF
from edge.vision.bundle import find, load
from edge.vision.manifest import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.app.places import Places
    from edge.config import Config
    from edge.ota.gate import GateReport
    from edge.ota.rollout import Device

_MB = 1024 * 1024


class Tried(Struct, frozen=True):
    """`edge ota gate --json` prints a list of these.

    Attributes:
        what: The folder that was named, or the installed set.
        passed: Whether nothing failed.
        checks: All that was looked at, in the order in which it was judged.
    """

    what: str
    passed: bool
    checks: tuple[Check, ...]


@click.command("gate")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--min-cosine", type=click.FloatRange(0, 1), default=0.97, show_default=True, help="Of an embedder.")
@click.option("--max-ms", type=click.FloatRange(0.001), default=200.0, show_default=True, help="Of one inference.")
@click.option("--max-memory-mb", type=click.IntRange(1), default=128, show_default=True, help="Of one model at work.")
@click.option("--max-bytes", type=click.IntRange(1), default=16 * _MB, show_default=True, help="Of one model's file.")
@config_option
@data_option
@json_option
def command(folder: Path | None, config_file: Path | None, data: Path | None, *, as_json: bool, **limits: Any) -> None:  # noqa: ANN401 - click gives the gates by name
    """Try the set or the bundle in FOLDER on this machine, and say what would stop it.

    A set that was fetched is judged by the limits that were signed with it, and the result is written into its folder:
    without one that passed on this kind of board and this very runtime, no terminal runs it. Anything else is judged
    by the limits given here, as its publisher does before signing them, and nothing is written.

    Without FOLDER every installed set is tried whose result does not count here, as after an update of the runtime;
    a terminal's start does this.

    Each model runs in a process of its own, with limits of time and memory. The exit code is 13 when one is refused.
    """
    config, here = load_config(config_file), places(data)
    if folder is None:
        tried = {str(slot): report for slot, report in again(config, here, time.time()).items()}
    else:
        tried = {str(folder): _tried(folder, config, here, Gates(**limits))}
    if as_json:
        emit([Tried(what, report.passed, report.checks) for what, report in tried.items()])
    else:
        _print(tried)
    refused = [f"{what}: refused: {report.why}" for what, report in tried.items() if not report.passed]
    if refused:
        raise OtaError("; ".join(refused))


def _tried(folder: Path, config: Config, here: Places, gates: Gates) -> GateReport:
    if (folder / PROOF).exists():
        return signed(folder, config, here, time.time())
    device = device_here(config)
    running = {role: find(getattr(config.models, role)) for role in ROLES}
    if (folder / MANIFEST).exists():
        custom = _unsigned(folder, gates, device)
        return gating.examine_bundle(folder, device, custom, running=running[custom.role])
    papers = Papers({role: _unsigned(folder / role, gates, device) for role in ROLES})
    return gating.look_at(folder, device, papers, running=running)


def _unsigned(folder: Path, gates: Gates, device: Device) -> BundleCustom:
    """Return what would be signed about a bundle that is for this machine, with these gates."""
    bundle = load(folder)
    role = bundle.manifest.role
    return BundleCustom(
        role=role,
        name=bundle.name,
        board=device.board,
        runtime={},
        space=str(bundle.space) if role == "embedder" else "",
        unpacked_bytes=sum(path.stat().st_size for path in folder.iterdir() if path.is_file()),
        gates=gates,
    )


def _print(tried: Mapping[str, GateReport]) -> None:
    console = Console(highlight=False)
    if not tried:
        console.print("every installed set passed the gate with this runtime")
    for what, report in tried.items():
        table = Table(
            "bundle", "check", Column("value", justify="right"), "limit", "passed", box=None, title=Text(what)
        )
        for check in report.checks:
            state = Text("yes", "green") if check.passed else Text("no", "bold red")
            table.add_row(check.role or "set", check.name, _figure(check.value), _figure(check.limit), state)
        console.print(table)
        console.print("passed" if report.passed else Text("refused", "bold red"))


def _figure(value: float | str) -> str:
    """Return a figure of three to four digits, or a size in full."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
