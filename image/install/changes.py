"""What an installation would change here: steps, each with what it does in words. Asking changes nothing."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from image.install import accounts, boot, disk, program, record, units
from image.install.running import ask, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from image.install.machine import Machine
    from image.install.record import Record
    from image.layout import Kind, Layout

CONFIG, CMDLINE = "/boot/firmware/config.txt", "/boot/firmware/cmdline.txt"
PROVISIONING = "/boot/firmware/terminal.toml"
IDENTITY = "/etc/door-terminal/identity.toml"


@dataclass(frozen=True, slots=True)
class Step:
    """One change.

    Attributes:
        says: What it does, for a person.
        act: Does it; raises InstallError.
    """

    says: str
    act: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.

    Attributes:
        layout: What goes where.
        checkout: This repository.
        provision: A provisioning file to lay on the boot partition; None for none.
        wheels: A folder with every Python package, for a machine without a network; None to ask pip's index.
    """

    layout: Layout
    checkout: Path
    provision: Path | None = None
    wheels: Path | None = None


def changes(machine: Machine, order: Order, was: Record | None) -> list[Step]:
    """Return what would be changed, in order; empty when everything is as it should be.

    Raises:
        InstallError: Something that is looked at cannot be read.
    """
    kind = order.layout.kinds[machine.kind]
    lacking = _lacking(kind) if machine.real else ()
    now = _planned(machine, order, was, lacking)
    steps = [Step(f"install by apt: {' '.join(lacking)}", lambda: _apt(lacking))] if lacking else []
    if now != was:
        steps.insert(0, Step(f"note in {record.PLACE} what is changed", lambda: _note(machine, now)))
    if machine.real:
        steps += program_steps(machine, order, kind)
    steps += [*_folders(machine, order.layout), *_files(machine, order.layout, was), *_boot(machine, kind)]
    if accounts.missing(machine.root, _users(order.layout)):
        say = f"make users and groups: {', '.join(accounts.missing(machine.root, _users(order.layout)))}"
        steps.append(Step(say, lambda: accounts.make(machine.root)))
    steps += [Step(say, act) for say, act in units.wanted(machine.root, order.layout.enable, kind.mask)]
    return steps + _provision(machine, order)


def program_steps(machine: Machine, order: Order, kind: Kind) -> list[Step]:
    """Return the step that makes the program, when it is not what this checkout says."""
    wanted = program.wanted(order.checkout, kind)
    if program.current(machine.root) == wanted:
        return []
    made = program.Program(machine.root, order.checkout, kind, order.wheels)
    say = f"make the program of this checkout in {program.VERSIONS}/{wanted}, then point {program.PROGRAM} to it"
    return [Step(say, lambda: program.make(made, wanted))]


def _lacking(kind: Kind) -> tuple[str, ...]:
    """The packages that apt has not installed."""
    return tuple(
        name
        for name in kind.packages
        if ask(["dpkg-query", "-W", "-f", "${db:Status-Status}", name]) != (0, "installed")
    )


def _apt(names: tuple[str, ...]) -> None:
    run(["apt-get", "update", "-qq"])
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names])


def _note(machine: Machine, now: Record) -> None:
    disk.put(machine.at(record.PLACE), record.text(now), 0o644)


def _users(layout: Layout) -> Path:
    return next(file.source for file in layout.files if file.path.startswith("/etc/sysusers.d/"))


