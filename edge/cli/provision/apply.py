"""`edge provision apply`: make this terminal what the file on the card says."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from edge.app.auditing import audit
from edge.app.clocks import synchronised
from edge.app.doctor_door import Check
from edge.app.first_boot import Device, apply, in_force
from edge.app.keyholding import ELSEWHERE, MACHINE
from edge.app.places import places
from edge.cli.options import json_option
from edge.cli.reports import emit
from edge.errors import ProvisionError
from edge.values import Occasion

_DOCTOR_S = 180.0
_WIRES = {"camera", "lock", "exit button", "input", "lamp and beeper", "controller"}
_SERIAL = "proc/device-tree/serial-number"


class Applied(Struct, frozen=True):
    """What `edge provision apply --json` prints.

    Attributes:
        state: waiting, sealed, done; or failed, when the terminal is provisioned and the doctor finds a fault.
        terminal: The id of the terminal that this is; empty for none.
    """

    state: str
    terminal: str


@click.command("apply")
@click.option(
    "--boot",
    default=Path("/boot/firmware"),
    type=click.Path(path_type=Path, file_okay=False),
    show_default=True,
    help="The card's first partition.",
)
@click.option(
    "--root",
    default=Path("/"),
    type=click.Path(path_type=Path, file_okay=False),
    help="Provision the file system in this folder; its services are not restarted.",
)
@click.option("--code", default="", envvar="DOOR_TERMINAL_CLAIM_CODE", help="The claim code that opens sealed secrets.")
@json_option
def command(boot: Path, root: Path, code: str, *, as_json: bool) -> None:
    """Make this terminal what terminal.toml on the card says; each start of the machine runs it.

    The file must be signed by the key that this terminal trusts, be newer than the one in force, and not have expired.
    All of it comes into force at once, or nothing does, whenever the power is cut. What came of it is in
    provision.log on the card, and the file is taken off the card. Without a file nothing changes. The door process
    keeps running: the door is locked, and the exit button works.

    Exit code 3 when the signature is not believed, 14 when the file or a step was refused.
    """
    real = root == Path("/")
    device = Device(
        root=root,
        boot=boot,
        now=lambda: datetime.now(UTC),
        restart=_restart if real else lambda _: None,
        journal=_journal if real else lambda _: None,
        examine=_examined if real else tuple,
        code=code,
        serial=_serial(root),
        synchronised=synchronised(),
        keeping=MACHINE if real else ELSEWHERE,
    )
    word = apply(device)
    found = in_force(root)
    report = Applied(state=word, terminal=found.id if found else "")
    if as_json:
        emit(report)
    else:
        click.echo(f"{report.state}: {report.terminal or 'no terminal yet'}")


def _serial(root: Path) -> str:
    try:
        return (root / _SERIAL).read_bytes().decode().rstrip("\0\n")
    except (OSError, ValueError):
        return ""


def _journal(words: str) -> None:
    audit(places(), Occasion.PROVISIONED, operator="first boot", words=words)


def _examined() -> tuple[str, ...]:
    """Have the doctor look, in a process of its own that holds nothing afterwards."""
    words = [sys.executable, "-m", "edge", "doctor", "--json"]
    try:
        found = subprocess.run(words, check=False, capture_output=True, timeout=_DOCTOR_S)  # noqa: S603
        checks = msgspec.json.decode(found.stdout, type=list[Check])
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError) as error:
        return (f"the doctor could not look: {error}",)
    looked = [one for one in checks if one.state == "fault" and one.name.partition(":")[0] in _WIRES]
    return tuple(f"{one.name}: {one.found}; {one.mend}" for one in looked)


def _restart(services: tuple[str, ...]) -> None:
    words = ["systemctl", "--no-block", "restart", *services]
    try:
        for said in (["systemctl", "daemon-reload"], words):  # the plan may have put files of units in place
            subprocess.run(said, check=True, capture_output=True, text=True, timeout=60)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise ProvisionError(
            f"{' '.join(words)}: failed ({error}): the settings are in force; restart by hand"
        ) from error
