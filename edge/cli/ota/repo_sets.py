"""`edge ota repo bundle|release|roll-out|halt|withdraw`: what terminals are offered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edge.app import publishing
from edge.cli.options import json_option
from edge.cli.ota.repo_options import BOARDS, aimed, carry_out, signing
from edge.ota.publishing import bundles, sets
from edge.ota.publishing.sets import FIRMWARE, Release

if TYPE_CHECKING:
    from edge.ota.manifest import Board
    from edge.ota.publishing.aims import Aim
    from edge.ota.publishing.change import Change
    from edge.ota.publishing.repository import Repository

_percent = click.FloatRange(0, 100)


@click.command("bundle")
@signing
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--board",
    type=click.Choice(BOARDS),
    default="any",
    show_default=True,
    help="The kind of machine that they are built for; publisher.toml says what they must do there.",
)
@json_option
def bundle(*, repository: Repository, folders: tuple[Path, ...], board: Board, as_json: bool) -> None:
    """Add the bundles in FOLDERS, so that sets can name them; one that is there already stays as it is.

    A bundle without parity.npz is run here, and gets one: what it answers on this machine is what terminals compare.
    """
    makers = publishing.makers()

    def step(change: Change) -> None:
        for folder in folders:
            bundles.add(change, folder, board, makers.parity)

    carry_out(repository, step, as_json=as_json)


@click.command("release")
@signing
@click.argument("name", metavar="SET")
@click.argument("sources", metavar="[BUNDLE]...", nargs=-1)
@aimed
@click.option("--percent", type=_percent, default=1.0, show_default=True, help="Of the terminals that it is for.")
@click.option("--serial", type=click.IntRange(1), help="The set's; without it the next one.")
@click.option(
    "--minimum-firmware", default=FIRMWARE, show_default=True, help="The least version of the software that runs it."
)
@click.option(
    "--accept-worse",
    metavar="WHY",
    default="",
    help="Release an embedder that is worse, or not known to be no worse, than the one so far; WHY is signed with it.",
)
@json_option
def release(*, repository: Repository, aim: Aim, sources: tuple[str, ...], as_json: bool, **words: Any) -> None:  # noqa: ANN401 - as click gives them
    """Release SET: four BUNDLEs, each a folder or the name of one in the repository; none for an earlier SET again.

    It is refused, with every reason, when a bundle is damaged, too large or lacks gates for its board, when a role is
    missing, when the serial does not grow, and when the embedder has no measured threshold curve or is worse than the
    one whose place it takes: its manifest's accuracy is compared, at every false-match rate that was measured. A loss
    of two points that the measurement does not exclude is refused, and so is any loss that it shows.

    An earlier SET that is released again keeps its file and gets a higher serial: that is the way back for everybody.
    """
    wanted = Release(aim=aim, **words)
    makers = publishing.makers()

    def step(change: Change) -> None:
        if sources:
            sets.release(change, wanted, sources, makers)
        else:
            sets.again(change, wanted)

    carry_out(repository, step, as_json=as_json)


@click.command("roll-out")
@signing
@aimed
@click.option("--percent", type=_percent, required=True, help="Of the terminals that it is for.")
@json_option
def roll_out(*, repository: Repository, aim: Aim, percent: float, as_json: bool) -> None:
    """Have the set that is released go to more terminals; those that have it are among them. A halted one goes on."""
    carry_out(repository, lambda change: sets.widen(change, aim, percent), as_json=as_json)


@click.command("halt")
@signing
@aimed
@json_option
def halt(*, repository: Repository, aim: Aim, as_json: bool) -> None:
    """Let no further terminal begin with the set that is released; those that run it go on."""
    carry_out(repository, lambda change: sets.halt(change, aim), as_json=as_json)


@click.command("withdraw")
@signing
@aimed
@json_option
def withdraw(*, repository: Repository, aim: Aim, as_json: bool) -> None:
    """Have every terminal that runs the released set go back to the one before, at its next look."""
    carry_out(repository, lambda change: sets.withdraw(change, aim), as_json=as_json)
