"""The simulation of migration: it counts what it says, its control fails, and the product's rules do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.errors import EvidenceError, SpaceError
from edge.eval.faces import Faces
from edge.eval.migration import Both, Plan, simulate, subjects
from edge.eval.passing import Compared, Door, Searched, Site
from edge.eval.pictures import Picture
from edge.eval.subject import BundleName, Material, ModelSet
from edge.values import Embedding, Quality
from tests.unit.store_builders import HERE, THERE
from tests.unit.walks import BOUNDS

if TYPE_CHECKING:
    from edge.eval.migration_report import MigrationReport

DOOR = Door(lambda _: 0.5, 0.05)
NAMED = BundleName("toy", "a" * 64)
MODELS = ModelSet("toy", NAMED, NAMED, NAMED, False, "none")  # noqa: FBT003 - no flip
LOOKED = Material("toy", 12, 60, 60, {}, gated=False), MODELS, MODELS


def faces(spread: float, seed: int, people: int = 12, each: int = 5) -> Faces:
    rng = np.random.default_rng(seed)
    middles = np.linalg.qr(rng.standard_normal((32, people)))[0].T
    rows = np.repeat(middles, each, axis=0)
    rows = rows + spread * rng.standard_normal(rows.shape) / np.sqrt(32)
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    names = tuple(f"p{number:02}" for number in range(people))
    pictures = tuple(Picture(Path(f"{name}/{number}.jpg"), name) for name in names for number in range(each))
    numbers = np.repeat(np.arange(people, dtype=np.int64), each)
    return Faces(pictures, numbers, names, vectors, (Quality(80.0, score=90.0),) * len(vectors))


def both(spread: float = 0.4, each: int = 5) -> Both:
    old, new = faces(spread, 1, each=each), faces(spread, 2, each=each)
    return Both(old, new, (HERE, THERE), (DOOR, DOOR), lambda *_: BOUNDS, 3)


PLAN = Plan(people=6, attackers=2, seed=1)


def run(found: Both, plan: Plan = PLAN) -> MigrationReport:
    return simulate(found, LOOKED, plan)


def test_people_who_are_known_well_migrate_and_nobody_is_compared_across() -> None:
    report = run(both())
    assert (report.migrated.events, report.migrated.trials) == (12, 12)
    assert (report.refusals.after.events, report.refusals.after.trials) == (0, 12)
    assert report.across == 0
    assert report.compared > 12 * 5
    assert report.declined["migrated"] == 12


def test_s5_one_comparison_across_spaces_would_be_counted_and_is_refused() -> None:
    compared = Compared()
    searched = Searched(HERE, np.eye(4, dtype=np.float32), compared)
    with pytest.raises(SpaceError):
        searched(Embedding(np.eye(4, dtype=np.float32)[0], THERE))
    assert (compared.within, compared.across) == (0, 1)


def test_a_forced_false_match_plants_nothing_and_the_control_does() -> None:
    report = run(both())
    assert [one.among for one in report.forced] == [2, 3]
    for one in report.forced:
        assert (one.planted.events, one.planted.trials) == (0, 24)
        assert one.control.events == 24
    assert report.strangers_kept.events == 0


def test_people_whom_the_old_model_hardly_knows_do_not_migrate_and_count_as_refused() -> None:
    report = run(both(spread=1.6))
    assert report.migrated.events < 12
    assert report.refusals.cut_over.events >= 12 - report.migrated.events
    assert report.refusals.after.trials == report.migrated.events
    assert "refused-by-the-door" in report.declined


def test_each_photograph_may_be_the_enrolled_one() -> None:
    report = run(both(each=4), Plan(people=6, attackers=1, seed=1, each=True))
    assert report.people == {"people": 12, "enrolled": 48}


def test_too_few_pictures_or_people_are_refused() -> None:
    with pytest.raises(EvidenceError, match="4 pictures"):
        subjects(both(each=3), Plan(people=6, attackers=1, seed=1))
    with pytest.raises(EvidenceError, match="12 enrolled people and 1 attackers"):
        subjects(both(), Plan(people=12, attackers=1, seed=1))


def test_a_rule_without_agreement_would_let_the_attacker_in() -> None:
    """The simulation can fail: where walks need not agree, and one is enough, the attacker's face is planted."""
    rows = np.eye(8, dtype=np.float32)
    searched = Searched(HERE, rows[1:3], Compared(), (rows[0],)), Searched(THERE, rows[1:3], Compared())
    lax = replace(BOUNDS, alike=-1.0)
    site = Site(*searched, lambda *_: lax)
    for _ in range(3):
        site.walk(rows[0], rows[5])
    assert site.migrated
    assert DOOR.opens(site.new, rows[5])
