"""Figures are drawn from whatever was measured, the empty cases included, and come out the same every time."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from edge.eval import plots
from edge.eval.compare import Scores, compare
from tests.unit.scores import crowd, faces, scores


def drawn(content: bytes) -> np.ndarray:
    with Image.open(BytesIO(content)) as picture:
        return np.asarray(picture.convert("RGB"))


def colours(content: bytes) -> set[str]:
    """Which of the line colours are seen."""
    pixels = drawn(content).reshape(-1, 3)
    seen = {f"#{red:02X}{green:02X}{blue:02X}" for red, green, blue in np.unique(pixels, axis=0).tolist()}
    return seen & set(plots.COLOURS)


@pytest.mark.long
def test_models_are_drawn_side_by_side_each_in_a_colour_of_its_own() -> None:
    sets = {name: compare(crowd(noise=noise)) for name, noise in (("a", 0.9), ("b", 1.1), ("c", 1.3))}
    content = plots.verification(sets, "made up")
    assert colours(content) == set(plots.COLOURS[:3])
    assert content == plots.verification(sets, "made up")
    assert b"matplotlib" not in content.lower()


@pytest.mark.parametrize(
    "odd",
    [
        scores([0.9, 0.8], [0.1, 0.2]),
        scores([0.1, 0.2], [0.8, 0.9]),
        scores([], [0.1, 0.2]),
        compare(faces(np.eye(3, dtype=np.float32), [0, 1, 2])),
    ],
    ids=["never mistaken", "always mistaken", "no genuine pairs", "orthogonal"],
)
def test_odd_sets_can_be_drawn(odd: Scores) -> None:
    assert drawn(plots.verification({"odd": odd}, "made up")).shape[2] == 3


def test_the_rates_fall_and_rise_and_end_at_one() -> None:
    passed, refused = plots.rates(compare(crowd(noise=1.2)))
    assert (passed[0], refused[0]) == (1.0, 0.0)
    assert np.all(np.diff(passed) <= 0)
    assert np.all(np.diff(refused) >= 0)
    assert len(passed) == len(set(zip(passed.tolist(), refused.tolist(), strict=True)))


def test_a_point_needs_ten_errors_of_both_kinds() -> None:
    found = scores([place / 100 for place in range(100)], [place / 100 for place in range(100)])
    passed, refused = plots.rates(found)
    claimed = plots.claims(found, passed, refused)
    assert (passed[claimed].min(), passed[claimed].max()) == pytest.approx((0.1, 0.9))
    assert (refused[claimed].min(), refused[claimed].max()) == pytest.approx((0.1, 0.9))


@pytest.mark.parametrize(("value", "words"), [(1e-5, "1e-5"), (1e-3, "1e-3"), (0.01, "0.01"), (0.1, "0.1"), (1, "1")])
def test_rates_are_written_as_the_field_writes_them(value: float, words: str) -> None:
    assert plots.power(value) == words
