"""Lists of pairs: each fold is judged by a threshold from the others, and what cannot be judged is an error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.errors import ConfigError, EvidenceError
from edge.eval.faces import Faces, Failure
from edge.eval.lfw import best_threshold, judge, read_pairs
from edge.eval.pictures import Picture
from tests.unit.builders import GOOD
from tests.unit.scores import ROOT, unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# One picture a direction: Ann's first two are alike (0.8), Bob's, too (0.6); Cy is like Ann (0.7); Di is like nobody.
DIRECTIONS = {
    "Ann_0001": [1.0, 0, 0, 0],
    "Ann_0002": [0.8, 0.6, 0, 0],
    "Bob_0001": [0, 0, 1.0, 0],
    "Bob_0002": [0, 0, 0.6, 0.8],
    "Cy_0001": [0.7, -math.sqrt(0.51), 0, 0],
    "Di_0001": [0, -1.0, 0, 0],
}
LIST = """2\t2
Ann\t1\t2
Bob\t1\t2
Ann\t1\tBob\t1
Ann\t1\tDi\t1
Ann\t2\t1
Bob\t2\t1
Ann\t1\tCy\t1
Bob\t1\tDi\t1
"""


def picture(stem: str) -> Picture:
    person = stem.partition("_")[0]
    return Picture(ROOT / person / f"{stem}.jpg", person)


def album(*lost: str, absent: tuple[str, ...] = (), directions: Mapping[str, Sequence[float]] = DIRECTIONS) -> Faces:
    shown = [stem for stem in directions if stem not in (*lost, *absent)]
    names = tuple(sorted({stem.partition("_")[0] for stem in directions}))
    return Faces(
        pictures=tuple(map(picture, shown)),
        people=np.array([names.index(stem.partition("_")[0]) for stem in shown]),
        names=names,
        vectors=unit(np.array([directions[stem] for stem in shown])),
        qualities=(GOOD,) * len(shown),
        failures=tuple(Failure(picture(stem), "no-face") for stem in lost),
    )


def written(folder: Path, text: str) -> Path:
    file = folder / "pairs.txt"
    file.write_text(text)
    return file


def test_a_toy_list_has_the_accuracy_that_is_worked_out_by_hand(tmp_path: Path) -> None:
    """Similarities: 0.8, 0.6 | 0, 0 in the first fold, 0.8, 0.6 | 0.7, 0 in the second.

    The second fold alone is judged best (3 of 4) from just above 0 up to 0.6, or between 0.7 and 0.8; the middle of
    those 7,000 thresholds lies near 0.35, at which the first fold is judged without a fault. The first fold alone says
    any threshold above 0 up to 0.6, the middle of which is 0.3: at it Ann and Cy match, an error.
    """
    found = judge(read_pairs(written(tmp_path, LIST)), album())
    assert [(fold.pairs, fold.correct, fold.failed) for fold in found.folds] == [(4, 4, 0), (4, 3, 0)]
    assert found.folds[0].threshold == pytest.approx(0.35, abs=2e-4)
    assert found.folds[1].threshold == pytest.approx(0.3, abs=2e-4)
    assert found.accuracy == pytest.approx(0.875)
    assert found.deviation == pytest.approx(0.25 / math.sqrt(2))
    assert found.standard_error == pytest.approx(0.125)
    assert found.cross_validated
    assert (found.pairs, found.failed, found.absent, found.missing) == (8, 0, 0, ())


def test_a_list_saved_with_a_byte_order_mark_is_the_same_list(tmp_path: Path) -> None:
    plain = read_pairs(written(tmp_path, LIST))
    assert read_pairs(written(tmp_path, "\ufeff" + LIST)) == plain


@pytest.mark.parametrize(
    ("lost", "correct", "thresholds"),
    [
        ("Bob_0002", [3, 2], [0.75, 0.4]),  # a genuine pair of each fold
        ("Di_0001", [2, 2], [-0.15, 0.3]),  # an impostor pair of each fold
    ],
)
def test_a_picture_without_a_face_makes_its_pairs_errors(
    lost: str, correct: list[int], thresholds: list[float], tmp_path: Path
) -> None:
    found = judge(read_pairs(written(tmp_path, LIST)), album(lost))
    assert [(fold.pairs, fold.failed) for fold in found.folds] == [(4, 1), (4, 1)]
    assert [fold.correct for fold in found.folds] == correct
    assert [fold.threshold for fold in found.folds] == pytest.approx(thresholds, abs=2e-3)
    assert found.accuracy == pytest.approx(sum(correct) / 8)
    assert found.failed == 2


def test_pictures_that_are_not_there_are_named_and_their_pairs_left_out(tmp_path: Path) -> None:
    found = judge(read_pairs(written(tmp_path, LIST)), album(absent=("Di_0001",)))
    assert found.missing == ("Di/Di_0001",)
    assert (found.absent, found.pairs, found.failed) == (2, 6, 0)


def test_a_similarity_exactly_at_the_threshold_matches(tmp_path: Path) -> None:
    """The first fold has 0.5 and a little over 0.4999: only the threshold 0.5 judges both of its pairs rightly."""
    directions = {
        "Ann_0001": [1.0, 0, 0, 0],
        "Ann_0002": [0.5, 0.5, 0.5, 0.5],
        "Bob_0001": [0.49995, -math.sqrt(1 - 0.49995**2), 0, 0],
        "Cy_0001": [0, 0, 1.0, 0],
    }
    text = "2 1\nAnn 1 2\nAnn 1 Bob 1\nAnn 1 2\nAnn 1 Cy 1\n"
    found = judge(read_pairs(written(tmp_path, text)), album(directions=directions))
    assert found.folds[1].threshold == 0.5
    assert [fold.correct for fold in found.folds] == [1, 2]


def test_a_list_of_which_nothing_is_there_is_refused(tmp_path: Path) -> None:
    text = "1 1\nEve 1 2\nEve 1 Fay 1\n"
    with pytest.raises(EvidenceError, match="none of the 2 pairs"):
        judge(read_pairs(written(tmp_path, text)), album())


def test_a_list_of_view_1_is_one_fold_judged_by_itself_and_says_so(tmp_path: Path) -> None:
    text = "2\n" + "\n".join(LIST.splitlines()[1:5]) + "\n\n"
    found = judge(read_pairs(written(tmp_path, text)), album())
    assert len(found.folds) == 1
    assert (found.accuracy, found.cross_validated) == (1.0, False)
    assert math.isnan(found.deviation)


def test_the_best_threshold_judges_most_pairs_rightly_and_lies_in_the_middle() -> None:
    similarity = np.array([0.9, 0.5, 0.3, 0.1])
    assert best_threshold(similarity, np.array([True, True, False, False])) == pytest.approx(0.4, abs=1e-4)
    assert best_threshold(similarity, np.array([True, False, True, True])) == pytest.approx(-0.45, abs=1e-3)
    at = best_threshold(np.array([0.5, 0.4999]), np.array([True, False]))
    assert at == 0.5


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "line 1: must say how many folds"),
        ("ten 300\n", "line 1: must say how many folds"),
        ("1 2 3\n", "line 1: must say how many folds"),
        ("0 1\n", "line 1: must say how many folds"),
        ("1 1\nAnn 1 2\n", "line 1: promises 1 x 1 genuine and as many impostor pairs, 2 in all, but 1 follow"),
        ("1 1\nAnn 1 2\nAnn 1 Bob 1\nAnn 1 2\n", "line 1: promises"),
        ("1 1\n\nAnn 1 2\nAnn one Bob 1\n", "line 4: must be"),
        ("1 1\nAnn 1 1\nAnn 1 Bob 1\n", "line 2: must be"),
        ("1 1\nAnn 1 2\nAnn 1 Ann 2\n", "line 3: must be"),
        ("1 1\nAnn 1 2\nAnn 0 Bob 1\n", "line 3: must be"),
        ("1 1\nAnn 1\nAnn 1 Bob 1\n", "line 2: must be"),
        ("1 1\nAnn 1 2\nBob 1 2\n", "lines 2 to 3: this fold needs 1 genuine pairs, and has 2"),
    ],
)
def test_a_wrong_list_is_refused_with_its_line(text: str, line: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read_pairs(written(tmp_path, text))
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pairs.txt"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="it is no text"):
        read_pairs(file)
    with pytest.raises(ConfigError, match="Is a directory"):
        read_pairs(tmp_path)


def test_a_list_as_long_as_the_real_one_is_read_in_folds(tmp_path: Path) -> None:
    rows = [f"P{fold} {1 + row} {301 + row}" for fold in range(10) for row in range(300)]
    others = [f"P{fold} {1 + row} Q{fold} {1 + row}" for fold in range(10) for row in range(300)]
    lines = ["10\t300"]
    for fold in range(10):
        lines += rows[fold * 300 : fold * 300 + 300] + others[fold * 300 : fold * 300 + 300]
    folds = read_pairs(written(tmp_path, "\n".join(lines)))
    assert [len(fold) for fold in folds] == [600] * 10
    assert [sum(pair.genuine for pair in fold) for fold in folds] == [300] * 10
    assert {pair.first.person for pair in folds[7]} == {"P7"}
    assert str(folds[0][599].second) == "Q0/Q0_0300"
