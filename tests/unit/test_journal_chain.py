"""The hash chain: whatever is done to a journal's lines, the first fault is named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.journal.chain import Fault, Head, link, unlink, verify

TEXTS = st.lists(st.text(max_size=20), min_size=3, max_size=8)


def chained(texts: list[str]) -> list[bytes]:
    head, lines = Head(), []
    for text in texts:
        line, head = link(head, {"text": text})
        lines.append(line)
    return lines


@given(TEXTS)
def test_an_untouched_chain_is_whole_and_ends_where_it_was_written(texts: list[str]) -> None:
    lines = chained(texts)
    head, fault = verify(lines)
    assert fault is None
    assert head == unlink(lines[-1])[1]
    assert head.number == len(texts)


@given(TEXTS, st.data())
def test_any_changed_byte_is_found_on_its_line(texts: list[str], data: st.DataObject) -> None:
    lines = chained(texts)
    number = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[number]) - 1))
    changed = bytearray(lines[number])
    changed[place] ^= data.draw(st.integers(1, 255))
    lines[number] = bytes(changed)
    head, fault = verify(lines)
    assert fault is not None
    assert (fault.line, head.number) == (number + 1, number)


@given(TEXTS, st.data())
def test_a_missing_a_doubled_or_a_moved_line_is_found(texts: list[str], data: st.DataObject) -> None:
    lines = chained(texts)
    number = data.draw(st.integers(0, len(lines) - 2))
    missing = lines[:number] + lines[number + 1 :]
    doubled = lines[: number + 1] + lines[number:]
    moved = [*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]]
    faults = [verify(broken)[1] for broken in (missing, doubled, moved)]
    assert [fault and fault.line for fault in faults] == [number + 1, number + 2, number + 1]


def test_a_line_of_another_chain_does_not_follow() -> None:
    ours, theirs = chained(["a", "b"]), chained(["x", "y"])
    fault = verify([ours[0], theirs[1]])[1]
    assert fault is not None
    assert "does not follow" in fault.why


def test_a_chain_can_be_followed_from_the_middle() -> None:
    lines = chained(["a", "b", "c", "d"])
    head, fault = verify(lines[2:], verify(lines[:2])[0])
    assert (head.number, fault) == (4, None)


def test_the_same_event_gives_the_same_bytes_whatever_the_order_of_its_keys() -> None:
    assert link(Head(), {"a": 1, "b": 2}) == link(Head(), {"b": 2, "a": 1})


def test_a_line_with_a_false_number_is_found_although_its_hashes_fit() -> None:
    first, second = chained(["a", "b"])
    forged, _ = link(Head(number=6, digest=unlink(first)[1].digest), {"text": "b"})
    head, fault = verify([first, forged])
    assert (head.number, fault) == (1, Fault(2, "it calls itself line 7: lines are missing, added or moved"))
    assert verify([first, second])[1] is None


def test_the_same_words_in_other_bytes_are_found() -> None:
    (line,) = chained(["a"])
    for other in (line.replace(b'","body"', b'", "body"'), line.rstrip(b"\n") + b" \n", line.rstrip(b"\n")):
        fault = verify([other])[1]
        assert fault is not None
        assert fault.line == 1
