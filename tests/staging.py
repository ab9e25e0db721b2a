"""A door's terminal with real models before scripted frames: what was decided, what was opened, what was told."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from edge.access import decide
from edge.access.decide import State
from edge.app.demands import demand
from edge.app.eyes import bundle
from edge.app.prompting import Prompting
from edge.app.running import rule
from edge.config import Config
from edge.loop import Terminal, run
from edge.people.gallery import Gallery, build
from edge.values import Handle, Person, PersonId, Reason
from edge.vision.pipeline import Memory, see
from edge.vision.still import study
from hw.base import Signal
from hw.fake import FakeCamera, FakePrompt
from tests.acting import Actor, Portrait, Pose, film, sway, wall
from tests.fakes import WritingDoor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from edge.access.challenge import Chooser
    from edge.values import Sighting, Sign, Verdict
    from edge.vision.pipeline import Eyes
    from hw.base import Frame
    from tests.acting import Pixels

    Heard = Callable[[], str]
    """What is asked of the person at this moment: the code of a movement; empty for nothing."""
    Script = Callable[[Heard], Iterable[Frame]]
    """What the camera sees; it may depend on what is asked."""

KNOWN = Person(PersonId("bo"), Handle("h-bo"), "Barack", templates=1)


class Decided(NamedTuple):
    """What became of an attempt, and when."""

    at: float
    reason: Reason
    sign: Sign | None
    verdict: Verdict


@dataclass
class Night:
    """What happened before one camera.

    Attributes:
        decided: Every decision, oldest first.
        told: (seconds, signal, code) of every change of what the person sees.
        sightings: What each frame showed.
        door: What the door was told.
        state: What the terminal remembers at the end.
    """

    decided: list[Decided] = field(default_factory=list)
    told: list[tuple[float, Signal, str]] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    door: WritingDoor = field(default_factory=WritingDoor)
    state: State = field(default_factory=State)

    @property
    def outcomes(self) -> list[tuple[Reason, Sign | None]]:
        """Why each decision fell, and what spoke against a live person."""
        return [(one.reason, one.sign) for one in self.decided]

    @property
    def codes(self) -> list[str]:
        """What was asked and answered, in this order; without the pauses."""
        return [code for _, signal, code in self.told if signal is not Signal.IDLE]

    def refused(self, reason: Reason, sign: Sign | None = None) -> bool:
        """Whether all it came to was a refusal for this, and the door was never asked to open."""
        return self.outcomes == [(reason, sign)] and not self.opened

    @property
    def opened(self) -> bool:
        """Whether the door was asked to open, or somebody was told that it does."""
        return bool(self.door.identified) or any(signal is Signal.GOOD for _, signal, _ in self.told)


@dataclass(frozen=True)
class Door:
    """A terminal at which one person is enrolled.

    Attributes:
        eyes: The real models and cues.
        gallery: Who is enrolled.
        config: What is asked of them.
        chooser: Draws the movements of a challenge; the system's own chance when left out.
    """

    eyes: Eyes
    gallery: Gallery
    config: Config = field(default_factory=Config)
    chooser: Chooser | None = None

    def asking(self, **liveness: object) -> Door:
        """The same door with other settings of liveness."""
        return replace(self, config=replace(self.config, liveness=replace(self.config.liveness, **liveness)))  # type: ignore[arg-type]  # any setting

    def watches(self, script: Script, state: State | None = None, decisions: int = 100) -> Night:
        """Run the terminal's loop over frames, which may answer what is asked; the clock is the frames' own.

        Args:
            script: What is shown.
            state: What the terminal remembers from before.
            decisions: It ends after so many.
        """
        night, prompt, clock = Night(), FakePrompt(), [0.0]
        asked = rule(self.config, bundle(self.config.models.embedder, "embedder", trusted=True))
        asked = replace(asked, demand=demand(self.config, self.chooser))

        def heard() -> str:
            _, signal, code, _ = prompt.history[-1] if prompt.history else (0.0, Signal.IDLE, "", "")
            return code if signal is Signal.ATTENTION else ""

        def timed() -> Iterator[Frame]:
            for frame in script(heard):
                clock[0] = frame.at
                yield frame

        say = Prompting(prompt, lambda state: decide.asked(state, asked), lambda: clock[0])

        def tell(state: State, verdict: Verdict | None, outcome: Reason | None) -> None:
            before = len(prompt.history)
            say(state, verdict, outcome)
            night.told.extend((clock[0], signal, code) for _, signal, code, _ in prompt.history[before:])
            night.state = state

        def observe(frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
            night.sightings.append(sighting)
            if verdict is not None and outcome is not None:
                night.decided.append(Decided(frame.at, outcome, verdict.sign, verdict))

        terminal = Terminal(
            camera=FakeCamera(timed()),
            see=partial(see, eyes=self.eyes, search=self.gallery.search),
            step=lambda state, sighting: decide.step(state, sighting, asked),
            roster=lambda who: KNOWN if who == KNOWN.id else None,
            door=night.door,
            settle=lambda state, verdict, outcome: decide.settle(state, verdict, outcome, asked),
            tell=tell,
            observe=observe,
        )
        run(terminal, state or State(), Memory(), lambda: len(night.decided) >= decisions)
        return night


def enrolled(photographs: Iterable[Pixels], eyes: Eyes) -> Gallery:
    """A gallery of one person, from these photographs."""
    templates = [study(photograph, eyes).embedding for photograph in photographs]
    rows = [(KNOWN.id, template) for template in templates if template is not None]
    return Gallery(build(rows[0][1].space, rows))


@dataclass(frozen=True)
class Cast:
    """Who appears.

    Attributes:
        door: The terminal; Barack is enrolled, from other photographs.
        bo: His photograph, of which he is made.
        joe: A stranger's.
        wall: What is behind them.
    """

    door: Door
    bo: Portrait
    joe: Portrait
    wall: Pixels

    @classmethod
    def of(cls, photographs: Mapping[str, Pixels], eyes: Eyes) -> Cast:
        """Bring them all before the camera."""
        gallery = enrolled([photographs["obama2"], photographs["obama3"]], eyes)
        bo, joe = (Portrait.of(photographs[name], eyes) for name in ("obama", "biden"))
        return cls(Door(eyes, gallery), bo, joe, wall())

    def alive(self, seconds: float = 3, fps: float = 10, who: Portrait | None = None, **words: Any) -> Script:  # noqa: ANN401 - as `Actor`
        """Somebody who does what is asked of them; `words` are those of `Actor`."""

        def script(heard: Heard) -> Iterable[Frame]:
            actor = Actor(**words)
            return film(seconds, fps, lambda at, _: (who or self.bo).head(actor.at(at, heard()), self.wall))

        return script

    def turning(self, seconds: float = 2, fps: float = 10, who: Portrait | None = None) -> Script:
        """Somebody who looks around without being asked."""
        return lambda _: film(seconds, fps, lambda at, _: (who or self.bo).head(looking_round(at), self.wall))

    def empty(self, seconds: float = 2, fps: float = 10) -> Script:
        """Nobody."""
        return lambda _: film(seconds, fps, lambda _, __: self.wall)

    def cut_out(self, seconds: float = 6, fps: float = 10, who: Portrait | None = None) -> Script:
        """A photograph, cut out along the head and moved by hand."""
        return lambda _: film(seconds, fps, lambda at, _: (who or self.bo).head(sway(at, 3), self.wall, flat=True))


def looking_round(at: float, degrees: float = 14) -> Pose:
    """How somebody holds their head who looks around."""
    return sway(at, 0.5)._replace(yaw=degrees * math.sin(2 * at))


LAP_S = 40.0
"""After so long `wandering` begins again, without a jump."""


def wandering(at: float) -> Pose:
    """How somebody holds their head who stands there for long: no few seconds of it are like others."""
    yaw, pitch = (
        sum(degrees * math.sin(2 * math.pi * rounds * at / LAP_S + start) for degrees, rounds, start in turns)
        for turns in (((7, 5, 0.0), (6, 8, 1.0), (5, 13, 2.0)), ((4, 7, 0.5), (3, 11, 2.2)))
    )
    return Pose(
        yaw, pitch, roll=0.6 * math.sin(2 * math.pi * 9 * at / LAP_S), right=2 * math.sin(2 * math.pi * 3 * at / LAP_S)
    )


def shown(draw: Callable[[float], Pixels], seconds: float = 6, fps: float = 10) -> Script:
    """What is shown whatever is asked."""
    return lambda _: film(seconds, fps, lambda at, _: draw(at))
