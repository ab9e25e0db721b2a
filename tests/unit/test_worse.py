"""The embedder that is made worse on purpose is worse by what it says, and by nothing that the gate would find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.vision.bundle import UntrustedError, find, load
from edge.vision.factory import trusted
from edge.vision.probe import faults_when_run
from tests import worse

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worse.bundle(tmp_path_factory.mktemp("worse"))


def test_it_carries_its_own_figures_two_points_below_the_factorys(made: Path) -> None:
    """Figures are of one model file: were one byte of it another, they would not be in the manifest."""
    rows = {row.fmr: row for row in load(made, "embedder").manifest.accuracy}
    beside = rows[1e-4].against
    assert beside is not None
    assert beside.bundle == worse.FACTORY
    assert beside.sha256 == load(find(worse.FACTORY)).manifest.sha256
    assert beside.difference == pytest.approx(-0.02, abs=0.001)
    assert beside.difference_upper < 0, "beyond chance"


def test_it_runs_and_has_not_collapsed(made: Path) -> None:
    assert not faults_when_run(load(made))


def test_s8_nothing_vouches_for_it(made: Path) -> None:
    with pytest.raises(UntrustedError):
        trusted(load(made))


def test_a_dishonest_one_has_the_figures_of_the_model_that_it_was_made_from(tmp_path: Path, made: Path) -> None:
    told = load(worse.bundle(tmp_path, honest=False))
    assert told.manifest.accuracy == load(find(worse.FACTORY)).manifest.accuracy
    assert told.manifest.sha256 == load(made).manifest.sha256


def test_its_space_is_not_the_factorys(made: Path) -> None:
    """The same id and preprocessing, but another model file (S5)."""
    assert load(made).space != load(find(worse.FACTORY)).space


def test_noise_keeps_type_shape_and_range() -> None:
    kernel = np.random.default_rng(1).integers(-127, 128, (8, 3, 3, 4), np.int8)
    moved = worse.noisy(kernel, 0.5)
    assert (moved.dtype, moved.shape) == (kernel.dtype, kernel.shape)
    assert moved.min() >= -127
    assert 0.2 < float((moved.astype(float) - kernel).std()) / float(kernel.std()) < 0.55
