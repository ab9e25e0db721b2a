"""What had to go is told from what was taken away, by the signatures alone, whoever writes that it had to go."""

from __future__ import annotations

import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.disk import Disk
from edge.journal import chain, signatures
from edge.journal.checking import Examination, Examined
from edge.journal.events import Event, Pruned
from edge.journal.file import JournalFile
from edge.journal.log import lines
from edge.journal.reading import opened
from edge.journal.segments import Bounds, closed
from edge.journal.signature_file import SignatureFile
from edge.journal.signatures import Keeping, Statement, parse, signatures_of
from edge.journal.signing import Signed, Signer, quiet_head, sign
from edge.journal.vouching import vouched
from edge.values import Occasion
from tests.unit.journal_builders import OURS, event

if TYPE_CHECKING:
    from edge.journal.chain import Head

KEPT = Bounds(keep_bytes=1_000_000, keep_events=40, segment_bytes=1_000_000, segment_events=5)
DISK = Disk(lambda _: None)
WORDS = "were taken away: they are missing, and not as much was there as is to be kept"


@pytest.fixture
def active(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def written(active: Path, count: int, bounds: Bounds = KEPT, batch: int = 1) -> None:
    with closing(JournalFile(active, DISK, bounds)) as file:
        for number in range(0, count, batch):
            file.append([event(number + more) for more in range(batch)])


def signed(active: Path, bounds: Bounds = KEPT, wall: float = 2e9) -> Signed:
    head = quiet_head(active)
    assert head is not None
    return sign(active, head, Signer(OURS.sign, OURS.check, bounds), wall, DISK)


def examined(active: Path) -> Examined:
    path = signatures_of(active)
    vouching = vouched(path.name, path.read_bytes().splitlines(keepends=True), OURS.check)
    examination = Examination(vouching.claims)
    with opened(active) as files:
        examination.examine([(file.name, file.lines()) for file in files])
    return examination.result(vouching)


def whys(found: Examined | Signed) -> str:
    return "\n".join(str(one) for one in found.findings)


def attack(active: Path, left: int = 1) -> int:
    """Say that all lines had to go but those of the newest files, and delete them; no key is needed for that.

    Returns:
        The newest line that is gone.
    """
    *gone, oldest = closed(active)[: 1 - left or None]
    first = chain.unlink(oldest.path.read_bytes().splitlines(keepends=True)[0])[0]
    said = Pruned(line=first.n - 1, digest=first.prev, signed=True)
    (*_, newest) = lines(active)
    line, _ = chain.link(
        chain.unlink(newest)[1], Event(occasion=Occasion.JOURNAL_PRUNED, at=0.0, wall=1e9, pruned=said)
    )
    with active.open("ab") as file:
        file.write(line)
    for segment in gone:
        segment.path.unlink()
    return first.n - 1


@pytest.mark.parametrize(("count", "left"), [(20, 1), (32, 3), (60, 1), (150, 6)])
def test_a_line_of_whoever_writes_the_files_makes_no_deletion_lawful(active: Path, count: int, left: int) -> None:
    for _ in range(count):
        written(active, 1)
        signed(active)
    assert examined(active).findings == ()
    gone = attack(active, left)
    assert whys(examined(active)) == (
        f"journal-{gone + 1:09}.jsonl: lines up to {gone} {WORDS} (40 events or 1000000 bytes)"
    )
    assert examined(active).remarks == ()
    assert whys(signed(active)) == whys(examined(active))


def test_what_was_taken_away_stays_found_when_the_journal_is_long_again_and_older_signatures_are_gone(
    active: Path,
) -> None:
    written(active, 30)
    signed(active)
    gone = attack(active)
    signed(active)
    for _ in range(90):
        written(active, 1)
        signed(active)
    assert f"lines up to {gone} {WORDS}" in whys(examined(active))
    path = signatures_of(active)
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[-1])
    assert f"lines up to {gone} {WORDS}" in whys(examined(active))
    assert f"lines up to {gone} {WORDS}" in whys(signed(active))


