"""What is typed at a keypad: words end with #, * takes them back, and nobody goes on with somebody else's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.access.entry import FORGET_S, LONGEST, Entry, forgotten, press


def typed(keys: str, pause_s: float = 0.3) -> list[str]:
    entry, words = Entry(), []
    for number, key in enumerate(keys):
        entry, word = press(entry, key, 100 + number * pause_s)
        words += [word] if word is not None else []
    return words


def test_words_end_with_the_hash_key() -> None:
    assert typed("7391#4711#") == ["7391", "4711"]
    assert typed("73*91#") == ["91"]
    assert typed("##") == ["", ""]
    assert typed("7A3#") == ["73"]


def test_what_nobody_goes_on_with_is_forgotten() -> None:
    entry, _ = press(Entry(), "7", 100.0)
    late, word = press(entry, "#", 100.1 + FORGET_S)
    assert (late.digits, word) == ("", "")
    assert forgotten(entry, 99.0).digits == "", "nor when the clock runs backwards"


def test_a_word_that_is_too_long_is_none_and_the_next_is_whole() -> None:
    assert typed("7" * LONGEST + "#") == ["7" * LONGEST]
    assert typed("7" * (LONGEST + 1) + "#12#", pause_s=0.1) == ["12"]


def test_what_was_typed_is_not_shown_as_text() -> None:
    entry, _ = press(Entry(), "7", 100.0)
    assert "7" not in repr(entry)


@given(st.text("0123456789*#", max_size=300))
def test_every_word_is_what_was_typed_since_the_last_end(keys: str) -> None:
    parts = keys.split("#")[:-1]
    wanted = []
    for part in parts:
        last = part.rsplit("*", 1)[-1]
        wanted += [last] if len(last) <= LONGEST else []
    assert typed(keys, pause_s=0.0) == wanted
