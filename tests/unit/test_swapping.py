"""A set that is tried at a terminal: looked at beside the old one, taken in its place, confirmed or taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.app.stage import Kept
from edge.link.notices import Typed
from edge.ota import active as steps
from edge.ota.active import FACTORY
from edge.ota.figures import parse
from edge.ota.slots import Slots
from edge.values import Occasion, Reason
from edge.vision.pipeline import Memory
from edge.vision.track import Track
from tests.unit.swap_site import ANNA, BOB, IDS, NOBODY, STRANGER, SwapSite, Toy, vector, visit, visits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.app.swapping import Swapping


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SwapSite]:
    made = SwapSite(tmp_path)
    yield made
    made.close()


def test_a_good_set_is_compared_takes_over_between_two_visits_and_is_confirmed_by_use(site: SwapSite) -> None:
    new = site.offers("new", Toy())
    phases: list[tuple[str, str]] = []

    def script(swapping: Swapping) -> Iterator[int]:
        for level in visits(16):
            phases.append((site.active.phase, swapping.deciding.slot))
            yield level

    swapping = site.plays(script)
    assert list(dict.fromkeys(phases)) == [
        ("shadow", FACTORY),
        ("trial", FACTORY),
        ("trial", new),
        ("steady", new),
    ]
    assert swapping.deciding.slot == new
    assert (site.active.good, site.active.previous) == (new, FACTORY)
    assert [one for one, _ in site.journal] == [Occasion.UPDATE_APPLIED, Occasion.UPDATE_CONFIRMED]
    assert [outcome for _, _, outcome in site.decided] == [Reason.GRANTED] * 16, "nobody was turned away meanwhile"
    assert site.let_in()[new] >= 3
    figures = parse((site.here.models / "shadow.json").read_bytes())
    assert (figures.slot, figures.loss, figures.visits >= 8) == (new, 0.0, True)


def test_it_takes_over_only_when_nobody_is_there_and_the_door_is_shut(site: SwapSite) -> None:
    new = site.offers("new", Toy())

    def script(swapping: Swapping) -> Iterator[int]:
        site.stands(shut=False)
        yield from visits(12)
        assert site.active.phase == "shadow", "the door stands open"
        yield ANNA
        site.stands(shut=True)
        yield from [ANNA] * 30
        assert (site.active.phase, swapping.deciding.slot) == ("shadow", FACTORY), "somebody stands there"
        yield from [NOBODY] * 5
        assert swapping.deciding.slot == FACTORY, "they have only just gone"
        yield from [NOBODY] * 20
        assert swapping.deciding.slot == new

    site.plays(script)


def test_a_door_that_opens_after_the_decision_was_written_down_still_keeps_the_old_set(site: SwapSite) -> None:
    new = site.offers("new", Toy())

    def script(swapping: Swapping) -> Iterator[int]:
        yield NOBODY
        site.stands(shut=False)
        site.slots.change(steps.cut_over, "update-applied", operator="eve")
        yield from [NOBODY] * 40
        assert (site.active.running, swapping.deciding.slot) == (new, FACTORY)
        yield from visit(ANNA)
        assert site.let_in() == {FACTORY: 1}
        site.stands(shut=True)
        yield from [NOBODY] * 20
        assert swapping.deciding.slot == new

    site.plays(script)


def test_a_set_that_takes_people_for_each_other_is_given_up_and_never_decides(site: SwapSite) -> None:
    new = site.offers("bad", Toy(swaps=True))
    site.plays(lambda _: visits(12))
    assert (site.active.phase, site.active.running) == ("steady", FACTORY)
    (refused,) = site.active.refused
    assert refused.slot == new
    assert "took people for others" in refused.why
    assert site.let_in() == {FACTORY: 12}
    assert [one for one, _ in site.journal] == [Occasion.UPDATE_REFUSED]


def test_a_set_that_knows_fewer_people_is_given_up(site: SwapSite) -> None:
    site.offers("dull", Toy(dull=True))
    site.plays(lambda _: visits(14))
    assert "less of the frames" in site.active.refused[0].why
    assert site.let_in() == {FACTORY: 14}


@pytest.mark.parametrize("toy", [Toy(loads=False), Toy(fails=3)], ids=["cannot be loaded", "fails"])
def test_a_set_that_cannot_look_on_is_given_up_and_disturbs_nobody(site: SwapSite, toy: Toy) -> None:
    site.offers("broken", toy)
    site.plays(lambda _: visits(3))
    assert "failed beside the set that decides" in site.active.refused[0].why
    assert site.let_in() == {FACTORY: 3}


def test_starts_of_a_candidate_count_until_it_has_looked_at_somebody(site: SwapSite) -> None:
    new = site.offers("new", Toy())
    site.slots.change(lambda now: steps.started(now, 3, 0.0), "started", slot=new)

    def script(_: Swapping) -> Iterator[int]:
        yield from [NOBODY] * 30
        assert site.active.starts == 1, "nobody came: it may still end the terminal with the first who does"
        yield from visit(ANNA)
        yield from [NOBODY] * 30

    site.plays(script)
    assert (site.active.candidate, site.active.phase, site.active.starts) == (new, "shadow", 0)
    assert site.journal == []


def test_s3_a_set_that_fails_while_it_decides_opens_for_nobody_and_is_taken_back(site: SwapSite) -> None:
    bad = site.offers("bad", Toy(fails=30))
    site.slots.change(steps.cut_over, "update-applied", operator="eve")

    def script(swapping: Swapping) -> Iterator[int]:
        assert swapping.deciding.slot == bad
        yield from visit(ANNA)
        assert site.let_in() == {bad: 1}
        yield from [NOBODY] * 12
        yield from [BOB] * 20  # it fails here; the one who stands there is let in by the old set
        yield from [NOBODY] * 12
        assert swapping.deciding.slot == FACTORY

    site.plays(script)
    assert site.let_in() == {bad: 1, FACTORY: 1}
    assert "RuntimeError: the model is broken" in site.active.refused[0].why
    assert site.journal[0][0] is Occasion.UPDATE_ROLLED_BACK


def test_s3_where_nothing_can_be_written_a_failing_set_is_left_all_the_same(site: SwapSite) -> None:
    bad = site.offers("bad", Toy(fails=22))
    site.slots.change(steps.cut_over, "update-applied", operator="eve")

    def script(swapping: Swapping) -> Iterator[int]:
        with Slots(site.here.models).locked():  # another process holds it, and does not let go
            yield from visit(ANNA)
            yield from visit(BOB)
            assert (site.active.running, swapping.deciding.slot) == (bad, FACTORY)

    site.plays(script)
    assert site.let_in()[FACTORY] >= 1


def test_s4_it_does_not_take_over_while_a_claim_stands(site: SwapSite) -> None:
    site.offers("new", Toy())

    def script(swapping: Swapping) -> Iterator[int]:
        site.door.notices.append(Typed(site.at, "#", "4711"))
        yield NOBODY
        site.slots.change(steps.cut_over, "update-applied", operator="eve")
        yield from [NOBODY] * 40
        assert (site.active.phase, swapping.deciding.slot) == ("trial", FACTORY)

    site.plays(script)


def test_a_set_that_too_few_people_are_known_to_waits_though_its_figures_are_good(site: SwapSite) -> None:
    site.offers("new", Toy())
    site.missing = "1 of 2 active people have a template of the new set"
    site.plays(lambda _: visits(14))
    assert (site.active.phase, site.journal) == ("shadow", [])


def test_a_set_that_sees_nobody_is_taken_back_because_the_one_before_looks_on(site: SwapSite) -> None:
    site.offers("blind", Toy(blind=True))
    site.slots.change(steps.cut_over, "update-applied", operator="eve")
    site.plays(lambda _: visits(14))
    assert site.active.running == FACTORY
    assert "would have let somebody in" in site.active.refused[0].why
    assert site.let_in()[FACTORY] >= 2


def test_an_operators_way_back_is_followed_at_once(site: SwapSite) -> None:
    new = site.offers("new", Toy())
    site.slots.change(steps.cut_over, "update-applied", operator="eve")

    def script(swapping: Swapping) -> Iterator[int]:
        yield from visit(ANNA)
        site.slots.change(lambda active: steps.rolled_back(active, "asked", 1.0), "update-rolled-back", operator="eve")
        yield from [NOBODY] * 15
        assert swapping.deciding.slot == FACTORY
        yield from visit(BOB)

    site.plays(script)
    assert site.let_in() == {new: 1, FACTORY: 1}


def test_a_set_with_which_nobody_would_be_known_waits_for_the_migration(site: SwapSite) -> None:
    site.offers("new", Toy(), migrated=[])
    site.missing = "0 of 2 active people have a template of the new set"
    site.plays(lambda _: visits(12))
    assert site.active.phase == "shadow"
    figures = parse((site.here.models / "shadow.json").read_bytes())
    assert (figures.visits, figures.granted, figures.days[0].unknown) == (0, 12, 12)


def test_who_walks_by_is_offered_for_migration_with_both_sets_embeddings(site: SwapSite) -> None:
    new = site.offers("new", Toy())
    site.plays(lambda _: visits(2))
    assert len(site.walked) == 2
    walked = site.walked[0]
    assert walked.person == IDS[ANNA]
    walk = walked.walk
    assert {str(look.old.space) for look in walk.looks} == {str(site.template(ANNA, FACTORY).embedding.space)}
    assert {str(look.new.space) for look in walk.looks} == {str(site.template(ANNA, new).embedding.space)}


def test_strangers_are_counted_and_let_in_by_nobody(site: SwapSite) -> None:
    site.offers("new", Toy())
    site.plays(lambda _: visit(STRANGER))
    figures = parse((site.here.models / "shadow.json").read_bytes())
    assert (figures.days[0].strangers, figures.days[0].taken, figures.visits) == (1, 0, 0)
    assert site.let_in() == {}


def test_s2_a_swap_says_nothing_to_the_door(site: SwapSite) -> None:
    new = site.offers("new", Toy())

    def script(swapping: Swapping) -> Iterator[int]:
        yield NOBODY
        site.slots.change(steps.cut_over, "update-applied", operator="eve")
        yield from [NOBODY] * 40
        assert swapping.deciding.slot == new

    site.plays(script)
    assert (site.door.identified, site.door.reported) == ([], [])


def test_s4_what_decisions_remember_outlives_a_swap(site: SwapSite) -> None:
    site.cool_down_s = 1e6
    new = site.offers("new", Toy())

    def script(swapping: Swapping) -> Iterator[int]:
        yield from visit(ANNA)
        site.slots.change(steps.cut_over, "update-applied", operator="eve")
        yield from [NOBODY] * 20
        assert swapping.deciding.slot == new
        yield from visit(ANNA)

    site.plays(script)
    assert site.decided == [(FACTORY, "anna", Reason.GRANTED)], "she was let in a moment ago, whoever decides now"


def test_s5_the_face_that_was_followed_is_forgotten_and_its_number_not_used_again(site: SwapSite) -> None:
    kept = Kept(memory=Memory(Track(7, vector=vector(ANNA), compared=3)))
    kept.turned()
    assert (kept.memory.track.number, kept.memory.track.vector, kept.memory.track.compared) == (7, None, 0)
    site.offers("new", Toy())
    tracks: list[int] = []

    def script(_: Swapping) -> Iterator[int]:
        yield from visit(ANNA)
        site.slots.change(steps.cut_over, "update-applied", operator="eve")
        yield from [NOBODY] * 20
        tracks.append(site.door.identified[-1][1].track)
        yield from visit(BOB)
        tracks.append(site.door.identified[-1][1].track)

    site.plays(script)
    assert tracks == [1, 2]
