"""The terminal's end of the link over real sockets, with a toy door at the other: it says nothing twice."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge.config import DoorSettings, RuleSettings
from edge.errors import LinkError
from edge.link.at_door import LinkServer
from edge.link.client import DoorClient
from edge.link.messages import Hello, Refused, Terms, ToDoor, Welcome
from edge.values import (
    Answer,
    Credential,
    Evidence,
    Factor,
    Handle,
    Identified,
    Person,
    PersonId,
    Reason,
    Verdict,
)

if TYPE_CHECKING:
    from pathlib import Path

    from edge.link.server import Gone

SOON_S = 5.0
HELLO = Hello(live=True)
TERMS = Terms.of(DoorSettings(), RuleSettings())
EVIDENCE = Evidence(similarity=0.8, margin=0.3, threshold=0.5, fmr=1e-5, votes=2, liveness=0.9, space="toy")
ANN = Person(PersonId("ann"), Handle("h1"), "Ann", ("staff",), None, 2e9, 1)
GRANTED = Verdict(at=5.0, track=1, reason=Reason.GRANTED, person=ANN.id, evidence=EVIDENCE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "door.sock"


class ToyDoor:
    """A door that grants everything, after an answer to something else; in its own thread, it keeps what it heard."""

    def __init__(self, path: Path | None, session: str = "s1", end: socket.socket | None = None) -> None:
        self.heard: list[ToDoor | Gone] = []
        self.deaf = threading.Event()
        self._session = session
        self._stop = threading.Event()
        self.server = LinkServer(path)
        if end is not None:
            self.server.adopt(end)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            for peer, message in self.server.poll(SOON_S):
                self.heard.append(message)
                if isinstance(message, Hello):
                    self.server.send(peer, Welcome(self._session, TERMS))
                elif isinstance(message, Identified) and not self.deaf.is_set():
                    self.server.send(peer, Answer(message.sequence - 1, opened=False, reason=Reason.STALE))
                    self.server.send(peer, Answer(message.sequence, opened=True, reason=Reason.GRANTED))

    def close(self) -> None:
        self._stop.set()
        self.server.wake()
        self._thread.join(SOON_S)
        self.server.close()


def test_an_identified_person_is_stamped_and_only_the_answer_to_it_is_taken(path: Path) -> None:
    with closing(ToyDoor(path)) as door, closing(DoorClient.connect(path, HELLO)) as client:
        assert client.identify(ANN, GRANTED) == Answer(1, opened=True, reason=Reason.GRANTED)
        assert client.identify(ANN, GRANTED).sequence == 2
        assert door.heard == [
            HELLO,
            Identified("s1", 1, 5.0, Handle("h1"), ("staff",), None, 2e9, (Credential(Factor.FACE, 5.0),), EVIDENCE),
            Identified("s1", 2, 5.0, Handle("h1"), ("staff",), None, 2e9, (Credential(Factor.FACE, 5.0),), EVIDENCE),
        ]


def test_a_face_that_a_code_had_named_beforehand_is_sent_as_claimed(path: Path) -> None:
    code = Credential(Factor.QR, 4.0)
    with closing(ToyDoor(path)) as door, closing(DoorClient.connect(path, HELLO)) as client:
        client.identify(ANN, GRANTED, (code,))
        (heard,) = [one for one in door.heard if isinstance(one, Identified)]
        assert heard.credentials == (code, Credential(Factor.FACE, 5.0, claimed=True))


def test_one_process_holds_both_ends_of_a_pair() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with closing(ToyDoor(None, end=theirs)) as door, closing(DoorClient(lambda: ours, HELLO)) as client:
        client.report(Verdict(at=1.0, track=4, reason=Reason.UNKNOWN), None)
        assert client.identify(ANN, GRANTED).opened
        assert door.heard[1] == Refused(1.0, 4, Reason.UNKNOWN)


def test_a_greeting_whose_path_is_no_unicode_reaches_the_door_in_plain_words(path: Path) -> None:
    odd = Hello(live=False, why="frames/\udcff\n.jpg is a replay")
    with closing(ToyDoor(path)) as door, closing(DoorClient.connect(path, odd)) as client:
        client.open()
        assert door.heard == [Hello(live=False, why="frames/\\udcff\N{REPLACEMENT CHARACTER}.jpg is a replay")]


def test_s2_after_the_door_restarted_a_new_session_begins_and_nothing_is_sent_again(path: Path) -> None:
    with closing(DoorClient.connect(path, HELLO)) as client:
        with closing(ToyDoor(path)) as first:
            client.identify(ANN, GRANTED)
            first.deaf.set()
            with pytest.raises(LinkError, match="did not answer in time"):
                client.identify(ANN, GRANTED)
        with closing(ToyDoor(path, "s2")) as second:
            later = Verdict(at=9.0, track=2, reason=Reason.GRANTED, person=ANN.id, evidence=EVIDENCE)
            assert client.identify(ANN, later).sequence == 1
            said = [(m.session, m.sequence, m.at) for m in second.heard if isinstance(m, Identified)]
            assert said == [("s2", 1, 9.0)]


def test_without_a_door_a_call_fails_at_once_and_the_pauses_grow(path: Path) -> None:
    client = DoorClient.connect(path, HELLO)
    begin = time.monotonic()
    with pytest.raises(LinkError, match=r"is `edge door` running\?"):
        client.identify(ANN, GRANTED)
    with pytest.raises(LinkError, match=r"the next try is in 0\.1 s"):
        client.report(Verdict(at=1.0, track=1, reason=Reason.UNKNOWN), None)
    assert time.monotonic() - begin < 0.3


def test_a_door_that_hangs_costs_the_terminal_no_more_than_the_timeout(path: Path) -> None:
    with closing(LinkServer(path)):
        client = DoorClient.connect(path, HELLO, timeout_s=0.1)
        begin = time.monotonic()
        with pytest.raises(LinkError, match="did not answer in time"):
            client.identify(ANN, GRANTED)
        assert 0.1 <= time.monotonic() - begin < 1.0


def test_s3_a_verdict_that_grants_nothing_is_never_sent(path: Path) -> None:
    with closing(ToyDoor(path)) as door, closing(DoorClient.connect(path, HELLO)) as client:
        for verdict in (
            Verdict(at=1.0, track=1, reason=Reason.NOT_LIVE, person=ANN.id, evidence=EVIDENCE),
            Verdict(at=1.0, track=1, reason=Reason.GRANTED, person=ANN.id),
        ):
            with pytest.raises(LinkError, match="not granted, or rests on nothing"):
                client.identify(ANN, verdict)
        assert door.heard == []
