"""When a key counts: laws of the counting, without a clock."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from hw.presses import KEYS, STUCK_S, Press, Presses, due, step, stuck

DEBOUNCE_S = 0.03


class Fingers:
    """Looks at the keys every hundredth of a second, as a scan does."""

    def __init__(self) -> None:
        self.presses = Presses()
        self.now = 100.0
        self.told: list[Press] = []

    def look(self, down: str, seconds: float) -> Fingers:
        for _ in range(max(1, round(seconds * 100))):
            self.presses, press = step(self.presses, frozenset(down), self.now, DEBOUNCE_S)
            self.told += [press] if press else []
            self.now += 0.01
        return self

    @property
    def keys(self) -> str:
        return "".join(press.key for press in self.told)


def test_a_key_counts_once_it_has_lasted_and_with_the_moment_it_went_down() -> None:
    fingers = Fingers().look("", 0.1)
    began = fingers.now
    assert fingers.look("5", 0.03).told == []
    assert fingers.look("5", 0.02).told == [Press("5", began)]
    assert fingers.look("5", STUCK_S - 1).keys == "5"


def test_a_glitch_does_not_count_and_bounces_count_once() -> None:
    assert Fingers().look("5", 0.02).look("", 0.1).keys == ""
    fingers = Fingers()
    for _ in range(6):
        fingers.look("5", 0.01).look("", 0.01)
    fingers.look("5", 0.2)
    for _ in range(6):
        fingers.look("", 0.01).look("5", 0.01)
    assert fingers.look("5", 0.2).look("", 0.02).look("5", 0.2).keys == "5"


def test_two_at_once_count_as_none_until_all_are_up() -> None:
    assert Fingers().look("12", 0.2).look("2", 0.2).look("", 0.1).look("3", 0.1).keys == "3"


def test_a_second_key_beside_a_held_one_counts_as_none() -> None:
    assert Fingers().look("1", 0.1).look("12", 0.1).look("2", 0.1).look("", 0.1).look("2", 0.1).keys == "12"


def test_a_look_that_comes_late_has_still_seen_the_rest_between_two_keys() -> None:
    fingers = Fingers().look("4", 0.1).look("", 0.01)  # one look in the rest, and the next one is late
    fingers.now += 0.2
    assert fingers.look("9", 0.1).keys == "49"


def test_a_rest_that_no_look_saw_or_that_was_too_short_is_none() -> None:
    fingers = Fingers().look("4", 0.1)
    fingers.now += 0.2
    assert fingers.look("9", 0.1).keys == "4"
    assert Fingers().look("4", 0.1).look("", 0.01).look("9", 0.1).keys == "4"


def test_a_late_look_at_a_rest_beside_a_stuck_key_has_seen_it_too() -> None:
    fingers = Fingers().look("0", STUCK_S + 0.1).look("01", 0.1).look("0", 0.01)
    fingers.now += 0.2
    assert fingers.look("02", 0.1).keys == "012"


def test_a_stuck_key_is_left_out_and_the_others_work() -> None:
    fingers = Fingers().look("0", STUCK_S + 0.1)
    assert stuck(fingers.presses, fingers.now) == {"0"}
    fingers.look("01", 0.1).look("0", 0.1).look("02", 0.1).look("0", 0.1)
    assert fingers.keys == "012"
    fingers.look("034", 0.1).look("0", 0.1)
    assert fingers.keys == "012"


def test_a_key_sticks_although_others_are_pressed_meanwhile() -> None:
    fingers = Fingers()
    for _ in range(40):
        fingers.look("0", 0.9).look("07", 0.1)
    assert fingers.look("0", 0.1).look("08", 0.1).keys.endswith("8")


def test_a_key_that_came_loose_counts_again() -> None:
    fingers = Fingers().look("0", STUCK_S + 1).look("", 0.1).look("0", 0.1)
    assert fingers.keys == "00"
    assert stuck(fingers.presses, fingers.now) == frozenset()


def test_it_says_when_to_look_again_although_nothing_changes() -> None:
    rested, _ = step(Presses(), frozenset(), 1.0, DEBOUNCE_S)
    assert due(rested, 1.0, DEBOUNCE_S) == math.inf
    down, _ = step(rested, frozenset("1"), 1.0, DEBOUNCE_S)
    assert due(down, 1.0, DEBOUNCE_S) == 1.0 + DEBOUNCE_S
    assert due(down, 2.0, DEBOUNCE_S) == 1.0 + STUCK_S
    assert due(down, 1.0 + STUCK_S, DEBOUNCE_S) == math.inf


looks = st.lists(st.tuples(st.frozensets(st.sampled_from(KEYS), max_size=3), st.floats(0.001, 0.2)), max_size=40)


@given(looks)
def test_what_counts_was_down_alone_for_the_debounce_time_and_only_once_between_rests(
    steps: list[tuple[frozenset[str], float]],
) -> None:
    presses, now = Presses(), 50.0
    since, before, told_since_rest = now, frozenset[str](), 0
    for down, seconds in steps:
        if down != before:
            if not before and now - since >= DEBOUNCE_S:
                told_since_rest = 0
            since, before = now, down
        presses, press = step(presses, down, now, DEBOUNCE_S)
        if not down and now - since >= DEBOUNCE_S:
            told_since_rest = 0
        if press is not None:
            told_since_rest += 1
            assert down == {press.key}
            assert now - since >= DEBOUNCE_S - 1e-9
            assert told_since_rest == 1
        now += seconds
