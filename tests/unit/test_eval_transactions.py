"""What becomes of a track in the terminal's own loop and decision: when it is decided, and how it is counted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.eval.clips import Clip, Footage, Glance
from edge.eval.outcomes import Played, by_person, decisions, play, spread
from edge.eval.stream import gallery_of
from edge.eval.transactions import Transaction, replay, words
from edge.values import Reason, Sighting
from tests.fakes import SPACE
from tests.unit.builders import ANN, BOB, blurred, frame, match, missed, nobody, rule
from tests.unit.eval_builders import likeness

if TYPE_CHECKING:
    from collections.abc import Iterable

STRANGER = match(similarity=0.1)


def at(*times: float, **changes: object) -> list[Sighting]:
    return [frame(time, **changes) for time in times]


def played(sightings: Iterable[Sighting], person: str = "ann", clip: str = "a.avi") -> Played:
    shown = list(sightings)
    return Played(clip, person, words(shown, person, rule()), replay(shown, rule()))


def test_the_time_to_a_decision_runs_from_the_first_frame_with_a_face() -> None:
    clip = [nobody(0.0), blurred(0.1), nobody(0.2), *at(0.3, 0.4, 0.5)]
    (one,) = replay(clip, rule())
    assert (one.reason, one.person, one.track) == (Reason.GRANTED, ANN, 1)
    assert one.seconds == pytest.approx(0.3)
    assert one.frames == 3


def test_frames_in_which_the_followed_face_was_missed_count_as_waiting() -> None:
    (one,) = replay([frame(0.0), missed(0.1), frame(0.2)], rule())
    assert one.seconds == pytest.approx(0.2)
    assert one.frames == 3


def test_a_stranger_is_refused_when_the_face_has_gone_even_if_the_clip_ends_before() -> None:
    (one,) = replay(at(0.0, 0.1, 0.2, match=STRANGER), rule())
    assert (one.reason, one.person) == (Reason.UNKNOWN, None)
    assert one.seconds == pytest.approx(0.2)
    assert one.frames == 3


def test_frames_after_the_last_with_the_face_do_not_count() -> None:
    (one,) = replay([*at(0.0, 0.1, 0.2, match=STRANGER), missed(0.3), missed(0.4), nobody(0.5)], rule())
    assert one.frames == 3


def test_a_passer_by_is_undecided() -> None:
    assert replay(at(0.0), rule()) == (Transaction(1),)


def test_somebody_who_was_just_let_in_is_not_reported_again() -> None:
    clip = [*at(0.0, 0.1), nobody(0.2), *at(1.0, 1.1, track=2), nobody(1.2), *at(5.0, 5.1, track=3)]
    done = replay(clip, rule())
    assert [(one.track, one.person, one.walked_on) for one in done] == [
        (1, ANN, False),
        (2, None, True),
        (3, ANN, False),
    ]
    counted = decisions([played(clip)])
    assert (counted.right.events, counted.undecided, counted.walked_on) == (2, 0, 1)


def test_a_passer_by_after_somebody_was_let_in_is_undecided_all_the_same() -> None:
    clip = [*at(0.0, 0.1), nobody(0.2), *at(1.0, track=2), nobody(1.2)]
    assert [(one.reason, one.walked_on) for one in replay(clip, rule())] == [(Reason.GRANTED, False), (None, False)]
    counted = decisions([played(clip)])
    assert (counted.undecided, counted.walked_on) == (1, 0)


def test_one_who_is_told_of_a_poor_view_and_then_recognised_was_let_in() -> None:
    clip = [blurred(0.1 * number) for number in range(35)] + at(3.6, 3.7)
    (one,) = replay(clip, rule())
    assert (one.reason, one.person, one.frames) == (Reason.GRANTED, ANN, 37)


def test_a_clip_without_frames_has_no_transactions() -> None:
    assert replay([], rule()) == ()


def test_frames_are_counted_by_what_they_show() -> None:
    clip = [nobody(0.0), blurred(0.1), *at(0.2, 0.3), *at(0.4, match=match(BOB)), *at(0.5, match=STRANGER)]
    spared = frame(0.6, match=None, spared=True)
    assert words([*clip, spared], "ann", rule()) == {
        "no face": 1,
        "poor view: blurred": 1,
        "right": 2,
        "wrong": 1,
        "nobody": 1,
        "spared": 1,
    }


def test_what_was_decided_is_counted_by_right_wrong_and_reason() -> None:
    some = [
        played(at(0.0, 0.1)),
        played([blurred(0.0), blurred(0.1), *at(0.2, 0.3)]),
        played(at(0.0, 0.1, match=match(BOB))),
        played(at(0.0, 0.1, match=STRANGER)),
        played(at(0.0, 0.1, liveness=0.0)),
        played(at(0.0)),
    ]
    done = decisions(some)
    assert (done.right.events, done.wrong.events, done.right.trials, done.wrong.trials) == (2, 1, 5, 5)
    assert done.refused == {"not-live": 1, "unknown": 1}
    assert done.undecided == 1
    assert (done.wrong_searches.events, done.wrong_searches.trials) == (2, 11)
    assert done.frames is not None
    assert (done.frames.median, done.frames.count) == (3.0, 2)
    assert done.seconds is not None
    assert done.seconds.median == pytest.approx(0.2)


def test_where_the_door_was_never_opened_there_is_no_time() -> None:
    done = decisions([played(at(0.0, 0.1, match=STRANGER))])
    assert (done.seconds, done.frames) == (None, None)


def test_people_are_counted_each_by_themselves() -> None:
    some = [played(at(0.0, 0.1), "bob"), played(at(0.0, 0.1), "ann"), played(at(0.0, 0.1), "ann")]
    assert [(one.person, one.decisions.right.events, one.decisions.wrong.events) for one in by_person(some)] == [
        ("ann", 2, 0),
        ("bob", 0, 1),
    ]


def test_a_clip_is_searched_for_in_the_gallery_it_is_played_to() -> None:
    glances = [Glance(frame(0.1 * number, match=None), likeness(0.9), 0.0) for number in range(3)]
    glances.append(Glance(blurred(0.3), None, 0.0))
    footage = Footage(Clip(Path("a.avi"), "ann"), tuple(glances))
    for enrolled, wanted in (("ann", (1, 0)), ("bob", (0, 1))):
        done = decisions([play(footage, gallery_of(SPACE, {enrolled: [likeness(1.0)]}), rule())])
        assert (done.right.events, done.wrong.events) == wanted


def test_a_spread_is_median_and_95th_percentile() -> None:
    done = spread(list(range(101)))
    assert done is not None
    assert (done.median, done.p95, done.count) == (50, 95, 101)
    assert spread([]) is None
    few, enough = spread([1.0] * 19), spread([1.0] * 20)
    assert few is not None
    assert enough is not None
    assert (few.p95, enough.p95) == (None, 1.0)


def test_of_fewer_than_ten_people_there_is_no_interval() -> None:
    two = decisions([played(at(0.0, 0.1, 0.2), person) for person in ("ann", "bob")] * 50)
    assert (two.right.events, two.right.trials, two.right.people) == (50, 100, 2)
    assert (two.right.lower, two.right.upper, two.wrong_searches.upper) == (None, None, None)
    assert str(two.wrong) == "50 of 100 = 50.00% (2 people: no interval)"
    ten = decisions([played(at(0.0, 0.1), "ann" if number == 0 else f"p{number}") for number in range(10)])
    assert (ten.right.events, ten.wrong.event_people, ten.wrong.people) == (1, 9, 10)
    assert ten.wrong.lower is not None
    assert 0 < ten.wrong.lower < 0.6  # by Clopper and Pearson 0.555
