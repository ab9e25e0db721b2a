"""The door and the terminal of an acceptance test, as processes: `acceptance_site.py FOLDER door|terminal [--secure]`.

The door's lock is the file of `wired_door`; all its inputs are pressed over the socket `hand` in FOLDER by words such
as "press CONTACT". The terminal's camera shows whom the file `scene` in FOLDER names, and nobody else. Each writes its
process id into FOLDER/run, where `acceptance_child` finds whom it is to kill.
"""

from __future__ import annotations

import dataclasses
import os
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from edge.app.clocks import Clocks
from edge.app.door import Door
from edge.app.door_process import secure
from edge.app.places import places
from edge.app.signals import stop_on_signals
from edge.app.terminal import dial_socket, run_terminal
from edge.cli.decisions import Announcer
from edge.config import load
from hw.base import Board, CameraSettings, HardwareError, InputSettings, Lock
from hw.fake import FakeCamera, FakeInput, FakePrompt
from tests.e2e.wired_door import FiledLock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hw.base import Camera, Frame

FRAME_S = 0.1


class Hand:
    """Presses and releases the door's inputs."""

    def __init__(self, address: Path) -> None:
        address.unlink(missing_ok=True)
        self.inputs: dict[str, FakeInput] = {}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(address))
        threading.Thread(target=self._obey, daemon=True).start()

    def open_input(self, settings: InputSettings) -> FakeInput:
        return self.inputs.setdefault(settings.line, FakeInput(settings))

    def _obey(self) -> None:
        while words := self._socket.recv(100).decode().split():
            deed, line = words
            (self.inputs[line].press if deed == "press" else self.inputs[line].release)()


class Staged(FakeCamera):
    """Ten frames a second of whom the scene names."""

    def __init__(self, folder: Path, settings: CameraSettings) -> None:
        super().__init__([])
        self._folder = folder
        self._settings = settings
        self._shown: dict[str, NDArray[np.uint8]] = {}
        self._count = 0

    def capture(self, timeout_s: float) -> Frame:
        threading.Event().wait(FRAME_S)
        self._count += 1
        self._script = iter([self._picture((self._folder / "scene").read_text())])
        return dataclasses.replace(super().capture(timeout_s), sequence=self._count)

    def _picture(self, name: str) -> NDArray[np.uint8]:
        from hw.replay import ReplayCamera  # noqa: PLC0415 - the door loads no OpenCV

        if name not in self._shown:
            source = dataclasses.replace(self._settings, source=str(self._folder / "cast" / name))
            self._shown[name] = ReplayCamera(source).capture(1.0).pixels
        return self._shown[name]


def _board(folder: Path, hand: Hand | None) -> Board:
    def open_lock(_: object) -> Lock:
        return FiledLock(folder / "line")

    def open_input(settings: InputSettings) -> FakeInput:
        return hand.open_input(settings) if hand is not None else FakeInput(settings)

    def open_camera(settings: CameraSettings) -> Camera:
        return Staged(folder, settings)

    def no_camera(settings: object) -> NoReturn:
        raise HardwareError(f"a door opens no camera: {settings}")

    return Board(
        name="fake",
        physical_lock=False,
        open_camera=open_camera if hand is None else no_camera,
        open_lock=open_lock,
        open_input=open_input,
        open_prompt=FakePrompt,
        replays=lambda _: True,
    )


def main() -> None:
    folder, what = Path(sys.argv[1]), sys.argv[2]
    config, here = load(folder / f"{what}.toml"), places(folder / "data")
    if "--secure" in sys.argv:
        secure(config, _board(folder, None), here)
        return
    (folder / "run" / f"edge-{what}.service").write_text(str(os.getpid()))
    if what == "terminal":
        run_terminal(config, _board(folder, None), here, Announcer(as_json=True), dial_socket(here))
        return
    board, clocks = _board(folder, Hand(folder / "hand")), Clocks(synchronised=lambda: True)
    door = Door(config, board, here.journal, here.socket, clocks=clocks)
    with door, stop_on_signals(door.wake) as stop:
        door.serve(stop)


if __name__ == "__main__":
    main()
