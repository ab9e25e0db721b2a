"""What says nothing against a set that is tried: two people in view, a fault that passes, a clock that was wrong."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest

from edge.app.shadowing import Shadowing, same_face
from edge.ota import active as steps
from edge.ota import trial
from edge.ota.active import FACTORY
from edge.ota.figures import parse
from edge.ota.slots import Slots
from edge.values import Occasion, Reason, Sighting
from tests.unit.builders import box
from tests.unit.swap_site import ANNA, BOB, BOTH, IDS, NOBODY, SwapSite, Toy, space_of, vector, visit, visits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edge.app.migrating import Walked
    from edge.app.swapping import Swapping
    from edge.ota.active import Active
    from edge.ota.figures import Figures
    from edge.values import Box


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SwapSite]:
    made = SwapSite(tmp_path)
    yield made
    made.close()


def compared(site: SwapSite) -> Figures:
    return parse((site.here.models / "shadow.json").read_bytes())


def of_both(count: int) -> Iterator[int]:
    for _ in range(count):
        yield from visit(BOTH, 6)


def until(done: Callable[[], bool]) -> Iterator[int]:
    """Show nobody until another thread has come so far."""
    for _ in range(20_000):
        if done():
            return
        yield NOBODY
    pytest.fail("it never comes so far")


@pytest.mark.parametrize(
    ("one", "other"),
    [((220, 200), (200, 220)), ((200, 0), (0, 200)), ((200, 0), (220, 200))],
    ids=["each looks at another", "each finds another alone", "one finds both"],
)
def test_s4_no_walk_is_made_of_two_people_in_view_and_no_set_refused_for_them(
    site: SwapSite, one: tuple[float, float], other: tuple[float, float]
) -> None:
    site.toys[FACTORY] = Toy(wide=one)
    new = site.offers("new", Toy(wide=other))
    site.plays(lambda _: of_both(5))
    assert [(slot, who) for slot, who, _ in site.decided] == [(FACTORY, IDS[ANNA])] * 5
    assert site.walked == []
    assert (site.active.candidate, site.active.refused) == (new, ())


def test_s4_a_walk_begins_where_the_others_have_gone(site: SwapSite) -> None:
    new = site.offers("new", Toy())
    site.plays(lambda _: iter([BOTH] * 5 + [ANNA] * 5 + [NOBODY] * 14))
    (walked,) = site.walked
    assert walked.person == IDS[ANNA]
    assert len(walked.walk.looks) <= 5
    assert all((look.new.vector == vector(ANNA)).all() for look in walked.walk.looks)
    assert {look.new.space for look in walked.walk.looks} == {space_of(new)}


def test_what_two_sets_see_of_the_same_face_is_compared_though_a_bystander_is_there(site: SwapSite) -> None:
    site.offers("new", Toy())
    site.plays(lambda _: of_both(2))
    assert (compared(site).visits, compared(site).loss) == (2, 0.0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((1, box()), (1, box(110)), True),
        ((1, box()), (1, box(300)), False),
        ((1, box()), (0, None), True),
        ((0, None), (2, box()), True),
        ((1, None), (1, box()), False),
        ((1, box()), (1, None), False),
    ],
    ids=["same", "another", "the new finds none", "the old finds none", "the old passes over", "the new passes over"],
)
def test_s4_a_bystander_whom_one_set_passes_over_is_not_whom_the_other_looks_at(
    one: tuple[int, Box | None], other: tuple[int, Box | None], *, same: bool
) -> None:
    sightings = [Sighting(1.0, 1, faces, box=where) for faces, where in (one, other)]
    assert same_face(*sightings) is same


def test_a_confirmed_set_that_may_not_run_now_is_not_refused_and_decides_once_it_may(
    site: SwapSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.app.swapping.AGAIN_S", 0.0)
    new = site.offers("new", Toy(passing=True))
    site.slots.change(steps.cut_over, "update-applied")
    site.slots.change(steps.confirmed, "update-confirmed")

    def script(swapping: Swapping) -> Iterator[int]:
        yield from [NOBODY] * 30
        assert (swapping.deciding.slot, site.active.running, site.active.good) == (FACTORY, new, new)
        site.toys[new].passing = False
        yield from [NOBODY] * 30

    swapping = site.plays(script, site.begin(deciding=FACTORY))
    assert (swapping.deciding.slot, site.active.refused, site.journal) == (new, (), [])


def test_a_candidate_that_may_not_run_now_is_not_given_up_and_looks_on_once_it_may(
    site: SwapSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.app.swapping.AGAIN_S", 0.0)
    new = site.offers("new", Toy(passing=True))

    def script(_: Swapping) -> Iterator[int]:
        yield from visits(2)
        assert (site.active.candidate, site.active.phase) == (new, "shadow")
        site.toys[new].passing = False
        yield from [NOBODY] * 20
        yield from visits(2)

    site.plays(script)
    assert (site.active.candidate, site.active.refused, site.journal) == (new, (), [])
    assert compared(site).visits == 2


def test_a_way_back_while_the_set_was_being_loaded_is_followed(site: SwapSite) -> None:
    bad = site.offers("bad", Toy())
    site.slots.change(steps.cut_over, "update-applied")
    read = site.slots.read()
    site.slots.change(lambda now: steps.rolled_back(now, "asked", 1.0), "update-rolled-back", operator="eve")
    swapping = site.plays(lambda _: visits(2), site.begin(read, bad))
    assert (site.active.running, swapping.deciding.slot) == (FACTORY, FACTORY)
    assert site.let_in() == {FACTORY: 2}


class Busy(Slots):
    """Somebody else changes the file as soon as it was read, once."""

    meanwhile: Callable[[], object] | None = None

    def read(self) -> Active:
        found = super().read()
        change, self.meanwhile = self.meanwhile, None
        if change is not None:
            change()
        return found


def test_a_way_back_just_after_the_file_was_read_is_followed(site: SwapSite) -> None:
    site.offers("bad", Toy())
    site.slots.change(steps.cut_over, "update-applied")
    site.slots = busy = Busy(site.here.models, wall=lambda: site.wall)
    begun = site.begin()
    busy.meanwhile = lambda: busy.change(lambda now: steps.rolled_back(now, "asked", 1.0), "update-rolled-back")
    swapping = site.plays(lambda _: iter([NOBODY] * 30), begun)
    assert (site.active.running, swapping.deciding.slot) == (FACTORY, FACTORY)


@pytest.mark.parametrize("way", ["dropped", "cut_over"])
def test_frames_do_not_wait_for_a_walk_that_is_looked_at_when_the_other_set_goes(site: SwapSite, way: str) -> None:
    new, begun, may_end, ended = site.offers("new", Toy()), Event(), Event(), Event()

    def takes(_: Walked) -> None:
        begun.set()
        may_end.wait(10)
        ended.set()

    site.takes = takes

    def script(swapping: Swapping) -> Iterator[int]:
        yield from [ANNA] * 6
        site.settles = False  # else the camera would wait for the thread that is held up
        yield from until(begun.is_set)
        if way == "dropped":
            site.slots.change(lambda now: steps.dropped(now, "worse", 1.0), "update-refused")
        else:
            site.slots.change(steps.cut_over, "update-applied")
        yield from until(lambda: swapping._shadowing is None)  # noqa: SLF001 - it shows nowhere else
        assert not ended.is_set()
        yield from visit(BOB)
        assert not ended.is_set()
        assert site.decided[-1][1:] == (IDS[BOB], Reason.GRANTED)
        may_end.set()
        site.settles = True
        yield from [NOBODY] * 20

    swapping = site.plays(script)
    assert ended.is_set()
    assert swapping.deciding.slot == (FACTORY if way == "dropped" else new)


def test_what_waits_when_the_other_set_goes_is_not_begun_and_what_runs_ends_as_it_should() -> None:
    shadowing, begun, may_end, done = Shadowing(None, 1), Event(), Event(), list[str]()

    def first() -> None:
        begun.set()
        may_end.wait(10)
        done.append("first")

    shadowing.later(first)
    shadowing.later(lambda: done.append("second"))
    assert begun.wait(10)
    shadowing.give_up()
    assert done == []
    may_end.set()
    shadowing.close()
    assert done == ["first"]


@pytest.mark.parametrize("dropped", [False, True])
def test_a_terminal_that_ends_waits_for_what_is_done_with_a_walk(site: SwapSite, *, dropped: bool) -> None:
    site.offers("new", Toy())
    begun, may_end, ended, next_one = Event(), Event(), Event(), Event()

    def takes(_: Walked) -> None:
        begun.set()
        may_end.wait(10)
        Event().wait(0.1)  # longer than the camera takes to end
        ended.set()

    site.takes = takes

    def script(swapping: Swapping) -> Iterator[int]:
        yield from [ANNA] * 6
        site.settles = False
        yield from until(begun.is_set)
        looking_on = swapping._shadowing  # noqa: SLF001 - it shows nowhere else
        assert looking_on is not None
        looking_on.later(next_one.set)
        if dropped:
            site.slots.change(lambda now: steps.dropped(now, "worse", 1.0), "update-refused")
            yield from until(lambda: swapping._shadowing is None)  # noqa: SLF001
        may_end.set()

    site.plays(script)
    assert ended.is_set()
    assert next_one.is_set() is not dropped


def test_what_a_candidate_was_compared_with_that_is_no_more_counts_for_nothing(site: SwapSite) -> None:
    bad = site.offers("bad", Toy(), 1)
    site.slots.change(steps.cut_over, "update-applied")
    site.slots.change(steps.confirmed, "update-confirmed")
    new = site.offers("new", Toy(), 2)
    site.plays(lambda _: visits(3))
    assert (compared(site).slot, compared(site).old, compared(site).visits) == (new, bad, 3)
    site.slots.change(lambda now: steps.rolled_back(now, "bad", 1.0, FACTORY), "update-rolled-back", operator="eve")
    site.plays(lambda _: visits(1))
    assert (compared(site).slot, compared(site).old, compared(site).visits) == (new, FACTORY, 1)


def test_a_trial_that_began_by_a_clock_that_was_ahead_ends_once_it_is_right(site: SwapSite) -> None:
    new = site.offers("new", Toy())
    site.slots.change(steps.cut_over, "update-applied")
    site.wall += 10 * 365 * 86_400
    ahead = site.wall

    def script(_: Swapping) -> Iterator[int]:
        yield from [NOBODY] * 20
        site.wall = 1.8e9
        yield from visits(6)

    site.plays(script)
    began = trial.parse((site.here.models / "trial.json").read_bytes()).began
    assert 1.8e9 <= began < ahead
    assert (site.active.good, site.active.phase) == (new, "steady")
    assert [one for one, _ in site.journal] == [Occasion.UPDATE_CONFIRMED]
