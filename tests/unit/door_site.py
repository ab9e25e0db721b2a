"""One door in this process on fake hardware: what the stories of the whole door are told with."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn

from edge.app.clocks import Clocks
from edge.app.door import Door
from edge.config import Config, DoorSettings, ExitSettings
from edge.journal.log import read
from edge.link.client import DoorClient
from edge.values import Evidence, Handle, Occasion, Person, PersonId, Reason, Verdict
from hw.base import Board, HardwareError, InputSettings
from hw.fake import FakeInput, FakeLock, FakePrompt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edge.link.messages import Hello

SOON_S = 10.0


EVIDENCE = Evidence(similarity=0.8, margin=0.3, threshold=0.5, fmr=1e-5, votes=2, liveness=0.9, space="toy")


ANN = Person(PersonId("ann"), Handle("h-ann"), "Ann")


CONFIG = replace(Config(), exit_button=ExitSettings(line="EXIT", debounce_s=0.0), door=DoorSettings(pulse_s=0.1))


def no_camera(settings: object) -> NoReturn:
    raise HardwareError(f"a door opens no camera: {settings}")


@dataclass
class Site:
    """Fake hardware and the journal's place."""

    journal: Path
    real: bool = False
    lock: FakeLock = field(default_factory=FakeLock)
    door: Door | None = None
    button: FakeInput = field(default_factory=lambda: FakeInput(CONFIG.exit_button))
    clocks: Clocks = field(default_factory=lambda: Clocks(synchronised=lambda: True))
    opens: Callable[[InputSettings], FakeInput] | None = None
    tick_s: float = CONFIG.door.tick_s

    def board(self) -> Board:
        parts = no_camera, lambda _: self.lock, self.opens or (lambda _: self.button), FakePrompt
        return Board("fake", self.real, *parts, lambda _: True)

    @property
    def occasions(self) -> list[Occasion]:
        return [event.occasion for event in read(self.journal)]

    @contextmanager
    def serving(self, hello: Hello, config: Config = CONFIG) -> Iterator[DoorClient]:
        config = replace(config, door=replace(config.door, tick_s=self.tick_s))
        with served(Door(config, self.board(), self.journal, clocks=self.clocks)) as door:
            self.door = door
            with closing(DoorClient(door.connect, hello, timeout_s=SOON_S)) as client:
                yield client


@contextmanager
def served(opened: Door) -> Iterator[Door]:
    """Serve a door in a thread, and close it in the end."""
    stop = threading.Event()
    with opened as door:
        thread = threading.Thread(target=door.serve, args=(stop,))
        thread.start()
        try:
            yield door
        finally:
            stop.set()
            door.wake()
            thread.join(SOON_S)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.025)  # more than 50 messages a second would be a flood


def granted() -> Verdict:
    return Verdict(time.monotonic(), 1, Reason.GRANTED, ANN.id, EVIDENCE)
