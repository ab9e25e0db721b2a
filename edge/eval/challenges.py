"""Simulates challenges: how often people pass who answer them, and films that do not know what is asked.

The people and the prepared films are models (`edge.eval.actors`); only the films of clips, and the noise, are measured.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from edge.access.challenge import Challenge, Glimpse, Standing, begin, draw, sequences, step
from edge.app.eyes import load_models, open_eyes
from edge.errors import EvidenceError
from edge.eval.actors import Film, Guess, Live, Loop, Lots, Noise, enlarged, noise_of
from edge.eval.clips import watch
from edge.eval.outcomes import Spread, spread
from edge.eval.rates import Rate, rate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.config import Config
    from edge.config.challenge import ChallengeSettings
    from edge.eval.actors import Actor
    from edge.eval.clips import Clip, Footage
    from edge.values import Move

    Casting = Callable[[Lots, int], Actor]
    """Puts somebody before the camera, for so many steps."""

STEPS = (1, 2, 3)
RATES = (5.0, 8.0, 15.0, 30.0)
_FILM_FPS = 15.0
KINDS = 4 * len(STEPS) + len(STEPS[1:]) * len(RATES)
"""How many kinds of challenges are simulated."""

_ENLARGED = 1.5
"""How far, in shares of what is asked for, the furthest movements of an enlarged clip go."""


class ClipNoise(Struct, frozen=True):
    """What one clip shows of a head.

    Attributes:
        clip: Its file's name.
        frames: How many frames it has.
        judged: In how many a pose could be read.
        eyes_px: The median distance between the eyes, pixels; null when none could.
        noise: What each frame adds by itself; null of too few frames.
    """

    clip: str
    frames: int
    judged: int
    eyes_px: float | None
    noise: Noise | None


class Trial(Struct, frozen=True):
    """Many simulated challenges of one kind.

    Attributes:
        actor: Who was before the camera.
        steps: How many movements were asked for.
        fps: Frames a second.
        passed: How many passed.
        signs: Why the others did not.
        seconds: From the beginning to the pass, reactions included; null when nobody passed.
    """

    actor: str
    steps: int
    fps: float
    passed: Rate
    signs: dict[str, int]
    seconds: Spread | None


class ChallengeReport(Struct, frozen=True):
    """`edge eval challenge`, a simulation.

    Attributes:
        data: What the clips are called.
        simulation: Always true: no person was asked for anything.
        moves: What is drawn from.
        sequences: How many different sequences there are, by steps.
        clips: What the clips show.
        noise: The largest of theirs, which the models have.
        films: The clips shown again and again, as they are, from random moments.
        enlarged: The same with their turns and tilts enlarged to what is asked for and half more.
        loops: A prepared film of all movements in random order, with pauses.
        guesses: A prepared film of which each movement is started at the right moment, without knowing which is right.
        people: People who answer.
        seed: Of the draws.
    """

    data: str
    simulation: bool
    moves: tuple[str, ...]
    sequences: dict[int, int]
    clips: tuple[ClipNoise, ...]
    noise: Noise
    films: tuple[Trial, ...]
    enlarged: tuple[Trial, ...]
    loops: tuple[Trial, ...]
    guesses: tuple[Trial, ...]
    people: tuple[Trial, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated.

    Attributes:
        settings: How challenges are drawn and judged.
        trials: How many challenges of each kind.
        seed: Of the draws.
    """

    settings: ChallengeSettings
    trials: int = 1000
    seed: int = 1


def look(clips: Sequence[Clip], config: Config, advance: Callable[[int], None] = lambda _: None) -> tuple[Footage, ...]:
    """Look at clips through the terminal's own eyes, without liveness.

    Raises:
        ModelError: A model is missing or damaged.
        HardwareError: A clip is no video, or damaged; the message names it.
    """
    config = config.without_liveness()
    eyes = open_eyes(config, models=load_models(config, trusted=False))
    found = []
    for clip in clips:
        found.append(watch(clip, config, eyes))
        advance(1)
    return tuple(found)


