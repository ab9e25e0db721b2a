"""`python -m image`: builds an SD-card image; `scripts/image` calls it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from image.build import building, bundle, comparing, flavour, given, plan
from image.build import relock as locks
from image.build.errors import ImageError
from image.build.running import COMPILING, TOOLS, Bench, find

PROJECT = Path(__file__).resolve().parent.parent
FLAVOURS = PROJECT / "image"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", metavar="FLAVOUR", required=False)
@click.option("--list", "listing", is_flag=True, help="Name the flavours.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where everything goes; without it build/image/FLAVOUR.",
)
@click.option(
    "--head-office",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Head office's public key: only what it signed provisions a terminal. Without it the first file's counts.",
)
@click.option(
    "--wiring",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The wiring of a door that is not provisioned yet: its exit button works by it.",
)
@click.option(
    "--update-ca",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Whose system updates a terminal takes (PEM). Without it, only an image for tests takes any.",
)
@click.option(
    "--archive",
    default="",
    help="An apt source with the board's own kernel and firmware, where a flavour asks for one.",
)
@click.option("--relock", is_flag=True, help="Pin what the archives have today, in the flavour's locks; build nothing.")
@click.option(
    "--relock-wheels",
    is_flag=True,
    help="The same for Python packages alone: no archive is asked, none has to be named.",
)
@click.option("--version", "called", default="", help="What the image calls itself; without it the commit's.")
@click.option(
    "--bundle", "bundled", is_flag=True, help="Also make a system update (RAUC), signed by a development key."
)
@click.option("--cold", is_flag=True, help="Take nothing from the cache; with --twice, the second build alone.")
@click.option(
    "--twice",
    is_flag=True,
    help="Build once more, into OUT/again, with another umask, time zone and language, and compare the bytes.",
)
@click.option(
    "--compare",
    "other",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Build, and compare with the build in this folder. What differs is exit code 1.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Say what would be built and what is missing for it, and build nothing. Something missing is exit code 1.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def command(name: str | None, *, listing: bool, dry_run: bool, as_json: bool, **asked: Any) -> None:  # noqa: ANN401
    """Build the image FLAVOUR: a card to flash, and its parts with their hashes in build.json.

    Neither root nor a loop device is needed. The same commit is meant to give the same bytes: --twice shows whether.
    The first build takes some minutes for Debian's root, which is kept in ~/.cache/door-terminal for the next.
    """
    if listing or name is None:
        for one in flavour.names(FLAVOURS):
            click.echo(f"{one:14} {flavour.read(FLAVOURS, one).description}")
        return
    chosen = flavour.read(FLAVOURS, name)
    given.check(asked["head_office"], asked["wiring"])
    if dry_run:
        _dry_run(chosen, asked["archive"], as_json=as_json)
        return
    order = _order(chosen, Options(**asked))
    _made(order, Options(**asked), as_json=as_json)


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for beside the flavour; the options' own words say what each is."""

    out: Path | None
    head_office: Path | None
    wiring: Path | None
    update_ca: Path | None
    archive: str
    called: str
    other: Path | None
    relock: bool
    relock_wheels: bool
    bundled: bool
    cold: bool
    twice: bool

    def words(self, flavour_name: str, out: Path) -> list[str]:
        """Words that ask for the same build in another folder."""
        pairs = {"--head-office": self.head_office, "--wiring": self.wiring, "--update-ca": self.update_ca}
        said = {option: str(value or "") for option, value in pairs.items()}
        said |= {"--archive": self.archive, "--version": self.called}
        given = [word for option, value in said.items() if value for word in (option, value)]
        return [flavour_name, "--out", str(out), *given, *(["--cold"] if self.cold else [])]


def _order(chosen: flavour.Flavour, options: Options) -> building.Order:
    if chosen.archive and not options.archive and not options.relock_wheels:
        raise ImageError(f"{chosen.name} needs --archive: {chosen.archive}")
    target = (options.out or PROJECT / "build/image" / chosen.name).resolve()
    target.mkdir(parents=True, exist_ok=True)
    if options.head_office is None and not (options.relock or options.relock_wheels):
        click.echo("no --head-office: a terminal of this image will trust whoever's file comes first", err=True)
    return building.Order(
        flavour=chosen,
        project=PROJECT,
        out=target,
        version=options.called or _commit("%h"),
        sources=tuple(line.replace("{archive}", options.archive) for line in chosen.apt.archives),
        head_office=options.head_office,
        wiring=options.wiring,
        update_ca=options.update_ca,
    )


