"""`python3 -m image.install`: what `scripts/install` runs."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from image import layout
from image.install import boot, changes, machine, record, removing, units
from image.install.errors import InstallError, UnsuitableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from image.install.changes import Step
    from image.install.machine import Machine

CHECKOUT = Path(__file__).resolve().parents[2]

_ABOUT = """\
Put the door terminal on this machine: Raspberry Pi OS (64-bit, Debian 12 or newer), Debian, or a Jetson with JetPack.

It installs packages by apt, makes the program of this checkout in /opt/door-terminal, lays out units, users, udev rules
and boot settings by image/device.toml, and has the units start with the machine. What is right already is left alone: a
second run changes nothing. A version is whole and tried before the one that runs is replaced."""
_MORE = """\
examples:
  scripts/install --dry-run                     say everything that would be done, and do nothing
  sudo scripts/install --provision terminal.toml
                                                install, and make this terminal what the file says at the next start
  sudo scripts/install --start                  install, and start (or restart) it now instead of at the next start
  sudo scripts/install --uninstall --dry-run    say what would be removed
  sudo scripts/install --uninstall --purge      remove it with people, journal, keys and configuration

exit codes: 0 done, or nothing to do; 1 a step failed: mend what it says and run it again; 2 this machine, this checkout
or the words do not suit, and nothing was changed.

JetPack 7 has Python 3.12, which does. JetPack 6 has 3.10, which is too old; scripts/install says there which
one to add. A Jetson and a Raspberry Pi have not been tried with this: look at `edge doctor` afterwards."""


def main(words: Sequence[str]) -> int:
    """Install or remove; returns the exit code."""
    asked = _parser().parse_args(words)
    try:
        return _installed(asked)
    except (InstallError, layout.LayoutError) as error:
        _say(f"install: {error}")
        return getattr(error, "exit_code", UnsuitableError.exit_code)


def _parser() -> argparse.ArgumentParser:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="scripts/install", description=_ABOUT, epilog=_MORE, formatter_class=form)
    parser.add_argument("--board", choices=layout.KINDS, help="What this machine is; without it that is found out.")
    parser.add_argument(
        "--provision", type=Path, metavar="FILE", help="A signed terminal.toml; laid on the boot partition."
    )
    parser.add_argument(
        "--wheels",
        type=Path,
        metavar="DIR",
        help="Python packages for a machine without a network: pip download -d DIR . hatchling gpiod, on one like it.",
    )
    parser.add_argument("--start", action="store_true", help="Start or restart the services now.")
    parser.add_argument("--dry-run", action="store_true", help="Say what would be done, and do nothing.")
    parser.add_argument("--uninstall", action="store_true", help="Remove what was installed; people and journal stay.")
    parser.add_argument(
        "--purge", action="store_true", help="With --uninstall: people, journal, keys and configuration, too."
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path("/"),
        metavar="DIR",
        help="Lay files, users and units into a tree that does not run; packages and program are left out.",
    )
    parser.add_argument(
        "--json", action="store_true", help="Print one JSON object for machines, and progress to stderr."
    )
    return parser


def _installed(asked: argparse.Namespace) -> int:
    if asked.purge and not asked.uninstall:
        raise UnsuitableError("--purge goes with --uninstall")
    if asked.uninstall and (asked.provision or asked.start or asked.wheels):
        raise UnsuitableError("--uninstall goes with --purge, --root and --dry-run alone")
    table = layout.read(CHECKOUT / "image")
    here = machine.look(asked.root.resolve(), asked.board)
    steps = _removals(asked, here, table) if asked.uninstall else _changes(asked, here, table)
    if not asked.dry_run:
        _do(here, steps)
    _report(asked, here, steps)
    return 0


def _changes(asked: argparse.Namespace, here: Machine, table: layout.Layout) -> list[Step]:
    faults = machine.faults(here)
    if asked.dry_run:  # a look takes no right
        faults = [fault for fault in faults if "root" not in fault]
    for given, what in ((asked.provision, "file"), (asked.wheels, "folder")):
        if given is not None and not (given.is_file() if what == "file" else given.is_dir()):
            faults.append(f"{given}: is no {what}")
    if faults:
        raise UnsuitableError("; ".join(faults))
    order = changes.Order(table, CHECKOUT, asked.provision, asked.wheels)
    steps = changes.changes(here, order, record.read(here.root))
    kind = table.kinds[here.kind]
    if kind.cmdline is not None:
        line = here.at(changes.CMDLINE).read_text(encoding="utf-8", errors="replace")
        for word in boot.contradicting(line, kind.cmdline.read_text(encoding="utf-8")):
            _say(f"note: {changes.CMDLINE} has {word}; the last one counts, and that is this installation's")
    if here.booted and steps:
        steps.append(changes.Step("have systemd and udev read their files again", units.reload))
    if here.booted and asked.start:
        steps.append(changes.Step(f"start {' '.join(table.enable)}", lambda: units.restart(table.enable)))
    return steps


def _removals(asked: argparse.Namespace, here: Machine, table: layout.Layout) -> list[Step]:
    if here.real and not asked.dry_run:
        rights = [fault for fault in machine.faults(here) if "only root" in fault]
        if rights:
            raise UnsuitableError(rights[0])
    was = record.read(here.root)
    steps = removing.removals(here, table, was, purge=asked.purge)
    if was is not None and was.packages:
        _say(f"note: apt's packages stay; if nothing else needs them: apt-get purge {' '.join(was.packages)}")
    return steps


def _do(here: Machine, steps: list[Step]) -> None:
    """Make every change, saying each first; one installation at a time."""
    if not steps:
        return
    folder = os.open(here.root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _alone(here, folder)
        for at, step in enumerate(steps, 1):
            _say(f"[{at}/{len(steps)}] {step.says}")
            _act(step)
    finally:
        os.close(folder)


def _alone(here: Machine, folder: int) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UnsuitableError(f"{here.root}: another installation is under way") from error


def _act(step: Step) -> None:
    try:
        step.act()
    except OSError as error:
        raise InstallError(f"{step.says}: {error}") from error


def _report(asked: argparse.Namespace, here: Machine, steps: list[Step]) -> None:
    if asked.json:
        done = {
            "kind": here.kind,
            "model": here.model,
            "dry_run": asked.dry_run,
            "steps": [step.says for step in steps],
        }
        print(json.dumps(done))  # noqa: T201 - a command
        return
    if asked.dry_run:
        for step in steps:
            print(f"would {step.says}")  # noqa: T201 - a command
    if not steps:
        print("nothing to change")  # noqa: T201 - a command
    elif not asked.dry_run and not asked.uninstall:
        _say(_next(asked, here))


def _next(asked: argparse.Namespace, here: Machine) -> str:
    said = [f"done: this {here.model or here.kind} is a door terminal."]
    if not asked.start:
        said.append("It starts with the machine: reboot, for the boot settings too.")
    if here.kind == "raspberrypi":
        said.append(f"{changes.CONFIG} holds GPIO17 locked from power-on: another lock.line means another gpio= there.")
    if asked.provision is None:
        said.append(f"Make it a certain door's: a signed file as {changes.PROVISIONING} (`edge provision new --help`).")
    return "\n".join([*said, "Then try all of it on site: edge doctor"])


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - a command


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
