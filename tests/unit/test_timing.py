"""The cue of time: frozen pictures and looped ones."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge.values import Cue, Finding, Sign
from tests.unit.filming import (
    DENY,
    RANDOM,
    ROOM,
    SKIN,
    SUSPECT,
    Shot,
    encoded_anew,
    faceless,
    filmed,
    grainy,
    judged,
    looped,
    lowest,
    noisy,
    person,
    seen,
    signs,
    unchanged,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]


@pytest.mark.parametrize("fps", [30, 15, 5])
def test_a_person_before_a_camera_is_fine_once_half_a_second_was_seen(fps: int) -> None:
    findings = judged(filmed(8, fps))
    assert findings[0] == Finding(Cue.TIME)
    assert {finding.score for finding in findings[fps:]} == {1.0}
    assert signs(findings) == set()


@pytest.mark.parametrize("fps", [30, 15, 5])
def test_dropped_and_doubled_frames_are_no_sign(fps: int) -> None:
    shots = filmed(6, fps)
    chance = np.random.default_rng(1)
    kept = [shot for shot in shots if chance.random() > 0.2]
    worn = [
        replace(shot, picture=before.picture) if index % 5 == 0 else shot
        for index, (before, shot) in enumerate(itertools.pairwise(kept))
    ]
    assert lowest(judged(worn)) == 1.0


@pytest.mark.parametrize("times", [2, 3, 6])
def test_a_slow_camera_in_a_fast_stream_is_no_sign(times: int) -> None:
    slow = filmed(5, 30 / times)
    shots = [replace(shot, at=shot.at + turn / 30) for shot in slow for turn in range(times)]
    assert lowest(judged(shots)) == 1.0


@pytest.mark.parametrize("encode", [encoded_anew, unchanged])
def test_a_compressed_stream_is_no_sign(encode: Callable[[Picture], Picture]) -> None:
    assert lowest(judged(filmed(5, 15, lambda t: encode(person(t, noise=0.0))))) == 1.0


@pytest.mark.parametrize("fps", [30, 15, 5])
def test_a_frozen_picture_is_suspicious_after_0_8_s_and_denied_after_1_2_s(fps: int) -> None:
    moving = filmed(1, fps)
    still = [Shot(1 + index / fps, moving[-1].picture) for index in range(1, 2 * fps)]
    findings = {shot.at: finding for shot, finding in zip([*moving, *still], judged([*moving, *still]), strict=True)}
    early = [finding.score for at, finding in findings.items() if at <= 1.6]
    assert all(score is None or score >= SUSPECT for score in early)
    assert all((finding.score or 0) < SUSPECT for at, finding in findings.items() if at >= 1.8)
    late = [finding for at, finding in findings.items() if at >= 2.2]
    assert lowest(late) <= DENY
    assert {finding.sign for finding in late} == {Sign.FROZEN}
    assert max(finding.score or 0 for finding in late) <= DENY


def test_two_doubled_frames_at_one_frame_a_second_are_no_frozen_picture() -> None:
    picture = person(0)
    assert signs(judged([Shot(0, person(1)), *(Shot(at, picture) for at in (1, 2, 3))])) == set()


def test_a_frozen_picture_that_only_grows_brighter_is_frozen() -> None:
    picture = person(0, noise=0).clip(20, 200)
    findings = judged(Shot(index / 15, (picture + index % 40).astype(np.uint8)) for index in range(30))
    assert lowest(findings) <= DENY
    assert Sign.FROZEN in signs(findings)


def test_a_frozen_camera_is_frozen_without_a_face_too_and_for_whoever_is_followed_next() -> None:
    picture = person(0)
    state, findings = seen(faceless(Shot(index / 15, picture) for index in range(30)))
    assert findings[-1] == Finding(Cue.TIME, 0.0, Sign.FROZEN)
    _, findings = seen([Shot(2.1, picture, track=7)], state)
    assert findings[-1] == Finding(Cue.TIME, 0.0, Sign.FROZEN)


def test_a_still_room_at_night_is_fine() -> None:
    dark = (ROOM // 16).astype(np.uint8)
    assert lowest(judged(faceless(filmed(4, 15, lambda _: noisy(dark, 1.0))))) == 1.0


def test_whoever_comes_in_after_a_still_night_is_fine() -> None:
    night = faceless(Shot(index / 15, ROOM) for index in range(60))
    state, _ = seen(night)
    day = [replace(shot, at=shot.at + 4.1) for shot in filmed(3, 15)]
    assert lowest(seen(day, state)[1]) == 1.0


@pytest.mark.parametrize("fps", [30, 15, 5])
@pytest.mark.parametrize("change", [grainy, encoded_anew])
def test_a_still_face_under_fresh_noise_is_suspicious_and_no_more(
    fps: int, change: Callable[[Picture], Picture]
) -> None:
    picture = person(0, noise=0)
    findings = judged(filmed(3, fps, lambda _: change(picture)))
    assert DENY < lowest(findings) < SUSPECT
    assert signs(findings) == {Sign.FROZEN}
    assert signs(findings[: round(1.9 * fps)]) == set()


def test_a_still_face_is_suspicious_and_no_more_however_little_the_noise() -> None:
    picture = person(0, noise=0)
    assert DENY < lowest(judged(filmed(3, 15, lambda _: noisy(picture, 0.3)))) < SUSPECT


def test_a_still_face_in_flickering_light_is_suspicious() -> None:
    picture = person(0, noise=0)

    def flickering(t: float) -> Picture:
        return noisy(np.asarray(cv2.convertScaleAbs(picture, beta=6 * math.sin(9 * t)), np.uint8), 2.0)

    findings = judged(filmed(3, 15, flickering))
    assert Sign.FROZEN in signs(findings)


def test_a_face_that_stood_still_for_long_stays_suspicious_when_it_moves() -> None:
    picture = person(0, noise=0)
    assert judged(filmed(7, 15, lambda t: grainy(picture) if t < 3 else person(t)))[-1].sign is Sign.FROZEN


def test_a_person_who_hardly_moves_is_fine() -> None:
    def calm(t: float) -> Picture:
        picture = ROOM.copy()
        picture[70:170, 110:210] = cv2.getRectSubPix(SKIN, (100, 100), (70 + 0.8 * math.sin(t), 70 + 0.5 * t % 0.7))
        return noisy(picture, 2.0)

    assert lowest(judged(filmed(6, 15, calm))) > SUSPECT


def test_a_face_without_contrast_is_not_called_still() -> None:
    blank = ROOM.copy()
    blank[60:180, 100:220] = 128
    assert lowest(judged(filmed(5, 15, lambda _: noisy(blank, 1.0)))) == 1.0


@pytest.mark.parametrize("fps", [30, 15, 5])
@pytest.mark.parametrize("period_s", [1.0, 3.0, 10.0])
def test_a_loop_of_the_same_pictures_is_denied_within_a_second_of_its_return(fps: int, period_s: float) -> None:
    findings = judged(looped(period_s, period_s + 1.0, fps, unchanged))
    assert lowest(findings[: round(period_s * fps)]) == 1.0
    assert findings[-1].score == 0.0
    assert signs(findings) == {Sign.LOOPED}


def test_a_clip_played_forth_and_back_is_a_loop() -> None:
    forth = [person(index / 15) for index in range(20)]
    shots = [Shot(index / 15, picture) for index, picture in enumerate([*forth, *forth[::-1]])]
    assert judged(shots)[-1] == Finding(Cue.TIME, 0.0, Sign.LOOPED)


def test_a_loop_is_found_without_a_face_and_is_forgotten_after_a_few_seconds() -> None:
    state, findings = seen(faceless(looped(1.0, 2.5, 15, unchanged)))
    assert findings[-1].sign is Sign.LOOPED
    later = faceless(replace(shot, at=shot.at + 2.6) for shot in filmed(4, 15, lambda t: person(t + 50)))
    assert seen(later, state)[1][-1] == Finding(Cue.TIME, 1.0)


@pytest.mark.parametrize("fps", [30, 15])
@pytest.mark.parametrize("change", [grainy, encoded_anew])
@pytest.mark.parametrize("period_s", [1.0, 2.0, 4.0])
def test_a_loop_under_fresh_noise_is_denied(fps: int, change: Callable[[Picture], Picture], period_s: float) -> None:
    findings = judged(looped(period_s, period_s + 2.5, fps, change))
    assert lowest(findings) <= DENY
    assert signs(findings) == {Sign.LOOPED}
    assert signs(findings[: round((period_s + 0.5) * fps)]) == set()


def test_a_loop_under_fresh_noise_is_found_across_a_new_track() -> None:
    shots = looped(2.0, 5.0, 15, grainy)
    assert lowest(judged(replace(shot, track=int(shot.at // 2)) for shot in shots)) <= DENY


def test_somebody_who_makes_one_short_movement_twice_is_no_loop() -> None:
    shots = filmed(8, 15, lambda t: person(t - 2 if 4 <= t < 4.7 else t))
    assert lowest(judged(shots)) > SUSPECT


def test_frames_delivered_again_at_once_and_out_of_order_are_no_loop() -> None:
    pictures = [person(index / 30) for index in range(60)]
    order = [*range(30), 27, 28, 26, 29, 25, 28, *range(30, 60)]
    shots = [Shot(index / 30, pictures[number]) for index, number in enumerate(order)]
    assert lowest(judged(shots)) == 1.0


def test_a_lamp_that_blinks_is_no_loop() -> None:
    dim, bright = ROOM // 2, ROOM
    shown = [(bright if index // 4 % 2 else dim).astype(np.uint8) for index in range(90)]
    assert lowest(judged(faceless(Shot(index / 15, picture) for index, picture in enumerate(shown)))) >= SUSPECT


def test_something_that_turns_beside_a_person_is_no_loop() -> None:
    def beside(t: float) -> Picture:
        picture = person(t)
        picture[10:60, 10:90] = 60 + 120 * (round(t * 15) // 5 % 2)
        return picture

    assert lowest(judged(filmed(8, 15, beside))) == 1.0


def test_a_covered_camera_with_a_few_hot_pixels_is_no_loop() -> None:
    def black(_: float) -> Picture:
        picture = np.zeros((240, 320, 3), np.uint8)
        picture[RANDOM.integers(0, 3) * 50, 100] = RANDOM.integers(0, 2) * 40
        return picture

    assert Sign.LOOPED not in signs(judged(faceless(filmed(6, 15, black))))
