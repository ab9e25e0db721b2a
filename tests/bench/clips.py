"""How many frames of webcam clips are recognised, and how many wrongly: each person enrolled from one frame.

    python tests/bench/clips.py FOLDER        FOLDER holds clips and labels.csv with the columns clip,person

The first clip of each person gives the one frame (the sharpest that passes every limit and shows one face); all
other clips are played through the product's own `see`. Liveness is measured and reported, and judges nothing here.
"""

from __future__ import annotations

import csv
import statistics
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge.access import decide
from edge.app.eyes import open_eyes
from edge.app.terminal import rule
from edge.config import Config
from edge.people.gallery import Gallery, Templates
from edge.values import PersonId, Sighting
from edge.vision.pipeline import see
from edge.vision.still import study
from edge.vision.track import Track
from hw.base import CameraEndError, Frame
from hw.board import open_board

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.values import Embedding
    from edge.vision.pipeline import Eyes


def frames(config: Config, clip: Path) -> Iterator[Frame]:
    """Play a clip once, as fast as it can be read."""
    settings = replace(config.camera, source=str(clip), paced=False, loop=False)
    camera = open_board("pc").open_camera(settings)
    try:
        while True:
            yield camera.capture(5.0)
    except CameraEndError:
        return
    finally:
        camera.close()


def best(config: Config, clip: Path, eyes: Eyes) -> Embedding:
    """Return the embedding of the sharpest frame of a clip that passes every limit."""
    found = [study(frame.pixels, eyes) for frame in frames(config, clip)]
    good = [one for one in found if one.faces == 1 and one.quality is not None and one.quality.good]
    chosen = max(good, key=lambda one: one.quality.sharpness if one.quality else 0.0)
    if chosen.embedding is None:
        raise SystemExit(f"{clip}: no frame is good enough")
    return chosen.embedding


def main(folder: Path) -> None:
    """Print a line a clip and the sum."""
    config = Config()
    eyes, believed = open_eyes(config), rule(config)
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        labels = [(folder / f"{row['clip']}.mkv", PersonId(row["person"])) for row in csv.DictReader(file)]
    first = {person: clip for clip, person in reversed(labels)}
    people = tuple(sorted(first))
    templates = [best(config, first[person], eyes) for person in people]
    vectors = np.stack([template.vector for template in templates])
    gallery = Gallery(Templates(templates[0].space, people, np.arange(len(people) + 1), vectors))
    total: Counter[str] = Counter()
    for clip, person in labels:
        if clip == first[person]:
            continue
        counts, liveness = play(config, clip, person, (eyes, believed, gallery))
        total += counts
        liveness = liveness or [float("nan")]
        alive = (
            f"liveness median {statistics.median(liveness):.2f}, under 0.05: {np.mean(np.array(liveness) < 0.05):.1%}"
        )
        print(f"{clip.name} ({person}): {dict(counts)}; {alive}")
    seen = (
        total["right"]
        + total["wrong"]
        + total["nobody"]
        + sum(count for what, count in total.items() if what.startswith("poor view"))
    )
    print(f"all: {dict(total)}")
    print(f"right {total['right'] / seen:.2%} of {seen} frames with a face, wrong {total['wrong']}")


def play(
    config: Config, clip: Path, person: PersonId, parts: tuple[Eyes, decide.Rule, Gallery]
) -> tuple[Counter[str], list[float]]:
    """Count what the frames of a clip show."""
    eyes, believed, gallery = parts
    counts: Counter[str] = Counter()
    liveness = []
    track = Track()
    for frame in frames(config, clip):
        sighting, track = see(frame, track, eyes, gallery.search)
        counts[word(sighting, person, believed)] += 1
        if sighting.liveness is not None:
            liveness.append(sighting.liveness)
    return counts, liveness


def word(sighting: Sighting, person: PersonId, believed: decide.Rule) -> str:
    """Say in a word what a frame shows."""
    if sighting.quality is None:
        return "no face"
    if not sighting.quality.good:
        return f"poor view: {sighting.quality.flaws[0]}"
    vote = decide.vote(sighting, believed)
    if vote.person is None:
        return "nobody"
    return "right" if vote.person == person else "wrong"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