def _planned(machine: Machine, order: Order, was: Record | None, lacking: tuple[str, ...]) -> Record:
    """The record of what will have been changed: what was changed before, and what comes now."""
    old = was or record.Record()
    files = order.layout.files_for(machine.kind)
    kind = order.layout.kinds[machine.kind]
    before = dict(old.before)
    for file in files:
        held = disk.content(machine.at(file.path))
        if file.path not in old.files and held is not None:
            before[file.path] = record.encoded(held, machine.at(file.path).stat().st_mode & 0o7777)
    places = [machine.at(path) for path in (record.PLACE, *(file.path for file in files))]
    places += [machine.at(folder.path) / "its" for folder in order.layout.folders_for(machine.kind)]
    places += [machine.at(program.VERSIONS) / "its"] if machine.real else []
    words = boot.missing_words(_text(machine, CMDLINE), kind.cmdline.read_text()) if kind.cmdline else ()
    absent = accounts.missing(machine.root, _users(order.layout))
    masked = [unit for unit in kind.mask if units.may_start(machine.root, unit)]
    return dataclasses.replace(
        old,
        kind=machine.kind,
        files={file.path: hashlib.sha256(file.source.read_bytes()).hexdigest() for file in files},
        before=before,
        folders=sorted({*old.folders, *disk.new_folders(machine.root, places)}),
        units=list(order.layout.enable),
        masked=sorted({*old.masked, *masked}),
        packages=sorted({*old.packages, *lacking}),
        words=[*old.words, *(word for word in words if word not in old.words)],
        accounts=sorted({*old.accounts, *(name for name in absent if " " not in name)}),
        lines=kind.config is not None,
    )


def _folders(machine: Machine, layout: Layout) -> Iterator[Step]:
    for folder in layout.folders_for(machine.kind):
        place = machine.at(folder.path)
        if not place.is_dir():
            yield Step(f"make {folder.path}", partial(place.mkdir, folder.mode, parents=True))


def _files(machine: Machine, layout: Layout, was: Record | None) -> Iterator[Step]:
    files = layout.files_for(machine.kind)
    for file in files:
        place, held = machine.at(file.path), file.source.read_bytes()
        there = disk.content(place)
        if there == held and (place.stat().st_mode & 0o7777) == file.mode:
            continue
        verb = "write" if there is None else "write anew"
        yield Step(f"{verb} {file.path}", partial(disk.put, place, held, file.mode))
    named = {file.path for file in files}
    for path in sorted((was.files if was else {}).keys() - named):
        if machine.at(path).exists():
            yield Step(f"remove {path}, which is no part any more", partial(disk.remove, machine.at(path)))


def _boot(machine: Machine, kind: Kind) -> Iterator[Step]:
    if kind.config is not None:
        config = _text(machine, CONFIG)
        wanted = boot.with_lines(config, kind.config.read_text(encoding="utf-8"))
        if wanted != config:
            lines = [line for line in kind.config.read_text().splitlines() if line and not line.startswith("#")]
            say = f"add to {CONFIG}, below [all]: {', '.join(lines)}"
            yield Step(say, lambda: disk.put(machine.at(CONFIG), wanted.encode("utf-8", "surrogateescape")))
    if kind.cmdline is not None:
        line = _text(machine, CMDLINE)
        words = boot.missing_words(line, kind.cmdline.read_text(encoding="utf-8"))
        if words:
            say = f"add to {CMDLINE}: {' '.join(words)}"
            yield Step(
                say,
                lambda: disk.put(machine.at(CMDLINE), boot.with_words(line, words).encode("utf-8", "surrogateescape")),
            )


def _provision(machine: Machine, order: Order) -> list[Step]:
    if order.provision is None:
        return []
    held = order.provision.read_bytes()
    normalised = held.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    in_force = disk.content(machine.at(IDENTITY)) or b""
    if disk.content(machine.at(PROVISIONING)) == held or hashlib.sha256(normalised).hexdigest().encode() in in_force:
        return []
    return [
        Step(
            f"lay {order.provision} on the card as {PROVISIONING}, if `edge provision check` finds no fault in it",
            lambda: _lay(machine, order.provision, held),
        )
    ]


def _lay(machine: Machine, source: Path | None, held: bytes) -> None:
    if machine.real:
        run([f"{program.PROGRAM}/bin/edge", "provision", "check", source or ""])
    disk.put(machine.at(PROVISIONING), held, 0o600)


def _text(machine: Machine, path: str) -> str:
    return (disk.content(machine.at(path)) or b"").decode("utf-8", "surrogateescape")
