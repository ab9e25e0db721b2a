"""The terminal process: camera, eyes, people and decision put together, and joined to a door."""

from __future__ import annotations

import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING

from edge.app import head_office, sets
from edge.app.camera_figures import Telling
from edge.app.curves import curve
from edge.app.evidence import Enrolled, beyond
from edge.app.notify import Notifier
from edge.app.presence import remembering
from edge.app.signals import stop_on_signals
from edge.app.stage import Stage
from edge.app.vault import open_store
from edge.errors import EdgeError, LinkError, UnsafeError
from edge.link.client import DoorClient
from edge.link.messages import Hello
from edge.values import Alarm
from hw.base import HardwareError
from hw.prompts import with_voice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.app.places import Places
    from edge.config import Config
    from edge.link.messages import Terms
    from edge.link.ports import DoorLine
    from edge.people.gallery import Gallery
    from edge.values import Reason, Sighting, Verdict
    from edge.vision.bundle import Bundle
    from hw.base import Board, Camera, CameraIdentity, Frame

    Dial = Callable[[Hello, Callable[[Terms], None]], DoorLine]
    Observer = Callable[[Frame, Sighting, Verdict | None, Reason | None], None]

_log = logging.getLogger(__name__)


def run_terminal(
    config: Config, board: Board, here: Places, observe: Observer, dial: Dial, alive: Callable[[], bool] = lambda: True
) -> int:
    """Be the terminal until SIGTERM, SIGINT or the end of a replayed source; returns the number of frames seen.

    Args:
        config: Everything that is set.
        board: Opens the camera.
        here: Where the people store is.
        observe: Told of every frame and what became of it.
        dial: Connects to a door with the terminal's greeting, and has every door that answers looked at first.
        alive: Asked before each frame; the terminal ends when what it stands on has died.

    Raises:
        UnsafeError: The source is a replay, or liveness is off, and the lock is real (S11).
        SignatureError: Head office's limits cannot be trusted.
        ConfigError: A setting, or the door process that runs, is laxer than they allow.
        HardwareError: The camera cannot be opened, or is gone.
        ModelError: A model is missing, damaged, not trusted, or has collapsed (S8).
        StoreError: The people store cannot be read.
    """
    refuse_unsafe(config, board, None)
    limits = head_office.require_within(config, here)
    head_office.remember(limits, here)
    with contextlib.ExitStack() as parts:
        stopped = parts.enter_context(stop_on_signals())
        notifier = parts.enter_context(contextlib.closing(Notifier()))
        store = parts.enter_context(open_store(config, here, create=True))
        prompt = parts.enter_context(contextlib.closing(with_voice(board.open_prompt(), config.prompt)))
        swapping = parts.enter_context(contextlib.closing(sets.begin(config, here, store)))
        _say_beyond(config, swapping.deciding.embedder, swapping.deciding.search.gallery())
        accept = partial(head_office.require_door_within, limits)
        camera = parts.enter_context(contextlib.closing(_opened(config, board, lambda hello: dial(hello, accept))))
        door = parts.enter_context(contextlib.closing(dial(greeting(config, camera.identity), accept)))
        with _alarming(door):
            refuse_unsafe(config, board, camera.identity)
            watching = _watched(remembering(store, observe), notifier, Telling(here))
            stage = Stage(
                config=config, here=here, store=store, camera=camera, door=door, prompt=prompt, observe=watching
            )
            return stage.run(swapping, lambda: stopped.is_set() or not alive(), notifier.ready)


def _opened(config: Config, board: Board, dial: Callable[[Hello], DoorLine]) -> Camera:
    """Open the camera; the door hears of one that cannot be opened."""
    try:
        return board.open_camera(config.camera)
    except HardwareError as error:
        with contextlib.suppress(EdgeError), contextlib.closing(dial(Hello(live=False, why=str(error)))) as door:
            door.warn(Alarm.CAMERA, str(error), on=True)
        raise


@contextlib.contextmanager
def _alarming(door: DoorLine) -> Iterator[None]:
    """Tell the door of a camera that is not the right one, or is gone, before the terminal ends."""
    try:
        yield
    except (UnsafeError, HardwareError) as error:
        with contextlib.suppress(EdgeError):
            door.warn(Alarm.CAMERA, str(error), on=True)
        raise


def _watched(observe: Observer, notifier: Notifier, figures: Telling) -> Observer:
    """Return an observer that also tells the service manager that the loop turns, and how the camera does."""

    def watch(frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
        notifier.alive(frame.at)
        figures.look(frame)
        observe(frame, sighting, verdict, outcome)

    return watch


def dial_socket(here: Places) -> Dial:
    """Return how to reach the door process of this machine; it may still be starting."""
    return lambda hello, accept: greeted(DoorClient.connect(here.socket, hello, accept=accept))


def greeted(client: DoorClient) -> DoorClient:
    """Return the client after a first try to connect; it tries again when there is something to say.

    Raises:
        ConfigError: The door is laxer than head office's limits.
    """
    with contextlib.suppress(LinkError):
        client.open()
    return client


def refuse_unsafe(config: Config, board: Board, identity: CameraIdentity | None) -> None:
    """Refuse what could open a real lock without a live person before a real camera (S11).

    Without an `identity` it judges by the settings alone: before anything is opened.

    Raises:
        UnsafeError: It could.
    """
    if identity is not None and not identity.matches(config.camera.pinned):
        raise UnsafeError(
            f"the camera is {identity}, and camera.pinned names {config.camera.pinned}: whoever changed it on purpose "
            "pins the new one, as `edge doctor` prints it"
        )
    if not board.physical_lock:
        return
    if config.liveness.mode == "off":
        raise UnsafeError(f"board {board.name} has a real lock and liveness.mode is off: set it to passive")
    replayed = board.replays(config.camera) if identity is None else identity.replayed
    if replayed:
        path = config.camera.source if identity is None else identity.path
        raise UnsafeError(
            f"board {board.name} has a real lock and {path} is a replay or a virtual camera: "
            f"use a real camera, or board pc"
        )


def greeting(config: Config, identity: CameraIdentity) -> Hello:
    """Return what the terminal tells the door of itself; the door draws its own conclusion (S11)."""
    faults = []
    if identity.replayed:
        faults.append(f"{identity.path} is a replay")
    if not identity.matches(config.camera.pinned):
        faults.append(f"{identity} is not the pinned camera")
    if config.liveness.mode == "off":
        faults.append("liveness is off")
    return Hello(live=not faults, why="; ".join(faults))


def _say_beyond(config: Config, embedder: Bundle, gallery: Gallery) -> None:
    words = beyond(config, curve(embedder), Enrolled.of(gallery))
    if words:
        _log.warning("%s", words)
