"""Migration at a terminal: what becomes of walks and kept pictures, in the real store, and how far people are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.app import leeway
from edge.app.beside import chip_of, png
from edge.app.crossing import known
from edge.app.curves import curve
from edge.app.erasing import retain
from edge.app.eyes import bundle
from edge.app.migrating import Migrator, Walked, told
from edge.app.places import places
from edge.app.remaking import Remaker
from edge.config import Config
from edge.errors import JournalError, PictureError
from edge.ota.migrate import Declined
from edge.ota.progress import Known, progress
from edge.people.adapt import DAY_S
from edge.people.records import Crop, Template
from edge.people.search import LiveSearch
from edge.people.waiting import Waiting
from edge.values import Handle, PersonId, Space
from edge.vision.align import NAME
from tests.unit.store_builders import ANNA, BOB, HERE, THERE, template
from tests.unit.walks import BOUNDS, NOON, seen, turned, walk
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.people.store import Store
    from edge.values import Embedding, Match, Person

TO = Space("toy", "b" * 64, f"{NAME}-toy-1")


@dataclass
class Site:
    """A store of two people, the searches in both spaces, and a journal in memory."""

    store: Store
    journal: list[tuple[Handle, str]] = field(default_factory=list)
    full: bool = False
    withdrawn: set[PersonId] = field(default_factory=set)

    def audit(self, handle: Handle, words: str) -> None:
        if self.full:
            raise JournalError("the disk is full")
        self.journal.append((handle, words))

    def agrees(self, person: Person) -> bool:
        return person.id not in self.withdrawn

    @property
    def migrator(self) -> Migrator:
        old, new = LiveSearch(self.store, HERE), LiveSearch(self.store, THERE)
        return Migrator(Waiting(self.store), old, new, lambda *_: BOUNDS, self.agrees, self.audit)

    def handle(self, person: PersonId) -> Handle:
        found = self.store.person(person)
        assert found is not None
        return found.handle

    def came(self, day: float, **how: object) -> object:
        return self.migrator.walked(Walked(ANNA, self.handle(ANNA), walk(day, **how)))  # type: ignore[arg-type]

    def new(self) -> list[Template]:
        return [one.template for one in self.store.kept(ANNA) if one.template.embedding.space == THERE]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with vault(tmp_path / "people.sqlite3", create=True, clock=lambda: NOON - 100 * DAY_S) as store:
        store.add(agreed("anna", "Anna"), [template(*turned(1.0))])
        store.add(agreed("bob", "Bob"), [template(*turned(0.0, 5))])
        yield Site(store)


def test_three_walks_make_a_template_that_is_told_of_first(site: Site) -> None:
    for day in range(2):
        site.came(day)
        assert site.new() == []
    site.came(2)
    (made,) = site.new()
    assert made.migration is not None
    assert (made.kind, made.migration.walks) == ("migrated", 3)
    assert site.journal == [(site.handle(ANNA), told(made))]
    assert "3 walks" in told(made)
    assert site.came(3) is Declined.KNOWN


def test_whoever_is_not_on_record_gets_no_template(site: Site) -> None:
    for day in range(2):
        site.came(day)
    site.full = True
    assert site.came(2) is None
    assert site.new() == []
    site.full = False
    site.came(3)
    assert len(site.new()) == 1


def test_s12_a_walk_of_somebody_who_was_removed_is_nobodys(site: Site) -> None:
    before = site.handle(ANNA)
    site.store.remove(ANNA)
    assert site.migrator.walked(Walked(ANNA, before, walk(0))) is None
    site.store.add(agreed("anna", "Another Anna"), [template(*turned(1.0))])
    assert site.migrator.walked(Walked(ANNA, before, walk(0))) is None
    assert Waiting(site.store).gathered(ANNA) == ()


def test_a_withdrawn_consent_ends_it(site: Site) -> None:
    site.withdrawn.add(ANNA)
    assert site.came(0) is Declined.NO_CONSENT
    assert Waiting(site.store).gathered(ANNA) == ()


def test_a_look_alike_of_somebody_who_migrated_before_is_declined(site: Site) -> None:
    Waiting(site.store).migrate(BOB, (Template(seen(turned(0.9, 3), THERE), "migrated", "migrated"),))
    for day in range(3):
        assert site.came(day) is not Declined.KNOWN
    assert site.new() == []
    assert site.journal == []


def test_walks_of_the_future_are_forgotten_when_the_clock_is_right_again(site: Site) -> None:
    for day in (3650, 3651):
        site.came(day)
    site.came(0)
    assert [one.provenance.at for one in Waiting(site.store).gathered(ANNA) if one.provenance] == [NOON]
    assert site.new() == []


@pytest.mark.parametrize("seed", range(4))
def test_simulated_one_forced_false_match_never_plants_a_template(site: Site, seed: int) -> None:
    """An attacker is taken for Anna once, at any place among her own walks; in the new space they are another face."""
    rng = np.random.default_rng(seed)
    attacker = rng.standard_normal(8)
    attacker -= attacker[0] * np.eye(8)[0]
    when = int(rng.integers(0, 8))
    for day in range(8):
        face = list(attacker) if day == when else list(np.eye(8)[0] + 0.1 * rng.standard_normal(8))
        site.came(day, new=face)
    for one in site.new():
        assert float(one.embedding.vector @ seen(list(attacker), THERE).vector) < BOUNDS.alike
        assert one.migration is not None
        assert one.migration.walks == (3 if when >= 3 else 6)


def test_s5_the_migrator_compares_nothing_across_spaces(site: Site) -> None:
    asked: list[tuple[Space, Space]] = []

    class Counted(LiveSearch):
        def __call__(self, probe: Embedding) -> Match | None:
            asked.append((probe.space, self.space))
            return super().__call__(probe)

    Waiting(site.store).migrate(BOB, (Template(seen(turned(0.0, 3), THERE), "migrated", "migrated"),))
    both = Counted(site.store, HERE), Counted(site.store, THERE)
    counted = replace(site.migrator, old=both[0], new=both[1])
    for day in range(3):
        counted.walked(Walked(ANNA, site.handle(ANNA), walk(day)))
    assert len(site.new()) == 1
    assert {probe for probe, _ in asked} == {HERE, THERE}
    assert [pair for pair in asked if pair[0] != pair[1]] == []


def chip(value: int) -> NDArray[np.uint8]:
    return np.full((112, 112, 3), value, np.uint8)


def remaker(site: Site, *, floor: float = 0.5) -> Remaker:
    def embed(found: NDArray[np.uint8]) -> Embedding:
        return seen(turned(0.9, 1 + int(found[0, 0, 0]) % 6), TO)

    search = LiveSearch(site.store, TO)
    return Remaker(Waiting(site.store), search, embed, HERE, floor, site.agrees, site.audit)


def pictured(site: Site, person: str, value: int, alignment: str = NAME) -> None:
    crop = Crop(png(chip(value)), alignment, "photo.jpg", NOON)
    site.store.add(agreed(person, person), [replace(template(*turned(0.0, 6)), crop=crop)])


def test_kept_pictures_become_templates_of_the_new_space_and_say_so(site: Site) -> None:
    pictured(site, "carl", 1)
    (done,) = remaker(site).remake()
    assert (done.person.id, done.templates, done.why) == ("carl", 1, "")
    made = next(one.template for one in site.store.kept(PersonId("carl")) if one.template.embedding.space == TO)
    assert made.migration is not None
    assert (made.kind, made.migration.how, made.migration.walks) == ("migrated", "crop", 1)
    assert [words for _, words in site.journal] == [told(made)]
    assert list(remaker(site).remake()) == []


def test_pictures_that_cannot_or_may_not_be_used_are_named(site: Site) -> None:
    pictured(site, "carl", 1, "another-alignment")
    pictured(site, "dora", 2)
    site.withdrawn.add(PersonId("dora"))
    pictured(site, "emil", 3)
    pictured(site, "gina", 4, "")
    site.store.add(agreed("fred", "Fred"), [replace(template(*turned(0.0, 6)), crop=Crop(b"no", NAME, "x", NOON))])
    found = {one.person.id: one.why or one.templates for one in remaker(site).remake()}
    assert found.pop(PersonId("fred")) == "the picture that was kept of x is no aligned face"
    assert found == {"carl": "other-alignment", "dora": "no-consent", "emil": 1, "gina": "other-alignment"}


def test_pictures_like_somebody_else_make_no_template(site: Site) -> None:
    pictured(site, "carl", 1)
    pictured(site, "dora", 1)
    first, second = remaker(site).remake()
    assert (first.templates, second.why) == (1, "resembles-another")


def test_a_kept_picture_loses_nothing(site: Site) -> None:
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (112, 112, 3), np.uint8)
    assert np.array_equal(chip_of(Crop(png(picture), NAME, "x", NOON)), picture)
    with pytest.raises(PictureError, match="no aligned face"):
        chip_of(Crop(png(picture[:50]), NAME, "x", NOON))
    assert site.journal == []


def test_s6_retention_forgets_pictures_that_may_not_be_kept_any_more(site: Site, tmp_path: Path) -> None:
    pictured(site, "carl", 1)
    usual = Config()
    keeps = replace(usual, people=replace(usual.people, keep_crops=True, crop_texts=("2026-1",)))
    assert list(retain(site.store, places(tmp_path), keeps, "timer")) == []
    assert len(Waiting(site.store).crops(PersonId("carl"))) == 1
    assert list(retain(site.store, places(tmp_path), usual, "timer")) == []
    assert Waiting(site.store).crops(PersonId("carl")) == ()
    assert len(site.store.kept(PersonId("carl"))) == 1


def test_progress_counts_days_and_names_who_is_missing(site: Site) -> None:
    for day in range(2):
        site.came(day)
    site.store.seen(ANNA, NOON + DAY_S)
    found = progress(known(site.store, HERE, THERE, NOON + 2 * DAY_S), NOON + 2 * DAY_S, 30)
    assert (found.active, found.migrated, found.share) == (1, 0, 0.0)
    assert (found.waiting, found.absent) == (((ANNA, 2),), (BOB,))
    site.came(2)
    found = progress(known(site.store, HERE, THERE, NOON + 2 * DAY_S), NOON + 2 * DAY_S, 30)
    assert (found.share, found.waiting, found.enough(1.0)) == (1.0, (), True)


@pytest.mark.parametrize(("new", "share", "enough"), [(19, 0.95, True), (18, 0.95, False), (0, 0.0, True)])
def test_so_many_of_twenty_are_enough(new: int, share: float, *, enough: bool) -> None:
    people = [Known(PersonId(f"p{number:02}"), NOON, old=True, new=number < new) for number in range(20)]
    found = progress(people, NOON, 30)
    assert (found.active, found.migrated) == (20, new)
    assert found.enough(share) is enough


def test_whoever_was_not_here_lately_holds_nothing_up() -> None:
    gone = Known(PersonId("gone"), NOON - 31 * DAY_S, old=True, new=False)
    never = Known(PersonId("never"), None, old=True, new=False)
    stranger = Known(PersonId("nobody"), NOON, old=False, new=False)
    found = progress((gone, never, stranger), NOON, 30)
    assert (found.active, found.share, found.enough(1.0)) == (0, 1.0, True)
    assert found.absent == ("gone", "never")


def test_s9_walks_are_asked_more_than_the_door_asks() -> None:
    config, measured = Config(), curve(bundle("mobilefacenet-dynamic-1", "embedder", trusted=True))
    asked = partial(leeway.migration, config, measured, measured)
    door = measured.resolve(config.decision.fpir / 1000, extrapolate=True)
    assert asked((1000, 0)).strong > door
    assert asked((1000, 0)).alike == pytest.approx(door)
    assert asked((0, 1000)).alike == pytest.approx(door)
    assert asked((1000, 0)).floor == pytest.approx(door)
    assert asked((1000, 0)).days == 3
