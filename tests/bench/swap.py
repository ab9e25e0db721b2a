"""What it costs to try a set of models and to take it in another's place: `python -m tests.bench.swap [FRAMES]`.

The real models, loaded once as the set that decides and once as another set, before a paced camera that shows a
photograph, ten frames a second. It prints figures and judges none: the time of a frame alone and while another set
looks on, the largest gap between two frames at a swap, the time from an operator's roll-back until the old set decides,
and the memory of each.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.app.changing import Changing
from edge.app.eyes import load_models
from edge.app.pictures import fetch_pictures
from edge.app.places import places
from edge.app.running import Builds, Running, running
from edge.app.stage import Stage
from edge.app.swapping import Swapping
from edge.app.trying import Site, Trying
from edge.config import Config
from edge.link.notices import Shut
from edge.ota import active as steps
from edge.ota.active import FACTORY, Slot
from edge.ota.slots import Slots
from edge.people.records import Template
from edge.vision.picture import read
from edge.vision.still import study
from hw.base import Frame
from hw.fake import FakeCamera, FakePrompt
from tests.fakes import WritingDoor
from tests.sets import install
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edge.people.store import Store
    from edge.values import Reason, Sighting, Verdict
    from edge.vision.pipeline import Eyes

PACE_S = 0.1
WALL = np.full((720, 1280, 3), 128, np.uint8)


def resident_mb() -> float:
    """Return this process's resident memory."""
    line = next(one for one in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if "VmRSS" in one)
    return int(line.split()[1]) / 1024


@dataclass
class Bench:
    """One terminal with real models.

    Attributes:
        folder: Where everything is.
        picture: Who is shown.
        frames: How many frames are measured of each kind.
        times: Of each frame: how long the loop was busy with it, in seconds; by phase.
        taken: When each frame was taken.
    """

    folder: Path
    picture: NDArray[np.uint8]
    frames: int
    times: dict[str, list[float]] = field(default_factory=dict)
    taken: list[float] = field(default_factory=list)
    begun: float = 0.0
    phase: str = ""

    def run(self) -> list[str]:
        """Play the story; returns what was measured, line by line."""
        here, config, lines = places(self.folder, self.folder / "no-device"), Config().without_liveness(), list[str]()
        config = replace(config, decision=replace(config.decision, cool_down_s=0.0))
        before = resident_mb()
        with vault(here.people_db, create=True) as store:
            slots, door = Slots(here.models), WritingDoor(notices=[Shut(shut=True)])

            def build(slot: Slot, threads: int) -> Running:
                asked = replace(config, models=replace(config.models, threads=threads))
                return running(asked, store, slot, load_models(asked))

            builds = Builds(lambda slot: build(slot, config.models.threads), lambda slot: build(slot, 1))
            deciding = builds.to_decide(FACTORY)
            self.enrol(store, deciding.eyes)
            one = resident_mb()
            lines.append(f"memory: {one - before:.0f} MB for the set that decides (and the runtime)")
            site = Site(here.models, lambda *_: lambda _: None, lambda *_: "not asked for here")
            changing = Changing(slots, lambda *_: None)
            swapping = Swapping(deciding, slots.read(), builds, changing, Trying(config, site))
            stage = Stage(
                config=config,
                here=here,
                store=store,
                camera=FakeCamera(self.story(swapping, slots, lines, one)),
                door=door,
                prompt=FakePrompt(),
                observe=self.observe,
            )
            stage.run(swapping, lambda: False, lambda: None)
            swapping.close()
        return lines

    def enrol(self, store: Store, eyes: Eyes) -> None:
        """Enrol who is shown."""
        found = study(self.picture, eyes).embedding
        assert found is not None
        store.add(agreed("bo", "Bo"), [Template(found, "photo.jpg")])

    def observe(self, frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
        """Note how long a frame took."""
        del sighting, verdict, outcome
        self.times.setdefault(self.phase, []).append(time.monotonic() - frame.at)

    def shows(self, picture: NDArray[np.uint8], frames: int) -> Iterator[Frame]:
        """Frames at the camera's pace."""
        due = time.monotonic()
        for _ in range(frames):
            due = max(due + PACE_S, time.monotonic())
            time.sleep(max(due - time.monotonic(), 0.0))
            self.taken.append(time.monotonic())
            yield Frame(picture, self.taken[-1], len(self.taken))

    def until(self, swapping: Swapping, slot: Slot) -> Iterator[Frame]:
        """Show nobody until a set decides."""
        deadline = time.monotonic() + 60
        while swapping.deciding.slot != slot:
            assert time.monotonic() < deadline, swapping.deciding.slot
            yield from self.shows(WALL, 1)

    def story(self, swapping: Swapping, slots: Slots, lines: list[str], one: float) -> Iterator[Frame]:
        """Measure alone, in shadow, at a swap, and at a roll-back."""
        yield from self.shows(WALL, 10)
        self.phase = "alone"
        yield from self.shows(self.picture, self.frames)
        self.phase = ""
        new = install(slots, "new", 1)
        slots.change(lambda active: steps.offered(active, new, 1), "update-offered", slot=new)
        yield from self.shows(WALL, 40)
        self.phase = "beside"
        yield from self.shows(self.picture, self.frames)
        self.phase = ""
        lines.append(f"memory: {resident_mb() - one:.0f} MB more for the set that looks on")
        alone, beside = self.times["alone"], self.times["beside"]
        for name, times in (("alone", alone), ("with another set looking on", beside)):
            p95 = sorted(times)[int(0.95 * len(times))]
            lines.append(f"a frame {name}: {1e3 * median(times):.1f} ms (median), {1e3 * p95:.1f} ms (95 %)")
        lines.append(f"ratio of the medians: {median(beside) / median(alone):.3f}")
        yield from self.swap(swapping, slots, new, lines)
        yield from self.shows(self.picture, 20)
        asked, first = time.monotonic(), len(self.taken)
        slots.change(lambda active: steps.rolled_back(active, "asked", time.time()), "update-rolled-back", slot=new)
        yield from self.until(swapping, FACTORY)
        lines.append(f"roll-back: {time.monotonic() - asked:.2f} s from the operator until the old set decides")
        lines.append(f"largest gap between two frames at it: {self.gap(first):.2f} s, {PACE_S} s of them the pace")

    def swap(self, swapping: Swapping, slots: Slots, new: Slot, lines: list[str]) -> Iterator[Frame]:
        """Let the other set decide."""
        asked, first = time.monotonic(), len(self.taken)
        slots.change(steps.cut_over, "update-applied", slot=new)
        yield from self.until(swapping, new)
        yield from self.shows(WALL, 2)
        lines.append(f"cut-over: {time.monotonic() - asked:.2f} s from the decision until the new set decides")
        lines.append(f"largest gap between two frames at it: {self.gap(first):.2f} s, {PACE_S} s of them the pace")
        yield from self.shows(WALL, 30)

    def gap(self, first: int) -> float:
        """Return the largest time between two frames since one."""
        return float(np.diff(self.taken[max(first - 1, 0) :]).max())


def main() -> int:
    """Print the figures."""
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    picture = WALL.copy()
    photograph = read(fetch_pictures() / "obama.jpg")
    picture[:, 300:876] = cv2.resize(photograph, (576, 720), interpolation=cv2.INTER_AREA)
    with tempfile.TemporaryDirectory() as folder:
        for line in Bench(Path(folder), picture, frames).run():
            print(line)  # noqa: T201 - its output
    return 0


if __name__ == "__main__":
    sys.exit(main())
