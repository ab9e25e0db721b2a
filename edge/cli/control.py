"""`edge control`: an operator's orders to the running door, and what it is."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from edge.app.places import places
from edge.cli.options import data_option, json_option
from edge.link import asking
from edge.values import Done, Order, OrderKind

_SOCKET = click.Option(
    ["--socket", "socket_path"],
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the door process listens; without it the place of this machine.",
)
_DATA = click.Option(
    ["--data"],
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of people and journal; without it the one of this machine.",
)
_JSON = click.Option(["--json", "as_json"], is_flag=True, help="Print JSON for machines.")
_OPERATOR = click.Option(["--operator"], help="Who gives the order; without it the user of this machine.")
_REASON = click.Option(["--reason", "why"], required=True, help="Why, for the journal.")
_PULSE = click.Option(["--seconds"], type=click.FloatRange(0, 255), default=0.0, help="For how long; 0: as usual.")
_LASTING = click.Option(
    ["--seconds"], type=click.FloatRange(0, 86_400), default=0.0, help="For how long; 0: until another order."
)
_WHOSE = click.Option(["--handle"], help="Whose, by the journal's handle; without it everybody's.")
_WHO = click.Option(["--handle"], required=True, help="Who, by the journal's handle.")
_SIDE = click.Option(["--side"], type=click.Choice(["in", "out"]), default="out", help="To which side of the door.")

_ORDERS: dict[OrderKind, tuple[str, tuple[click.Option, ...]]] = {
    OrderKind.UNLOCK: ("Unlock the door once, from afar. Refused while it is locked down.", (_PULSE,)),
    OrderKind.LOCK_DOWN: (
        "Let nobody in until `edge control normal`, also after a restart. The exit button and fire still open.",
        (),
    ),
    OrderKind.FREE_ACCESS: (
        "Keep the door unlocked. `normal`, a lock-down and a restart end it; tampering and a full journal suspend it.",
        (_LASTING,),
    ),
    OrderKind.NORMAL: ("End a lock-down, and free access that was ordered.", ()),
    OrderKind.ACKNOWLEDGE: ("Acknowledge the alarms that stay until somebody has seen them, such as duress.", ()),
    OrderKind.FORGIVE: ("Forget who is inside, for anti-passback.", (_WHOSE,)),
    OrderKind.PASSED: ("Say that somebody passed at another door of the same area, for anti-passback.", (_WHO, _SIDE)),
    OrderKind.CONFIRM_CLOCK: ("Say that the clock of this machine is right, after you have looked at it.", ()),
}


@click.group("control")
def group() -> None:
    """Say what the running door is, and order it to do something.

    Every order is written into the journal with its operator and reason, and answered when that survives a power cut.
    Who may order is root, and the user of the door process; the terminal's user may only ask for the status. Exit code
    1: the door refused the order, and says why; 8: it does not answer, or not to this user.
    """


@group.command("status")
@data_option
@json_option
@click.option("--socket", "socket_path", type=click.Path(path_type=Path, dir_okay=False), help="Where it listens.")
def status(data: Path | None, socket_path: Path | None, *, as_json: bool) -> None:
    """Say what the door is: locked or not, every alarm, the clock, the journal."""
    report = asking.report(socket_path or places(data).socket)
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
        return
    click.echo(f"{report.status}{f' ({report.lock_down})' if report.lock_down else ''}")
    held_by = f", held by {report.held_by}" if report.held_by else ""
    click.echo(f"lock: {'unlocked' if report.unlocked else 'locked'}{held_by}")
    click.echo(f"door: {'not known' if report.open is None else 'open' if report.open else 'closed'}")
    click.echo(f"terminal: {'connected' if report.terminal else 'not connected'}")
    click.echo(f"clock: {report.clock}")
    click.echo(f"journal: {report.journal}")
    for alarm, words in report.alarms.items():
        click.echo(f"ALARM {alarm}: {words}")


@group.command("reload")
@data_option
@json_option
@click.option("--socket", "socket_path", type=click.Path(path_type=Path, dir_okay=False), help="Where it listens.")
@click.option("--operator", help="Who gives the order; without it the user of this machine.")
def reload(data: Path | None, socket_path: Path | None, operator: str | None, *, as_json: bool) -> None:
    """Have the door read its configuration again: rules and behaviour. With faults the old ones stay, and it alarms.

    Parts that are wired otherwise are named; they need a restart of the door process.
    """
    done = asking.reload(socket_path or places(data).socket, operator or getpass.getuser())
    _say(done, "reload", as_json=as_json)


def _command(kind: OrderKind, does: str, options: tuple[click.Option, ...]) -> click.Command:
    def give(**words: Any) -> None:  # noqa: ANN401 - click's own
        socket = words.pop("socket_path") or places(words.pop("data")).socket
        words.pop("data", None)
        as_json, operator = words.pop("as_json"), words.pop("operator") or getpass.getuser()
        _say(asking.order(socket, Order(kind=kind, operator=operator, **words)), kind, as_json=as_json)

    return click.Command(kind, callback=give, params=[*options, _REASON, _OPERATOR, _SOCKET, _DATA, _JSON], help=does)


def _say(done: Done, what: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(done).decode())
    elif done.done:
        click.echo(f"{what}: {done.words or 'done'}")
    else:
        click.echo(f"edge: {what} was refused: {done.words}", err=True)
    sys.exit(0 if done.done else 1)


for _kind, (_does, _options) in _ORDERS.items():
    group.add_command(_command(_kind, _does, _options))
