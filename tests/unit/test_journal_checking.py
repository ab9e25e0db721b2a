"""Whatever is done to a journal's files and signatures is found, or lies behind what was signed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.journal.chain import Head, unlink
from edge.journal.events import Event, Pruned
from edge.journal.signatures import Statement, hash_of, parse, signed
from edge.values import Occasion
from tests.unit.journal_builders import OURS, THEIRS, Archive, archive, chained, event, statements, with_lines

FEW = settings(max_examples=40)
TEXTS = st.lists(st.text(max_size=8), max_size=12)


@st.composite
def archives(draw: st.DrawFn) -> Archive:
    count = draw(st.integers(3, 14))
    signs = sorted(draw(st.sets(st.integers(1, count), min_size=1, max_size=4)))
    pruned = draw(st.sampled_from([0, *(one for one in signs if one < count)]))
    return archive(count, sizes=draw(st.integers(1, 6)), signs=signs, pruned=pruned, words=draw(TEXTS))


@st.composite
def flips(draw: st.DrawFn, line: bytes) -> bytes:
    place = draw(st.integers(0, len(line) - 1))
    return line[:place] + bytes([line[place] ^ draw(st.integers(1, 255))]) + line[place + 1 :]


def one_change(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    """Change, delete, insert, double, swap, cut off, or write anew from some line on, so that the hashes fit."""
    place = draw(st.integers(0, len(lines) - 1))
    other = draw(st.integers(0, len(lines) - 1))
    head = unlink(lines[place - 1])[1] if place else Head(unlink(lines[0])[0].n - 1, unlink(lines[0])[0].prev)
    forged, _ = chained([event(99, "forged") for _ in lines[place:]], head)
    kinds = {
        "flip": [*lines[:place], draw(flips(lines[place])), *lines[place + 1 :]],
        "delete": lines[:place] + lines[place + 1 :],
        "garbage": [*lines[:place], draw(st.binary(max_size=9)).replace(b"\n", b"") + b"\n", *lines[place:]],
        "double": [*lines[:other], lines[place], *lines[other:]],
        "swap": [lines[other] if i == place else lines[place] if i == other else one for i, one in enumerate(lines)],
        "cut": lines[:place],
        "forge": lines[:place] + forged,
    }
    return kinds[draw(st.sampled_from(sorted(kinds)))]


@FEW
@given(archives())
def test_an_untouched_journal_is_sound_and_proven_up_to_its_newest_signature(whole: Archive) -> None:
    found = whole.examined()
    newest = max(signed_line(line) for line in whole.signatures)
    assert found.findings == ()
    assert (found.last, found.proven) == (whole.heads[-1], newest)
    assert found.unproven == found.last.number - newest
    assert (found.unproven_since is None) == (found.unproven == 0)


def signed_line(signature: bytes) -> int:
    return parse(signature)[0].line


@st.composite
def tampered(draw: st.DrawFn) -> tuple[Archive, Archive]:
    whole = draw(archives())
    changed = with_lines(whole, one_change(draw, whole.lines))
    if draw(st.booleans()):
        gone = draw(st.integers(0, len(whole.files) - 1))
        changed = replace(whole, files=whole.files[:gone] + whole.files[gone + 1 :])
    return whole, changed


@FEW
@given(tampered())
def test_every_change_to_lines_that_were_signed_is_found(case: tuple[Archive, Archive]) -> None:
    whole, changed = case
    proven, first = whole.examined().proven, whole.examined().first
    signed = whole.lines[: proven - first + 1]
    found = changed.examined()
    if changed.lines[: len(signed)] != signed:
        assert found.findings
    elif not found.findings:  # by definition not to be told apart: what nobody has signed yet
        assert found.proven == proven


@FEW
@given(tampered())
def test_with_a_head_that_an_auditor_kept_nothing_at_all_can_be_changed(case: tuple[Archive, Archive]) -> None:
    whole, changed = case
    assert bool(changed.examined(whole.heads[-1]).findings) == (changed.lines[: len(whole.lines)] != whole.lines)


@FEW
@given(tampered(), st.data())
def test_whatever_is_done_to_the_signatures_nothing_false_is_proven(
    case: tuple[Archive, Archive], data: st.DataObject
) -> None:
    whole, changed = case
    theirs = statements(chained([event(n, "forged") for n in range(len(whole.heads))])[1], key=THEIRS)
    mixed = [*whole.signatures, *theirs]
    chosen = data.draw(st.lists(st.sampled_from(mixed), max_size=6))
    found = replace(changed, signatures=tuple(chosen)).examined()
    if not found.findings and found.proven:
        first = whole.examined().first
        assert changed.lines[: found.proven - first + 1] == whole.lines[: found.proven - first + 1]


@FEW
@given(archives(), st.data())
def test_any_other_order_of_signatures_and_any_of_another_key_is_found(whole: Archive, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(whole.signatures) - 1))
    heads = [whole.heads[signed_line(line) - 1] for line in whole.signatures]
    forged = statements(heads, key=THEIRS)
    kinds = {
        "replaced": tuple(forged),
        "one replaced": (*whole.signatures[:place], forged[place], *whole.signatures[place + 1 :]),
        "flipped": (
            *whole.signatures[:place],
            data.draw(flips(whole.signatures[place])),
            *whole.signatures[place + 1 :],
        ),
        "doubled": (*whole.signatures[: place + 1], *whole.signatures[place:]),
    }
    if 0 < place < len(whole.signatures) - 1:
        kinds["one missing"] = whole.signatures[:place] + whole.signatures[place + 1 :]
    changed = kinds[data.draw(st.sampled_from(sorted(kinds)))]
    if not changed[-1].endswith(b"\n"):  # only the last one's end of line was taken: it counts as not finished
        return
    assert replace(whole, signatures=changed).examined().findings


def why(found: Archive, *known: Head) -> str:
    return "\n".join(str(one) for one in found.examined(*known).findings)


def test_each_fault_is_named_once_with_its_place_and_what_follows_it_is_still_looked_at() -> None:
    whole = archive(30, sizes=10, signs=[30])
    lines = whole.lines
    lines[4] = lines[4].replace(b"unknown", b"granted")
    del lines[15]
    lines[20], lines[21] = lines[21], lines[20]
    assert why(with_lines(whole, lines)).splitlines() == [
        "file 0, line 5: its hash is not that of its text: the line was changed",
        "file 1, line 6: it calls itself line 17, and line 16 is due: lines are missing or moved",
        "file 2, line 1: it calls itself line 23, and line 22 is due: lines are missing or moved",
        "file 2, line 2: it calls itself line 22, and line 24 is due: lines are added or moved",
        "file 2, line 3: it calls itself line 24, and line 23 is due: lines are missing or moved",
    ]


def test_a_file_that_is_gone_is_named_by_the_lines_that_are_missing() -> None:
    whole = archive(30, sizes=10, signs=[25])
    assert "line 1: it calls itself line 21, and line 11 is due: lines are missing" in why(
        replace(whole, files=(whole.files[0], whole.files[2]))
    )
    assert why(replace(whole, files=whole.files[1:])) == (
        "file 0: lines 1 to 10 are missing, and no line says that they had to go"
    )
    assert (
        "it ends with line 20, and signature 1 of 2033-05-18 03:33:21+00:00 is of line 25: lines were cut off"
        in why(replace(whole, files=whole.files[:2]))
    )


def test_lines_that_had_to_go_are_no_fault_but_one_more_is() -> None:
    whole = archive(30, sizes=10, signs=[10, 20, 30], pruned=10)
    assert whole.examined().findings == ()
    assert whole.examined().remarks == ("lines 1 to 10 had to go: more than is to be kept",)
    assert "lines 1 to 20 are missing" in why(replace(whole, files=whole.files[1:]))


def test_lines_that_are_still_there_although_they_had_to_go_are_no_fault() -> None:
    gone = archive(30, sizes=10, signs=[10, 30], pruned=10)
    everything = [*archive(30, sizes=10, signs=[10, 30]).lines, gone.lines[-1]]
    for first in (0, 4, 9):  # the power was cut while they were deleted
        left = everything[first:]
        assert replace(gone, files=(tuple(left),)).examined().findings == ()


def test_the_signature_of_what_had_to_go_must_be_there() -> None:
    whole = archive(30, sizes=10, signs=[10, 30], pruned=10)
    assert "line 10 was signed before it had to go, and its signature is not there" in why(
        replace(whole, signatures=())
    )
    unsigned = archive(30, sizes=10, signs=[30], pruned=10)
    assert unsigned.examined().findings == ()
    assert "lines had to go before they were signed: nobody signed for too long" in unsigned.examined().remarks


def test_a_journal_that_was_written_anew_from_the_middle_is_found_by_the_first_signature_behind() -> None:
    whole = archive(30, sizes=40, signs=[5, 20, 30])
    forged, _ = chained([event(n, "forged") for n in range(22)], whole.heads[7])
    assert why(with_lines(whole, whole.lines[:8] + forged)) == (
        "file 0, line 20: line 20 is not the one of signature 2 of 2033-05-18 03:33:22+00:00: something between line 6 "
        "and this one was changed"
    )


def test_without_signatures_nothing_is_proven_and_nothing_is_wrong() -> None:
    found = archive(5, sizes=10, signs=[]).examined()
    assert (found.findings, found.proven, found.unproven, found.unproven_since) == ((), 0, 5, 1e9)


def test_an_empty_journal_is_sound_unless_something_was_signed() -> None:
    assert Archive(((),)).examined().findings == ()
    assert "it ends with line 0" in why(replace(archive(5, sizes=10, signs=[5]), files=((),)))


def test_a_torn_last_line_is_only_said() -> None:
    whole = archive(5, sizes=10, signs=[5])
    found = replace(whole, files=((*whole.lines, b'{"hash":"12'),)).examined()
    assert found.findings == ()
    assert found.remarks == ("a last line of 11 bytes is not finished; the door mends that",)


@pytest.mark.parametrize(("number", "words"), [(3, "is not the one of the head that was given"), (9, "cut off")])
def test_a_head_that_was_kept_is_compared(number: int, words: str) -> None:
    whole = archive(5, sizes=10, signs=[5])
    assert words in why(whole, Head(number, "0" * 64))
    assert whole.examined(whole.heads[2]).findings == ()


def test_a_head_of_lines_that_are_gone_cannot_be_compared_and_that_is_said() -> None:
    whole = archive(30, sizes=10, signs=[10, 30], pruned=10)
    assert "line 3 is no longer kept: its head cannot be compared" in whole.examined(Head(3, "0" * 64)).remarks


def test_a_flood_of_faults_is_counted() -> None:
    whole = archive(50, sizes=100, signs=[50])
    found = with_lines(whole, [line.replace(b"unknown", b"granted") for line in whole.lines]).examined()
    assert (len(found.findings), found.hidden) == (20, 31)  # fifty lines, and the end that was signed


def test_a_line_behind_the_last_signature_that_was_written_anew_by_itself_is_found_by_the_next() -> None:
    whole = archive(9, sizes=20, signs=[3])
    (forged,), _ = chained([event(5, "forged")], whole.heads[4])
    lines = whole.lines
    lines[5] = forged
    assert why(with_lines(whole, lines)) == (
        "file 0, line 7: line 7 does not follow from the line before it: one of them was changed"
    )


def test_what_had_to_go_must_be_what_the_first_line_follows() -> None:
    other = archive(10, sizes=10, signs=[], words=["another journal"]).heads[9]
    said = Pruned(line=10, digest=other.digest, signed=False)
    events = [event(number) for number in range(19)]
    events.append(Event(occasion=Occasion.JOURNAL_PRUNED, at=0.0, wall=1e9, pruned=said))
    lines, _ = chained(events)
    assert why(Archive((tuple(lines[10:]),))) == "file 0: line 11 does not follow from the lines that had to go"


@pytest.mark.parametrize(("n", "prev"), [(3, ""), (1, ""), (2, "0" * 64)])
def test_a_signature_must_follow_by_its_number_and_by_the_hash_of_the_one_before(n: int, prev: str) -> None:
    whole = archive(5, sizes=10, signs=[3])
    follows = prev or hash_of(whole.signatures[0])
    second = signed(Statement(n, follows, 1, 5, whole.heads[4].digest, 2e9), OURS.sign)
    assert why(replace(whole, signatures=(*whole.signatures, second))) == (
        f"journal.signatures, line 2: signature {n} does not follow from the one before it: some are missing, added or "
        "moved"
    )


def test_a_signature_in_other_bytes_is_none() -> None:
    whole = archive(5, sizes=10, signs=[5])
    other = whole.signatures[0].replace(b'","body"', b'", "body"')
    assert "not a signed head as it was written" in why(replace(whole, signatures=(other,)))
