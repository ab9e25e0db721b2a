"""What other programs did reaches the door's one journal: by its socket, or else straight into the file."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.app.auditing import audit
from edge.app.door import Door
from edge.app.keeping import Keeper
from edge.app.places import Places, places
from edge.app.replies import Replies
from edge.errors import JournalError, LinkError
from edge.journal import chain
from edge.journal.log import Journal, lines, read
from edge.link.at_door import LinkServer
from edge.link.messages import encode, to_door, to_terminal
from edge.link.questions import Audit
from edge.values import AUDITED, Done, Handle, Occasion, Reason
from tests.unit.door_site import CONFIG, SOON_S, Site, served, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path) -> Places:
    return places(tmp_path)


@pytest.fixture
def running(here: Places) -> Iterator[Door]:
    with served(Door(CONFIG, Site(here.journal).board(), here.journal, here.socket)) as door:
        yield door


def told(here: Places) -> list[tuple[Occasion, str, str, str | None, Reason | None]]:
    kept = [event for event in read(here.journal) if event.occasion in AUDITED]
    return [(event.occasion, event.operator, event.sentence, event.handle, event.reason) for event in kept]


ADAPTED = (Occasion.ADAPTED, "eve", "2 templates", "h-ann", Reason.GRANTED)


def one(here: Places) -> None:
    audit(
        here,
        Occasion.ADAPTED,
        operator="eve",
        words="2 templates",
        handle=Handle("h-ann"),
        reason=Reason.GRANTED,
    )


@pytest.mark.usefixtures("running")
def test_a_door_that_runs_writes_it_into_its_own_chain_before_it_answers(here: Places) -> None:
    one(here)
    assert told(here) == [ADAPTED]
    assert chain.verify(lines(here.journal))[1] is None


def test_without_a_door_it_is_written_straight_into_the_file_and_the_chain_goes_on(here: Places) -> None:
    one(here)
    audit(here, Occasion.ERASED, operator="eve")
    assert told(here) == [ADAPTED, (Occasion.ERASED, "eve", "", None, None)]
    assert chain.verify(lines(here.journal)) == (
        chain.Head(2, chain.unlink(list(lines(here.journal))[1])[1].digest),
        None,
    )


def test_the_socket_of_a_door_that_was_killed_is_nobody(here: Places) -> None:
    Door(CONFIG, Site(here.journal).board(), here.journal, here.socket).close()
    assert not here.socket.exists()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
        dead.bind(str(here.socket))
    one(here)
    assert told(here) == [ADAPTED]


def test_a_journal_that_another_program_holds_is_waited_for(here: Places) -> None:
    holder = Journal(here.journal)
    until(lambda: holder.healthy)
    with pytest.raises(JournalError, match="was not written: another process writes this journal"):
        audit(here, Occasion.ENROLLED, operator="eve", wait_s=0.1)
    released = threading.Timer(0.1, holder.close)
    released.start()
    audit(here, Occasion.ENROLLED, operator="eve", wait_s=SOON_S)
    released.join()
    assert told(here) == [(Occasion.ENROLLED, "eve", "", None, None)]


@pytest.mark.parametrize("occasion", sorted(set(Occasion) - AUDITED))
def test_nobody_but_the_door_says_what_happened_at_the_door(here: Places, occasion: Occasion) -> None:
    with pytest.raises(JournalError, match="for the door alone"):
        audit(here, occasion, operator="eve")
    with pytest.raises(LinkError, match="only the door says"):
        to_door(encode(Audit(occasion, "eve")))
    assert not here.journal.exists()


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("operator", ["", " \n"])
def test_whoever_did_it_is_named(here: Places, operator: str, request: pytest.FixtureRequest, *, running: bool) -> None:
    if running:
        request.getfixturevalue("running")
    with pytest.raises(JournalError, match="whoever did it must be named"):
        audit(here, Occasion.ERASED, operator=operator)


@pytest.mark.parametrize("running", [True, False])
def test_words_of_any_kind_and_length_are_written_down(
    here: Places, request: pytest.FixtureRequest, *, running: bool
) -> None:
    if running:
        request.getfixturevalue("running")
    audit(here, Occasion.ENROLLED, operator="\udcff\x1b[31m", words="\N{PILE OF POO}" * 100_000)
    ((_, operator, words, _, _),) = told(here)
    assert operator == "\\udcff\N{REPLACEMENT CHARACTER}[31m"
    assert words == "\N{PILE OF POO}" * 1999 + "…"


@pytest.mark.parametrize(
    ("done", "words"),
    [
        (Done(done=True, words="done, but it could not be written down in time"), "a power cut may undo it"),
        (Done(done=False, words="the disk is full"), "did not write it into its journal: the disk is full"),
        (None, "is not known: the door process hung up"),
    ],
)
def test_s7_what_may_not_last_is_no_success(here: Places, done: Done | None, words: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(here.socket))
        listener.listen()

        def answer() -> None:
            end, _ = listener.accept()
            with end:
                end.recv(1000)
                if done is not None:
                    end.send(encode(done))

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(JournalError, match=words):
            one(here)
        thread.join(SOON_S)
    assert not here.journal.exists()


def test_s7_a_door_that_takes_no_more_events_says_so(here: Places) -> None:
    journal = Journal(here.journal, capacity=0)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs, contextlib.closing(LinkServer(None)) as link, contextlib.closing(journal):
        link.adopt(ours)
        theirs.send(encode(Audit(Occasion.ERASED, "eve")))
        ((peer, message),) = link.poll(0.0) or link.poll(SOON_S)
        assert isinstance(message, Audit)
        Replies(link, journal, Keeper(here.data / "memory.json", now=0.0)).audit(peer, message, 0.0, 0.0)
        done = to_terminal(theirs.recv(1000))
    assert isinstance(done, Done)
    assert (done.done, bool(done.words)) == (False, True)


def test_a_folder_in_the_way_is_one_clear_sentence(here: Places) -> None:
    here.journal.mkdir()
    with pytest.raises(JournalError, match=r"journal\.jsonl: it was not written: Is a directory"):
        one(here)
    elsewhere = replace(here, journal=here.journal / "deep" / "journal.jsonl")
    one(elsewhere)
    assert told(elsewhere) == [ADAPTED]
