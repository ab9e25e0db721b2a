"""What is said of a terminal's sets, and what is forgotten with them, with signed sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app.erasing import retain
from edge.app.eyes import space
from edge.app.model_set import chosen, running
from edge.app.ota_status import status
from edge.config import Config
from edge.ota import figures
from edge.ota.active import FACTORY, confirmed, cut_over, dropped, rolled_back
from edge.ota.figures import Day, Figures, Share
from edge.ota.gate import GATE
from edge.ota.migrate import SOURCE
from edge.people.records import Provenance, Template
from edge.people.waiting import Waiting
from edge.values import PersonId, Space
from edge.vision.bundle import find
from tests.unit.signed_sets import Terminal, terminal
from tests.unit.walks import seen
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edge.ota.active import Active
    from edge.people.store import Store

CONFIG = Config()
ANNA = PersonId("anna")
OTHER = (find("mobilefacenet-dynamic-1") / "model.tflite").read_bytes() + bytes(16)
"""The same model with another hash: another space."""
EARLIER = Space("toy", "e" * 64, "1")
FACE = [1.0] + [0.0] * 511


@pytest.fixture
def site(tmp_path: Path) -> Terminal:
    return terminal(tmp_path)


@pytest.fixture
def store(site: Terminal) -> Iterator[Store]:
    with vault(site.here.people_db, create=True) as opened:
        opened.add(agreed("anna", "Anna"), [Template(seen(FACE, space(CONFIG)), "photo.jpg")])
        yield opened


def test_a_set_that_is_to_decide_and_does_not_is_named_with_the_reason(site: Terminal) -> None:
    slot = site.good("b", 1)
    assert status(CONFIG, site.here).faults == ()
    gate = site.slots.folder_of(slot) / GATE
    gate.write_bytes(msgspec.json.encode({**msgspec.json.decode(gate.read_bytes()), "board": "jetson"}))
    said = status(CONFIG, site.here)
    assert said.running == slot
    (fault,) = said.faults
    assert fault.startswith(f"{slot} does not decide: ")
    assert "another board (jetson" in fault
    site.here.ota_root.unlink()
    (fault,) = status(CONFIG, site.here).faults
    assert "without this root of trust nobody vouches for it" in fault.replace(f"for {slot}", "for it")


@pytest.mark.parametrize(("old", "counts"), [(FACTORY, True), ("", True), ("bad-0123456789ab", False)])
def test_figures_are_shown_only_beside_the_set_they_were_compared_with(
    site: Terminal, old: str, *, counts: bool
) -> None:
    slot = site.offered("b", 1)
    nothing = status(CONFIG, site.here).waits_for
    day = Day("2026-11-29", shares=(Share(5, 5, 5, visits=7),))
    (site.here.models / "shadow.json").write_bytes(figures.dump(Figures(slot, (day,), old)))
    said = status(CONFIG, site.here).waits_for
    assert (said != nothing) is counts
    assert any("7 of " in words for words in said) is counts


def test_s6_walks_are_kept_for_a_candidate_alone_until_use_confirms_it(site: Terminal, store: Store) -> None:
    slot = site.offered("b", 1, OTHER)
    new = space(CONFIG, chosen(CONFIG, site.here, slot))
    assert new != space(CONFIG, running(CONFIG, site.here))
    waits(store, new, EARLIER)
    assert left(site, store) == [new]
    site.slots.change(cut_over, "update-applied")
    assert left(site, store) == [new], "a trial may end, and the candidate be tried again"
    site.slots.change(confirmed, "update-confirmed")
    assert left(site, store) == []
    assert len(store.kept(ANNA)) == 1


@pytest.mark.parametrize(
    "end",
    [lambda now: dropped(now, "worse", 1.0), lambda now: rolled_back(cut_over(now), "worse", 1.0)],
    ids=["given up", "taken back"],
)
def test_s6_walks_of_a_candidate_that_is_no_more_are_forgotten(
    site: Terminal, store: Store, end: Callable[[Active], Active]
) -> None:
    slot = site.offered("b", 1, OTHER)
    waits(store, space(CONFIG, chosen(CONFIG, site.here, slot)))
    site.slots.change(end, "ended")
    assert left(site, store) == []


def test_where_it_cannot_be_said_which_set_is_tried_no_walk_is_forgotten(site: Terminal, store: Store) -> None:
    slot = site.offered("b", 1, OTHER)
    new = space(CONFIG, chosen(CONFIG, site.here, slot))
    waits(store, new)
    site.here.ota_root.unlink()
    assert left(site, store) == [new]


def waits(store: Store, *spaces: Space) -> None:
    """Have a walk of Anna's wait in each of these spaces."""
    for one in spaces:
        walk = Template(seen(FACE, one), SOURCE, "gathered", Provenance(1e9, 0.9, 0.6, 1e-6, 0.0, 3, "motion"))
        Waiting(store).set_gathered(ANNA, one, (walk,))


def left(site: Terminal, store: Store) -> list[Space]:
    """Forget what is to be forgotten; returns the spaces of Anna's walks that are left."""
    assert list(retain(store, site.here, CONFIG, "timer")) == []
    return [one.embedding.space for one in Waiting(store).gathered(ANNA)]
