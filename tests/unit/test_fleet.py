"""A small fleet, played by the rules: a bad set reaches few and stays on none, a good one reaches everybody."""

from __future__ import annotations

from tests.bench.fleet import STAGES, a_set, chi_square, fleet, roll_out


def test_a_bad_set_is_stopped_at_the_first_stage_and_is_left_by_everybody_who_took_it() -> None:
    terminals = fleet(400, seed=3)
    story, _ = roll_out(terminals, a_set("bad", 1), 0, good=False)
    assert story.halted_at == STAGES[0]
    assert 0 < story.failed <= story.received <= 12
    assert story.left == story.confirmed == story.narrowed == 0


def test_after_a_bad_set_a_good_one_reaches_everybody_and_is_taken_from_nobody() -> None:
    terminals = fleet(200, seed=4)
    _, now = roll_out(terminals, a_set("bad", 1), 0, good=False)
    story, _ = roll_out(terminals, a_set("good", 2), now, good=True)
    assert story.halted_at is None
    assert (story.received, story.confirmed, story.left) == (200, 200, 200)
    assert story.failed == story.narrowed == 0


def test_places_are_evenly_spread() -> None:
    ids = [terminal.device.id for terminal in fleet(5000, seed=5)]
    assert sum(chi_square(ids, f"set-{n}") > 30.14 for n in range(40)) <= 6  # 2 are expected; 6 or fewer in 99.6 %
