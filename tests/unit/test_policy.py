"""What is asked of a face at which time, door and purpose: never less than usual, and in doubt more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.access.policy import mode_at
from edge.config import DoorSettings, LivenessSettings, parse
from edge.config.liveness import Stricter
from edge.errors import ConfigError
from edge.values import DAYS, MODES

if TYPE_CHECKING:
    from edge.values import Mode

FRIDAY_NIGHT = datetime(2026, 11, 20, 23, 30)  # noqa: DTZ001 - local time is what a schedule speaks of
NIGHTS = Stricter(mode="challenge", since="22:00", until="06:00", days=("fri",))


def mode(*stricter: Stricter, at: datetime = FRIDAY_NIGHT, usual: Mode = "motion", **door: Any) -> str:  # noqa: ANN401 - any setting of a door
    settings = LivenessSettings(mode=usual, stricter=stricter)
    return mode_at(settings, DoorSettings(**door), at)


def test_without_any_rule_the_usual_is_asked() -> None:
    assert mode() == "motion"
    assert mode(usual="passive") == "passive"


@pytest.mark.parametrize(
    ("hours", "asked"), [(-2.0, "motion"), (-1.5, "challenge"), (0, "challenge"), (6.4, "challenge"), (6.5, "motion")]
)
def test_a_night_belongs_to_the_day_on_which_it_began(hours: float, asked: str) -> None:
    assert mode(NIGHTS, at=FRIDAY_NIGHT + timedelta(hours=hours)) == asked
    assert mode(NIGHTS, at=FRIDAY_NIGHT + timedelta(days=1, hours=hours)) == "motion", "saturday is no friday"


def test_a_rule_for_other_doors_and_purposes_asks_nothing_of_this_one() -> None:
    vault = Stricter(mode="challenge", doors=("vault",))
    payment = Stricter(mode="challenge", purposes=("payment",))
    assert mode(vault, payment) == "motion"
    assert mode(vault, name="vault") == "challenge"
    assert mode(payment, purpose="payment") == "challenge"


def test_a_rule_never_makes_it_laxer_and_the_strictest_counts() -> None:
    softer = Stricter(mode="motion")
    assert mode(softer, usual="challenge") == "challenge"
    assert mode(softer, NIGHTS, usual="passive") == "challenge"
    assert mode(NIGHTS, softer, usual="passive") == "challenge"


def test_what_is_off_stays_off() -> None:
    assert mode(NIGHTS, usual="off") == "off"


def test_s3_a_clock_that_was_never_set_makes_every_time_of_day_apply() -> None:
    assert mode(NIGHTS, at=datetime(1970, 1, 1, 12)) == "challenge"  # noqa: DTZ001 - as above


@given(
    st.lists(
        st.builds(
            Stricter, mode=st.sampled_from(("motion", "challenge")), days=st.sets(st.sampled_from(DAYS)).map(tuple)
        ),
        max_size=3,
    ),
    st.sampled_from(MODES[:3]),
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - as above
)
def test_nothing_is_ever_laxer_than_the_usual(rules: list[Stricter], usual: Mode, at: datetime) -> None:
    assert MODES.index(mode(*rules, at=at, usual=usual)) <= MODES.index(usual)


def test_rules_are_read_from_the_configuration_and_a_faulty_one_is_named() -> None:
    text = '[liveness]\nstricter = [{ mode = "challenge", days = ["sat", "sun"], since = "20:00", until = "07:00" }]\n'
    (found,) = parse(text, "t.toml").liveness.stricter
    assert (found.mode, found.days, found.since, found.until) == ("challenge", ("sat", "sun"), "20:00", "07:00")
    with pytest.raises(ConfigError, match=r"t\.toml:2: liveness\.stricter"):
        parse(text.replace("20:00", "8 pm"), "t.toml")
    with pytest.raises(ConfigError, match="rule 1 ends when it begins"):
        parse(text.replace("20:00", "07:00"), "t.toml")
