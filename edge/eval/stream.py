"""What becomes of people who step before the door, measured on clips through the terminal's own loop and decision."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgspec import Struct

from edge.app.eyes import load_models, open_eyes
from edge.app.running import rule as rule_of
from edge.errors import EvidenceError
from edge.eval.clips import best_frames, watch
from edge.eval.outcomes import Decisions, PersonReport, Spread, by_person, decisions, play, spread
from edge.eval.subject import Material, ModelSet
from edge.eval.votes import VotesReport
from edge.eval.votes import measure as measure_votes
from edge.people.gallery import Gallery, build
from edge.values import Embedding, PersonId

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from edge.access.attempt import Rule
    from edge.eval.clips import Clip, Footage
    from edge.eval.crowd import Crowd
    from edge.eval.faces import Faces
    from edge.eval.outcomes import Played
    from edge.eval.subject import Setup
    from edge.values import Space
    from edge.vision.pipeline import Eyes

    Templates = Mapping[str, Sequence[Embedding]]


class ClipReport(Struct, frozen=True):
    """One clip of somebody who is enrolled.

    Attributes:
        clip: Its file's name.
        person: Who it shows.
        frames: How many frames were looked at.
        words: How many show what: "right", "wrong", "nobody", "no face", "spared" (the track has shown
            the face better, so it was not compared), or "poor view" and the first flaw.
        decisions: What was decided.
    """

    clip: str
    person: str
    frames: int
    words: dict[str, int]
    decisions: Decisions


class Strangers(Struct, frozen=True):
    """Everybody's clips, played to galleries without them.

    Attributes:
        gallery: How many people were enrolled in each; of other people in the clips the smallest number.
        galleries: How many galleries each clip was played to.
        decisions: What was decided; transactions of one clip in several galleries depend on each other, so the true
            intervals are wider.
        people: The same by person.
    """

    gallery: int
    galleries: int
    decisions: Decisions
    people: tuple[PersonReport, ...]


class StreamReport(Struct, frozen=True):
    """`edge eval stream`.

    Attributes:
        data: What the clips are called.
        models: What ran.
        liveness: "off", or the name of the model that judged it.
        fps: How many frames a second were looked at; null for all.
        enrolled: How many templates each person has, and where they come from.
        source: What the people were enrolled from: "clips" or the name of a folder.
        threshold: The cosine similarity that a search of the enrolled people asks for.
        clips: The clips of enrolled people that none of them was enrolled from.
        words: What their frames show, together.
        own: What was decided on them.
        people: The same by person.
        strangers: Everybody in galleries without them; null when there is nobody else.
        votes: What several frames are worth; null without a crowd.
        see_ms: How long seeing one frame took on this machine, milliseconds, without the search;
            null without frames.
        photographs: What people were enrolled from instead of clips; null for clips.
        crowd: The pictures of strangers; null without a crowd.
        seed: Of the draws of strangers; null without a crowd.
    """

    data: str
    models: ModelSet
    liveness: str
    fps: float | None
    enrolled: dict[str, int]
    source: str
    threshold: float | None
    clips: tuple[ClipReport, ...]
    words: dict[str, int]
    own: Decisions
    people: tuple[PersonReport, ...]
    strangers: Strangers | None
    votes: VotesReport | None
    see_ms: Spread | None
    photographs: Material | None = None
    crowd: Material | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What clips are played on.

    Attributes:
        setup: The models and limits, and what they were asked for as.
        eyes: The stages of vision.
        rule: What a track must show.
        space: Of the templates.
        fps: How many frames a second are looked at; None for all.
    """

    setup: Setup
    eyes: Eyes
    rule: Rule
    space: Space
    fps: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """Who plays.

    Attributes:
        footages: What every clip showed.
        templates: Of the people who are enrolled.
        source: What they were enrolled from, in a word.
        apart: The clips that somebody was enrolled from; they say nothing about recognising that person.
    """

    footages: tuple[Footage, ...]
    templates: Templates
    source: str
    apart: frozenset[Clip] = frozenset()

    @property
    def own(self) -> tuple[Footage, ...]:
        """The clips of enrolled people that they were not enrolled from."""
        return tuple(one for one in self.footages if self.templates.get(one.clip.person) and one.clip not in self.apart)


def set_up(setup: Setup, fps: float | None = None) -> Stage:
    """Load the models, trusted or not.

    Raises:
        ModelError: One is missing or damaged.
        EvidenceError: The embedder was never measured.
    """
    models = load_models(setup.config, trusted=False)
    rule = rule_of(setup.config, models.embedder.bundle)
    return Stage(setup, open_eyes(setup.config, models=models), rule, models.space(setup.config), fps)