def test_a_journal_whose_signatures_were_taken_away_too_is_found_by_the_signer(active: Path) -> None:
    written(active, 30)
    signed(active)
    gone = attack(active)
    signatures_of(active).unlink()
    assert f"lines up to {gone} {WORDS}" in whys(signed(active))


def test_a_statement_that_the_device_key_did_not_sign_excuses_nothing(active: Path) -> None:
    written(active, 30)
    signed(active)
    gone = attack(active)
    statement = parse(signatures_of(active).read_bytes().splitlines(keepends=True)[-1])[0]
    forged = forgery(statement.head, Keeping(gone + 1, 1, 1))
    with signatures_of(active).open("ab") as file:
        file.write(forged)
    assert f"lines up to {gone} {WORDS}" in whys(signed(active))


def forgery(head: Head, keeping: Keeping) -> bytes:
    """Return a signed head with a signature that is none."""
    return signatures.signed(Statement(1, "0" * 64, 1, head.number - 1, head.digest, 2e9, keeping), lambda _: bytes(64))


def test_an_export_is_no_excuse_although_its_signature_names_a_later_line(active: Path) -> None:
    written(active, 30)
    signed(active)
    head = quiet_head(active)
    assert head is not None
    with SignatureFile(active, DISK, OURS.check) as file:
        file.add([head], 25, 2e9, OURS.sign)
    gone = attack(active)
    assert f"lines up to {gone} {WORDS}" in whys(examined(active))
    assert f"lines up to {gone} {WORDS}" in whys(signed(active))


BOUNDS = st.builds(
    Bounds,
    keep_bytes=st.integers(1000, 12_000),
    keep_events=st.integers(5, 40),
    segment_bytes=st.integers(300, 4000),
    segment_events=st.integers(1, 20),
)
STEPS = st.lists(st.tuples(st.integers(1, 25), st.integers(1, 8), st.booleans()), min_size=1, max_size=8)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(BOUNDS, STEPS), min_size=1, max_size=3))
def test_what_the_writer_itself_lets_go_is_lawful_whatever_is_kept_and_however_seldom_it_is_signed(
    eras: list[tuple[Bounds, list[tuple[int, int, bool]]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        active = Path(folder) / "journal.jsonl"
        for bounds, steps in eras:  # a door is started anew with others: what it keeps is signed before it lets go
            written(active, 0, bounds)
            signed(active, bounds)
            for count, batch, signs in steps:
                written(active, count, bounds, batch)
                if signs:
                    assert signed(active, bounds).findings == ()
                assert examined(active).findings == ()
            signed(active, bounds)


@settings(max_examples=15, deadline=None)
@given(BOUNDS, st.integers(20, 80), st.integers(1, 5), st.data())
def test_any_deletion_that_leaves_less_than_is_to_be_kept_is_found(
    bounds: Bounds, count: int, batch: int, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        active = Path(folder) / "journal.jsonl"
        written(active, count, bounds, batch)
        signed(active, bounds)
        files = closed(active)
        if len(files) < 2:
            return
        gone = attack(active, data.draw(st.integers(1, len(files) - 1)))
        size = sum(one.stat().st_size for one in active.parent.glob("journal*.jsonl"))
        there = sum(1 for _ in lines(active))
        lawful = bounds.reached(size, there)
        assert (WORDS in whys(examined(active))) != lawful
        assert (f"lines up to {gone} {WORDS}" in whys(signed(active, bounds))) != lawful


def test_bounds_that_were_raised_after_lines_had_to_go_accuse_nobody(active: Path) -> None:
    for _ in range(45):
        written(active, 1)
        signed(active)
    written(active, 1)  # lets lines go that were still there at the last signature
    more = replace(KEPT, keep_events=1000)
    assert signed(active, more, 3e9).findings == ()
    assert examined(active).findings == ()
    assert examined(active).first > 1


def test_the_statement_says_what_is_kept(active: Path) -> None:
    for _ in range(60):
        written(active, 1)
        signed(active)
    newest = parse(signatures_of(active).read_bytes().splitlines(keepends=True)[-1])[0]
    assert newest.keeping == Keeping(newest.first, 40, 1_000_000, 0)
    assert newest.first > 1
