"""What holds whatever somebody does before the camera."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge.access.challenge import Challenge, Glimpse, Pose, Standing, begin, step
from edge.config.challenge import ChallengeSettings
from tests.unit.heads import CLOSER, LEFT, NOD, RIGHT, STRAIGHT, UP, between, toward

if TYPE_CHECKING:
    from edge.values import Move

SETTINGS = ChallengeSettings()
REAL = (LEFT, RIGHT, NOD, UP, CLOSER)
odd = st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -1.0, 1e300])
angles = st.floats(-60, 60)
poses = st.one_of(
    st.just(STRAIGHT),
    st.builds(toward, st.sampled_from(REAL), st.floats(-1.5, 2)),
    st.builds(Pose, angles, angles, st.floats(5, 200)),
    st.builds(Pose, st.one_of(odd, angles), st.one_of(odd, angles), st.one_of(odd, st.just(60.0))),
    st.none(),
)
steps = st.sampled_from([1 / 30, 1 / 15, 0.125, 0.2, 0.2, 0.5, 0.9, 3.0, 0.0, -0.5, math.nan])


def shown(pose: Pose, base: Pose, move: Move) -> bool:
    """Whether a movement is complete; written without the rules, in degrees."""
    if move is NOD:
        return base.pitch_deg - pose.pitch_deg >= 12 - 1e-9
    if move is UP:
        return pose.pitch_deg - base.pitch_deg >= 12 - 1e-9
    if move is CLOSER:
        return pose.eyes_px / base.eyes_px >= 1.25 - 1e-9
    side = 1 if move is LEFT else -1
    return side * (pose.yaw_deg - base.yaw_deg) >= 20 - 1e-9


class Anybody(RuleBasedStateMachine):
    """Does anything, often the right thing; remembers by itself what a pass may rest on."""

    @initialize(moves=st.lists(st.sampled_from(REAL), min_size=1, max_size=3).map(tuple), at=st.floats(0, 1e6))
    def starts(self, moves: tuple[Move, ...], at: float) -> None:
        self.began = self.at = at
        self.moves = moves
        self.pose = STRAIGHT
        self.challenge = begin(moves, at)
        self.seen: list[tuple[float, Pose]] = []
        self.prompts: list[tuple[float, Pose]] = []
        self.answered: list[float] = []

    def shows(self, at: float, pose: Pose | None) -> None:
        before = self.challenge
        self.challenge = step(before, Glimpse(at, pose), SETTINGS)
        if not at > self.at or before.standing is not Standing.RUNNING:
            assert self.challenge is before
            return
        self.at = at
        if pose is not None and all(math.isfinite(one) for one in (pose.yaw_deg, pose.pitch_deg, pose.eyes_px)):
            self.seen.append((at, pose))
        self.note(before, at, pose)

    def note(self, before: Challenge, at: float, pose: Pose | None) -> None:
        after = self.challenge
        if after.prompted is not None and before.prompted is None:
            assert after.base is not None
            self.prompts.append((at, after.base))
            quiet = [one for when, one in self.seen if when >= at - SETTINGS.neutral_s - 1e-9]
            assert max(one.yaw_deg for one in quiet) - min(one.yaw_deg for one in quiet) <= 5
            assert max(one.pitch_deg for one in quiet) - min(one.pitch_deg for one in quiet) <= 5
            assert all(one.eyes_px >= 25 for one in quiet)
        if after.done > before.done:
            assert pose is not None
            asked_at, base = self.prompts[-1]
            assert shown(pose, base, self.moves[before.done])
            assert 0.2 <= at - asked_at <= 2.5 + 1e-9
            assert at - self.seen[-2][0] <= SETTINGS.gap_s + 1e-9
            self.answered.append(at)

    @rule(later=steps, pose=poses)
    def does_anything(self, later: float, pose: Pose | None) -> None:
        self.shows(self.at + later, pose)
        self.pose = pose or self.pose

    @rule(fps=st.sampled_from([5, 8, 15, 30]))
    def looks_straight(self, fps: int) -> None:
        for _ in range(fps // 2):
            self.shows(self.at + 1 / fps, STRAIGHT)

    @precondition(lambda self: self.challenge.prompted is not None and self.challenge.standing is Standing.RUNNING)
    @rule(
        fps=st.sampled_from([5, 8, 15, 30]), share=st.floats(0.8, 1.6), other=st.sampled_from([None, None, None, *REAL])
    )
    def answers(self, fps: int, share: float, other: Move | None) -> None:
        base = self.challenge.base or STRAIGHT
        goal = toward(other or self.moves[self.challenge.done], share, base)
        for number in range(1, fps):
            there = between(base, goal, min(1.0, max(0.0, 2 * number / fps - 0.7)))
            self.shows(self.at + 1 / fps, there)
        for number in range(1, fps // 2 + 1):
            self.shows(self.at + 1 / fps, between(goal, base, number / (fps // 2)))

    @invariant()
    def passes_only_with_every_movement_shown_in_turn_and_time(self) -> None:
        challenge = getattr(self, "challenge", None)
        if challenge is None:
            return
        assert (challenge.standing is Standing.FAILED) == (challenge.sign is not None)
        assert (challenge.asked is None) == (challenge.standing is not Standing.RUNNING)
        assert challenge.done == len(self.answered)
        if challenge.standing is Standing.PASSED:
            assert len(self.answered) == len(self.prompts) == len(self.moves)
            assert challenge.ended == self.answered[-1] <= self.began + 15 + 1e-9
            assert all(asked[0] < done for asked, done in zip(self.prompts, self.answered, strict=True))
            assert all(done < asked[0] for done, asked in zip(self.answered, self.prompts[1:], strict=False))


Anybody.TestCase.settings = settings(
    max_examples=100, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)
TestAnybody = Anybody.TestCase
