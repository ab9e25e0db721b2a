"""Which galleries a measurement makes of the pictures there are, and which it names as impossible."""

from __future__ import annotations

import pytest

from edge.errors import EvidenceError
from edge.eval.identify import Plan
from edge.eval.trials import largest_gallery
from tests.unit.scores import seen


def test_without_sizes_the_largest_gallery_leaves_a_quarter_outside() -> None:
    shown = seen(*[2] * 30, *[1] * 130)
    assert largest_gallery(shown, 1) == 120
    assert Plan().sizes(shown) == [(10, 1), (100, 1), (120, 1)]
    assert Plan(templates=(2,)).sizes(shown) == [(10, 2), (30, 2)]


def test_sizes_that_too_few_have_pictures_for_are_left_out_and_impossible_ones_refused() -> None:
    shown = seen(*[2] * 3, *[1] * 5)
    assert Plan(people=(2, 7), templates=(1, 2)).sizes(shown) == [(2, 1), (7, 1), (2, 2)]
    with pytest.raises(
        EvidenceError, match=r"8 people cannot .*at most 7 with 1 picture each and 3 with 2 pictures each"
    ):
        Plan(people=(8,), templates=(1, 2)).sizes(shown)
    with pytest.raises(EvidenceError, match="nobody can be enrolled"):
        Plan(templates=(3,)).sizes(shown)