def look(clips: Sequence[Clip], stage: Stage, advance: Callable[[int], None] = lambda _: None) -> tuple[Footage, ...]:
    """Look at clips, one after the other, so that the time it takes is that of the terminal.

    Raises:
        HardwareError: A clip is no video, or damaged; the message names it.
    """
    found = []
    for clip in clips:
        found.append(watch(clip, stage.setup.config, stage.eyes, stage.fps))
        advance(1)
    return tuple(found)


def from_clips(footages: tuple[Footage, ...], stage: Stage, count: int) -> Cast:
    """Enrol everybody from the first of their clips; see `edge.eval.clips.best_frames`.

    Args:
        footages: Of all clips, in the order of the labels.
        stage: The models and limits.
        count: How many templates each person gets at most.

    Raises:
        HardwareError: A clip is damaged.
        EvidenceError: Nobody is seen well enough to be enrolled.
    """
    first = {one.clip.person: one.clip for one in reversed(footages)}
    eyes = replace(stage.eyes, liveness=None)
    templates = {person: best_frames(first[person], stage.setup.config, eyes, count) for person in sorted(first)}
    if not any(templates.values()):
        raise EvidenceError("nobody's first clip has a frame with one face that is good enough to be enrolled")
    return Cast(footages, templates, "clips", frozenset(first.values()))


def from_pictures(footages: tuple[Footage, ...], faces: Faces, stage: Stage, name: str) -> Cast:
    """Enrol everybody from photographs; people without any are strangers.

    Args:
        footages: Of all clips.
        faces: Of the photographs.
        stage: The models.
        name: What the photographs are called.

    Raises:
        EvidenceError: None of them passes the quality limits.
    """
    if not len(faces):
        raise EvidenceError(f"none of the photographs of {name} is good enough to enrol anybody")
    templates: dict[str, list[Embedding]] = {}
    for number, vector in zip(faces.people, faces.vectors, strict=True):
        templates.setdefault(faces.names[number], []).append(Embedding(vector, stage.space))
    return Cast(footages, templates, name)


def measure(cast: Cast, stage: Stage, data: str, crowd: Crowd | None = None) -> StreamReport:
    """Play everything.

    Args:
        cast: The clips and the enrolled people.
        stage: The models and limits.
        data: What the clips are called.
        crowd: Galleries of strangers; None for none.

    Raises:
        ModelError: A model is missing or damaged.
        EvidenceError: No clip holds an attempt.
    """
    config, rule = stage.setup.config, stage.rule
    gallery = gallery_of(stage.space, cast.templates)
    played = [play(one, gallery, rule) for one in cast.own]
    return StreamReport(
        data=data,
        models=stage.setup.models(),
        liveness="off" if config.liveness.mode == "off" else config.models.liveness,
        fps=stage.fps,
        enrolled={person: len(some) for person, some in cast.templates.items()},
        source=cast.source,
        threshold=rule.threshold_for(rule.fmr_for(gallery.templates)) if gallery.templates else None,
        clips=tuple(
            ClipReport(one.clip, one.person, one.words.total(), dict(one.words), decisions([one])) for one in played
        ),
        words=dict(sum((one.words for one in played), Counter[str]())),
        own=decisions(played),
        people=by_person(played),
        strangers=play_strangers(cast, stage, crowd),
        votes=measure_votes(cast.footages, (cast.own, cast.templates), crowd, rule) if crowd else None,
        see_ms=spread([1e3 * glance.seconds for one in cast.footages for glance in one.glances]),
    )


def gallery_of(space: Space, templates: Templates) -> Gallery:
    """Return a gallery of everybody who has templates."""
    return Gallery(build(space, [(PersonId(person), one) for person, some in templates.items() for one in some]))


def play_strangers(cast: Cast, stage: Stage, crowd: Crowd | None) -> Strangers | None:
    """Play everybody's clips to galleries without them.

    Args:
        cast: The clips and the enrolled people.
        stage: The limits.
        crowd: The galleries; None for the other enrolled people.

    Returns:
        What was decided; None when there is no gallery with anybody in it.
    """
    played: list[Played] = []
    if crowd is not None:
        galleries = crowd.galleries()
        played = [play(footage, gallery, stage.rule) for gallery in galleries for footage in cast.footages]
        return Strangers(crowd.people, len(galleries), decisions(played), by_person(played))
    sizes = []
    for person in sorted({one.clip.person for one in cast.footages}):
        others = gallery_of(stage.space, {name: some for name, some in cast.templates.items() if name != person})
        if len(others):
            sizes.append(len(others))
            played += [play(footage, others, stage.rule) for footage in cast.footages if footage.clip.person == person]
    return Strangers(min(sizes), 1, decisions(played), by_person(played)) if played else None
