"""A curve is counted from all pairs, ends where ten false matches end, and is kept for the model it was measured on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.app import measured
from edge.errors import EvidenceError, ModelError
from edge.eval.calibrate import accepted, again, points, report, thresholds
from edge.eval.compare import compare
from edge.eval.rates import interval
from edge.eval.verify import Candidate, candidate
from edge.vision.bundle import find, load
from edge.vision.manifest import Accuracy, Parity
from tests.unit.scores import about, crowd, faces, models, scores, unit

if TYPE_CHECKING:
    from pathlib import Path

    from edge.eval.faces import Faces

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


THINNING = (0.9 - 0.8 * np.linspace(0, 1, 100_000) ** 0.3).tolist()
"""A hundred thousand impostors, of which the most alike lie further apart than two thresholds do."""


def test_nothing_is_claimed_with_fewer_than_ten_false_matches_allowed() -> None:
    found = points(scores([0.9], THINNING))
    assert [point.aim for point in found] == [1e-2, 3e-3, 1e-3, 3e-4, 1e-4]
    assert all(before.threshold < after.threshold for before, after in pairwise(found))


def test_a_rate_that_asks_for_nothing_more_is_left_out() -> None:
    """A hundred of the impostors are above 0.3, ninety of them equally alike: 3e-3 and 1e-3 have one threshold."""
    found = points(scores([0.9], [0.1] * 9_000 + [0.3] * 900 + [0.6] * 90 + [0.7] * 10))
    assert [(point.aim, point.threshold) for point in found] == [(1e-2, 0.3001), (3e-3, 0.6001)]


@pytest.mark.parametrize("impostor", [[0.1] * 999, [0.1] * 3_000, np.linspace(0, 1, 2_000).tolist()])
def test_what_supports_fewer_than_two_rates_is_no_curve(impostor: list[float]) -> None:
    with pytest.raises(EvidenceError, match="support no curve"):
        points(scores([0.9], impostor))


def test_searches_ask_for_the_rate_that_their_size_leaves_to_a_comparison() -> None:
    """A hundred thousand comparisons reach 1e-4: a hundred templates at FPIR 1e-2, ten at 1e-3, one at 1e-4."""
    even = scores([0.9], THINNING)
    shown = crowd()
    found = report(Candidate(models(), about(shown), shown, even), (), "")
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
    share = Accuracy(1e-3, 9, 10, 0.55, 1.0, "first set", "edge eval calibrate")
    measured.update("m", SHA, accuracy=[share], folder=tmp_path / "kept")
    measured.update("m", SHA, threshold=rows[:2], folder=tmp_path / "kept")
    assert measured.read("m", SHA, tmp_path / "kept") == measured.Measured(SHA, [figure], rows[:2], [share])
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
    kept = measured.read("mobilefacenet-dynamic-1", manifest.sha256)
    assert kept.threshold == manifest.threshold
    assert kept.accuracy == manifest.accuracy
    assert manifest.threshold
    assert [row.fmr for row in manifest.accuracy] == [1e-3, 1e-4, 1e-5]


def seen(shown: Faces, name: str = "one") -> Candidate:
    return candidate(models(name), about(shown), shown)


def test_what_is_accepted_is_counted_at_the_curves_own_thresholds() -> None:
    one = seen(crowd(people=120, noise=1.0))
    at = {row.fmr: row.threshold for row in thresholds(points(one.scores), "made up")}
    rows = accepted(one, "edge eval calibrate")
    assert [row.fmr for row in rows] == [1e-3, 1e-4]
    for row in rows:
        assert row.true_accepts == int((one.scores.genuine.similarity >= at[row.fmr]).sum())
        assert 0 < row.true_accepts < row.genuine == 120 * 6
        assert (row.lower, row.upper) == interval(row.true_accepts, row.genuine)
        assert (row.data, row.command, row.against) == ("made up", "edge eval calibrate", None)


@pytest.mark.parametrize("turned", [False, True])
def test_a_difference_above_zero_says_that_this_one_accepts_more(turned: bool) -> None:
    good, bad = seen(crowd(noise=0.6), "good"), seen(crowd(noise=1.2), "bad")
    one, reference = (bad, good) if turned else (good, bad)
    (row,) = accepted(one, "again", reference, draws=100)
    (plain,) = accepted(reference, "again")
    assert row.against is not None
    sign = -1 if turned else 1
    assert sign * row.against.difference > 0.1
    assert row.against.difference == pytest.approx((row.true_accepts - plain.true_accepts) / row.genuine, abs=0.02)
    assert sign * row.against.difference_lower > 0 < sign * row.against.difference_upper
    assert row.against.difference_lower < row.against.difference < row.against.difference_upper
    assert (row.against.bundle, row.against.sha256, row.against.draws) == ("made-up-1", "0" * 64, 100)


def test_only_pictures_that_both_embedded_are_compared_and_their_number_is_told() -> None:
    """Of the pictures that the reference lost nothing is held against it; the shares are of all that this one saw."""
    whole = crowd()
    part = whole.only(np.arange(len(whole)) % 5 != 0)
    (row,) = accepted(seen(whole), "again", seen(part), draws=20)
    assert row.against is not None
    assert (row.genuine, row.against.pictures, row.against.difference) == (360, 192, 0.0)


def test_pictures_that_no_two_share_are_no_comparison() -> None:
    whole = crowd(people=120)
    one, other = (whole.only(np.arange(len(whole)) % 2 == rest) for rest in (0, 1))
    assert [(row.fmr, row.against) for row in accepted(seen(one), "again", seen(other))] == [(1e-3, None)]


def test_without_genuine_pairs_nothing_is_accepted_or_refused() -> None:
    shown = faces(crowd(people=200, each=1).vectors, list(range(200)))
    assert accepted(seen(shown), "again", seen(shown)) == ()


def test_the_command_names_bundles_and_no_folder() -> None:
    told = "edge eval calibrate made-up-1 --detector made-up-1 --landmarks made-up-1 --images … --data 'a set'"
    assert again(models("/home/me/made-up-1"), "a set") == told
    assert again(models(), "a set", "float") == f"{told} --against float"