def measure(
    footages: Sequence[Footage], plan: Plan, data: str, advance: Callable[[int], None] = lambda _: None
) -> ChallengeReport:
    """Simulate everything.

    Args:
        footages: What the clips showed.
        plan: What is simulated.
        data: What the clips are called.
        advance: Told of every kind that is done; see `KINDS`.

    Raises:
        EvidenceError: No clip shows a face for long enough to measure anything.
    """
    tracks = [[Glimpse.of(glance.sighting) for glance in one.glances] for one in footages]
    clips = tuple(_clip(one, track) for one, track in zip(footages, tracks, strict=True))
    measured = [one.noise for one in clips if one.noise is not None]
    if not measured:
        raise EvidenceError("no clip shows a face in enough frames: the noise of its pose cannot be measured")
    noise = Noise(*(max(getattr(one, name) for one in measured) for name in Noise.__struct_fields__))
    settings, kinds = plan.settings, plan.settings.moves
    shown = [track for track, clip in zip(tracks, clips, strict=True) if clip.noise is not None]
    far = _ENLARGED * settings.turn_deg, _ENLARGED * settings.nod_deg
    livelier = [enlarged(track, *far) for track in shown]

    def films(some: Sequence[Sequence[Glimpse]]) -> Casting:
        return lambda lots, _: _film(lots.choice(some), lots)

    def run(name: str, cast: Casting, steps: Sequence[int], rates: Sequence[float]) -> tuple[Trial, ...]:
        found = []
        for count in steps:
            for fps in rates:
                found.append(_trial(name, cast, plan, count, fps))
                advance(1)
        return tuple(found)

    return ChallengeReport(
        data=data,
        simulation=True,
        moves=kinds,
        sequences={count: len(sequences(count, kinds)) for count in STEPS},
        clips=clips,
        noise=noise,
        films=run("clip", films(shown), STEPS, [_FILM_FPS]),
        enlarged=run("enlarged clip", films(livelier), STEPS, [_FILM_FPS]),
        loops=run("loop of movements", lambda lots, _: Loop(lots, noise, kinds), STEPS, [_FILM_FPS]),
        guesses=run("guess", lambda lots, count: Guess(lots, noise, draw(lots, count, kinds)), STEPS, [_FILM_FPS]),
        people=run("person", lambda lots, _: Live(lots, noise), STEPS[1:], RATES),
        seed=plan.seed,
    )


def play(moves: tuple[Move, ...], actor: Actor, fps: float, settings: ChallengeSettings) -> Challenge:
    """Play one challenge to its end, which its time limits bring.

    Args:
        moves: What is asked for.
        actor: Who is before the camera, from 0 s on.
        fps: Frames a second.
        settings: How it is judged.
    """
    challenge, frame = begin(moves, 0.0), 0
    while challenge.standing is Standing.RUNNING:
        frame += 1
        challenge = step(challenge, Glimpse(frame / fps, actor.look(frame / fps, challenge.asked)), settings)
    return challenge


def _trial(name: str, cast: Casting, plan: Plan, steps: int, fps: float) -> Trial:
    lots = Lots(np.random.default_rng([plan.seed, steps, round(fps), *name.encode()]))
    played = []
    for _ in range(plan.trials):
        moves = draw(lots, steps, plan.settings.moves)
        played.append(play(moves, cast(lots, steps), fps, plan.settings))
    passed = [one.ended for one in played if one.standing is Standing.PASSED]
    signs = Counter(one.sign.value for one in played if one.sign is not None)
    return Trial(name, steps, fps, rate(len(passed), plan.trials), dict(signs.most_common()), spread(passed))


def _film(track: Sequence[Glimpse], lots: Lots) -> Film:
    return Film(track, lots.between(0, 2 * (track[-1].at - track[0].at)))


def _clip(footage: Footage, track: Sequence[Glimpse]) -> ClipNoise:
    sizes = [one.pose.eyes_px for one in track if one.pose is not None]
    return ClipNoise(footage.clip.file.name, len(track), len(sizes), median(sizes) if sizes else None, noise_of(track))
