"""A terminal whose sets of models are toys: a frame's grey level says who stands there, and each errs in its way."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.app.changing import Changing
from edge.app.model_set import NotNowError
from edge.app.places import places
from edge.app.running import Builds, Running
from edge.app.stage import Stage
from edge.app.swapping import Swapping
from edge.app.trying import Site as Around
from edge.app.trying import Trying
from edge.config import Config, DetectionSettings, OtaSettings, TrackSettings
from edge.errors import ModelError, StoreError
from edge.link.notices import Shut
from edge.ota import active as steps
from edge.ota.active import FACTORY, Active, Slot
from edge.ota.slots import Slots
from edge.people.records import Migration, Template, words
from edge.people.search import LiveSearch
from edge.people.waiting import Waiting
from edge.values import Embedding, PersonId, Space
from edge.vision.pipeline import Eyes
from hw.base import Frame
from hw.fake import FakeCamera, FakePrompt
from tests.fakes import FakeBundle, WritingDoor
from tests.sets import install
from tests.unit.builders import box, face, rule
from tests.unit.test_pipeline import ANY_VIEW, Stages
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.app.migrating import Walked
    from edge.people.store import Store
    from edge.values import Face, Occasion, Reason, Sighting, Verdict

NOBODY, ANNA, BOB, STRANGER, BOTH = 0, 40, 80, 200, 120
"""Grey levels: who stands there; of both Anna on the left, and Bob on the right."""

IDS = {ANNA: PersonId("anna"), BOB: PersonId("bob")}
TICK_S = 0.1


@dataclass
class Toy:
    """How a set errs.

    Attributes:
        blind: It finds no face.
        swaps: It takes one person for the other.
        dull: It knows nobody.
        loads: Whether it can be loaded at all.
        unreadable: Whether the people store cannot be read when it is.
        passing: Whether a fault that passes keeps it from being loaded.
        wide: How wide it finds Anna's face and Bob's where both stand there, pixels; 0 where it does not.
        fails: How often it looks before it fails; None for never.
    """

    blind: bool = False
    swaps: bool = False
    dull: bool = False
    loads: bool = True
    unreadable: bool = False
    passing: bool = False
    wide: tuple[float, float] = (200.0, 150.0)
    fails: int | None = None
    looked: int = 0

    def running(self, slot: Slot, store: Store, cool_down_s: float = 0.0) -> Running:
        if self.unreadable:
            raise StoreError("the people store cannot be read")
        if self.passing:
            raise NotNowError(f"{slot} has not passed the gate of this runtime")
        if not self.loads:
            raise ModelError(f"{slot} cannot be loaded")
        stages, space = Stages([]), space_of(slot)

        def detect(picture: NDArray[np.uint8]) -> list[Face]:
            self.looked += 1
            if self.fails is not None and self.looked > self.fails:
                raise RuntimeError("the model is broken")
            if self.blind or picture[0, 0, 0] == NOBODY:
                return []
            if picture[0, 0, 0] == picture[0, -1, 0]:
                return [face(box(200, 150))]
            both = zip((160, 480), self.wide, strict=True)
            return [face(box(x - wide / 2, 150, wide)) for x, wide in both if wide]

        def embed(chip: NDArray[np.uint8]) -> Embedding:
            level = int(np.median(chip))
            shown = {ANNA: BOB, BOB: ANNA}.get(level, level) if self.swaps else level
            return Embedding(vector(STRANGER if self.dull else shown), space, 4.0)

        usual = rule(cool_down_s=cool_down_s, rate_limit_s=0.0)
        bundle: Any = FakeBundle(slot, space)
        eyes = Eyes(
            detect, stages.mesh, lambda *_: 0.99, embed, DetectionSettings(), TrackSettings(), ANY_VIEW, likeness=0.5
        )
        return Running(slot, eyes, LiveSearch(store, space), lambda: usual, bundle)


def space_of(slot: str) -> Space:
    """The space of a toy set's embedder."""
    return Space("toy", hashlib.sha256(slot.encode()).hexdigest(), "1")


def picture_of(level: int) -> NDArray[np.uint8]:
    """What the camera shows of who stands there."""
    found = np.full((480, 640, 3), ANNA if level == BOTH else level, np.uint8)
    if level == BOTH:
        found[:, 320:] = BOB
    return found


def vector(level: int) -> NDArray[np.float32]:
    """What a face of this grey level is in any space."""
    found = np.zeros(4, np.float32)
    found[(ANNA, BOB, STRANGER).index(level)] = 1.0
    return found


