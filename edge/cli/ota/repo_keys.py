"""`edge ota repo key|init|delegate|rotate|sign`: who may sign for what."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edge.app import publishing
from edge.cli.options import json_option
from edge.cli.ota.repo_options import PASSWORD, aimed, carry_out, key_option, passphrase, password_option, signing, tell
from edge.cli.reports import emit
from edge.ota.publishing import keys
from edge.ota.publishing import roles as rules
from edge.ota.publishing.roles import Holders, Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.ota.publishing.aims import Aim
    from edge.ota.publishing.repository import Repository

_file = click.Path(path_type=Path, exists=True, dir_okay=False)
_threshold = click.IntRange(1, 50)


@click.command("key")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--uri", default="", help="Where the private half is, as securesystemslib names it: hsm:…, gcpkms:…")
@click.option("--public", "public_file", type=_file, help="With --uri: the public half, PEM.")
@password_option
@json_option
def key(*, path: Path, uri: str, public_file: Path | None, password_file: Path | None, as_json: bool) -> None:
    """Make a key: FILE.pem, encrypted, for its holder alone, and FILE.pub, for everybody.

    With --uri and --public nothing is made: FILE.pub then says where the private half is, and signing goes there.
    """
    if bool(uri) != (public_file is not None):
        raise click.UsageError("a key in hardware needs both --uri and --public")
    if public_file is not None:
        made = keys.describe(path.with_suffix(keys.PUBLIC), uri, public_file.read_bytes())
    else:
        path = path if path.suffix == ".pem" else path.with_name(f"{path.name}.pem")
        made = keys.make(path, _new_passphrase(path, password_file))
    if as_json:
        emit(made)
    else:
        click.echo(f"{path.with_suffix(keys.PUBLIC)}: {keys.name(made.key())}, {made.scheme}")


def _held(name: str, words: str, *, required: bool = False) -> Callable[[Any], Any]:
    """Options for who may sign for a role, and how many of them have to."""

    def options(command: Any) -> Any:  # noqa: ANN401 - a command of click's
        holder = click.option(f"--{name}", multiple=True, type=_file, required=required, help=f"Public keys {words}.")
        least = click.option(
            f"--{name}-threshold", type=_threshold, default=1, show_default=True, help="How many of these have to sign."
        )
        return holder(least(command))

    return options


@click.command("init")
@signing
@_held("root", "that say who may sign for anything, offline", required=True)
@_held("targets", "that say who signs for bundles and sets, offline", required=True)
@_held("online", "of the machine that keeps the repository fresh", required=True)
@_held("bundles", "for bundles; without them those for targets")
@_held("sets", "for sets; without them those for targets")
@json_option
def init(*, repository: Repository, as_json: bool, **words: Any) -> None:  # noqa: ANN401 - as click gives them
    """Make a new repository in REPOSITORY; who may sign is given by public keys, and those at hand by --key.

    Sets for everybody on the channels stable and canary can be released at once; `delegate` adds boards and groups.
    """

    def held(name: str) -> Holders:
        files: tuple[Path, ...] = words[name]
        return Holders(tuple(keys.read(file).key() for file in files), words[f"{name}_threshold"])

    targets = held("targets")
    plan = Plan(
        root=held("root"),
        targets=targets,
        online=held("online"),
        bundles=held("bundles") if words["bundles"] else targets,
        sets=held("sets") if words["sets"] else targets,
    )
    tell(publishing.begin(repository, plan), repository, as_json=as_json)


@click.command("delegate")
@signing
@aimed
@click.option("--signer", "signers", multiple=True, required=True, type=_file, help="Public keys that may sign.")
@click.option("--threshold", type=_threshold, default=1, show_default=True, help="How many of them have to.")
@json_option
def delegate(*, repository: Repository, aim: Aim, signers: tuple[Path, ...], threshold: int, as_json: bool) -> None:
    """Let keys sign for the sets of one more channel, board and group.

    Terminals of a group ask for their group's set first; once one is released, no other counts for them.
    """
    holders = Holders(tuple(keys.read(file).key() for file in signers), threshold)
    carry_out(repository, lambda change: rules.delegate(change, aim, holders), as_json=as_json)


@click.command("rotate")
@signing
@click.argument("role")
@click.option("--add", "new", multiple=True, type=_file, help="Public keys that may sign from now on.")
@click.option("--remove", "gone", multiple=True, help="Keys that may no longer: a name, or the first digits of an id.")
@click.option("--threshold", type=_threshold, help="How many have to sign; without it as many as before.")
@json_option
def rotate(
    *,
    repository: Repository,
    role: str,
    new: tuple[Path, ...],
    gone: tuple[str, ...],
    threshold: int | None,
    as_json: bool,
) -> None:
    """Change who may sign for ROLE: root, targets, online, or one of bundles-… and sets-….

    Root is signed by its old and its new keys. Give the outgoing online or targets key with --key, too, if it is not
    lost: then terminals notice nothing; without it those that look within the same second come again later.
    """
    added = [keys.read(file).key() for file in new]
    carry_out(repository, lambda change: rules.rotate(change, role, added, gone, threshold), as_json=as_json)


@click.command("sign")
@click.argument("file", type=_file)
@key_option
@click.option("--add", "copies", multiple=True, type=_file, help="Copies of FILE that were signed elsewhere.")
@password_option
@json_option
def sign(
    *, file: Path, key_files: tuple[Path, ...], copies: tuple[Path, ...], password_file: Path | None, as_json: bool
) -> None:
    """Add signatures to FILE, metadata that wait; without --key and --add only say what would be signed.

    This needs nothing but FILE and the key: it is meant for a machine that is on no network. Read what FILE says
    before typing the passphrase: that is what the signature stands for.
    """
    if not as_json:
        for line in publishing.look(file):
            click.echo(line)
    done = publishing.sign(file, key_files, copies, passphrase(password_file))
    if as_json:
        emit(done)
    elif done.added:
        click.echo(f"signed by {', '.join(done.added)}; {file} has {done.signatures} now")


def _new_passphrase(path: Path, file: Path | None) -> str:
    if file is not None or PASSWORD in os.environ:
        return passphrase(file)(path)
    typed: str = click.prompt(f"new passphrase of {path}", hide_input=True, confirmation_prompt=True, err=True)
    return typed
