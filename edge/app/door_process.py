"""The door as a process of its own: what it starts with, also when the configuration has faults.

A configuration that cannot be read must not take the exit button away (S10): the door then starts with the last one
that was in force in order, and alarms. A door that was never provisioned starts with the wiring that its image carries:
it knows nobody, and lets people out.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.app import card_wiring
from edge.app.boards import board_of
from edge.app.card_wiring import of_image
from edge.app.door import Door
from edge.app.durable import replace_file
from edge.app.settings import config_file, load_config
from edge.app.signals import stop_on_signals
from edge.config import Config, dump, load
from edge.errors import ConfigError
from hw.base import HardwareError

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.places import Places
    from edge.app.reloading import Source
    from hw.base import Board

_log = logging.getLogger(__name__)


def last_good(here: Places) -> Path:
    """Return where the last configuration is kept that was in force in order."""
    return here.journal.with_name("terminal.good.toml")


def configured(path: Path | None, here: Places) -> Config:
    """Read the configuration, or else the last good one.

    Args:
        path: The file; None for the one of this machine.
        here: Where the door's files are.

    Raises:
        ConfigError: The file has faults or is gone, and the door never started in order here.
    """
    try:
        return ConfigurationFile(path, here).read()
    except ConfigError as error:
        good = _good(here)
        if good is None:
            raise
        _log.error("%s; the door starts with its last good configuration, or else the wiring of its image", error)
        return good


def _good(here: Places) -> Config | None:
    """Return the last good configuration, or else the wiring of the image or the card; None where there is none."""
    try:
        return load(last_good(here))
    except ConfigError:
        return _wired(here).config


@dataclass(frozen=True, slots=True)
class _Wired:
    """The wiring of a door that has nothing else.

    Attributes:
        config: Rules of access are no wiring; None where there is none.
        path: Whose it is.
        passed_over: What is wrong with files that stand before it; empty for nothing.
    """

    config: Config | None
    path: Path | None
    passed_over: str


def _wired(here: Places) -> _Wired:
    """Return the wiring kept on the card, which is this door's own, or else the one that the image carries."""
    faults: list[str] = []
    image = _image(here, faults)
    try:
        return _Wired(card_wiring.read(here.card_wiring, image), here.card_wiring, "; ".join(faults))
    except ConfigError as error:
        if not isinstance(error.__cause__, FileNotFoundError):  # nor asked before: that fails where one may not look
            faults.append(str(error))
    return _Wired(image, here.wiring if image else None, "; ".join(faults))


def _image(here: Places, faults: list[str]) -> Config | None:
    """Return the wiring that the image carries; what is wrong with it is added to `faults`."""
    try:
        return of_image(load(here.wiring)) if here.wiring.exists() else None
    except ConfigError as error:
        faults.append(str(error))
        return None


class ConfigurationFile:
    """The file of a door's configuration, and the last good one that is kept beside the door's other files."""

    def __init__(self, path: Path | None, here: Places) -> None:
        """Take the file, None for the one of this machine, and where the last good one is kept."""
        self._path = path
        self._here = here
        self._mutex = threading.Lock()

    def read(self) -> Config:
        """Read the file; on a machine that no image was made for and that never had one, take the defaults.

        Raises:
            ConfigError: It has faults, or is gone, or is still to come: the defaults are not what was meant.
        """
        if (self._path or config_file()) is None:
            if last_good(self._here).exists():
                raise ConfigError(f"{self._here.config}: is gone: put it back; a copy is {last_good(self._here)}")
            found = _wired(self._here)
            if found.path or found.passed_over:
                raise ConfigError(f"{self._here.config}: was never there: provision it; {_told(found)}")
        try:
            return load_config(self._path)
        except ConfigError as error:
            if last_good(self._here).exists():
                raise
            raise ConfigError(f"{error}; {_told(_wired(self._here))}", error.faults) from error

    def keep(self, config: Config) -> None:
        """Keep a configuration as the last good one, in a thread: a slow disk holds up no exit button (S10)."""
        if (self._path or config_file()) is not None:
            threading.Thread(target=self._keep, args=(config,), name="last good", daemon=True).start()

    def _keep(self, config: Config) -> None:
        path, text = last_good(self._here), dump(config).encode()
        try:
            with self._mutex:
                if not path.exists() or path.read_bytes() != text:
                    replace_file(path, text)
        except OSError as error:
            _log.warning("the last good configuration could not be kept: %s", error)


def _told(found: _Wired) -> str:
    """Say whose wiring a door without a configuration runs with, and which was passed over."""
    whose = f"the wiring is that of {found.path}" if found.path else "there is no wiring"
    return f"{whose}; NOT TAKEN: {found.passed_over}" if found.passed_over else whose


def run_door(
    config: Config,
    board: Board,
    here: Places,
    socket_path: Path | None = None,
    source: Source | None = None,
) -> None:
    """Be the door process until SIGTERM or SIGINT.

    Args:
        config: What it starts with.
        board: Opens the hardware.
        here: Where its files are.
        socket_path: Where to listen; None for the usual place.
        source: Where the configuration is read again.

    Raises:
        HardwareError: The lock cannot be opened, or stopped answering.
        LinkError: The socket cannot be made.
    """
    with (
        opened(config, board, here, socket_path or here.socket, source) as door,
        stop_on_signals(door.wake) as stop,
    ):
        door.serve(stop)


def opened(config: Config, board: Board, here: Places, socket_path: Path, source: Source | None) -> Door:
    """Open the door; where its lock cannot be, with the last good configuration: its exit button still works (S10)."""
    try:
        return Door(config, board, here.journal, socket_path, source=source)
    except HardwareError as error:
        good = _good(here)
        if good == config:  # lines that only the card names: anybody may have written them
            good = _image(here, [])
        if source is None or good is None or good == config:
            raise
        _log.error("%s; the door starts with its last good configuration", error)
        board = board if good.board == config.board else board_of(good, None)
        return Door(good, board, here.journal, socket_path, source=_Unusable(source, str(error)))


class _Unusable:
    """A file without faults, with which the door could not be opened: that is said once, and then it is read again."""

    def __init__(self, source: Source, why: str) -> None:
        self._source = source
        self._why = why

    def read(self) -> Config:
        why, self._why = self._why, ""
        if why:
            raise ConfigError(why)
        return self._source.read()

    def keep(self, config: Config) -> None:
        self._source.keep(config)


def secure(config: Config, board: Board, here: Places) -> None:
    """Claim the lock's line at its locked level and give it back: what systemd does after the door process has died.

    The file may name another line by now: the one that the process held is the last good configuration's.

    Raises:
        HardwareError: A line does not answer, or another process holds it.
    """
    good = _good(here)
    try:
        if good is not None and good.lock != config.lock:
            board.open_lock(good.lock).close()
    finally:
        board.open_lock(config.lock).close()
