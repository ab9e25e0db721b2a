"""Which clips are made of which sources, at which distances; and the table that says it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from edge.errors import PictureError
from edge.eval.attacks.recipe import Recipe, Wanted, drawn, stream
from edge.eval.attacks.sources import distance
from edge.eval.attacks.species import CONTROLS, FILLING, INJECTED, PRINTS, Species

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edge.eval.attacks.sources import Source

DISTANCES = (30.0, 50.0, 80.0, 120.0)
"""Pixels between the eyes, in a picture 640 wide: from across a lobby to an arm's length."""
SUFFIX = ".avi"
"""A container whose files hold nothing but the clip: Matroska's carry a random number each."""
_STILL_FPS = 30.0
_LOOPS = 3.5
"""How often a looped stretch is seen at least; one is a second long at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be made.

    Attributes:
        species: Which species.
        distances: How far the eyes are to be apart, in pixels.
        count: How many clips of each species; 0 for every source at every distance.
        seconds: How long each is at most; a clip that is shorter gives shorter ones.
        size: (width, height) in pixels.
        seed: Of all draws.
        rooms: Names of photographs to choose backgrounds from; empty for made rooms.
    """

    species: tuple[Species, ...] = tuple(Species)
    distances: tuple[float, ...] = DISTANCES
    count: int = 0
    seconds: float = 2.5
    size: tuple[int, int] = (640, 480)
    seed: int = 1
    rooms: tuple[str, ...] = ()


class AttacksReport(Struct, frozen=True):
    """`edge eval attacks`.

    Attributes:
        data: What the clips of people are called.
        seed: Of all draws.
        people: How many people are shown.
        species: How many clips of each species were made.
        clips: What each is made of.
    """

    data: str
    seed: int
    people: int
    species: dict[str, int]
    clips: tuple[Recipe, ...]


def plan(sources: Sequence[Source], asked: Asked) -> tuple[tuple[Recipe, Source], ...]:
    """Return what is made of what, ordered by species.

    Args:
        sources: Clips, and photographs for prints.
        asked: What is to be made.

    Raises:
        PictureError: Two sources would give clips of one name, or none would give any.
    """
    made = []
    for kind in asked.species:
        among = [one for one in sources if kind in PRINTS or not one.still]
        pairs = [
            (one, apart) for one in among for apart in (asked.distances if kind is not Species.LIVE_SHIFT else (0.0,))
        ]
        made += [(_recipe(kind, one, apart, asked), one) for one, apart in _chosen(pairs, kind, asked)]
    taken: dict[str, Source] = {}
    for recipe, source in made:
        if taken.setdefault(recipe.clip, source) is not source:
            raise PictureError(
                f"{source.file} and {taken[recipe.clip].file}: both would be {recipe.clip}; rename one of them"
            )
    if not made:
        raise PictureError("no clip can be made of these sources: replays need clips, photographs give prints only")
    return tuple({recipe.clip: (recipe, source) for recipe, source in made}.values())


def _chosen(pairs: list[tuple[Source, float]], kind: Species, asked: Asked) -> Iterator[tuple[Source, float]]:
    """Yield as many as are asked for; people, distances and sources come about equally often."""
    left = [pairs[i] for i in stream(asked.seed, kind, "choice").permutation(len(pairs))] if asked.count else pairs
    used: dict[object, int] = {}
    for _ in range(min(asked.count or len(left), len(left))):
        best = min(left, key=lambda one: [sum(used.get(mark, 0) for mark in marks) for marks in _marks(*one)])
        left.remove(best)
        for marks in _marks(*best):
            for mark in marks:
                used[mark] = used.get(mark, 0) + 1
        yield best


def _marks(source: Source, apart: float) -> tuple[tuple[object, ...], ...]:
    return (("person", source.person), apart), (source.file,)


def _recipe(kind: Species, source: Source, apart: float, asked: Asked) -> Recipe:
    fps = source.fps or _STILL_FPS
    most = max(1, round(asked.seconds * fps))
    frames = most if kind in PRINTS or kind is Species.REPLAY_FROZEN else min(most, source.count)
    if kind is Species.REPLAY_LOOP:
        frames = round(max(asked.seconds, _LOOPS) * fps)
    if kind is Species.LIVE_SHIFT:
        frames = source.count
    own = distance(source.middle)
    if kind is Species.LIVE_SHIFT:
        apart = own
    elif kind in CONTROLS | INJECTED | FILLING:  # what is shown fills the picture at least
        apart = max(apart, own * _least(source, asked.size))
    suffix = source.file.suffix if kind is Species.LIVE_SHIFT else SUFFIX
    stem = "-".join(re.sub(r"[^\w.]+", "_", word) for word in (source.person, source.file.stem, f"{apart:.0f}px"))
    wanted = Wanted(
        clip=f"{kind}/{stem}{suffix}", species=kind, person=source.person, source=source.file.name, shown=source.count,
        looked=tuple(source.eyes), eyes_px=round(apart, 1), frames=frames, fps=fps, rooms=asked.rooms, size=asked.size,
        seed=asked.seed,
    )  # fmt: skip
    return drawn(wanted)


def _least(source: Source, size: tuple[int, int]) -> float:
    """Return how much a clip is enlarged at least, so that it fills a picture."""
    return max(made / own for made, own in zip(size, source.size, strict=True))


def report(made: Sequence[Recipe], data: str, seed: int) -> AttacksReport:
    """Return what was made.

    Args:
        made: Each clip.
        data: What the clips of people are called.
        seed: Of all draws.
    """
    species: dict[str, int] = {}
    for one in made:
        species[one.species] = species.get(one.species, 0) + 1
    return AttacksReport(data, seed, len({one.person for one in made}), species, tuple(made))


def table(made: Sequence[Recipe]) -> str:
    """Return a CSV table of clips, a column for each parameter; empty where a clip has no such thing."""
    rows = [dict(_flat(msgspec.to_builtins(one))) for one in made]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _flat(values: dict[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        elif isinstance(value, (list, tuple)):
            yield before + name, " ".join(f"{one:g}" for one in value)
        elif isinstance(value, bool):
            yield before + name, "yes" if value else "no"
        elif value is not None:
            yield before + name, f"{value:g}" if isinstance(value, float) else value
