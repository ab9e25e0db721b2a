"""Everything played: people are found where they are enrolled, and strangers where they are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.config import Config
from edge.errors import EvidenceError
from edge.eval.clips import Clip
from edge.eval.crowd import Crowd
from edge.eval.faces import Faces
from edge.eval.pictures import Picture
from edge.eval.stream import Cast, Stage, StreamReport, from_pictures, measure
from edge.eval.subject import Setup
from edge.values import PersonId
from edge.vision.pipeline import Eyes
from tests.fakes import SPACE
from tests.unit.builders import GOOD, rule
from tests.unit.eval_builders import footage, likeness

CONFIG = Config()
ANN = footage("ann", [0.9] * 4)
ANN_AGAIN = replace(footage("ann", [0.95] * 4, [-0.9] * 4), clip=Clip(Path("again.avi"), "ann"))
BOB = footage("bob", [-0.9] * 4)
EVE = footage("eve", [0.1] * 5)


def stage() -> Stage:
    def never(*_: object) -> None:
        raise AssertionError

    eyes = Eyes(never, never, None, never, CONFIG.detection, CONFIG.track, CONFIG.quality)  # type: ignore[arg-type]  # never asked
    return Stage(Setup("configured", CONFIG), eyes, rule(), SPACE)


def played(crowd: Crowd | None = None) -> StreamReport:
    """Ann is enrolled from her first clip and Bob from his only one; Eve is not enrolled."""
    templates = {"ann": [likeness(1.0)], "bob": [likeness(-1.0), likeness(-0.99)], "eve": []}
    cast = Cast((ANN, ANN_AGAIN, BOB, EVE), templates, "clips", frozenset({ANN.clip, BOB.clip, EVE.clip}))
    return measure(cast, stage(), "office", crowd)


def test_only_clips_that_nobody_was_enrolled_from_tell_how_people_are_recognised() -> None:
    report = played()
    assert [(one.clip, one.person, one.frames) for one in report.clips] == [("again.avi", "ann", 8)]
    assert report.words == report.clips[0].words == {"right": 4, "wrong": 4}
    assert (report.own.right.events, report.own.wrong.events, report.own.right.trials) == (1, 1, 2)
    assert report.enrolled == {"ann": 1, "bob": 2, "eve": 0}
    assert report.threshold == pytest.approx(0.4 + 0.05 * 0.4771 - 0.05, abs=1e-4)


def test_all_clips_of_everybody_are_played_to_those_who_are_left() -> None:
    strangers = played().strangers
    assert strangers is not None
    assert (strangers.gallery, strangers.galleries) == (1, 1)
    # Ann's second face is Bob's; nobody else's is anybody's.
    assert [(one.person, one.decisions.wrong.events, one.decisions.wrong.trials) for one in strangers.people] == [
        ("ann", 1, 3),
        ("bob", 0, 1),
        ("eve", 0, 1),
    ]
    assert (strangers.decisions.wrong_searches.events, strangers.decisions.wrong_searches.trials) == (4, 21)


def test_with_a_crowd_all_clips_are_played_to_every_gallery_of_it() -> None:
    draw = ((PersonId("stranger"), likeness(1.0)),)
    report = played(Crowd(SPACE, (draw, draw, draw)))
    assert report.strangers is not None
    assert (report.strangers.gallery, report.strangers.galleries) == (1, 3)
    found = {one.person: one.decisions.wrong.events for one in report.strangers.people}
    assert found == {"ann": 6, "bob": 0, "eve": 0}
    assert report.votes is not None
    assert report.votes.attempts == 5
    assert report.votes.levels[0].attempt_misses.trials == 6  # Ann's second clip alone, in three galleries


def test_where_no_photograph_is_good_enough_nothing_is_measured() -> None:
    nothing = Faces((), np.empty(0, np.int64), (), np.empty((0, 4), np.float32), ())
    with pytest.raises(EvidenceError, match="photographs of badges"):
        from_pictures((ANN,), nothing, stage(), "badges")


def test_photographs_of_one_person_are_that_persons_templates() -> None:
    vectors = np.stack([likeness(one).vector for one in (1.0, -1.0, 0.9)])
    pictures = tuple(Picture(Path("a.jpg"), name) for name in ("ann", "bob", "ann"))
    faces = Faces(pictures, np.array([0, 1, 0]), ("ann", "bob"), vectors, (GOOD,) * 3)
    cast = from_pictures((ANN, ANN_AGAIN, EVE), faces, stage(), "badges")
    assert {person: len(some) for person, some in cast.templates.items()} == {"ann": 2, "bob": 1}
    assert cast.own == (ANN, ANN_AGAIN)


def test_seeing_is_timed_in_milliseconds() -> None:
    report = played()
    assert report.see_ms is not None
    assert report.see_ms.median == pytest.approx(10.0)
    assert report.see_ms.count == 21


def test_the_report_says_what_ran() -> None:
    report = played()
    assert (report.data, report.source, report.fps) == ("office", "clips", None)
    assert report.liveness == CONFIG.models.liveness
    assert report.models.embedder.name == CONFIG.models.embedder
    assert len(report.models.embedder.sha256) == 64
