"""The guide through the poses of an enrolment: what is captured, what is told, and what never is (laws)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import cos, inf, nan, radians, sin
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.people.guide import AIMS, Guide, GuideRules, View, paused, step
from edge.people.lighting import UsualLight, unusual
from edge.values import Embedding, Flaw, Quality, Space
from edge.values.guidance import AIMS_IN_WORDS, HINTS, LIGHTS, Aim, GuideEnd, Hint, Light

HERE = Space("toy", "a" * 64, "1")
RULES = GuideRules(same=0.4)
LIT: dict[str, Any] = {"luminance_mean": 120.0, "illumination_uniformity": 0.8, "dynamic_range": 6.0}
POSED = {Aim.CENTRE: (0, 0), Aim.LEFT: (20, 2), Aim.RIGHT: (-20, 2), Aim.UP: (1, 12), Aim.DOWN: (-1, -12)}


def face(degrees: float = 0.0) -> Embedding:
    return Embedding(np.array([cos(radians(degrees)), sin(radians(degrees))], np.float32), HERE)


def view(at: float, yaw: float = 0.0, pitch: float = 0.0, **words: Any) -> View:  # noqa: ANN401 - any measure
    """A good view; `words` change the view, or else what was measured of it."""
    measured: dict[str, Any] = {"inter_eye_px": 70.0, "yaw_deg": yaw, "pitch_deg": pitch, "score": 50.0, **LIT}
    whole: dict[str, Any] = {"track": 1, "faces": 1, "embedding": face(), "surround": 120.0}
    for name, value in words.items():
        (whole if name in View.__slots__ else measured)[name] = value
    return View(at, **{"quality": Quality(**measured), **whole})


def led(guide: Guide, *views: View, rules: GuideRules = RULES) -> Guide:
    for one in views:
        guide = step(guide, one, rules)
    return guide


def held(since: float, yaw: float = 0.0, pitch: float = 0.0, **words: Any) -> list[View]:  # noqa: ANN401 - as `view`
    """A pose that is held for half a second."""
    return [view(since + tenth / 10, yaw, pitch, **words) for tenth in range(6)]


def posed(*aims: Aim, since: float = 0.0, **words: Any) -> Guide:  # noqa: ANN401 - as `view`
    guide = Guide()
    for number, aim in enumerate(aims):
        guide = led(guide, *held(since + number, *POSED[aim], **words))
    return guide


def test_whoever_does_what_is_asked_is_captured_in_five_poses() -> None:
    guide = posed(*AIMS)
    assert guide.end is GuideEnd.CAPTURED
    assert [one.aim for one in guide.captures] == list(AIMS)
    assert (guide.skipped, guide.restarts, guide.light, guide.aim) == ((), 0, frozenset(), None)


@pytest.mark.parametrize(
    ("aim", "hint"),
    [
        (Aim.LEFT, Hint.TURN_LEFT),
        (Aim.RIGHT, Hint.TURN_RIGHT),
        (Aim.UP, Hint.LOOK_UP),
        (Aim.DOWN, Hint.LOOK_DOWN),
    ],
)
def test_each_pose_is_asked_for_until_the_head_is_there(aim: Aim, hint: Hint) -> None:
    guide = posed(*AIMS[: AIMS.index(aim)])
    asked = led(guide, view(10.0))
    assert (asked.aim, asked.hint, asked.held) == (aim, hint, ())
    assert led(guide, view(10.0, *POSED[aim])).hint is Hint.HOLD_STILL
    yaw, pitch = POSED[aim]
    assert led(guide, view(10.0, 2 * yaw, 2 * pitch)).hint is Hint.NOT_SO_FAR
    assert led(guide, view(10.0, -yaw, -pitch)).hint is hint


def test_poses_are_measured_from_how_the_person_looks_straight_at_a_camera_that_hangs_high() -> None:
    guide = led(Guide(), *held(0.0, 0, -15))
    assert [one.aim for one in guide.captures] == [Aim.CENTRE]
    guide = led(guide, *held(1.0, 20, -14), *held(2.0, -20, -14))
    assert led(guide, view(3.0, 0, -4)).hint is Hint.HOLD_STILL
    assert led(guide, view(3.0, 0, -9)).hint is Hint.LOOK_UP


@pytest.mark.parametrize(
    ("seen", "hint", "flaw"),
    [
        (View(0.0), Hint.STEP_UP, None),
        (view(0.0, faces=2), Hint.ONE_AT_A_TIME, None),
        (view(0.0, inter_eye_px=39.0), Hint.COME_CLOSER, None),
        (view(0.0, inter_eye_px=nan), Hint.COME_CLOSER, None),
        (view(0.0, 16), Hint.LOOK_STRAIGHT, None),
        (view(0.0, 0, nan), Hint.LOOK_STRAIGHT, None),
        (view(0.0, flaws=(Flaw.TOO_DARK, Flaw.BLURRED)), None, Flaw.TOO_DARK),
        (view(0.0, flaws=(Flaw.TURNED_AWAY,)), Hint.LOOK_STRAIGHT, Flaw.TURNED_AWAY),
        (view(0.0, embedding=None), Hint.HOLD_STILL, None),
    ],
)
def test_what_is_in_the_way_is_said(seen: View, hint: Hint | None, flaw: Flaw | None) -> None:
    guide = led(Guide(), seen)
    assert (guide.hint, guide.flaw, guide.held) == (hint, flaw, ())


def test_nobody_is_captured_who_moves_or_of_whom_too_few_views_came() -> None:
    moving = [view(tenth / 10, 7 * (tenth % 2)) for tenth in range(20)]
    assert led(Guide(), *moving).captures == ()
    assert led(Guide(), view(0.0), view(0.4)).captures == ()
    assert led(Guide(), *(view(0.6 * number) for number in range(9))).captures == ()
    assert len(led(Guide(), view(0.0), view(0.2), view(0.4)).captures) == 1


def test_the_best_of_the_held_views_is_captured() -> None:
    guide = led(Guide(), view(0.0, score=30.0), view(0.2, score=60.0), view(0.4, score=50.0))
    assert guide.captures[0].quality.score == 60.0


def test_s4_another_track_begins_everything_anew_and_too_many_end_it() -> None:
    guide = posed(Aim.CENTRE, Aim.LEFT)
    guide = led(guide, view(3.0, 20, track=2))
    assert (guide.captures, guide.restarts, guide.hint) == ((), 1, Hint.BEGIN_AGAIN)
    for track in (3, 4, 5):
        guide = led(guide, *held(float(track + 1), track=track - 1), view(track + 1.9, track=track))
    assert (guide.end, guide.captures and guide.captures[0].track) == (GuideEnd.LOST, 4)


def test_a_pose_that_shows_another_face_ends_it() -> None:
    guide = led(posed(Aim.CENTRE), *held(1.0, *POSED[Aim.LEFT], embedding=face(80)))
    assert guide.end is GuideEnd.SOMEBODY_ELSE
    assert guide.aim is Aim.LEFT


def test_a_pose_that_does_not_come_is_left_out_and_three_are_enough() -> None:
    guide = posed(Aim.CENTRE)
    guide = led(guide, view(20.0), *held(20.1, *POSED[Aim.RIGHT]), *held(21.0, *POSED[Aim.UP]), view(40.0), view(60.0))
    assert guide.end is GuideEnd.CAPTURED
    assert guide.skipped == (Aim.LEFT, Aim.DOWN)
    guide = led(posed(Aim.CENTRE, Aim.LEFT), view(20.0), view(40.0), view(60.0), view(80.0))
    assert guide.end is GuideEnd.TOO_SLOW


def test_whoever_never_looks_straight_is_waited_for_until_time_is_over() -> None:
    turned = [view(float(second), 25) for second in range(121)]
    guide = led(Guide(), *turned)
    assert (guide.end, guide.skipped) == (None, ())
    assert led(guide, view(120.5, 25)).end is GuideEnd.TOO_SLOW


def test_a_challenge_in_between_costs_a_pose_no_time() -> None:
    guide = led(posed(Aim.CENTRE), view(10.0))
    assert led(guide, view(20.0)).skipped == (Aim.LEFT,)
    assert led(paused(guide, 19.0), view(20.0)).skipped == ()


UNUSUAL: dict[Light, dict[str, Any]] = {
    Light.SIDE: {"illumination_uniformity": 0.1},
    Light.BACK: {"luminance_mean": 90.0, "surround": 230.0},
    Light.DARK: {"luminance_mean": 50.0},
    Light.BRIGHT: {"over_exposed": 0.5},
}


@pytest.mark.parametrize("light", Light)
def test_unusual_light_is_measured_and_a_second_capture_asked_for(light: Light) -> None:
    guide = posed(*AIMS, **UNUSUAL[light])
    assert guide.captures[0].light == {light}
    assert (guide.end, guide.aim, guide.light) == (None, Aim.RELIT, frozenset({light}))
    assert led(guide, *held(6.0, **UNUSUAL[light])).hint is Hint.CHANGE_LIGHT
    better = led(guide, *held(6.0))
    assert (better.end, better.captures[-1].aim, better.light) == (GuideEnd.CAPTURED, Aim.RELIT, frozenset())
    worse = led(guide, *held(6.0, **UNUSUAL[light]), view(21.0))
    assert (worse.end, worse.skipped, worse.light) == (GuideEnd.CAPTURED, (Aim.RELIT,), frozenset({light}))


def test_light_that_is_no_number_is_unusual() -> None:
    nothing = Quality(70.0, luminance_mean=nan, illumination_uniformity=nan)
    assert unusual(nothing, nan, UsualLight()) == {Light.SIDE, Light.DARK, Light.BRIGHT}
    assert unusual(replace(nothing, luminance_mean=100.0), 200.0, UsualLight()) == {Light.SIDE, Light.BACK}
    assert unusual(Quality(70.0, **LIT), 100.0, UsualLight()) == frozenset()


def test_there_are_words_for_everything() -> None:
    assert HINTS.keys() == set(Hint)
    assert AIMS_IN_WORDS.keys() == set(Aim)
    assert LIGHTS.keys() == set(Light)


degrees = st.one_of(st.sampled_from([0.0, 12.0, -12.0, 20.0, -20.0, 35.0, nan, inf]), st.floats(-40, 40))
views = st.builds(
    lambda wait, yaw, pitch, words: (wait, yaw, pitch, words),
    st.sampled_from([0.05, 0.1, 0.2, 0.4, 2.0, 9.0, 16.0, -1.0]),
    degrees,
    degrees,
    st.fixed_dictionaries(
        {},
        optional={
            "track": st.sampled_from([1, 1, 2, None]),
            "faces": st.sampled_from([1, 1, 2, 0]),
            "embedding": st.sampled_from([face(), face(30), face(80), None]),
            "flaws": st.sampled_from([(), (Flaw.TURNED_AWAY,), (Flaw.BLURRED,)]),
            "inter_eye_px": st.sampled_from([70.0, 20.0, nan]),
            "luminance_mean": st.sampled_from([120.0, 50.0, nan]),
        },
    ),
)


def film(drawn: list[tuple[float, float, float, dict[str, Any]]]) -> list[View]:
    """Each drawn pose is held for some views, so that captures do come."""
    at, made = 0.0, []
    for wait, yaw, pitch, words in drawn:
        at += wait
        made += [view(at + 0.1 * tenth, yaw, pitch, **words) for tenth in range(5)]
        at += 0.5
    return made


@given(st.lists(views, max_size=25), st.booleans())
@settings(max_examples=200)
def test_s4_every_capture_is_one_person_on_one_track_in_a_good_view(
    drawn: list[tuple[float, float, float, dict[str, Any]]], begun: bool
) -> None:
    guide = posed(Aim.CENTRE, Aim.LEFT, since=-10.0) if begun else Guide()
    for one in film(drawn):
        before, guide = guide, step(guide, one, RULES)
        assert before.end is None or guide is before
        assert guide.aim is None or guide.aim not in {one.aim for one in guide.captures}
        told = (guide.hint is None) + (guide.flaw is None)
        assert guide.end is not None or told <= 1 or guide.aim is None
    captures = guide.captures
    order = [AIMS.index(one.aim) if one.aim in AIMS else len(AIMS) for one in captures]
    assert order == sorted(set(order))
    assert {one.track for one in captures} <= {guide.track}
    assert all(not one.quality.flaws and one.quality.inter_eye_px >= RULES.min_eyes_px for one in captures)
    assert all(one.similarity >= RULES.same for one in captures)
    assert all(one.at < later.at for one, later in pairwise(captures))
    base = captures[0].quality if captures else Quality(0)
    for taken in captures:
        along = {
            Aim.LEFT: taken.quality.yaw_deg - base.yaw_deg,
            Aim.RIGHT: base.yaw_deg - taken.quality.yaw_deg,
            Aim.UP: taken.quality.pitch_deg - base.pitch_deg,
            Aim.DOWN: base.pitch_deg - taken.quality.pitch_deg,
        }.get(taken.aim)
        assert along is None or RULES.nod_deg <= along <= RULES.turn_most_deg
    if guide.end is GuideEnd.CAPTURED:
        assert len(captures) >= RULES.least
        assert captures[0].aim is Aim.CENTRE