def _made(order: building.Order, options: Options, *, as_json: bool) -> None:
    """Do what was asked for, and say what came of it."""
    kept = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "door-terminal"
    work = Path(tempfile.mkdtemp(prefix="image-", dir=order.out))
    try:
        bench = Bench(work, work / "cache" if options.cold and not options.twice else kept, int(_commit("%ct")))
        if options.relock or options.relock_wheels:
            written = ", ".join(map(str, (locks.relock if options.relock else locks.relock_wheels)(bench, order)))
            click.echo(f"written: {written}; look at the change, and commit it")
            return
        built = _built(bench, order, kept / "update-keys", bundled=options.bundled)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    others = [options.other] if options.other else []
    if options.twice:
        others.append(order.out / "again")
        comparing.again(options.words(order.flavour.name, others[-1]))
    verdicts = [one for other in others for one in comparing.compare(order.out, other)]
    _report(built, verdicts, as_json=as_json)
    if not all(one.same for one in verdicts):
        sys.exit(1)


def _built(bench: Bench, order: building.Order, keys: Path, *, bundled: bool) -> Path:
    """Build, and make a bundle where one is asked for: only then are there keys, and an image that believes them."""
    signer = bundle.development_signer(bench, keys) if bundled else None
    if signer and order.flavour.root.markers and order.update_ca is None:
        order = dataclasses.replace(order, update_ca=signer.authority)
    built = building.build(bench, order, lambda line: click.echo(line, err=True))
    if signer:
        bundle.make(bench, built, PROJECT, signer, order.out / "update.raucb")
    return built


def _dry_run(chosen: flavour.Flavour, archive: str, *, as_json: bool) -> None:
    """Say every step and file of a build, and which programs are missing here."""
    missing = plan.missing(chosen, FLAVOURS, archive)
    for program in sorted([*TOOLS, *(COMPILING if chosen.kernel.built else ())]):
        try:
            find(program)
        except ImageError as error:
            missing.append(str(error))
    steps = plan.steps(chosen, FLAVOURS, archive)
    if as_json:
        told = [{"name": one.name, "lines": one.lines} for one in steps]
        click.echo(json.dumps({"flavour": chosen.name, "steps": told, "missing": missing}))
    else:
        click.echo(plan.text(chosen, steps), nl=False)
        click.echo("\n".join(missing) or "nothing is missing, and this machine has every program that it takes")
    if missing:
        sys.exit(1)


def _report(built: Path, verdicts: list[comparing.Verdict], *, as_json: bool) -> None:
    said = json.loads(built.read_text(encoding="utf-8"))
    if as_json:
        told = [dataclasses.asdict(one) for one in verdicts]
        click.echo(json.dumps({**said, "compared": told} if verdicts else said))
        return
    for kind, file in said["files"].items():
        click.echo(f"{kind:9} {file['bytes']:>13,} bytes  {file['sha256']}  {file['path']}")
    walls = sum(wall for wall, _ in said["spent"].values())
    click.echo(f"in {walls:.0f} s, {sum(cpu for _, cpu in said['spent'].values()):.0f} s of CPU: {built}")
    if verdicts:
        click.echo(comparing.text(verdicts), nl=False)


def _commit(form: str) -> str:
    """Ask git about the commit that is checked out: its date is that of everything built (%ct), or its name."""
    words = ["git", "-C", str(PROJECT), "log", "-1", f"--format={form}"]
    try:
        done = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603 - constant words
    except (OSError, subprocess.CalledProcessError) as error:
        raise ImageError(f"{PROJECT} is no checkout of git ({error}): it says of which commit an image is") from error
    return done.stdout.strip()


def main() -> None:
    """Run; an error a person can mend is one clear line and an exit code."""
    try:
        command.main(prog_name="scripts/image")
    except ImageError as error:
        click.echo(f"image: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
