"""S8: bundles that nobody should have signed, each stopped by the check that is meant for it; the real runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.app import gating
from edge.ota.gate import why_not_here
from edge.ota.manifest import ROLES
from edge.vision.bundle import load
from tests import gated
from tests.zoo import ZOO, Bad

if TYPE_CHECKING:
    from pathlib import Path

    from edge.vision.manifest import Role

pytestmark = pytest.mark.long


@pytest.mark.parametrize("bad", ZOO, ids=lambda bad: f"{bad.role}: {bad.name}")
def test_s8_a_bad_bundle_is_stopped_by_the_right_check(bad: Bad, tmp_path: Path) -> None:
    report = bad.tried(tmp_path / "bundle")
    assert not report.passed
    assert report.stopped_by is not None
    assert report.stopped_by.name == bad.stopped_by, report.why
    assert bad.said in report.stopped_by.words
    assert report.stopped_by.words.startswith(f"{report.stopped_by.role}: ")


@pytest.mark.parametrize("role", ROLES)
def test_a_sound_bundle_passes_every_check(role: Role, tmp_path: Path) -> None:
    folder = gated.lay_bundle(tmp_path / "bundle", role)
    report = gating.examine_bundle(folder, gated.DEVICE, gated.custom(load(folder)), running=folder)
    assert report.why == ""
    assert report.passed
    assert not (folder / "gate.json").exists()


def test_s8_a_sound_set_passes_works_together_and_its_record_counts_for_this_board_and_runtime_only(
    tmp_path: Path,
) -> None:
    folder = gated.lay_set(tmp_path / "set")
    report = gating.examine(folder, gated.DEVICE, gated.papers(folder), at=1000.0)
    assert report.why == ""
    assert report.passed
    assert report.checks[-1].name == "together"
    assert report.checks[-1].value == "3 of 3"
    assert not why_not_here(folder, "pc", gated.HERE)
    assert "another board (pc, and this is pi)" in why_not_here(folder, "pi", gated.HERE)
    assert "another runtime" in why_not_here(folder, "pc", (gated.HERE[0], "99.0"))


def test_s8_four_sound_models_that_do_not_fit_each_other_are_stopped(tmp_path: Path) -> None:
    """The mesh's points at half their place, published with numbers of its own: alone it has no fault."""
    folder = gated.lay_set(tmp_path / "set")
    gated.halve_the_mesh(folder / "landmarks")
    report = gating.examine(folder, gated.DEVICE, gated.papers(folder), at=1000.0)
    assert report.stopped_by is not None
    assert (report.stopped_by.name, report.stopped_by.role) == ("together", "")
    assert "the set: " in report.why
    assert "it did not pass the gate: the set: " in why_not_here(folder, "pc", gated.HERE)
