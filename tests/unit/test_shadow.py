"""What may be concluded from two sets of models that looked at the same frames."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.ota import figures as kept
from edge.ota.figures import Day, Figures, Share
from edge.ota.shadow import (
    MOST_FRAMES,
    Look,
    Pair,
    Policy,
    Ready,
    Visit,
    Waiting,
    Worse,
    at_least,
    counted,
    judged,
    welcome,
)

POLICY = Policy(visits=200, days=2, loss=0.01, fpir=1e-3, votes=2)
YES, NO, OTHER = Look("ann", "ann", near=True), Look("", "ann", near=True), Look("bob", "bob", near=True)
FAR, BLIND = Look("", "carl", near=False), Look()


def seen(*pairs: tuple[Look, Look], **more: object) -> Visit:
    return Visit(tuple(Pair(old, new) for old, new in pairs), **more)  # type: ignore[arg-type]  # any field of a visit


def after(*visits: Visit) -> Figures:
    found = Figures("new")
    for number, one in enumerate(visits):
        found = counted(found, one, f"2026-11-{1 + number % 28:02}", POLICY)
    return found


def known(*shares: tuple[int, int, int, int], **more: int) -> Figures:
    """Figures of two days with these (frames, old, new, visits)."""
    half = tuple(Share(*share) for share in shares)
    return Figures("new", (Day("2026-11-01", half, **more), Day("2026-11-02", half)))


looks = st.sampled_from([YES, NO, OTHER, FAR, BLIND])
visits = st.builds(
    lambda pairs, granted, refused, known: seen(
        *pairs,
        granted="ann" if granted else "",
        refused=refused and not granted,
        let_in=granted,
        turned=refused and not granted,
        known=known,
    ),
    st.lists(st.tuples(looks, looks), max_size=14),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


def test_two_sets_that_agree_are_ready_once_enough_was_seen() -> None:
    assert isinstance(judged(known((4, 4, 4, 400)), POLICY), Ready)
    assert isinstance(judged(known((4, 4, 4, 90)), POLICY), Waiting)


def test_what_is_missing_is_said() -> None:
    found = judged(known((4, 4, 3, 1)), POLICY)
    assert isinstance(found, Waiting)
    assert found.missing == (
        "2 of 200 visits compared",
        "not shown yet that it accepts at most 1.0 points less: 25.0 points less in 2 visits",
    )
    one_day = Figures("new", (Day("2026-11-01", (Share(4, 4, 4, 900),)),))
    assert judged(one_day, POLICY) == Waiting(("1 of 2 days",))


def test_a_set_that_accepts_clearly_less_is_worse_though_frames_are_many() -> None:
    found = judged(known((4, 4, 3, 40), (4, 4, 4, 40)), POLICY)
    assert isinstance(found, Worse)
    assert "12.5 points less of the frames, in 160 visits" in found.why


def test_one_visit_with_many_lost_frames_is_one_visit() -> None:
    long, short = [(YES, NO)] * 100, [(YES, NO)] * 2
    assert after(seen(*long, granted="ann")).loss == after(seen(*short, granted="ann")).loss == 1.0
    (share,) = after(seen(*long, granted="ann")).days[0].shares
    assert share == Share(MOST_FRAMES, MOST_FRAMES, 0, 1)
    assert isinstance(judged(after(seen(*long, granted="ann")), POLICY), Waiting)


def test_a_visit_that_the_old_set_refused_and_the_new_one_would_not_counts_for_the_new_one() -> None:
    found = after(seen((NO, YES), (NO, YES), (NO, YES), refused=True, turned=True))
    assert (found.visits, found.loss) == (1, -1.0)
    assert (found.days[0].taken, found.days[0].strangers, found.refused) == (0, 1, 1)


def test_s9_a_stranger_who_is_taken_for_somebody_the_old_set_does_not_think_of_speaks_against_it() -> None:
    stranger = seen((FAR, OTHER), (FAR, OTHER), refused=True, turned=True)
    found = after(*[stranger] * 3)
    assert (found.visits, sum(day.taken for day in found.days)) == (0, 3)
    verdict = judged(found, POLICY)
    assert isinstance(verdict, Worse)
    assert "(S9)" in verdict.why


def test_s9_one_confusion_holds_a_set_up_and_several_end_it() -> None:
    good = known((4, 4, 4, 400), open=20)
    one = replace_day(good, confused=1, open=20)
    verdict = judged(one, POLICY)
    assert isinstance(verdict, Waiting)
    assert "whether by bad luck is not known yet" in verdict.missing[0]
    assert isinstance(judged(replace_day(good, confused=2, open=20), POLICY), Worse)
    assert isinstance(judged(replace_day(good, confused=1, open=200), POLICY), Ready), (
        "so rare is the rate that is meant"
    )


def replace_day(figures: Figures, **changes: int) -> Figures:
    from msgspec.structs import replace as with_  # noqa: PLC0415 - dataclasses' own has the short name here

    return with_(figures, days=(with_(figures.days[0], **changes), *figures.days[1:]))


def test_somebody_without_a_template_of_the_new_set_is_compared_with_nothing() -> None:
    found = after(seen((YES, FAR), (YES, FAR), granted="ann", let_in=True, known=False))
    assert (found.visits, found.granted, found.days[0].unknown) == (0, 1, 1)


def test_who_only_walks_past_is_counted_apart() -> None:
    found = after(seen((YES, YES), (YES, YES)))
    assert (found.passed, found.granted, found.refused, found.visits) == (1, 0, 0, 0)
    assert after(seen((YES, YES), (NO, YES))).passed == 0


def test_frames_that_the_new_set_cannot_compare_count_as_not_accepted() -> None:
    found = after(seen((YES, BLIND), (YES, YES), granted="ann"))
    assert (found.loss, found.days[0].faceless) == (0.5, 1)
    assert after(seen((BLIND, BLIND), granted="ann")).visits == 0


@settings(max_examples=30)
@given(st.lists(visits, max_size=12), st.randoms())
def test_the_order_of_visits_within_a_day_changes_nothing(some: list[Visit], chance: random.Random) -> None:
    def of(order: list[Visit]) -> Figures:
        found = Figures("new")
        for one in order:
            found = counted(found, one, "2026-11-01", POLICY)
        return found

    mixed = some[:]
    chance.shuffle(mixed)
    assert of(mixed) == of(some)
    assert judged(of(mixed), POLICY) == judged(of(some), POLICY)


@settings(max_examples=30)
@given(st.lists(visits, max_size=15))
def test_figures_are_kept_as_they_are(some: list[Visit]) -> None:
    found = after(*some)
    assert kept.parse(kept.dump(found)) == found
    assert b"ann" not in kept.dump(found), "nobody's name (S6)"


@settings(max_examples=30)
@given(st.lists(visits, max_size=15))
def test_sets_that_change_places_lose_what_the_other_gains(some: list[Visit]) -> None:
    swapped = [replace(one, pairs=tuple(Pair(pair.new, pair.old) for pair in one.pairs)) for one in some if one.granted]
    there, back = after(*[one for one in some if one.granted]), after(*swapped)
    assert there.loss == pytest.approx(-back.loss)


@settings(max_examples=30)
@given(st.lists(visits, max_size=15))
def test_no_set_is_ready_and_nothing_is_lost_before_the_least_was_seen(some: list[Visit]) -> None:
    assert not isinstance(judged(after(*some), POLICY), Ready)


@given(st.floats(0.001, 50), st.integers(0, 60))
def test_more_confusions_are_never_likelier(expected: float, most: int) -> None:
    chances = [at_least(found, expected) for found in range(most + 1)]
    assert chances[0] == 1.0
    assert all(one >= other - 1e-12 for one, other in pairwise(chances))
    assert all(0.0 <= chance <= 1.0 for chance in chances)


def test_the_chance_of_confusions_is_poissons() -> None:
    assert at_least(1, 0.1) == pytest.approx(0.0951626, abs=1e-6)
    assert at_least(2, 0.1) == pytest.approx(0.0046788, abs=1e-6)
    assert at_least(1, 0.0) == 0.0


def test_whom_so_many_frames_would_let_in() -> None:
    assert welcome([YES, NO, YES], 2) == "ann"
    assert welcome([YES, NO, OTHER], 2) == ""


def coin(loss: float, seed: int, most: int = 1500) -> list[type]:
    """Judge visits of four frames, of which one set loses so large a share more than the other, one after the other."""
    chance = random.Random(seed)  # noqa: S311 - a test's draw
    found: Counter[tuple[int, int, int]] = Counter()
    verdicts: list[type] = []
    for number in range(most):
        old = sum(chance.random() < 0.97 for _ in range(4))
        new = sum(chance.random() < 0.97 - loss for _ in range(4))
        found[4, old, new] += 1
        if number % 25 == 24:
            verdicts.append(type(judged(known(*((*alike, count) for alike, count in found.items())), POLICY)))
            if verdicts[-1] is not Waiting:
                break
    return verdicts


def test_a_set_that_is_worse_by_two_points_is_caught_and_a_good_one_is_not_blamed() -> None:
    good = [coin(0.0, seed)[-1] for seed in range(16)]
    bad = [coin(0.02, seed)[-1] for seed in range(16)]
    assert bad.count(Ready) == 0
    assert bad.count(Worse) >= 13
    assert good.count(Worse) <= 1
    assert good.count(Ready) >= 10
