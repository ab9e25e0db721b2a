"""Figures of a set that is tried are kept, and which set decides is written down."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.app.changing import Changing
from edge.app.shadowing import look_of
from edge.errors import OtaError
from edge.ota import active as steps
from edge.ota import trial
from edge.ota.active import FACTORY
from edge.ota.figures import parse
from tests.unit.builders import frame, match, rule
from tests.unit.swap_site import SwapSite, Toy, visits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SwapSite]:
    made = SwapSite(tmp_path)
    yield made
    made.close()


@pytest.mark.long
def test_figures_go_on_after_a_restart_and_another_sets_begin_anew(site: SwapSite) -> None:
    site.offers("new", Toy())
    site.plays(lambda _: visits(2))
    site.plays(lambda _: visits(2))
    assert parse((site.here.models / "shadow.json").read_bytes()).visits == 4
    other = site.offers("other", Toy(), 2)
    site.plays(lambda _: visits(1))
    figures = parse((site.here.models / "shadow.json").read_bytes())
    assert (figures.slot, figures.visits) == (other, 1)


def test_a_trial_goes_on_after_a_restart_with_the_figures_of_before(site: SwapSite) -> None:
    new = site.offers("new", Toy())
    site.plays(lambda _: visits(3))
    site.slots.change(steps.cut_over, "update-applied", operator="eve")
    site.slots.change(lambda active: steps.started(active, 3, site.wall), "started")
    site.plays(lambda _: visits(1))
    site.slots.change(lambda active: steps.started(active, 3, site.wall), "started")
    site.plays(lambda _: visits(1))
    used = trial.parse((site.here.models / "trial.json").read_bytes())
    assert (used.slot, used.granted, used.granted_before) == (new, 2, 3)


def test_damaged_figures_are_begun_anew(site: SwapSite) -> None:
    site.offers("new", Toy())
    (site.here.models / "shadow.json").write_bytes(b'{"slot": 7')
    site.plays(lambda _: visits(2))
    assert parse((site.here.models / "shadow.json").read_bytes()).visits == 2


def test_a_step_is_not_taken_when_something_else_was_decided_meanwhile(site: SwapSite) -> None:
    site.offers("new", Toy())
    before = site.active
    changing = Changing(site.slots, lambda *line: site.journal.append(line), lambda: site.wall)
    site.slots.change(steps.cut_over, "update-applied", operator="eve")
    with pytest.raises(OtaError, match="something else was decided meanwhile"):
        changing.change("dropped", before, "worse")
    assert (site.active.phase, site.active.refused, site.journal) == ("trial", (), [])


def test_models_that_are_configured_by_hand_are_never_changed(site: SwapSite) -> None:
    changing = Changing(None, lambda *_: None)
    assert (changing.stamp, changing.read().running) == ((), FACTORY)
    with pytest.raises(OtaError, match="configured by hand"):
        changing.change("cut_over", site.active, "")


def test_a_store_that_cannot_be_read_is_no_models_fault(site: SwapSite) -> None:
    site.offers("new", Toy(unreadable=True))
    site.plays(lambda _: visits(2))
    assert (site.active.phase, site.active.refused, site.journal) == ("shadow", (), [])


def test_whom_the_passive_network_does_not_believe_nobody_is_taken_for() -> None:
    seen = frame(1.0, match=match(similarity=0.9))
    assert look_of(replace(seen, liveness=0.99), rule()).person == match().person
    assert look_of(replace(seen, liveness=0.0), rule()).person == ""
    assert look_of(replace(seen, liveness=0.0), rule()).nearest == match().person
