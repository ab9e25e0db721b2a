"""A curve is counted from all pairs, ends where ten false matches end, and is kept for the model it was measured on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.app import measured
from edge.errors import EvidenceError, ModelError
from edge.eval.calibrate import points, report, thresholds
from edge.eval.compare import compare
from edge.vision.bundle import find, load
from edge.vision.manifest import Parity
from tests.unit.scores import about, crowd, faces, models, scores, unit

if TYPE_CHECKING:
    from pathlib import Path

SHA, OTHER = "a" * 64, "b" * 64


def test_the_rate_at_a_threshold_is_the_counted_one_and_at_most_the_named_one() -> None:
    random = np.random.default_rng(3)
    shown = faces(unit(random.normal(size=(1500, 24))), random.integers(0, 700, 1500).tolist())
    truth = (shown.vectors @ shown.vectors.T).astype(np.float64)
    first, second = np.triu_indices(len(shown), 1)
    impostor = truth[first, second][shown.people[first] != shown.people[second]]
    rows = thresholds(points(compare(shown)), "noise")
    assert [row.fmr for row in rows] == [1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5]
    for row in rows:
        assert row.comparisons == len(impostor)
        assert row.false_matches == int((impostor >= row.threshold).sum())
        assert row.false_matches / len(impostor) <= row.fmr < (impostor >= row.threshold - 1e-4).sum() / len(impostor)
        assert row.lower < row.false_matches / len(impostor) < row.upper
        assert row.data == "noise"


def test_nothing_is_claimed_with_fewer_than_ten_false_matches_allowed() -> None:
    found = points(scores([0.9], np.linspace(0.9, 0.1, 100_000).tolist()))
    assert [point.aim for point in found] == [1e-2, 3e-3, 1e-3, 3e-4, 1e-4]
    assert all(before.threshold < after.threshold for before, after in pairwise(found))


def test_a_rate_that_asks_for_nothing_more_is_left_out() -> None:
    """A hundred of the impostors are above 0.3, 99 of them equally alike: 3e-3 and 1e-3 have one threshold."""
    found = points(scores([0.9], [0.1] * 9_000 + [0.3] * 900 + [0.6] * 99 + [0.7]))
    assert [(point.aim, point.threshold) for point in found] == [(1e-2, 0.3001), (3e-3, 0.6001)]


@pytest.mark.parametrize("impostor", [[0.1] * 999, [0.1] * 3_000, np.linspace(0, 1, 2_000).tolist()])
def test_what_supports_fewer_than_two_rates_is_no_curve(impostor: list[float]) -> None:
    with pytest.raises(EvidenceError, match="support no curve"):
        points(scores([0.9], impostor))


def test_searches_ask_for_the_rate_that_their_size_leaves_to_a_comparison() -> None:
    """A hundred thousand comparisons reach 1e-4: a hundred templates at FPIR 1e-2, ten at 1e-3, one at 1e-4."""
    found = report(models(), about(crowd()), scores([0.9], np.linspace(0.9, 0.1, 100_000).tolist()), "")
    at = {point.aim: point.threshold for point in found.points}
    asked = {(one.fpir, one.comparisons): one.threshold for one in found.resolved}
    assert asked == {
        (1e-2, 10): at[1e-3],
        (1e-2, 100): at[1e-4],
        (1e-2, 1000): None,
        (1e-3, 10): at[1e-4],
        (1e-3, 100): None,
        (1e-3, 1000): None,
        (1e-4, 10): None,
        (1e-4, 100): None,
        (1e-4, 1000): None,
    }
    assert {one.fpir: one.comparisons for one in found.reach} == {1e-2: 100, 1e-3: 10, 1e-4: 1}
    assert found.unsupported == 3e-5


def test_a_curve_is_kept_for_one_file_and_beside_its_parity(tmp_path: Path) -> None:
    rows = thresholds(points(scores([0.9], np.linspace(0.9, 0.1, 100_000).tolist())), "first set")
    assert measured.read("m", SHA, tmp_path).threshold == []
    path = measured.update("m", SHA, threshold=rows, folder=tmp_path / "kept")
    assert path == tmp_path / "kept" / "m.json"
    figure = Parity("cosine", 0.99, 0.98, 0.97, 10, "first set", "edge models parity")
    measured.update("m", SHA, parity=[figure], folder=tmp_path / "kept")
    assert measured.read("m", SHA, tmp_path / "kept").threshold == rows
    assert measured.read("m", OTHER, tmp_path / "kept").threshold == []
    measured.update("m", SHA, threshold=rows[:2], folder=tmp_path / "kept")
    assert measured.read("m", SHA, tmp_path / "kept") == measured.Measured(SHA, [figure], rows[:2])
    assert [file.name for file in (tmp_path / "kept").iterdir()] == ["m.json"]


def test_a_folder_that_cannot_be_written_and_a_damaged_file_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelError, match="cannot be written"):
        measured.update("m", SHA, threshold=[], folder=tmp_path / "file")
    (tmp_path / "m.json").write_bytes(b"{")
    with pytest.raises(ModelError, match=r"m\.json"):
        measured.read("m", SHA, tmp_path)


def test_the_shipped_embedders_curve_is_the_one_that_is_kept_for_its_next_build() -> None:
    manifest = load(find("mobilefacenet-dynamic-1"), "embedder").manifest
    assert measured.read("mobilefacenet-dynamic-1", manifest.sha256).threshold == manifest.threshold
    assert manifest.threshold
