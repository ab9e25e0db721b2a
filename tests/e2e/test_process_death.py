"""Either process is killed, stopped or hangs, minded by its own unit file: what the lock's line does, change by change.

The line is a file that keeps its level when a process dies: the worst that a kernel does. The figures are in
edge/adr/0017; nothing here measures a time, everything asserts an order.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.errors import LinkError
from edge.journal import chain
from edge.journal.log import lines
from edge.link.client import DoorClient
from edge.link.messages import Hello
from edge.values import Occasion, Reason
from tests.e2e.commands import journal, until
from tests.e2e.door_site import ANN, granted
from tests.e2e.minder import Minder
from tests.e2e.unit_file import unit
from tests.e2e.wires import Wires

if TYPE_CHECKING:
    from collections.abc import Iterator

LIFE = ["start", "ready"]
FORCED = ["watchdog", "end", "post"]
GRANT = """
import sys, threading
from pathlib import Path
from edge.link.client import DoorClient
from edge.link.messages import Hello
from tests.e2e.door_site import ANN, granted
client = DoorClient.connect(Path(sys.argv[1]), Hello(live=True), timeout_s=15.0)
while not client.identify(ANN, granted()).opened:
    threading.Event().wait(0.05)
threading.Event().wait()
"""


@dataclass
class Scene:
    """A door that is minded, its wires, and its files."""

    door: Minder
    wires: Wires
    data: Path

    def client(self) -> DoorClient:
        return DoorClient.connect(self.data / "door.sock", Hello(live=True), timeout_s=15.0)

    def ready(self, times: int = 1) -> None:
        until(lambda: self.door.words.count("ready") == times)

    def press(self) -> None:
        """Press the exit button, and let it go: the door opens."""
        before = self.wires.pulses
        self.wires.hand("press")
        until(lambda: self.wires.pulses == before + 1)
        self.wires.hand("release")

    def locked(self) -> None:
        until(lambda: self.wires.level == 0)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setenv("DOOR_WIRES", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    (tmp_path / "data").mkdir()
    program = [sys.executable, "-c", PROGRAM, str(tmp_path / "data")]
    with Minder(unit("edge-door.service"), program, tmp_path) as door:
        place = Scene(door, Wires(tmp_path), tmp_path / "data")
        place.ready()
        yield place


PROGRAM = """
import sys
from tests.e2e.wired_door import main
sys.argv += ["--data", sys.argv.pop(1)]
main()
"""


def test_s3_a_door_that_is_stopped_in_a_pulse_is_killed_locked_and_back(scene: Scene) -> None:
    scene.press()
    scene.door.signal(signal.SIGSTOP)
    scene.ready(2)
    assert scene.wires.words() == ["claim", "pulse", "claim", "release", "claim"]
    assert scene.door.words == [*LIFE, *FORCED, *LIFE]
    opened, forced = (scene.wires.line()[number].at for number in (1, 2))
    killed = scene.door.when("end")
    assert opened < killed < forced < scene.door.when("ready", 1)  # nobody else touched the line while it stood still
    assert scene.door.log[3].number == -signal.SIGKILL
    assert scene.door.log[4].number == 0
    scene.press()
    scene.locked()
    assert scene.wires.words()[-2:] == ["pulse", "release"]


def test_s3_a_pulse_ends_though_the_door_s_loop_stands_still_and_the_loop_is_killed(scene: Scene) -> None:
    scene.press()
    scene.wires.hand("block")
    scene.ready(2)
    assert scene.wires.words() == ["claim", "pulse", "release", "claim", "release", "claim"]
    assert scene.wires.line()[2].at < scene.door.when("watchdog")
    assert scene.door.words == [*LIFE, *FORCED, *LIFE]
    scene.press()


def test_s3_a_driver_that_stands_still_blocks_the_loop_and_is_killed_with_it(scene: Scene) -> None:
    scene.wires.hand("jam")
    scene.press()
    scene.ready(2)
    assert scene.wires.words() == ["claim", "pulse", "claim", "release", "claim"]
    assert scene.door.words == [*LIFE, *FORCED, *LIFE]
    scene.press()


def test_s2_a_door_that_is_killed_in_a_pulse_is_locked_and_back_and_the_terminal_goes_on(scene: Scene) -> None:
    with contextlib.closing(scene.client()) as client:
        until(lambda: client.identify(ANN, granted()).opened)
        scene.door.signal(signal.SIGKILL)
        scene.ready(2)
        assert scene.door.words == [*LIFE, "end", "post", *LIFE]
        assert scene.wires.words()[-4:] == ["pulse", "claim", "release", "claim"]
        before = scene.wires.pulses

        def heard() -> bool:
            with contextlib.suppress(LinkError):
                return client.identify(ANN, granted(60.0)).reason is Reason.STALE
            return False

        until(heard)
        assert scene.wires.pulses == before  # it was reached again, and nothing old opened it
        until(lambda: client.identify(ANN, granted()).opened)
        assert scene.wires.pulses == before + 1
    assert chain.verify(lines(scene.data / "journal.jsonl"))[1] is None


def test_s10_a_terminal_that_is_killed_while_the_door_is_open_changes_nothing(scene: Scene) -> None:
    with subprocess.Popen([sys.executable, "-c", GRANT, str(scene.data / "door.sock")]) as terminal:
        until(lambda: scene.wires.words()[-1] == "pulse")
        terminal.kill()
        assert terminal.wait() == -signal.SIGKILL
    scene.locked()
    assert scene.wires.words() == ["claim", "pulse", "release"]
    until(lambda: Occasion.SESSION_ENDED in [event.occasion for event in journal(scene.data)])
    scene.press()
    scene.locked()
    assert scene.door.words == LIFE


def test_a_terminal_whose_camera_hangs_is_killed_and_started_again_and_the_door_works(
    scene: Scene, tmp_path: Path
) -> None:
    folder = tmp_path / "terminal"
    folder.mkdir()
    program = [sys.executable, str(Path(__file__).with_name("hung_terminal.py")), str(scene.data), "25"]
    with Minder(unit("edge-terminal.service"), program, folder, watchdog_s=2.0) as terminal:
        until(lambda: "watchdog" in terminal.words)
        assert terminal.pings() > 1  # it lived by its frames, and they ended
        scene.press()
        until(lambda: terminal.words.count("ready") == 2)
    assert terminal.words[:5] == [*LIFE, "watchdog", "end", "start"]
    assert terminal.log[3].number == -signal.SIGKILL
    assert scene.door.words == LIFE
