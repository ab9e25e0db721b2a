"""Many pictures are looked at by threads that each have eyes of their own."""

from __future__ import annotations

import itertools
import threading

import pytest

from edge.errors import PictureError
from edge.eval.lookers import Lookers


def test_what_was_seen_is_in_the_order_asked_and_all_eyes_are_used_by_one_thread_at_a_time() -> None:
    numbers = itertools.count()
    together = threading.Barrier(3, timeout=10)

    def look(what: int, eyes: list[int]) -> tuple[int, int]:
        eyes.append(what)
        together.wait()  # three look at once, each with other eyes
        assert eyes.pop() == what
        assert len(eyes) == 1
        return what * what, eyes[0]

    with Lookers(lambda: [next(numbers)], 3) as lookers:
        seen = lookers.map(look, range(9))
    assert [square for square, _ in seen] == [one * one for one in range(9)]
    assert {eyes for _, eyes in seen} == {0, 1, 2}


def test_eyes_that_failed_look_at_the_next() -> None:
    def look(what: int, eyes: str) -> str:
        if what < 0:
            raise PictureError("torn")
        return eyes

    with Lookers(lambda: "eyes", 1) as lookers:
        with pytest.raises(PictureError, match="torn"):
            lookers.map(look, [-1])
        assert lookers.map(look, [1, 2]) == ["eyes", "eyes"]
