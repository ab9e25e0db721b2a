"""Thresholds are counted from real comparisons, and never claimed beyond what was counted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("scipy", reason="needs the extra `build` (scripts/build_models)")

from edge.convert.thresholds import Faces, Scores, accepted, compare, equal_error_rate, interval, read_faces, table
from edge.errors import EvidenceError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.long


def faces(count: int = 2500, people: int = 900) -> Faces:
    random = np.random.default_rng(3)
    vectors = random.normal(size=(count, 24)).astype(np.float32)
    return Faces(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), random.integers(0, people, count))


def test_every_pair_is_compared_once_whatever_the_blocks() -> None:
    """2,500 pictures are three blocks; the plain double loop is the truth."""
    given = faces()
    all_scores = given.vectors @ given.vectors.T
    first, second = np.triu_indices(len(given.vectors), 1)
    same = given.people[first] == given.people[second]
    scores = compare(given)
    assert scores.comparisons == int((~same).sum())
    assert np.sort(scores.genuine) == pytest.approx(np.sort(all_scores[first, second][same]), abs=1e-6)
    highest = np.sort(all_scores[first, second][~same])[::-1][: len(scores.impostor)]
    assert scores.impostor == pytest.approx(highest, abs=1e-6)


def test_the_rate_at_a_threshold_is_the_counted_one_and_at_most_the_named_one() -> None:
    scores = compare(faces())
    rows = table(scores, "noise")
    assert rows
    for row in rows:
        counted = int((scores.impostor >= row.threshold).sum())
        assert row.false_matches == counted
        assert counted / scores.comparisons <= row.fmr
        assert row.lower <= counted / scores.comparisons <= row.upper


def test_nothing_is_claimed_with_fewer_than_ten_false_matches_allowed() -> None:
    scores = Scores(np.ones(3, np.float32), np.linspace(0.9, 0.1, 1001, dtype=np.float32), 100_000)
    assert [row.fmr for row in table(scores, "few")] == [1e-2, 3e-3, 1e-3, 3e-4, 1e-4]


def test_the_interval_is_the_textbooks() -> None:
    """Clopper-Pearson: none of 100 gives an upper end of 3.62 %, 10 of 100 give 4.90 % to 17.62 %."""
    assert list(interval(0, 100)) == pytest.approx([0.0, 0.0362], abs=1e-4)
    assert list(interval(10, 100)) == pytest.approx([0.0490, 0.1762], abs=1e-4)
    assert interval(100, 100)[1] == 1.0


def test_accepted_counts_genuine_pairs_at_or_above() -> None:
    scores = Scores(np.array([0.2, 0.5, 0.8], np.float32), np.zeros(1, np.float32), 1)
    hits, (low, high) = accepted(scores, 0.5)
    assert hits == 2
    assert low < 2 / 3 < high


def test_the_equal_error_rate_is_where_as_many_are_refused_as_slip_through() -> None:
    """One in four genuine pairs lies under the one in four impostor pairs that are highest."""
    genuine = np.array([0.2, 0.7, 0.8, 0.9], np.float32)
    impostor = np.array([0.5, 0.1, 0.05, 0.0], np.float32)
    assert equal_error_rate(Scores(genuine, impostor, 4)) == pytest.approx(0.25)


def test_an_equal_error_rate_beyond_the_kept_scores_is_not_a_number() -> None:
    genuine = np.array([0.2, 0.3, 0.9], np.float32)
    assert math.isnan(equal_error_rate(Scores(genuine, np.array([0.6, 0.5], np.float32), 1000)))


def test_pictures_without_an_embedding_are_left_out_and_folders_are_people(tmp_path: Path) -> None:
    file = tmp_path / "e.npz"
    paths = np.array(["set/ann/1.jpg", "set/ann/2.jpg", "set/bob/1.jpg", "set/eve/1.jpg"])
    status = np.array(["ok", "ok", "ok", "no face"])
    np.savez(file, path=paths, status=status, embedding=np.eye(4, dtype=np.float32))
    found = read_faces(file)
    assert found.people.tolist() == [0, 0, 1]


def test_one_person_alone_is_no_evidence(tmp_path: Path) -> None:
    file = tmp_path / "e.npz"
    np.savez(file, path=np.array(["ann/1.jpg"]), status=np.array(["ok"]), embedding=np.eye(1, dtype=np.float32))
    with pytest.raises(EvidenceError, match="two people"):
        read_faces(file)


def test_another_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "e.npz"
    file.write_bytes(b"not an archive")
    with pytest.raises(EvidenceError, match="edge embed"):
        read_faces(file)
