"""Simulated challenges: who answers passes, what does not hear fails, and a guess is as good as its odds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from edge.access.challenge import Glimpse, Pose, draw
from edge.cli.eval.challenge import command
from edge.config import ChallengeSettings
from edge.errors import EvidenceError, PictureError
from edge.eval.actors import Film, Guess, Head, Live, Loop, Lots, Noise, enlarged, gesture, noise_of
from edge.eval.challenges import KINDS, ChallengeReport, Plan, measure, play
from edge.eval.clips import Clip, Footage, Glance
from edge.values import Move, Quality
from tests.unit.builders import frame, nobody

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SETTINGS = ChallengeSettings()
KINDS_OF_MOVES = SETTINGS.moves
QUIET = Noise(0.0, 0.0, 0.0)
NOISE = Noise(0.7, 1.0, 0.013)


def lots(seed: int = 1) -> Lots:
    return Lots(np.random.default_rng(seed))


def swaying(frames: int = 300, turn: float = 6.0, jitter: float = 0.5) -> Footage:
    """A clip of a head that looks to and fro a little."""
    random = np.random.default_rng(3)
    glances = []
    for number in range(frames):
        yaw = turn * float(np.sin(number / 15)) + jitter * float(random.standard_normal())
        quality = Quality(40.0, yaw_deg=yaw, pitch_deg=jitter * float(random.standard_normal()), head_size=0.2)
        glances.append(Glance(frame(number / 30, quality=quality), None, 0.01))
    return Footage(Clip(Path("sways.avi"), ""), tuple(glances))


def empty() -> Footage:
    return Footage(Clip(Path("empty.avi"), ""), tuple(Glance(nobody(n / 30), None, 0.01) for n in range(30)))


@pytest.fixture(scope="module")
def report() -> ChallengeReport:
    return measure([swaying(), empty()], Plan(SETTINGS, trials=40), "office")


@pytest.mark.long
def test_people_who_answer_pass_and_films_of_two_movements_hardly_ever(report: ChallengeReport) -> None:
    assert [(one.steps, one.fps) for one in report.people] == [(n, fps) for n in (2, 3) for fps in (5, 8, 15, 30)]
    assert all(one.passed.rate >= 0.85 for one in report.people)
    assert all(one.seconds is not None and 2 < one.seconds.median < 9 for one in report.people)
    assert [one.passed.events for one in report.films[1:]] == [0, 0]
    assert all(one.passed.upper < 0.1 for one in report.films[1:])
    assert all(one.passed.trials == 40 == one.passed.events + sum(one.signs.values()) for one in report.films)


def test_more_steps_are_passed_less_often_by_what_does_not_hear(report: ChallengeReport) -> None:
    for trials in (report.films, report.enlarged, report.loops, report.guesses):
        one, two, three = (trial.passed.rate for trial in trials)
        assert one > max(two, three) or one == 0
        assert trials[2].passed.upper < 0.35
    assert report.sequences == {1: 4, 2: 10, 3: 34}


def test_the_report_says_what_it_is_and_what_was_measured(report: ChallengeReport) -> None:
    assert report.simulation
    assert report.moves == SETTINGS.moves
    assert [(one.clip, one.frames, one.judged) for one in report.clips] == [
        ("sways.avi", 300, 300),
        ("empty.avi", 30, 0),
    ]
    assert (report.clips[1].noise, report.clips[1].eyes_px) == (None, None)
    assert report.noise == report.clips[0].noise
    assert report.noise.yaw_deg == pytest.approx(0.5, rel=0.15)
    assert report.noise.size == 0.0


@pytest.mark.long
def test_the_same_seed_gives_the_same_report(report: ChallengeReport) -> None:
    done: list[int] = []
    again = measure([swaying(), empty()], Plan(SETTINGS, trials=40), "office", done.append)
    assert again == report
    assert sum(done) == KINDS


def test_clips_without_a_face_measure_nothing() -> None:
    with pytest.raises(EvidenceError, match="no clip shows a face"):
        measure([empty()], Plan(SETTINGS), "office")


def test_a_film_with_the_right_order_at_the_right_moments_passes_and_no_other() -> None:
    asked = (Move.TURN_LEFT, Move.NOD, Move.TURN_RIGHT)
    for film, standing in ((asked, "passed"), ((*asked[:2], Move.TURN_LEFT), "failed"), (asked[::-1], "failed")):
        assert play(asked, Guess(lots(), QUIET, film), 15, SETTINGS).standing == standing


def test_a_guess_passes_as_often_as_there_are_sequences() -> None:
    random = lots(5)
    asked = [draw(random, 2, KINDS_OF_MOVES) for _ in range(400)]
    right = sum(
        play(moves, Guess(random, QUIET, draw(random, 2, KINDS_OF_MOVES)), 10, SETTINGS).standing == "passed"
        for moves in asked
    )
    assert right == pytest.approx(400 / 10, abs=4 * (400 / 10) ** 0.5)


def test_everybody_who_can_be_seen_passes_all_moves_without_noise() -> None:
    for move in (Move.TURN_LEFT, Move.TURN_RIGHT, Move.NOD, Move.LOOK_UP):
        for seed in range(5):
            moves = (move, Move.COME_CLOSER, move)
            assert play(moves, Live(lots(seed), QUIET), 15, SETTINGS).standing == "passed"


def test_a_loop_of_movements_does_not_hear() -> None:
    results = {play((Move.NOD,), Loop(lots(seed), NOISE, KINDS_OF_MOVES), 15, SETTINGS).standing for seed in range(20)}
    assert results == {"passed", "failed"}


def test_a_film_runs_back_and_forth() -> None:
    track = [Glimpse(5.0 + number / 10, Pose(float(number), 0.0, 60.0)) for number in range(11)]
    film = Film(track, 0.5)
    seen = [film.look(at, None) for at in (0.0, 0.3, 0.5, 0.8, 1.5, 1.8)]
    assert [pose.yaw_deg for pose in seen if pose] == [5, 8, 10, 7, 0, 3]


def test_a_film_of_one_frame_stands_still() -> None:
    assert Film([Glimpse(1.0, Pose(1.0, 2.0, 60.0))], 0.0).look(7.0, None) == Pose(1.0, 2.0, 60.0)


def test_an_enlarged_track_goes_as_far_as_told_and_keeps_its_gaps() -> None:
    track = [
        Glimpse(0.0, Pose(1.0, 5.0, 60.0)),
        Glimpse(0.1, None),
        *(Glimpse(n, Pose(3.0, 5.0, 60.0)) for n in (1, 2)),
    ]
    large = enlarged(track, 30.0, 20.0)
    assert [one.pose and one.pose.yaw_deg for one in large] == [-27.0, None, 3.0, 3.0]
    assert [one.pose and one.pose.pitch_deg for one in large] == [5.0, None, 5.0, 5.0]
    assert enlarged([Glimpse(0.0, None)], 30.0, 20.0) == (Glimpse(0.0, None),)


def test_noise_is_what_a_slow_movement_does_not_explain() -> None:
    random = np.random.default_rng(2)
    track = []
    for number in range(400):
        yaw, pitch, size = random.standard_normal(3).tolist()
        pose = Pose(0.3 * number + 0.5 * yaw, 2.0 * pitch, 60.0 * float(np.exp(0.01 * size)))
        track.append(Glimpse(number / 30, pose))
    noise = noise_of(track)
    assert noise is not None
    assert (noise.yaw_deg, noise.pitch_deg, noise.size) == pytest.approx((0.5, 2.0, 0.01), rel=0.15)
    assert noise_of(track[:8]) is None


def test_a_head_moves_smoothly_arrives_and_is_missed_now_and_then() -> None:
    straight = Pose(0.0, 0.0, 30.0)
    sharp = Head(straight, QUIET, lots(), missed=0.0)
    sharp.go(Pose(-30.0, 0.0, 30.0), 1.0, 0.5)
    assert all(sharp.seen(at) is not None for at in np.arange(0.0, 3.0, 0.1).tolist())
    often = Head(straight, QUIET, lots(), missed=0.5)
    assert sum(often.seen(number / 10) is None for number in range(400)) == pytest.approx(200, abs=50)


def test_a_head_is_seen_with_the_noise_it_was_given() -> None:
    head = Head(Pose(5.0, -3.0, 30.0), Noise(0.5, 2.0, 0.01), lots(), missed=0.0)
    noise = noise_of([Glimpse(number / 30, head.seen(number / 30)) for number in range(600)])
    assert noise is not None
    # The slow sway adds a little between two frames.
    assert (noise.yaw_deg, noise.pitch_deg, noise.size) == pytest.approx((0.5, 2.0, 0.01), rel=0.2)


def test_people_have_the_noise_of_the_worst_clip() -> None:
    calm, shaken = swaying(jitter=0.3), swaying(jitter=1.0)
    for clips in ([calm, shaken], [shaken, calm]):
        report = measure(clips, Plan(SETTINGS, trials=1), "office")
        assert report.noise.yaw_deg == max(one.noise.yaw_deg for one in report.clips if one.noise)
        assert report.noise.yaw_deg == pytest.approx(1.0, rel=0.2)


def test_gestures_are_those_of_their_names() -> None:
    straight = Pose(2.0, 3.0, 30.0)
    for seed in range(20):
        assert gesture(Move.TURN_LEFT, straight, lots(seed)).yaw_deg >= 2 + 0.9 * 25
        assert gesture(Move.TURN_RIGHT, straight, lots(seed)).yaw_deg <= 2 - 0.9 * 25
        assert gesture(Move.NOD, straight, lots(seed)).pitch_deg <= 3 - 0.9 * 18
        assert gesture(Move.LOOK_UP, straight, lots(seed)).pitch_deg >= 3 + 0.9 * 18
        assert gesture(Move.COME_CLOSER, straight, lots(seed)).eyes_px >= 39
    assert gesture(Move.LOOK_STRAIGHT, straight, lots()) == straight


def test_a_folder_without_clips_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none")
    result = CliRunner().invoke(command, ["--clips", str(tmp_path)])
    assert isinstance(result.exception, PictureError)
    assert "holds no video clips" in str(result.exception)


def test_a_clip_without_anybody_is_looked_at_and_says_that_nothing_can_be_measured(tmp_path: Path) -> None:
    video = cv2.VideoWriter(str(tmp_path / "wall.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for _ in range(3):
        video.write(np.full((48, 64, 3), 90, np.uint8))
    video.release()
    result = CliRunner().invoke(command, ["--clips", str(tmp_path), "--trials", "1"])
    assert isinstance(result.exception, EvidenceError)


@pytest.mark.pictures
def test_the_command_prints_a_table_that_says_simulation_and_the_same_as_json(
    tmp_path: Path, photographs: Mapping[str, NDArray[np.uint8]]
) -> None:
    picture = cv2.resize(photographs["obama"], (480, 640))
    video = cv2.VideoWriter(str(tmp_path / "still.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (480, 640))
    for _ in range(15):
        video.write(picture)
    video.release()
    asked = ["--clips", str(tmp_path), "--trials", "3"]
    shown = CliRunner().invoke(command, asked, catch_exceptions=False).stdout
    assert "A SIMULATION on the poses of 1 clips" in shown
    assert "still.avi" in shown
    written = CliRunner().invoke(command, [*asked, "--json", "-"], catch_exceptions=False).stdout
    report = msgspec.json.decode(written, type=ChallengeReport)
    assert report.simulation
    assert [one.passed.events for one in report.films] == [0, 0, 0]
    assert f"{report.people[0].passed.events} of 3" in shown
