"""The whole way of a set of models: published, fetched over HTTP, tried, looked on, decided, confirmed, taken back.

A publisher's repository behind a real HTTP server; a terminal with the real models, the commands as typed, and a camera
that shows photographs in visits. Policies are small, nothing else is.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge.app.door import Door
from edge.app.model_set import chosen
from edge.app.places import places
from edge.app.terminal import greeted, run_terminal
from edge.config import Config, OtaSettings
from edge.link.client import DoorClient
from edge.ota.active import FACTORY
from edge.ota.slots import Slots
from edge.values import Occasion, Reason
from hw.board import open_board
from hw.fake import FakeCamera, FakeLock
from tests.e2e.commands import SOON_S, journal, until
from tests.publisher import Publisher, typed
from tests.unit.repository_site import FACTORY as BUNDLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from edge.ota.active import Active
    from edge.values import Sighting, Verdict
    from hw.base import Frame

    Pixels = NDArray[np.uint8]

pytestmark = [pytest.mark.pictures, pytest.mark.long]

WALL = np.full((720, 1280, 3), 128, np.uint8)
PACE_S = 0.1
LONGEST_S = 240.0


@dataclass
class Terminal:
    """A terminal with one person, whom its camera shows now and then."""

    data: Path
    url: str
    picture: Pixels
    settings: dict[str, Any] = field(default_factory=dict)
    taken: list[float] = field(default_factory=list)
    let_in: list[tuple[str, float]] = field(default_factory=list)
    lock: FakeLock = field(default_factory=FakeLock)

    def __post_init__(self) -> None:
        self.here = places(self.data)
        small: dict[str, Any] = {"shadow_every": 1, "shadow_visits": 4, "shadow_days": 1, "shadow_loss": 0.95}
        small |= {"trial_grants": 3, "trial_hours": 0.001}
        plain = Config().without_liveness()
        self.config = replace(
            plain,
            board="fake",
            decision=replace(plain.decision, rate_limit_s=0.0, cool_down_s=0.0),
            door=replace(plain.door, pulse_s=0.2),
            ota=OtaSettings(url=self.url, **(small | self.settings)),
        )
        self.file = self.data / "device.toml"
        written = "".join(f"{key} = {value}\n" for key, value in (small | self.settings).items())
        self.file.write_text(f'board = "fake"\n[ota]\nurl = "{self.url}"\n{written}', encoding="utf-8")

    def command(self, *words: str) -> str:
        """Type an operator's command."""
        return typed("ota", *words, "--data", self.data, folder=self.data)

    def check(self) -> str:
        """Ask the repository."""
        return typed("ota", "check", "--now", "--json", "--data", self.data, "--config", self.file, folder=self.data)

    @property
    def active(self) -> Active:
        return Slots(self.here.models).look().active

    def started(self, times: int) -> Callable[[], bool]:
        return lambda: self.active.starts == times

    def shows(self, picture: Pixels, frames: int) -> Iterator[Pixels]:
        """Frames at the camera's pace."""
        for _ in range(frames):
            threading.Event().wait(max(PACE_S - (time.monotonic() - self.taken[-1] if self.taken else PACE_S), 0.0))
            self.taken.append(time.monotonic())
            yield picture

    def visits(self, until: Callable[[], bool]) -> Iterator[Pixels]:
        """People come and go until something has happened."""
        deadline = time.monotonic() + LONGEST_S
        while not until():
            assert time.monotonic() < deadline, (self.active, self.command("history"))
            yield from self.shows(self.picture, 6)
            yield from self.shows(WALL, 18)

    def waits(self, until: Callable[[], bool]) -> Iterator[Pixels]:
        """Nobody comes until something has happened."""
        deadline = time.monotonic() + SOON_S
        while not until():
            assert time.monotonic() < deadline, self.active
            yield from self.shows(WALL, 1)

    def plays(self, story: Iterator[Pixels]) -> None:
        """Run door and terminal while the camera shows the story."""
        board = replace(open_board("fake"), open_camera=lambda _: FakeCamera(story), open_lock=lambda _: self.lock)
        stop = threading.Event()
        with Door(self.config, board, self.here.journal, self.here.socket) as door:
            thread = threading.Thread(target=door.serve, args=(stop,))
            thread.start()
            try:
                dial = lambda hello, accept: greeted(DoorClient(door.connect, hello, SOON_S, accept))  # noqa: E731
                run_terminal(self.config, board, self.here, self._observe, dial)
            finally:
                stop.set()
                door.wake()
                thread.join(SOON_S)

    def _observe(self, frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
        del frame, sighting
        if verdict is not None and outcome is Reason.GRANTED:
            self.let_in.append((self.active.phase, time.monotonic()))


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    (tmp_path / "publisher").mkdir()
    return Publisher(tmp_path / "publisher")


def test_a_set_is_published_fetched_tried_compared_used_confirmed_and_taken_back(
    publisher: Publisher,
    desk: Path,
    photographs: Mapping[str, Pixels],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    picture = WALL.copy()
    picture[:, 300:876] = cv2.resize(photographs["obama2"], (576, 720), interpolation=cv2.INTER_AREA)
    data = Path(shutil.copytree(desk, tmp_path / "data"))
    times: dict[str, float] = {}
    with publisher.served() as url:
        terminal = Terminal(data, url, picture)
        terminal.here.ota_root.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(publisher.folder / "site" / "metadata" / "1.root.json", terminal.here.ota_root)

        def story() -> Iterator[Pixels]:
            yield from terminal.visits(lambda: len(terminal.let_in) >= 1)
            publisher.release("2026-12a")
            times["published"] = time.monotonic()
            told = json.loads(terminal.check())
            times["checked"] = time.monotonic()
            assert terminal.active.phase == "shadow", told
            first = len(terminal.taken)  # the commands were typed between two frames of the story
            yield from terminal.visits(lambda: terminal.active.phase == "trial")
            times["applied"] = time.monotonic()
            yield from terminal.visits(lambda: terminal.active.phase == "steady")
            times["confirmed"] = time.monotonic()
            times["gap"] = float(np.diff(terminal.taken[first:]).max())
            assert terminal.active.running == terminal.active.good != FACTORY
            times["asked"] = time.monotonic()
            terminal.command("rollback", "--to", "factory")
            yield from terminal.waits(lambda: "the set factory decides" in caplog.text)
            times["back"] = time.monotonic()
            before = len(terminal.let_in)
            yield from terminal.visits(lambda: len(terminal.let_in) > before)

        terminal.plays(story())
    occasions = [one.occasion for one in journal(data) if one.occasion.startswith("update-")]
    assert occasions == [
        Occasion.UPDATE_OFFERED,
        Occasion.UPDATE_APPLIED,
        Occasion.UPDATE_CONFIRMED,
        Occasion.UPDATE_ROLLED_BACK,
    ]
    pulses = sum(1 for _, unlocked in terminal.lock.history if unlocked)
    assert pulses == len(terminal.let_in), "a pulse for each who was let in, and for nothing else (S2)"
    with capsys.disabled():
        print(  # noqa: T201 - its figures
            f"\nfrom publishing to confirmed: {times['confirmed'] - times['published']:.1f} s "
            f"(check and gate {times['checked'] - times['published']:.1f} s, shadow "
            f"{times['applied'] - times['checked']:.1f} s); largest gap between two frames {times['gap']:.2f} s; "
            f"roll-back: {times['back'] - times['asked']:.1f} s from the operator's command until the old set decides"
        )


def test_s8_a_set_on_trial_whose_terminal_is_killed_again_and_again_is_taken_back(
    publisher: Publisher, desk: Path, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(desk, tmp_path / "data"))
    with publisher.served() as url:
        terminal = Terminal(data, url, WALL, {"max_starts": 2})
        shutil.copytree(publisher.folder / "site" / "metadata", terminal.here.ota_root.parent)
        terminal.here.ota_root.with_name("1.root.json").rename(terminal.here.ota_root)
        publisher.release("2026-12a")
        terminal.check()
        terminal.command("apply", "--config", str(terminal.file))
    frames = data / "frames"
    frames.mkdir()
    assert cv2.imwrite(str(frames / "wall.png"), WALL)
    source = f'[camera]\nsource = "{frames}"\nloop = true\n[liveness]\nmode = "off"\n'
    terminal.file.write_text(terminal.file.read_text(encoding="utf-8") + source, encoding="utf-8")
    command = [sys.executable, "-m", "edge", "run", "--config", terminal.file, "--data", data]
    running = terminal.active.running
    for start in (1, 2):
        with subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL) as process:
            until(terminal.started(start))
            process.kill()
        assert (terminal.active.running, terminal.active.phase) == (running, "trial")
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL) as process:
        until(lambda: terminal.active.phase == "steady")
        until(lambda: any(one.occasion is Occasion.UPDATE_ROLLED_BACK for one in journal(data)))
        process.terminate()
    assert (terminal.active.running, terminal.active.good) == (FACTORY, FACTORY)
    assert "started 2 times and never confirmed" in terminal.active.refused[-1].why
    assert process.returncode == 0


def test_s8_the_installed_set_is_proven_again_when_it_is_loaded(
    publisher: Publisher, desk: Path, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(desk, tmp_path / "data"))
    with publisher.served() as url:
        terminal = Terminal(data, url, WALL)
        terminal.here.ota_root.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(publisher.folder / "site" / "metadata" / "1.root.json", terminal.here.ota_root)
        publisher.release("2026-12a")
        terminal.check()
    slot = terminal.active.candidate
    assert set(chosen(terminal.config, terminal.here, slot).vouched) == set(BUNDLES)
