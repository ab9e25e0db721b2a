"""What a challenge asks for, and what it takes of a sighting."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from edge.access.challenge import Glimpse, Pose, draw
from edge.config.challenge import ChallengeSettings
from edge.errors import ConfigError
from edge.values import SIGNS, WORDS, Flaw, Move, Quality, Sign
from tests.unit.builders import frame, nobody
from tests.unit.heads import (
    CLOSER,
    LEFT,
    NOD,
    RIGHT,
    SETTINGS,
    UP,
    Person,
    outcome,
    settings,
    toward,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
MOVES = (LEFT, RIGHT, NOD, UP, CLOSER)


def test_a_sighting_without_a_measured_face_gives_no_pose() -> None:
    seen = Quality(60.0, yaw_deg=3.0, pitch_deg=-2.0, head_size=0.2)
    assert Glimpse.of(frame(1.0, quality=seen)) == Glimpse(1.0, Pose(3.0, -2.0, 60.0))
    turned = replace(seen, flaws=(Flaw.TURNED_AWAY, Flaw.BLURRED))
    assert Glimpse.of(frame(1.0, quality=turned)).pose is not None
    for flaw in (Flaw.NOT_A_FACE, Flaw.CUT_OFF, Flaw.TOO_DARK, Flaw.TOO_BRIGHT):
        assert Glimpse.of(frame(1.0, quality=replace(seen, flaws=(Flaw.BLURRED, flaw)))).pose is None
    hopeless = Quality(60.0, flaws=(Flaw.TOO_FAR,))  # the detector alone saw it: its yaw of 0 was not measured
    assert Glimpse.of(frame(1.0, quality=hopeless)).pose is None
    assert Glimpse.of(frame(1.0, quality=replace(seen, yaw_deg=math.nan))).pose is None
    assert Glimpse.of(nobody(1.0)) == Glimpse(1.0, None)


class First:
    """Takes the first, and remembers among which."""

    def choice(self, seq: Sequence[T], /) -> T:
        self.among: list[Any] = list(seq)
        return seq[0]


@pytest.mark.parametrize(
    ("kinds", "numbers"),
    [
        (("turn-left", "turn-right"), (2, 2, 2)),
        (("turn-left", "turn-right", "nod"), (3, 6, 12)),
        (SETTINGS.moves, (4, 10, 34)),
        (("nod", "turn-left", "nod", "nod"), (2, 2, 2)),
        (("turn-left", "nod", "look-up"), (3, 4, 10)),
    ],
)
def test_every_sequence_with_a_turn_and_without_repetition_is_equally_likely(
    kinds: tuple[str, ...], numbers: tuple[int, int, int]
) -> None:
    for count, number in zip((1, 2, 3), numbers, strict=True):
        chooser = First()
        assert draw(chooser, count, kinds) == chooser.among[0]
        assert len(chooser.among) == len(set(chooser.among)) == number
        for moves in chooser.among:
            assert len(moves) == count
            assert set(moves) <= set(kinds)
            assert count == 1 or {LEFT, RIGHT} & set(moves)
            assert all(one is not other for one, other in pairwise(moves))


@pytest.mark.parametrize(
    ("count", "kinds"),
    [(2, ("nod", "nod")), (2, ()), (0, ("nod", "turn-left")), (2, ("nod", "look-up", "come-closer"))],
)
def test_a_draw_without_a_choice_is_refused(count: int, kinds: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="two different movements"):
        draw(First(), count, kinds)


def test_everything_that_is_asked_or_found_has_words() -> None:
    assert set(WORDS) == set(Move)
    assert set(SIGNS) == set(Sign)
    assert {Move(kind) for kind in ChallengeSettings().moves} <= set(MOVES)


def test_the_limits_are_the_settings() -> None:
    person = Person(settings=settings(turn_deg=10.0, nod_deg=6.0))
    person.answers(share=0.6).answers(share=0.6)
    assert outcome(person.challenge) == ("passed", None)
    eager = Person(fps=30, settings=settings(reaction_s=0.0)).looks_straight().goes(toward(LEFT, 1.2), 0.3)
    assert eager.challenge.done == 1


def test_the_rules_load_no_numpy() -> None:
    code = "import sys, edge.access.challenge; print([m for m in ('numpy', 'cv2') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
