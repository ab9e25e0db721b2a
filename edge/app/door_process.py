"""The door as a process of its own: what it starts with, also when the configuration has faults.

A configuration that cannot be read must not take the exit button away (S10): the door then starts with the last one
that it started with in order, and alarms.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from edge.app.door import Door
from edge.app.durable import replace_file
from edge.app.settings import config_file, load_config
from edge.app.signals import stop_on_signals
from edge.config import dump, load
from edge.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.app.places import Places
    from edge.config import Config
    from hw.base import Board

_log = logging.getLogger(__name__)


def last_good(here: Places) -> Path:
    """Return where the last configuration is kept with which the door started in order."""
    return here.journal.with_name("terminal.good.toml")


def configured(path: Path | None, here: Places) -> Config:
    """Read the configuration, or else the last good one.

    Args:
        path: The file; None for the one of this machine.
        here: Where the door's files are.

    Raises:
        ConfigError: The file has faults, and the door never started in order here.
    """
    try:
        return load_config(path)
    except ConfigError as error:
        try:
            good = load(last_good(here))
        except ConfigError:
            raise error from None
        _log.error("%s; the door starts with its last good configuration", error)
        return good


def remember(config: Config, here: Places) -> None:
    """Keep a configuration as the last good one; a disk that cannot take it is no reason not to start."""
    path, text = last_good(here), dump(config).encode()
    try:
        if not path.exists() or path.read_bytes() != text:
            replace_file(path, text)
    except OSError as error:
        _log.warning("the last good configuration could not be kept: %s", error)


def run_door(
    config: Config,
    board: Board,
    here: Places,
    socket_path: Path | None = None,
    reread: Callable[[], Config] | None = None,
) -> None:
    """Be the door process until SIGTERM or SIGINT.

    Args:
        config: What it starts with.
        board: Opens the hardware.
        here: Where its files are.
        socket_path: Where to listen; None for the usual place.
        reread: Reads the configuration again.

    Raises:
        HardwareError: The lock cannot be opened, or stopped answering.
        LinkError: The socket cannot be made.
    """
    with (
        Door(config, board, here.journal, socket_path or here.socket, reread=reread) as door,
        stop_on_signals(door.wake) as stop,
    ):
        remember(config, here)
        door.serve(stop)


def rereader(path: Path | None) -> Callable[[], Config] | None:
    """Return how this machine's configuration is read again; None where there is no file."""
    found = path or config_file()
    return None if found is None else lambda: load(found)


def secure(config: Config, board: Board) -> None:
    """Claim the lock's line at its locked level and give it back: what systemd does after the door process has died.

    Raises:
        HardwareError: The line does not answer, or another process holds it.
    """
    board.open_lock(config.lock).close()
