"""The file of the active set: whoever wrote it, it is read as a step leaves it, or refused with every fault."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import OtaError
from edge.ota.active import faults
from edge.ota.active_file import dump, parse
from tests.unit.test_active import A, good

BROKEN = """schema = 1
running = "../../etc"
previous = "factory"
good = "factory"
candidate = "factory"
phase = "asleep"
starts = -1
serial = true
mode = "fast"
[[refused]]
slot = "x"
"""


def test_a_file_that_somebody_edited_is_refused_with_every_fault_named() -> None:
    with pytest.raises(OtaError) as raised:
        parse(BROKEN.encode(), "active.toml")
    for word in ("active.toml:", "'mode'", "running = '../../etc'", "'factory'", "'asleep'", "starts = -1", "serial"):
        assert word in str(raised.value)
    assert "the 1." in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (f'running = "{A}"', 'running = ""', "running = ''"),
        (f'good = "{A}"', 'good = "factory"', "do not fit phase"),
        ('phase = "steady"', 'phase = "shadow"', "does not fit phase"),
        ("starts = 0", "starts = 2", "starts = 2"),
        ('candidate = ""', f'candidate = "{A}"', "candidate"),
        ("schema = 1", "schema = 2", "schema = 2"),
        (f'running = "{A}"', 'running = "factory/../x-000000000000"', "name of no set"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(old: str, new: str, words: str) -> None:
    text = dump(good(A)).decode()
    assert old in text
    with pytest.raises(OtaError, match=words):
        parse(text.replace(old, new).encode(), "active.toml")


@given(st.binary(max_size=200))
def test_whatever_bytes_stand_in_the_file_it_is_read_or_refused(raw: bytes) -> None:
    try:
        read = parse(raw, "active.toml")
    except OtaError as error:
        assert "active.toml" in str(error)  # noqa: PT017 - whichever of the two it is
    else:
        assert not list(faults(read))
