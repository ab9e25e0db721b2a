"""After a cut-over: who is known to the old set alone is judged by it once they said who they are, and comes along."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.access.decide import State
from edge.app.claims import Claim, Claims
from edge.app.known_before import KnownBefore
from edge.app.migrating import Migrator
from edge.app.recognition import Recognition
from edge.app.running import LastChip
from edge.app.second_factors import claimed_by
from edge.app.verifications import Recognised
from edge.config import Config
from edge.errors import SpaceError
from edge.loop import run
from edge.ota.migrate import Declined
from edge.people.adapt import DAY_S
from edge.people.records import Migration, Template, words
from edge.people.search import LiveSearch
from edge.people.waiting import Waiting
from edge.values import Credential, Factor, Quality, Reason
from edge.vision.pipeline import Memory
from tests.fakes import LineCamera, WritingDoor, grey_frames
from tests.unit.builders import SOLID, frame, proving
from tests.unit.store_builders import ANNA, BOB, HERE, THERE, template
from tests.unit.test_claims import Mute
from tests.unit.walks import BOUNDS, NOON, seen, turned
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.app.migrating import Walked
    from edge.people.store import Store
    from edge.values import Embedding, PersonId, Search, Sighting
    from hw.base import Frame

WELL = Quality(inter_eye_px=80.0, score=90.0)
PIN, NUMBER = (Credential(Factor.PIN, 0.0, claimed=True),), ()
CHIP = np.zeros((112, 112, 3), np.uint8)
OLD_THRESHOLD, NEW_THRESHOLD = 0.5, 0.7


@dataclass
class Site:
    """Anna is known to the old set alone, Bob to both; somebody stands before the terminal whom the new set decides."""

    store: Store
    old_face: list[float] = field(default_factory=lambda: turned(0.9))
    new_face: list[float] = field(default_factory=lambda: turned(1.0))
    asked: list[tuple[str, Embedding]] = field(default_factory=list)
    handed: list[Walked] = field(default_factory=list)
    journal: list[str] = field(default_factory=list)
    door: WritingDoor = field(default_factory=WritingDoor)

    def __post_init__(self) -> None:
        self.old, self.new = LiveSearch(self.store, HERE), LiveSearch(self.store, THERE)
        self.seen = LastChip(lambda _: seen(self.new_face, THERE))
        self.before = KnownBefore(
            seen=self.seen,
            embed=lambda _: seen(self.old_face, HERE),
            old=self.old,
            new=self.new,
            threshold_for=lambda _: OLD_THRESHOLD,
            later=self.handed.append,
            fresh_s=5.0,
            wall=lambda: NOON,
        )
        usual = replace(proving(), threshold_for=lambda _: NEW_THRESHOLD)
        self.shared = Recognised(lambda: usual, self.new, self.store, None, Claims(), self.before)  # type: ignore[arg-type]  # no model is asked

    def comes(self, who: PersonId = ANNA, shown: tuple[Credential, ...] = PIN, **face: object) -> list[Reason]:
        """Say who is there, and stand before the camera."""
        outcomes: list[Reason] = []
        config = Config()
        claim = Claim(who, shown, *claimed_by(config, self.shared, who), 100.0, None)
        self.shared.claims.begin(claim)
        known = Recognition(
            sees=self._sees, search=self.new, usual=self.shared.usual, roster=self.store.person,
            claims=self.shared.claims,
        )  # fmt: skip
        sightings = [frame(round(0.1 * n, 3), quality=WELL, **SOLID, **face) for n in range(30)]
        self.sightings = {one.at: one for one in sightings}
        camera = LineCamera(grey_frames(self.sightings))

        def observe(_frame: Frame, _sighting: Sighting, verdict: object, outcome: Reason | None) -> None:
            if verdict is not None and outcome is not None:
                outcomes.append(outcome)

        terminal = self.before.joined(known.terminal(camera, self.door, Mute(), observe))
        run(terminal, State(), Memory(), lambda: False)
        return outcomes

    def _sees(self, shown: Frame, memory: Memory, search: Search) -> tuple[Sighting, Memory]:
        return replace(self.sightings[shown.at], match=search(self.seen(CHIP))), memory

    def kept(self) -> object:
        """Judge what was handed over, as the other thread does."""
        (walked,) = self.handed
        return Migrator(
            Waiting(self.store), self.old, self.new, lambda *_: BOUNDS, lambda _: True,
            lambda _, words: self.journal.append(words),
        ).claimed(walked)  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with vault(tmp_path / "people.sqlite3", create=True, clock=lambda: NOON - 100 * DAY_S) as store:
        store.add(agreed("anna", "Anna"), [template(*turned(1.0))])
        store.add(agreed("bob", "Bob"), [template(*turned(0.0, 5)), template(*turned(0.0, 5), space=THERE)])
        yield Site(store)


def test_whoever_is_known_before_alone_is_let_in_once_and_is_known_to_the_new_set_afterwards(site: Site) -> None:
    assert site.before.alone(ANNA)
    assert Reason.GRANTED in site.comes()
    ((_, verdict),) = site.door.identified
    assert verdict.evidence is not None
    assert (verdict.evidence.threshold, verdict.evidence.space) == (OLD_THRESHOLD, str(HERE))
    made = site.kept()
    assert isinstance(made, Template)
    assert made.migration is not None
    assert (made.migration.how, made.embedding.space) == ("claim", THERE)
    assert "a proven claim" in site.journal[0]
    assert not site.before.alone(ANNA)
    match = site.new(seen(site.new_face, THERE))
    assert match is not None
    assert match.person == ANNA


def test_s5_the_claim_compares_old_with_old_and_the_new_probe_is_never_asked(site: Site) -> None:
    _, search = claimed_by(Config(), site.shared, ANNA)
    site.seen(CHIP)
    match = search(seen(turned(0.0, 7), THERE))
    assert match is not None
    assert match.similarity == pytest.approx(0.9, abs=1e-6)
    with pytest.raises(SpaceError):
        site.old(seen(site.new_face, THERE))


class Overtaken(KnownBefore):
    """Whoever is asked for becomes known to the new set right after the answer, as by another thread."""

    store: Store

    def alone(self, person: PersonId | None) -> bool:
        found = super().alone(person)
        if found and person is not None:
            made = Migration(NOON, "walks", 3, 0.8, 0.5, 0.1, words(HERE))
            new = Template(seen(turned(1.0), THERE), "migrated", "migrated", migration=made)
            Waiting(self.store).migrate(person, [new])
        return found


def test_s9_the_curve_and_the_templates_of_a_claim_are_of_one_set_whoever_migrates_meanwhile(site: Site) -> None:
    before = Overtaken(**{one.name: getattr(site.before, one.name) for one in fields(site.before) if one.init})
    before.store = site.store
    site.shared = replace(site.shared, before=before)
    for old, threshold, similarity in ((True, OLD_THRESHOLD, 0.9), (False, NEW_THRESHOLD, 1.0)):
        rule, search = claimed_by(Config(), site.shared, ANNA)
        site.seen(CHIP)
        match = search(seen(site.new_face, THERE))
        assert match is not None
        assert match.similarity == pytest.approx(similarity, abs=1e-6)
        assert rule.threshold_for(1e-3) == threshold
        assert (rule.space == str(HERE)) is old


def test_a_face_that_the_old_set_does_not_know_is_refused(site: Site) -> None:
    site.old_face = turned(0.49)
    assert Reason.GRANTED not in site.comes()
    assert site.handed == []


def test_whoever_is_known_to_the_new_set_is_judged_by_it(site: Site) -> None:
    assert not site.before.alone(BOB)
    site.old_face, site.new_face = turned(0.0, 5), turned(1.0)
    assert Reason.GRANTED not in site.comes(BOB)
    assert claimed_by(Config(), site.shared, BOB)[0].threshold_for(1e-3) == NEW_THRESHOLD
    assert claimed_by(Config(), site.shared, ANNA)[0].threshold_for(1e-3) == OLD_THRESHOLD
    assert not site.before.alone(None)


def test_s4_liveness_is_asked_as_always(site: Site) -> None:
    assert Reason.GRANTED not in site.comes(liveness=0.0)
    assert site.handed == []


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (NUMBER, Declined.NO_SECOND_FACTOR),
        ((Credential(Factor.PIN, 0.0, claimed=True, duress=True),), Declined.DURESS),
    ],
)
def test_a_number_alone_or_duress_opens_and_makes_no_template(
    site: Site, shown: tuple[Credential, ...], why: Declined
) -> None:
    assert Reason.GRANTED in site.comes(shown=shown)
    assert site.kept() is why
    assert site.before.alone(ANNA)


def test_a_stolen_pin_and_a_face_that_only_just_passes_make_no_template(site: Site) -> None:
    site.old_face = turned(0.55)
    assert Reason.GRANTED in site.comes()
    assert site.kept() is Declined.WEAK


def test_a_face_like_somebody_whom_the_new_set_knows_makes_no_template(site: Site) -> None:
    site.new_face = turned(0.0, 5)
    assert Reason.GRANTED in site.comes()
    assert site.kept() is Declined.RESEMBLES


def test_a_door_that_does_not_open_makes_no_template(site: Site) -> None:
    site.door.reason = Reason.OUTSIDE_SCHEDULE
    site.comes()
    assert site.door.identified
    assert site.handed == []