@dataclass
class SwapSite:
    """One terminal over its sets.

    Attributes:
        folder: Where everything is.
        settings: What must be seen of a set.
        toys: Each set's way to err.
        door: What it was told, and tells.
        decided: Which set decided, on whom, and what became of it.
        journal: What was written into the journal.
        wall: The time, seconds since the epoch,
        at: and the camera's.
        number: Of the last frame.
        walked: Who was offered for migration.
        cool_down_s: For how long somebody who was let in is not reported again.
        takes: What is done with whom is offered, beside.
        settles: Whether the camera waits for what other threads do.
        missing: What is missing until enough people were migrated; empty for nothing.
    """

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    toys: dict[Slot, Toy] = field(default_factory=dict)
    door: WritingDoor = field(default_factory=WritingDoor)
    decided: list[tuple[Slot, str, Reason]] = field(default_factory=list)
    journal: list[tuple[Occasion, str]] = field(default_factory=list)
    wall: float = 1.8e9
    at: float = 100.0
    number: int = 0
    walked: list[Walked] = field(default_factory=list)
    takes: Callable[[Walked], object] = field(default=lambda _: None)
    settles: bool = True
    missing: str = ""
    cool_down_s: float = 0.0

    def __post_init__(self) -> None:
        self.here = places(self.folder, self.folder / "no-device")
        self.store = vault(self.here.people_db, create=True)
        for level, who in IDS.items():
            self.store.add(agreed(who, who.title()), [self.template(level, FACTORY)])
        self.slots = Slots(self.here.models, wait_s=0.2, wall=lambda: self.wall)
        self.toys[FACTORY] = Toy()
        small: dict[str, Any] = {"shadow_every": 1, "shadow_visits": 8, "shadow_days": 1, "shadow_loss": 0.9}
        small |= {"trial_grants": 3, "trial_hours": 0.001, "active_days": 1}
        ota = OtaSettings(**(small | self.settings))
        self.config = replace(Config().without_liveness(), ota=ota)

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    def template(self, level: int, slot: str) -> Template:
        """Somebody's template in a set's space."""
        face = Embedding(vector(level), space_of(slot))
        if slot == FACTORY:
            return Template(face, "photo.jpg")
        made = Migration(self.wall, "walks", 3, 0.8, 0.5, 0.1, words(space_of(FACTORY)))
        return Template(face, "migrated", "migrated", migration=made)

    def offers(self, name: str, toy: Toy, serial: int = 1, *, migrated: Iterable[int] = IDS) -> Slot:
        """Install and offer a set; these people have a template of it."""
        slot = install(self.slots, name, serial)
        self.toys[slot] = toy
        for level in migrated:
            Waiting(self.store).migrate(IDS[level], [self.template(level, slot)])
        self.slots.change(lambda active: steps.offered(active, slot, serial), "update-offered", slot=slot)
        return slot

    def builds(self) -> Builds:
        """Load a toy."""

        def build(slot: Slot) -> Running:
            return self.toys[slot].running(slot, self.store, self.cool_down_s)

        return Builds(build, build)

    def begin(self, active: Active | None = None, deciding: Slot | None = None) -> Swapping:
        """Start the terminal's part that follows the sets.

        Args:
            active: What was read of the file; None to read it now.
            deciding: The set that decides at first; None for the one that is to.
        """
        changing = Changing(self.slots, lambda *line: self.journal.append(line), lambda: self.wall)
        trying = Trying(
            self.config,
            Around(self.here.models, lambda *_: self._walks, lambda *_: self.missing, lambda: self.wall),
        )
        active = active or self.slots.read()
        running = self.builds().to_decide(deciding or active.running)
        return Swapping(running, active, self.builds(), changing, trying)

    def plays(self, script: Callable[[Swapping], Iterator[int]], begun: Swapping | None = None) -> Swapping:
        """Run the terminal's loop while the camera shows the script, grey level by grey level; returns what it was."""
        swapping = begun or self.begin()

        def frames() -> Iterator[Frame]:
            for level in chain([NOBODY] * 20, script(swapping)):
                self.at, self.number = self.at + TICK_S, self.number + 1
                self.wall += TICK_S
                yield Frame(picture_of(level), self.at, self.number)
                if self.settles:
                    swapping.settled()

        def observe(frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
            del frame, sighting
            if verdict is not None and outcome is not None:
                self.decided.append((swapping.deciding.slot, verdict.person or "", outcome))

        stage = Stage(
            config=self.config,
            here=self.here,
            store=self.store,
            camera=FakeCamera(frames()),
            door=self.door,
            prompt=FakePrompt(),
            observe=observe,
        )
        self.stands(shut=True)
        stage.run(swapping, lambda: False, lambda: None)
        swapping.close()
        return swapping

    def _walks(self, walked: Walked) -> None:
        self.walked.append(walked)
        self.takes(walked)

    def stands(self, *, shut: bool) -> None:
        """The door tells how it stands."""
        self.door.notices.append(Shut(shut))

    @property
    def active(self) -> Active:
        """Which set decides, as the file says."""
        return self.slots.look().active

    def let_in(self) -> Counter[Slot]:
        """How many people each set let in."""
        return Counter(slot for slot, _, outcome in self.decided if outcome == "granted")


def visit(level: int, frames: int = 5) -> Iterator[int]:
    """Somebody comes, stands there, and goes; for more than a second nobody is there."""
    yield from [level] * frames
    yield from [NOBODY] * 14


def visits(count: int) -> Iterator[int]:
    """So many visits of one and the other."""
    for number in range(count):
        yield from visit((ANNA, BOB)[number % 2])
