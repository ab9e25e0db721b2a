"""`edge models`: which model bundles are here, what each says of itself, and whether it is what it says."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from edge.cli.options import json_option
from edge.disk import DISK, replace
from edge.errors import ModelError
from edge.ota import parity
from edge.vision.bundle import Bundle, BundleError, find, load, models_folder
from edge.vision.factory import is_pinned, pins
from edge.vision.manifest import MANIFEST, Manifest
from edge.vision.probe import faults_when_run

if TYPE_CHECKING:
    from collections.abc import Iterable

_MEASURING = {"parity": "Measure how far built variants are from the float32 ones, on pictures."}


class ModelReport(Struct, frozen=True):
    """One bundle, as `edge models list --json` and `verify --json` print it.

    Attributes:
        name: Name and version, which is also its folder's name.
        folder: Where it is.
        role: detector, landmarks, embedder or liveness; empty if the bundle cannot be read.
        precision: dynamic-range-int8, full-integer-int8 or float32; empty if the bundle cannot be read.
        bytes: Size of the model file.
        sha256: Of the model file.
        pinned: Whether this release vouches for exactly these bytes; a running door uses only such bundles.
        faults: What is wrong with it, one sentence each; empty when it is sound.
    """

    name: str
    folder: str
    role: str = ""
    precision: str = ""
    bytes: int = 0
    sha256: str = ""
    pinned: bool = False
    faults: list[str] = []


class ModelDetails(Struct, frozen=True):
    """One bundle in full, as `edge models show --json` prints it.

    Attributes:
        folder: Where it is.
        manifest: All of `manifest.toml`.
        manifest_sha256: Of that file's bytes.
        pinned: Whether this release vouches for exactly these bytes.
    """

    folder: str
    manifest: Manifest
    manifest_sha256: str
    pinned: bool


class ParitySet(Struct, frozen=True):
    """`edge models parity-set`.

    Attributes:
        file: Where it is.
        bytes: Its size.
        pictures: How many pictures are in it.
    """

    file: str
    bytes: int
    pictures: int


class _Group(click.Group):
    """The command that measures needs the extra `build`; it is loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_MEASURING})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MEASURING:
            return super().get_command(ctx, cmd_name)
        try:
            module = importlib.import_module("edge.convert.commands")
        except ModuleNotFoundError as error:
            raise ModelError(f"`edge models {cmd_name}` needs the extra `build` ({error.name} is missing)") from error
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own = {name: command.get_short_help_str() for name, command in self.commands.items()}
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(sorted({**own, **_MEASURING}.items()))


@click.group(cls=_Group)
def group() -> None:
    """List, show and verify the model bundles."""


@group.command("list")
@json_option
def list_models(*, as_json: bool) -> None:
    """List the bundles in the models folder."""
    reports = [_report(folder, run=False) for folder in _folders()]
    _print(reports, as_json=as_json)


@group.command("show")
@click.argument("name")
@json_option
def show(name: str, *, as_json: bool) -> None:
    """Show what the bundle NAME says of itself; NAME may also be a folder."""
    bundle = load(find(name))
    if as_json:
        details = ModelDetails(str(bundle.folder), bundle.manifest, bundle.manifest_sha256, is_pinned(bundle))
        click.echo(msgspec.json.encode(details).decode())
        return
    click.echo((bundle.folder / MANIFEST).read_text(encoding="utf-8"), nl=False)
    click.echo(
        f"\n# {'pinned in this release' if is_pinned(bundle) else 'not pinned in this release'}; {bundle.folder}"
    )


@group.command("verify")
@click.argument("names", nargs=-1)
@json_option
def verify(names: tuple[str, ...], *, as_json: bool) -> None:
    """Check bundles: manifest, hashes, whether this release vouches for them, and a run on probe pictures.

    NAMES are bundles or folders; all bundles in the models folder if none is given. The exit code is 4 if one has a
    fault. A bundle that was built here and is pinned nowhere has no fault, but a running door does not use it.
    """
    folders: Iterable[Path] = [find(name) for name in names] if names else _folders()
    reports = [_report(folder, run=True) for folder in folders]
    if not reports:
        raise ModelError(f"{models_folder()}: there are no model bundles here; `scripts/build_models` makes them")
    _print(reports, as_json=as_json)
    if any(report.faults for report in reports):
        sys.exit(ModelError.exit_code)


@group.command("parity-set")
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file; else in the bundle's folder.")
@json_option
def parity_set(name: str, out: Path | None, *, as_json: bool) -> None:
    """Run the bundle NAME on drawn pictures, and write what it answered, for devices to compare theirs with.

    Make it on a machine whose numbers you trust: `edge ota gate` refuses a model that computes otherwise.
    """
    bundle = load(find(name))
    raw = parity.make(bundle)
    path = out or bundle.folder / parity.NAME
    try:
        replace(DISK, path, raw)
    except OSError as error:
        raise ModelError(f"{path}: cannot be written: {error.strerror}; choose another file with --out") from error
    pictures = len(parity.read(raw, bundle.manifest).pictures)
    if as_json:
        click.echo(msgspec.json.encode(ParitySet(str(path), len(raw), pictures)).decode())
    else:
        click.echo(f"{path}: {pictures} pictures, {len(raw):,} bytes")


def _folders() -> list[Path]:
    place = models_folder()
    return sorted(path for path in place.iterdir() if path.is_dir() and path.name[0] != ".") if place.is_dir() else []


def _report(folder: Path, *, run: bool) -> ModelReport:
    try:
        bundle = load(folder)
    except BundleError as error:
        return ModelReport(folder.name, str(folder), faults=[str(error)])
    faults = _changed(bundle)
    if run:
        faults += faults_when_run(bundle)
    named = bundle.manifest
    return ModelReport(
        bundle.name, str(folder), named.role, named.precision, named.bytes, named.sha256, is_pinned(bundle), faults
    )


def _changed(bundle: Bundle) -> list[str]:
    if bundle.name in pins() and not is_pinned(bundle):
        return [f"{bundle.folder}: not the {bundle.name} that this release pins; a running door refuses it"]
    return []


def _print(reports: list[ModelReport], *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(reports).decode())
        return
    table = Table("bundle", "role", "bytes", "pinned", "state", box=None)
    for column in table.columns:
        column.no_wrap = True
    for report in reports:
        size = f"{report.bytes:,}" if report.bytes else ""
        state = "[red]faulty[/]" if report.faults else "sound"
        table.add_row(report.name, report.role, size, "yes" if report.pinned else "no", state)
    console = Console(highlight=False)
    console.print(table)
    for report in reports:
        for fault in report.faults:
            console.print("[red]faulty:[/]", fault, soft_wrap=True)
