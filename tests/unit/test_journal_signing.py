"""What is signed, and what is not: only lines that last, only by one program at a time, and never without a word."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge import keys
from edge.app.door import Door
from edge.app.notary import acknowledged, sign_journal, verify_journal
from edge.app.places import Places, places
from edge.disk import Disk
from edge.errors import JournalError
from edge.journal.chain import Head
from edge.journal.file import JournalFile
from edge.journal.log import Journal, record
from edge.journal.segments import Bounds
from edge.journal.signature_file import SignatureFile
from edge.journal.signatures import parse, signatures_of
from edge.journal.signing import HEARTBEAT_S, Signer, quiet_head, sign
from edge.link.asking import journal_head
from tests.unit.door_site import CONFIG, SOON_S, Site, served, until
from tests.unit.journal_builders import OURS, THEIRS, event

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from edge.journal.signatures import Statement

SMALL = Bounds(keep_bytes=1_000_000, keep_events=1_000_000, segment_bytes=1_000_000, segment_events=5)
SIGNER = Signer(OURS.sign, OURS.check)


@pytest.fixture
def here(tmp_path: Path) -> Places:
    return places(tmp_path)


@pytest.fixture
def active(here: Places) -> Path:
    return here.journal


def filled(active: Path, count: int) -> Head:
    with closing(JournalFile(active, Disk(), SMALL)) as file:
        for number in range(count):
            file.append([event(number)])
        return file.head


def stated(active: Path) -> list[Statement]:
    return [parse(line)[0] for line in signatures_of(active).read_bytes().splitlines(keepends=True)]


def test_the_newest_line_and_the_end_of_every_closed_file_are_signed_in_order(active: Path) -> None:
    head = filled(active, 12)
    done = sign(active, head, SIGNER, 2e9, Disk())
    assert (done.head, done.signatures, done.lines, done.findings) == (head, 3, 12, ())
    assert [(one.n, one.line, one.first, one.wall) for one in stated(active)] == [
        (1, 5, 1, 2e9),
        (2, 10, 1, 2e9),
        (3, 12, 1, 2e9),
    ]


def test_without_news_it_is_signed_once_an_hour_whichever_way_the_clock_went(active: Path) -> None:
    head = filled(active, 3)
    made = [sign(active, head, SIGNER, 2e9 + later, Disk()).signatures for later in (0, 60, HEARTBEAT_S, 0)]
    assert made == [1, 0, 1, 1]
    assert [one.wall for one in stated(active)] == [2e9, 2e9 + HEARTBEAT_S, 2e9]


def test_s7_a_line_that_does_not_last_yet_is_not_signed(here: Places) -> None:
    written, answers = threading.Event(), threading.Event()
    answers.set()

    def sync(descriptor: int) -> None:
        written.set()
        answers.wait(SOON_S)
        os.fsync(descriptor)

    with closing(Journal(here.journal, sync=sync)) as journal:
        journal.write(event(0))
        assert journal.flush(SOON_S)
        head = journal.head
        answers.clear()
        written.clear()
        journal.write(event(1))
        assert written.wait(SOON_S)
        assert len(here.journal.read_bytes().splitlines()) == 2
        assert journal.head == head
        assert head is not None
        assert sign(here.journal, head, SIGNER, 2e9, Disk()).head.number == 1
        answers.set()


def running(here: Places) -> AbstractContextManager[Door]:
    return served(Door(CONFIG, Site(here.journal).board(), here.journal, here.socket))


def test_a_door_that_runs_says_which_line_lasts_and_is_signed_while_it_writes(here: Places) -> None:
    with running(here):
        until(lambda: known(here) and acknowledged(here, SMALL)[0].number > 0)
        kept = acknowledged(here, SMALL)[1]
        assert (kept.keep_events, kept.keep_bytes) == (Bounds().keep_events, Bounds().keep_bytes)  # as the door says
        done = sign_journal(here, SMALL)
        assert done.head.number > 0
    public = here.device_key.with_suffix(".pub").read_bytes()
    examined = verify_journal(here.journal, public, ())
    assert (examined.findings, examined.proven) == ((), done.head.number)


def known(here: Places) -> bool:
    """Whether the door has opened its journal."""
    return not journal_head(here.socket, SOON_S).fault


def test_without_a_door_the_last_whole_line_is_signed_and_not_while_another_program_writes(here: Places) -> None:
    head = filled(here.journal, 7)
    with here.journal.open("ab") as file:
        file.write(b"torn")
    assert acknowledged(here, SMALL) == (quiet_head(here.journal), SMALL) == (head, SMALL)
    with closing(JournalFile(here.journal, Disk(), SMALL)), pytest.raises(JournalError, match="no door listens"):
        acknowledged(here, SMALL)


def test_a_journal_between_two_files_ends_with_the_closed_one(active: Path) -> None:
    head = filled(active, 5)
    active.rename(active.with_name("journal-000000001.jsonl"))
    assert quiet_head(active) == head
    assert sign(active, head, SIGNER, 2e9, Disk()).head == head


def test_what_the_writer_did_not_write_is_not_signed(active: Path) -> None:
    head = filled(active, 7)
    with pytest.raises(JournalError, match="line 7 is not what its writer wrote there; nothing was signed"):
        sign(active, Head(7, "0" * 64), SIGNER, 2e9, Disk())
    with pytest.raises(JournalError, match="line 8 is not"):
        sign(active, Head(8, head.digest), SIGNER, 2e9, Disk())
    assert signatures_of(active).read_bytes() == b""


def test_lines_that_were_cut_off_after_they_were_signed_are_reported_at_the_next_signature(active: Path) -> None:
    sign(active, filled(active, 9), SIGNER, 2e9, Disk())
    active.write_bytes(b"".join(active.read_bytes().splitlines(keepends=True)[:2]))
    head = quiet_head(active)
    assert head is not None
    (finding,) = sign(active, head, SIGNER, 2e9, Disk()).findings
    assert (
        str(finding) == "journal.jsonl: the journal was signed up to line 9, and ends with line 7: lines were cut off"
    )


def test_two_programs_cannot_sign_at_once(active: Path) -> None:
    head = filled(active, 3)
    with SignatureFile(active, Disk(), OURS.check), pytest.raises(JournalError, match="another process signs"):
        sign(active, head, SIGNER, 2e9, Disk())


def test_signatures_of_another_key_are_left_alone(active: Path) -> None:
    head = filled(active, 3)
    sign(active, head, Signer(THEIRS.sign, THEIRS.check), 2e9, Disk())
    before = signatures_of(active).read_bytes()
    with pytest.raises(JournalError, match="not signed by the device key"):
        sign(active, head, SIGNER, 2e9 + HEARTBEAT_S, Disk())
    assert signatures_of(active).read_bytes() == before


def test_a_torn_signature_is_cut_off(active: Path) -> None:
    head = filled(active, 3)
    sign(active, head, SIGNER, 2e9, Disk())
    whole = signatures_of(active).read_bytes()
    signatures_of(active).write_bytes(whole + whole[:50])
    sign(active, head, SIGNER, 3e9, Disk())
    assert signatures_of(active).read_bytes().startswith(whole)
    assert [one.n for one in stated(active)] == [1, 2]


def test_a_long_file_of_signatures_loses_its_older_half_and_nothing_that_pruning_needs(active: Path) -> None:
    head = filled(active, 12)
    for number in range(40):
        sign(active, head, SIGNER, 2e9 + number * HEARTBEAT_S, Disk())
    with SignatureFile(active, Disk(), OURS.check) as file:
        before = file.heads
        file.thin({5, 10, 12}, 1, 3e9, OURS.sign, long=1000)
    with SignatureFile(active, Disk(), OURS.check) as file:
        assert file.heads == before
    kept = stated(active)
    assert [one.n for one in kept] == list(range(22, 45))
    assert [one.line for one in kept][-2:] == [5, 10]


def test_s7_a_disk_that_is_full_adds_no_half_signature(active: Path) -> None:
    head = filled(active, 3)

    class Full(Disk):
        def write(self, descriptor: int, data: bytes) -> None:
            super().write(descriptor, data[:40])
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        sign(active, head, SIGNER, 2e9, Full())
    assert signatures_of(active).read_bytes() == b""
    assert sign(active, head, SIGNER, 2e9, Disk()).signatures == 1


def test_an_empty_journal_has_nothing_to_sign(active: Path) -> None:
    active.touch()
    assert sign(active, Head(), SIGNER, 2e9, Disk()).signatures == 0


def test_the_real_key_signs_what_the_real_check_accepts(here: Places) -> None:
    record(here.journal, event(1))
    assert sign_journal(here, SMALL).signatures == 1
    assert here.device_key.stat().st_mode & 0o077 == 0
    examined = verify_journal(here.journal, keys.new_pair()[1], ())
    assert [str(one) for one in examined.findings] == [
        "journal.signatures, line 1: the signature is not this key's",
    ]
