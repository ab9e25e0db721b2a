"""What is asked at this terminal: drawn by the system's own chance, and stricter when its schedule says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import pytest

from edge.access.challenge import sequences
from edge.app.demands import demand, scheduled
from edge.config import ChallengeSettings, Config, DecisionSettings, DoorSettings, LivenessSettings
from edge.config.liveness import Stricter
from edge.errors import ConfigError
from edge.values import Move, Reason
from tests.unit.builders import SOLID, frame, proving, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.access.decide import Rule

T = TypeVar("T")
NOON = datetime(2026, 11, 20, 12)  # noqa: DTZ001 - local time is what a schedule speaks of
NIGHT = datetime(2026, 11, 20, 23)  # noqa: DTZ001 - as above
NIGHTS = Stricter(mode="challenge", since="22:00", until="06:00")


class Last:
    """Chance that always draws the last."""

    def choice(self, seq: Sequence[T], /) -> T:
        return seq[-1]


def test_what_is_configured_is_what_is_asked() -> None:
    config = Config(
        liveness=LivenessSettings(mode="challenge", relief_alive=0.9),
        challenge=ChallengeSettings(steps=3, turn_deg=15),
        decision=DecisionSettings(max_faces=2),
    )
    asked = demand(config)
    assert (asked.settings, asked.challenge, asked.max_faces) == (config.liveness, config.challenge, 2)
    assert {len(asked.draw()) for _ in range(20)} == {3}


def test_movements_are_drawn_anew_each_time_from_all_that_can_be() -> None:
    asked = demand(Config())
    drawn = Counter(asked.draw() for _ in range(600))
    possible = sequences(2, Config().challenge.moves)
    assert set(drawn) == set(possible), "one in 10^25 that one is missing"
    assert max(drawn.values()) < 600 * 3 / len(possible)


def test_two_terminals_do_not_draw_the_same() -> None:
    one, other = demand(Config()), demand(Config())
    assert [one.draw() for _ in range(40)] != [other.draw() for _ in range(40)]


def test_a_story_may_say_what_is_drawn() -> None:
    config = Config(challenge=ChallengeSettings(moves=("nod", "turn-left")))
    assert demand(config, Last()).draw() == (Move.TURN_LEFT, Move.NOD)


@pytest.mark.parametrize(("steps", "moves"), [(2, ("nod", "look-up")), (2, ("turn-left", "turn-left"))])
def test_too_few_movements_are_refused_at_the_start_and_not_before_a_person(steps: int, moves: tuple[str, ...]) -> None:
    config = Config(challenge=ChallengeSettings(steps=steps, moves=moves))  # type: ignore[arg-type]  # of the kinds
    with pytest.raises(ConfigError, match="name more moves"):
        demand(config)


# --- the schedule


def at_night(*stricter: Stricter, usual: str = "motion") -> Rule:
    asked = proving(usual)
    settings = replace(asked.demand.settings, stricter=stricter)
    return replace(asked, demand=replace(asked.demand, settings=settings))


def test_the_rule_is_made_anew_for_every_frame_as_the_clock_goes_on() -> None:
    now = [NOON]
    current = scheduled(at_night(NIGHTS), DoorSettings(), lambda: now[0])
    assert current().demand.settings.mode == "motion"
    now[0] = NIGHT
    assert current().demand.settings.mode == "challenge"
    now[0] = NOON
    assert current().demand.settings.mode == "motion"


def test_a_schedule_changes_the_mode_and_nothing_else() -> None:
    usual = at_night(NIGHTS)
    found = scheduled(usual, DoorSettings(), lambda: NIGHT)()
    assert replace(found, demand=replace(found.demand, settings=usual.demand.settings)) == usual
    assert replace(found.demand.settings, mode="motion") == usual.demand.settings


def test_a_rule_for_another_door_or_purpose_is_not_this_terminal_s() -> None:
    vault = Stricter(mode="challenge", doors=("vault",))
    assert scheduled(at_night(vault), DoorSettings(), lambda: NOON)().demand.settings.mode == "motion"
    assert scheduled(at_night(vault), DoorSettings(name="vault"), lambda: NOON)().demand.settings.mode == "challenge"


def test_without_a_schedule_the_clock_is_never_asked() -> None:
    def broken() -> datetime:
        raise OSError("the clock")

    usual = at_night()
    assert scheduled(usual, DoorSettings(), broken)() is usual


@pytest.mark.parametrize(("now", "reasons"), [(NOON, [Reason.GRANTED]), (NIGHT, [])])
def test_who_is_let_in_at_noon_is_challenged_at_night(now: datetime, reasons: list[Reason]) -> None:
    current = scheduled(at_night(NIGHTS), DoorSettings(), lambda: now)
    state, verdicts = run([frame(0.1 * n, **SOLID) for n in range(6)], current())
    assert [verdict.reason for verdict in verdicts] == reasons
    assert state.attempt is not None
    assert (state.attempt.proof.challenge is not None) is (now is NIGHT)
