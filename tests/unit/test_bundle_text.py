"""What the toolchain writes is what the terminal reads."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from edge.convert.manifest import to_toml
from edge.vision.bundle import find, load
from edge.vision.manifest import Accuracy, Against, Manifest, Parity, parse

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


def shipped() -> Manifest:
    return load(find("mobilefacenet-dynamic-1")).manifest


def test_a_shipped_manifest_is_written_back_byte_for_byte() -> None:
    folder = find("mobilefacenet-dynamic-1")
    assert to_toml(shipped()) == (folder / "manifest.toml").read_bytes()


@given(TEXT, NUMBERS, NUMBERS)
def test_any_words_and_numbers_survive_writing_and_reading(words: str, mean: float, worst: float) -> None:
    figure = Parity(words, mean, mean, worst, 3, words, words)
    manifest = msgspec.structs.replace(shipped(), parity=[figure, figure])
    assert parse(to_toml(manifest)) == manifest


SHARES = st.floats(0, 1)


ENDS = st.lists(st.floats(-1, 1), min_size=3, max_size=3).map(sorted)


@given(TEXT, ENDS, SHARES)
def test_what_is_accepted_survives_beside_a_reference_and_without_one(
    words: str, ends: list[float], share: float
) -> None:
    against = Against("tiny-float-1", "c" * 64, 1600, ends[1], ends[0], ends[2], 1000)
    row = Accuracy(1e-3, 9, 10, share / 2, share, words, words, against)
    rows = [row, msgspec.structs.replace(row, fmr=1e-4, against=None), msgspec.structs.replace(row, fmr=1e-5)]
    manifest = msgspec.structs.replace(shipped(), accuracy=rows)
    assert parse(to_toml(manifest)) == manifest


def test_a_manifest_from_before_says_nothing_of_what_is_accepted() -> None:
    older = to_toml(msgspec.structs.replace(shipped(), accuracy=[]))
    assert b"accuracy" not in older
    assert parse(older).accuracy == []
