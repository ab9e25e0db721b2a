"""Door and terminal in one process, for a PC and the demo: the same code over one end each of a socket pair."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from edge.app.door import Door
from edge.app.signals import stop_on_signals
from edge.app.terminal import greeted, refuse_unsafe, run_terminal
from edge.link.client import DoorClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.app.places import Places
    from edge.app.terminal import Observer
    from edge.config import Config
    from hw.base import Board


def run_both(config: Config, board: Board, here: Places, observe: Observer) -> int:
    """Be door and terminal until told to stop or until a replayed source ends; returns the number of frames seen.

    Raises:
        LinkError: Another door of these files runs, or its socket cannot be made: orders and audits come by it.
        UnsafeError: As `run_terminal`; when the settings name a replay, before the lock's line is claimed (S11).
        EdgeError: As `run_terminal`, or the door failed.
        HardwareError: As `run_terminal`, or the lock failed.
    """
    refuse_unsafe(config, board, None)
    # A signal that comes before the terminal listens for it must close the door in order, too.
    with stop_on_signals() as stopped, Door(config, board, here.journal, here.socket) as door, _served(door) as thread:
        # The exit button works from here on, while the models are loaded and the camera is opened (S10).
        return run_terminal(
            config,
            board,
            here,
            observe,
            lambda hello, accept: greeted(DoorClient(door.connect, hello, accept=accept)),
            lambda: thread.is_alive() and not stopped.is_set(),
        )


@contextlib.contextmanager
def _served(door: Door) -> Iterator[threading.Thread]:
    """Serve the door in a thread of its own; what it dies of is raised where the terminal ends."""
    stop = threading.Event()
    died: list[BaseException] = []

    def serve() -> None:
        try:
            door.serve(stop)
        except BaseException as error:  # noqa: BLE001 (raised again below, in the thread that somebody watches)
            died.append(error)

    thread = threading.Thread(target=serve, name="door")
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        door.wake()
        thread.join()
    if died:
        raise died[0]
