"""`edge provision apply`: make this terminal what the file on the card says."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from edge.app.auditing import audit
from edge.app.clocks import synchronised
from edge.app.doctor_door import Check
from edge.app.first_boot import Device, apply
from edge.app.in_force import in_force
from edge.app.keyholding import ELSEWHERE, MACHINE
from edge.app.places import places
from edge.cli.options import json_option
from edge.cli.provision.words import boot_option, root_option
from edge.cli.reports import emit
from edge.errors import ProvisionError
from edge.values import Occasion

_DOCTOR_S = 180.0
_WIRES = {"camera", "lock", "exit button", "input", "lamp and beeper", "controller"}
_NETWORK = ("NetworkManager.service",)
_SERIAL = "proc/device-tree/serial-number"


class Applied(Struct, frozen=True):
    """What `edge provision apply --json` prints.

    Attributes:
        state: waiting, sealed, done; wrong, when the claim code that was typed is not the file's; or failed, when the
            terminal is provisioned and the doctor finds a fault.
        terminal: The id of the terminal that this is; empty for none.
    """

    state: str
    terminal: str


@click.command("apply")
@boot_option
@root_option
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
    device = machine(root, boot, code)
    word = apply(device)
    found = in_force(root)
    report = Applied(state=word, terminal=found.id if found else "")
    if as_json:
        emit(report)
    else:
        click.echo(f"{report.state}: {report.terminal or 'no terminal yet'}")


def machine(root: Path, boot: Path, code: str = "") -> Device:
    """Return the machine that is provisioned or reset; a folder that is not / has no services, door or camera."""
    real = root == Path("/")
    return Device(
        root=root,
        boot=boot,
        now=lambda: datetime.now(UTC),
        restart=partial(_order, "restart") if real else lambda _: None,
        rejoin=partial(_order, "try-restart", _NETWORK) if real else lambda: None,
        journal=_journal if real else lambda _: None,
        on_record=_on_record if real else lambda *_: None,
        stop=partial(_order, "stop") if real else lambda _: None,
        examine=_examined if real else tuple,
        code=code,
        serial=_serial(root),
        synchronised=synchronised(),
        keeping=MACHINE if real else ELSEWHERE,
    )


def _serial(root: Path) -> str:
    try:
        return (root / _SERIAL).read_bytes().decode().rstrip("\0\n")
    except (OSError, ValueError):
        return ""


def _journal(words: str) -> None:
    audit(places(), Occasion.PROVISIONED, operator="first boot", words=words)


def _on_record(occasion: Occasion, who: str, words: str) -> None:
    audit(places(), occasion, operator=who, words=words)


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


def _order(verb: str, services: tuple[str, ...]) -> None:
    """Have services restarted (or such as run), which is not waited for, or stopped, which is.

    systemd reads its units again only where the plan changed some: it pings no watchdog meanwhile, and an emulated
    machine, which takes ten seconds for it, was reset.
    """
    asked = ["systemctl", "show", "--property=NeedDaemonReload", "--value", "edge-*"]
    words = ["systemctl", *([] if verb == "stop" else ["--no-block"]), verb, *services]
    try:
        if "yes" in _said(asked):
            _said(["systemctl", "daemon-reload"])
        _said(words)
    except (OSError, subprocess.SubprocessError) as error:
        then = "nothing was erased" if verb == "stop" else "the settings are in force; restart by hand"
        raise ProvisionError(f"{' '.join(words)}: failed ({error}): {then}") from error


def _said(words: list[str]) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout  # noqa: S603
