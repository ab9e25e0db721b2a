"""What an installation changed is changed back, by its record; people, journal and keys stay unless asked."""

from __future__ import annotations

import hashlib
import shutil
from functools import partial
from typing import TYPE_CHECKING

from image.install import accounts, boot, disk, program, record, units
from image.install.changes import CMDLINE, CONFIG, Step
from image.install.errors import InstallError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from image.install.machine import Machine
    from image.install.record import Record
    from image.layout import Layout

_STAMPS = "/var/lib/systemd/timers"


def removals(machine: Machine, layout: Layout, was: Record | None, *, purge: bool) -> list[Step]:
    """Return what would be undone, in order; empty when there is nothing.

    Args:
        machine: The machine.
        layout: What goes where.
        was: What was changed; None for nothing.
        purge: Whether people, journal, keys, configuration and users go, too.
    """
    steps: list[Step] = []
    if was is not None:
        steps += _undone(machine, was)
    if purge:
        steps += _purged(machine, layout, was)
    if was is not None:
        steps.append(Step(f"remove {record.PLACE}, and folders that are empty now", lambda: _last(machine, was)))
    if was is not None and machine.booted:
        steps.append(Step("have systemd read its units again", units.reload))
    return steps


def _undone(machine: Machine, was: Record) -> Iterator[Step]:
    if machine.booted:
        yield Step("stop the services, the door last: it locks its line", lambda: units.stop(was.units))
    on = [unit for unit in was.units if units.enabled(machine.root, unit)]
    if on:
        yield Step(f"disable {' '.join(on)}", partial(units.ctl, machine.root, "disable", on))
    if was.masked:
        yield Step(f"unmask {' '.join(was.masked)}", partial(units.ctl, machine.root, "unmask", was.masked))
    for path, digest in was.files.items():
        held = disk.content(machine.at(path))
        if held is None:
            continue
        if hashlib.sha256(held).hexdigest() != digest:
            yield Step(f"leave {path}: it was changed since", lambda: None)
            continue
        say = f"put back {path}" if path in was.before else f"remove {path}"
        yield Step(say, partial(_back, machine, path, was.earlier(path)))
    if was.lines:
        yield Step(f"take the lines out of {CONFIG}", lambda: _edit(machine, CONFIG, boot.without_lines))
    if was.words:
        words = tuple(was.words)
        yield Step(
            f"take out of {CMDLINE}: {' '.join(words)}",
            lambda: _edit(machine, CMDLINE, lambda line: boot.without_words(line, words)),
        )
    if machine.at(program.VERSIONS).exists():
        yield Step(f"remove the program, {program.PROGRAM}", lambda: program.remove(machine.root))


def _purged(machine: Machine, layout: Layout, was: Record | None) -> Iterator[Step]:
    for path in layout.data:
        if machine.at(path).exists():
            yield Step(f"remove {path} and everything in it, for good", partial(_gone, machine.at(path)))
    stamps = sorted(machine.at(_STAMPS).glob("stamp-edge-*.timer"))
    if stamps:
        yield Step("remove when timers ran last", partial(_removed, stamps))
    if was is not None and was.accounts:
        say = f"remove the users and groups that came with it: {', '.join(was.accounts)}"
        yield Step(say, lambda: accounts.remove(machine.root, was.accounts))


def _back(machine: Machine, path: str, before: tuple[bytes, int] | None) -> None:
    if before is None:
        disk.remove(machine.at(path))
    else:
        disk.put(machine.at(path), *before)


def _edit(machine: Machine, path: str, change: Callable[[str], str]) -> None:
    held = disk.content(machine.at(path))
    if held is not None:
        disk.put(machine.at(path), change(held.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape"))


def _removed(paths: list[Path]) -> None:
    for path in paths:
        disk.remove(path)


def _gone(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise InstallError(f"{folder}: cannot be removed: {error}") from error


def _last(machine: Machine, was: Record) -> None:
    disk.remove(machine.at(record.PLACE))
    for path in sorted(was.folders, key=len, reverse=True):
        place = machine.at(path)
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()
