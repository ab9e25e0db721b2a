"""What the toolchain writes is what the terminal reads."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from edge.convert.manifest import to_toml
from edge.vision.bundle import find, load
from edge.vision.manifest import Manifest, Parity, parse

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
