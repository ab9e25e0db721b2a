"""A scripted day at the door: photographs as frames through see and step with the real models, against a golden file.

`pytest tests/replay --update-golden` writes the file anew; read its difference before committing it. Reasons, tracks,
people, flaws, votes and times must be equal; scores may differ by 0.01, since processors round differently.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge.access.decide import Rule, State, step
from edge.app.demands import demand
from edge.config import Config, LivenessSettings
from edge.people.gallery import Gallery, build
from edge.values import PersonId
from edge.vision.pipeline import Memory, see
from edge.vision.still import study
from hw.base import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from edge.values import Verdict
    from edge.vision.pipeline import Eyes

    Pixels = NDArray[np.uint8]
    Photographs = Mapping[str, Pixels]

pytestmark = pytest.mark.pictures

GOLDEN = Path(__file__).with_name("golden.json")
FRAME_S = 0.1
SCORE = 0.01
DAY = [
    ("obama2", 8),  # enrolled, from another photograph: in
    ("", 15),
    ("biden", 8),  # a stranger
    ("", 15),
    ("obama_partial_face", 8),  # cut off at the picture's edge
    ("", 15),
    ("astronaut", 3),  # a stranger who goes at once
    ("obama3", 6),  # and in whose place the enrolled one steps: rate-limited, then judged
    ("", 15),
    ("dark", 8),  # the enrolled one, in the dark
    ("", 15),
    ("blurred", 8),
    ("", 15),
    ("obama3", 40),  # in, once, however long he stays
    ("", 15),
    ("crowd", 40),  # four faces: nobody is judged
    ("", 5),
]


def fitted(picture: Pixels, height: int) -> Pixels:
    width = round(picture.shape[1] * height / picture.shape[0])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def scene(name: str, photographs: Photographs) -> Pixels:
    """A 1280 x 720 frame."""
    canvas = np.full((720, 1280, 3), 128, np.uint8)
    if name == "crowd":
        face = fitted(photographs["astronaut"][40:240, 110:340], 280)
        for top, left in ((40, 100), (40, 700), (400, 100), (400, 700)):
            canvas[top : top + 280, left : left + face.shape[1]] = face
        return canvas
    if name:
        source = {"dark": "obama2", "blurred": "obama2"}.get(name, name)
        picture = fitted(photographs[source], 720)
        left = 0 if name == "obama_partial_face" else (1280 - picture.shape[1]) // 2
        canvas[:, left : left + picture.shape[1]] = picture
    if name == "dark":
        canvas //= 4
    if name == "blurred":
        canvas = np.asarray(cv2.GaussianBlur(canvas, (0, 0), 8), np.uint8)
    return canvas


def frames(photographs: Photographs) -> Iterator[tuple[str, Frame]]:
    number = 0
    for name, count in DAY:
        pixels = scene(name, photographs)
        for _ in range(count):
            number += 1
            yield name, Frame(pixels, round(FRAME_S * number, 3), number)


def told(name: str, verdict: Verdict) -> dict[str, Any]:
    """What the golden file keeps: numbers and reasons only."""
    evidence = verdict.evidence
    return {
        "shown": name,
        "at": verdict.at,
        "track": verdict.track,
        "reason": str(verdict.reason),
        "person": verdict.person,
        "flaws": [str(flaw) for flaw in verdict.flaws],
        "votes": evidence.votes if evidence else 0,
        "similarity": round(evidence.similarity, 3) if evidence else None,
        "liveness": round(evidence.liveness, 3) if evidence and evidence.liveness is not None else None,
    }


def replay(photographs: Photographs, eyes: Eyes) -> list[dict[str, Any]]:
    enrolled = study(photographs["obama"], eyes).embedding
    assert enrolled is not None
    gallery = Gallery(build(enrolled.space, [(PersonId("obama"), enrolled)]))
    # The passive network takes these photographs for people, the other cues see that they stand still; what is replayed
    # here is everything else.
    eyes = replace(eyes, panel=None)
    rule = Rule(
        decision=Config().decision,
        demand=demand(replace(Config(), liveness=LivenessSettings(mode="passive"))),
        fmr_for=lambda templates: 1e-4 / templates,
        threshold_for=lambda _: 0.412,
        space=str(enrolled.space),
    )
    state, memory, verdicts = State(), Memory(), []
    for name, frame in frames(photographs):
        sighting, memory = see(frame, memory, eyes, gallery.search)
        state, verdict = step(state, sighting, rule)
        if verdict is not None:
            verdicts.append(told(name, verdict))
    return verdicts


@pytest.fixture(scope="module")
def day(photographs: Photographs, eyes: Eyes) -> list[dict[str, Any]]:
    return replay(photographs, eyes)


def test_the_day_at_the_door_goes_as_it_is_written(day: list[dict[str, Any]], *, update_golden: bool) -> None:
    if update_golden:
        GOLDEN.write_text(json.dumps(day, indent=2) + "\n", encoding="utf-8")
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    scores = ("similarity", "liveness")
    assert [{k: v for k, v in one.items() if k not in scores} for one in day] == [
        {k: v for k, v in one.items() if k not in scores} for one in golden
    ]
    for mine, written in zip(day, golden, strict=True):
        for key in scores:
            assert mine[key] == (written[key] if written[key] is None else pytest.approx(written[key], abs=SCORE))


def test_nobody_but_the_enrolled_person_is_let_in(day: list[dict[str, Any]]) -> None:
    granted = [one for one in day if one["reason"] == "granted"]
    assert [one["shown"] for one in granted] == ["obama2", "obama3"]
    assert {one["person"] for one in granted} == {"obama"}


@pytest.mark.long
def test_the_same_day_again_is_the_same(day: list[dict[str, Any]], photographs: Photographs, eyes: Eyes) -> None:
    assert replay(photographs, eyes) == day
