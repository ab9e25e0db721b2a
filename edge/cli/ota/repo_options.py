"""What the commands of a repository share: whose keys sign, for whom a set is, and how what came of it is told."""

from __future__ import annotations

import os
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from edge.app import publishing
from edge.cli.reports import emit
from edge.ota.manifest import Board
from edge.ota.publishing.aims import Aim
from edge.ota.publishing.repository import ONLINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.ota.publishing.change import Change
    from edge.ota.publishing.repository import Outcome, Repository

    Command = Callable[..., Any]

PASSWORD = "EDGE_OTA_PASSWORD"  # noqa: S105 - the name of a variable
BOARDS: tuple[Board, ...] = get_args(Board)

folder_argument = click.argument("folder", metavar="REPOSITORY", type=click.Path(path_type=Path, file_okay=False))
key_option = click.option(
    "--key",
    "key_files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A private key that is here, or the .pub file of one in hardware; may be given several times.",
)
password_option = click.option(
    "--password-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What the keys given here lie under; without it, it is asked for.",
)


def aimed(command: Command) -> Command:
    """Take for whom a set is, and pass it on as `aim`."""

    @click.option(
        "--channel",
        type=click.Choice(("stable", "canary")),
        default="stable",
        show_default=True,
        help="Terminals of which channel.",
    )
    @click.option("--board", type=click.Choice(BOARDS), default="any", show_default=True, help="The kind of machine.")
    @click.option("--group", default="all", show_default=True, help="The branch group.")
    @wraps(command)
    def taking(*, channel: str, board: Any, group: str, **words: Any) -> Any:  # noqa: ANN401 - as click gives them
        return command(aim=Aim(channel, board, group), **words)

    return taking


def signing(command: Command) -> Command:
    """Take a repository and keys, and pass the repository on."""

    @folder_argument
    @key_option
    @password_option
    @wraps(command)
    def taking(
        *,
        folder: Path,
        key_files: tuple[Path, ...],
        password_file: Path | None,
        **words: Any,  # noqa: ANN401 - as click gives them
    ) -> Any:  # noqa: ANN401 - as above
        return command(repository=publishing.opened(folder, key_files, passphrase(password_file)), **words)

    return taking


def passphrase(file: Path | None) -> Callable[[Path], str]:
    """Return what is asked for the passphrase of a private key."""

    def asked(path: Path) -> str:
        if file is not None:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        if PASSWORD in os.environ:
            return os.environ[PASSWORD]
        typed: str = click.prompt(f"passphrase of {path}", hide_input=True, err=True)
        return typed

    return asked


def carry_out(repository: Repository, step: Callable[[Change], None], *, as_json: bool, renew: bool = False) -> None:
    """Change a repository, and say what came of it."""
    tell(repository.apply(step, renew=renew), repository, as_json=as_json)


def tell(outcome: Outcome, repository: Repository, *, as_json: bool) -> None:
    """Say what came of a change."""
    if as_json:
        emit(outcome)
        return
    if outcome.published:
        click.echo(f"published: {', '.join(outcome.roles)}")
        return
    if not outcome.missing:
        click.echo("nothing to publish")
        return
    if all(lack.role in ONLINE for lack in outcome.missing):
        may = ", ".join(outcome.missing[0].may)
        click.echo(f"signed, and not published yet: `edge ota repo renew` with the online key does it ({may})")
        return
    click.echo(f"not published yet; it waits in {repository.files.waiting}:")
    for lack in outcome.missing:
        signed = f"; signed by {', '.join(lack.signed)}" if lack.signed else ""
        click.echo(f"  {lack.role} {lack.version}: {lack.needed} more of {', '.join(lack.may)}{signed}")
    click.echo("`edge ota repo sign FILE --key …` adds a signature, `edge ota repo renew` publishes")
