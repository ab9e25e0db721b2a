"""The link over real sockets: the door's end survives every peer, the terminal's end says nothing twice."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from edge.config import DoorSettings, RuleSettings
from edge.errors import LinkError
from edge.link.at_door import LinkServer
from edge.link.callers import KEPT_FREE, Callers
from edge.link.client import DoorClient
from edge.link.messages import Hello, Refused, Rejected, Terms, ToDoor, Welcome, encode, to_terminal
from edge.link.questions import Reload
from edge.link.server import BURST, MAX_PEERS, Gone, Peer
from edge.values import (
    Answer,
    Credential,
    Evidence,
    Factor,
    Handle,
    Identified,
    Order,
    OrderKind,
    Person,
    PersonId,
    Reason,
    Verdict,
)

SOON_S = 5.0
HELLO = Hello(live=True)
TERMS = Terms.of(DoorSettings(), RuleSettings())
EVIDENCE = Evidence(similarity=0.8, margin=0.3, threshold=0.5, fmr=1e-5, votes=2, liveness=0.9, space="toy")
ANN = Person(PersonId("ann"), Handle("h1"), "Ann", ("staff",), None, 2e9, 1)
GRANTED = Verdict(at=5.0, track=1, reason=Reason.GRANTED, person=ANN.id, evidence=EVIDENCE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "door.sock"


def gather(server: LinkServer, count: int) -> list[tuple[Peer, ToDoor | Gone]]:
    """Poll until so much has arrived."""
    arrived: list[tuple[Peer, ToDoor | Gone]] = []
    deadline = time.monotonic() + SOON_S
    while len(arrived) < count:
        assert time.monotonic() < deadline
        arrived += server.poll(0.05)
    return arrived


def dial(path: Path) -> socket.socket:
    end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    end.settimeout(SOON_S)
    end.connect(str(path))
    return end


def farewell(end: socket.socket) -> str:
    reply = to_terminal(end.recv(70_000))
    assert isinstance(reply, Rejected)
    assert end.recv(10) == b""
    return reply.why


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


def test_a_refusal_is_reported_without_waiting_for_an_answer(path: Path) -> None:
    with closing(LinkServer(path)) as server:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        server.adopt(theirs)
        ours.settimeout(SOON_S)
        ours.send(encode(HELLO))
        ((peer, hello),) = gather(server, 1)
        assert (hello, peer.pid, peer.uid) == (HELLO, os.getpid(), os.geteuid())
        ours.send(encode(Refused(5.0, 1, Reason.UNKNOWN)))
        assert gather(server, 1) == [(peer, Refused(5.0, 1, Reason.UNKNOWN))]
        ours.close()
        assert gather(server, 1) == [(peer, Gone("it hung up"))]


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


def test_only_allowed_users_are_heard(path: Path) -> None:
    with (
        closing(LinkServer(path, Callers(operators=frozenset({os.geteuid() + 1})))) as server,
        closing(dial(path)) as end,
    ):
        ((_, gone),) = gather(server, 1)
        assert gone == Gone(f"user {os.geteuid()} may not talk to the door")
        assert farewell(end) == f"user {os.geteuid()} may not talk to the door"


def test_the_socket_belongs_to_user_and_group_alone(path: Path) -> None:
    with closing(LinkServer(path)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert not path.exists()


def test_a_dead_process_socket_is_replaced_a_living_one_and_a_file_are_not(path: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
        dead.bind(str(path))
    with closing(LinkServer(path)) as living:
        with pytest.raises(LinkError, match="another door process listens here"):
            LinkServer(path)
        with closing(dial(path)) as end:
            end.send(encode(HELLO))
            assert HELLO in [message for _, message in gather(living, 2)]
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(LinkError, match="is not a socket, and is left alone"):
        LinkServer(tmp_path / "notes")
    assert (tmp_path / "notes").read_text() == "mine"


def test_a_place_where_no_socket_can_be_is_a_clear_error(tmp_path: Path) -> None:
    for impossible in (tmp_path / ("x" * 200), Path("/proc/door.sock")):
        with pytest.raises(LinkError, match="cannot listen here"):
            LinkServer(impossible)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([b"\x00garbage"], "no message of version 7"),
        ([b"{}" * 40_000], "more than 65536 bytes"),
        ([b'{"type":"hello","live":true,"version":9}'], "speaks version 9"),
        ([encode(Refused(1.0, 1, Reason.UNKNOWN))], "it did not greet first"),
        ([encode(HELLO), encode(HELLO)], "it greeted twice"),
    ],
)
def test_a_bad_peer_is_told_why_and_dropped_and_the_others_are_served(path: Path, said: list[bytes], why: str) -> None:
    with closing(LinkServer(path)) as server, closing(dial(path)) as bad, closing(dial(path)) as good:
        for data in said:
            bad.send(data)
        arrived = gather(server, len(said))
        assert isinstance(arrived[-1][1], Gone)
        assert why in arrived[-1][1].why
        assert why in farewell(bad)
        good.send(encode(HELLO))
        assert [message for _, message in gather(server, 1)] == [HELLO]


def test_a_flood_ends_with_its_connection(path: Path) -> None:
    with closing(LinkServer(path)) as server, closing(dial(path)) as end:
        end.settimeout(0)
        end.send(encode(HELLO))
        heard: list[ToDoor | Gone] = []
        for _ in range(2 * BURST):
            try:
                end.send(encode(Refused(1.0, 1, Reason.UNKNOWN)))
            except OSError:
                break
            heard += [message for _, message in server.poll(0.0)]
        assert heard[-1] == Gone("it sends more than 50 messages a second")
        assert BURST <= len(heard) < 1.5 * BURST


def test_a_peer_that_does_not_read_is_dropped_and_never_waited_for(path: Path) -> None:
    with closing(LinkServer(path)) as server, closing(dial(path)) as end:
        end.send(encode(HELLO))
        ((peer, _),) = gather(server, 1)
        begin = time.monotonic()
        for number in range(100_000):
            server.send(peer, Answer(number, opened=False, reason=Reason.STALE))
            if gone := server.poll(0.0):
                break
        assert isinstance(gone[0][1], Gone)
        assert "does not take what it is sent" in gone[0][1].why
        assert time.monotonic() - begin < SOON_S


def test_more_peers_than_there_is_room_for_are_turned_away(path: Path) -> None:
    with closing(LinkServer(path)) as server:
        ends = []
        for _ in range(MAX_PEERS):
            ends.append(dial(path))
            server.poll(0.0)
        with closing(dial(path)) as late:
            ((_, gone),) = gather(server, 1)
            assert gone == Gone("8 others are connected already")
            assert "8 others" in farewell(late)
        for end in ends:
            end.close()


def test_a_peer_that_never_greets_is_dropped(path: Path) -> None:
    with closing(LinkServer(path)) as server, closing(dial(path)) as silent:
        assert gather(server, 1)[0][1] == Gone("it did not greet within 2 s")
        assert "did not greet" in farewell(silent)


def test_another_thread_wakes_the_poll(path: Path) -> None:
    with closing(LinkServer(path)) as server:
        waker = threading.Thread(target=server.wake)
        begin = time.monotonic()
        waker.start()
        assert server.poll(SOON_S) == []
        assert time.monotonic() - begin < SOON_S / 2
        waker.join()
        for _ in range(100_000):
            server.wake()
        assert server.poll(0.0) == []


def test_a_terminal_s_user_says_what_terminals_say_and_gives_no_orders(path: Path) -> None:
    mine = frozenset({os.geteuid()})
    order = Order(kind=OrderKind.UNLOCK, operator="eve", why="no reason")
    for forbidden in (order, Reload("eve")):
        callers = Callers(operators=frozenset(), terminals=mine)
        with closing(LinkServer(path, callers)) as server, closing(dial(path)) as end:
            end.send(encode(forbidden))
            ((_, gone),) = gather(server, 1)
            why = f"user {os.geteuid()} may give the door no orders; root may"
            assert gone == Gone(why, forbidden=True)
            assert farewell(end) == why
            with closing(dial(path)) as other:
                other.send(encode(HELLO))
                assert [message for _, message in gather(server, 1)] == [HELLO]


def test_a_terminal_s_user_leaves_places_for_operators(path: Path) -> None:
    callers = Callers(operators=frozenset(), terminals=frozenset({os.geteuid()}))
    with closing(LinkServer(path, callers)) as server, contextlib.ExitStack() as ends:
        for _ in range(MAX_PEERS - KEPT_FREE):
            ends.enter_context(closing(dial(path))).send(encode(HELLO))
        gather(server, MAX_PEERS - KEPT_FREE)
        ends.enter_context(closing(dial(path)))
        ((_, gone),) = gather(server, 1)
        assert "others are connected already" in str(gone)
