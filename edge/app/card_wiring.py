"""The wiring that is kept on the card's first partition, for a terminal that has lost everything else (S10).

Any laptop can write that file, so it is a stranger's: it names a board that the image is for, and lines. What a faulty
wire does, rules, people, keys, an access controller and all the rest are never taken from it (S3, S11).
"""

from __future__ import annotations

import os
import stat
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import msgspec

from edge.app.places import SHOWN
from edge.config import Config, Wiring, parse
from edge.config.file import read as tables_of
from edge.config.file import written
from edge.disk import Disk
from edge.disk import replace as replace_file
from edge.errors import ConfigError
from hw.base import HardwareError, IndicatorSettings, LockSettings
from hw.board import open_board

if TYPE_CHECKING:
    from pathlib import Path

NAME = "wiring.toml"
_LONGEST = 1 << 16
_SENSOR = ("line", "contact", "pull", "debounce_s", "complement", "bounce_s")
_SECTIONS: dict[str, tuple[str, ...]] = {
    "lock": tuple(one.name for one in fields(LockSettings)),
    "exit_button": ("line", "active_low", "pull", "debounce_s", "complement", "bounce_s"),
    "contact": _SENSOR,
    "fire": _SENSOR,
    "tamper": _SENSOR,
    "indicator": tuple(one.name for one in fields(IndicatorSettings)),
    "keypad": ("rows", "columns", "keys", "debounce_s"),
    "reset": ("line", "active_low", "pull", "debounce_s", "complement", "bounce_s", "hold_s", "stuck_s"),
}
"""What is taken of each table, and written into it."""
_CLOSED = {"exit_button": "ignore", "contact": "alarm", "fire": "alarm", "tamper": "alarm", "reset": "alarm"}
"""What a faulty wire does: it alarms, and opens nothing."""
_HEAD = """\
# How this door's parts are wired, written by the terminal itself: with nothing else left of its configuration the door
# process still lets people out by it. Only boards and lines are read from here; to change them, provision the terminal.
"""


def of_image(config: Config) -> Wiring:
    """Return the wiring that an image carries; who may pass, and how the door behaves, are at their default."""
    kept = {one.name: getattr(config, one.name) for one in fields(Config)}
    return Wiring(**{**kept, "rules": Config().rules, "door": Config().door})


def text(config: Config) -> str:
    """Return what is kept on the card of a configuration."""
    told = msgspec.to_builtins(config)
    sections = {name: {key: told[name][key] for key in keys} for name, keys in _SECTIONS.items()}
    return _HEAD + written({"board": config.board, **sections})


def keep(boot: Path, config: Config) -> str:
    """Keep the wiring on the card, wholly or as it was; returns why that could not be done, empty when it was."""
    path, content = boot / NAME, text(config).encode()
    try:
        if _content(path) == content:
            return ""
    except (OSError, ConfigError):
        pass  # there is none yet, or another
    try:
        replace_file(Disk(mode=0o644), path, content)
    except OSError as error:
        return f"{path}: cannot be written: {error.strerror}"
    return ""


def show(boot: Path, root: Path) -> bool:
    """Copy what is kept on the card to where the door may read it; returns whether that is something new.

    Raises:
        ConfigError: It is no file, too long, or cannot be copied.
    """
    path, copy = boot / NAME, root / SHOWN.relative_to("/") / NAME
    try:
        content = _content(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if copy.exists() and copy.read_bytes() == content:
            return False
        replace_file(Disk(mode=0o644), copy, content)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ConfigError(f"{path}: cannot be copied to {copy}: {error.strerror}.") from error
    return True


def read(path: Path, image: Config | None) -> Wiring:
    """Return the wiring that a card names.

    Args:
        path: The file.
        image: The wiring that the image carries; None for none.

    Raises:
        ConfigError: It cannot be read, has faults in what is read of it, or is for another board.
    """
    try:
        said = tables_of(_content(path).decode("utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as a text file: {error}") from error
    told: dict[str, Any] = {"board": said.get("board", "")}
    for name, keys in _SECTIONS.items():
        table = said.get(name, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {name}: must be a table")
        told[name] = {key: table[key] for key in keys if key in table}
        if name in _CLOSED and told[name].get("line"):
            told[name]["on_fault"] = _CLOSED[name]
    found = of_image(parse(written(told), str(path)))
    _require_board(found, image, path)
    return found


def _content(path: Path) -> bytes:
    """Return a file's bytes, without waiting; nothing but a file that is short enough is read."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ConfigError(f"{path}: is no file")
        content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise ConfigError(f"{path}: is longer than {_LONGEST} bytes, and no wiring")
    return content


def _require_board(found: Config, image: Config | None, path: Path) -> None:
    if image is not None and found.board != image.board:
        raise ConfigError(f'{path}: board: is "{found.board}", and this image is for "{image.board}"')
    try:
        open_board(found.board)
    except HardwareError as error:
        raise ConfigError(f"{path}: board: {error}") from error
