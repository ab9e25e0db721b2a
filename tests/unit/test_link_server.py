"""The door's end of the link over real sockets: it survives every peer, and hears only whom it may."""

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

from edge.errors import LinkError
from edge.link.at_door import LinkServer
from edge.link.callers import KEPT_FREE, Callers
from edge.link.messages import Hello, Refused, Rejected, ToDoor, encode, to_terminal
from edge.link.questions import Reload
from edge.link.server import BURST, MAX_PEERS, Gone, Peer
from edge.values import Answer, Order, OrderKind, Reason

SOON_S = 5.0
HELLO = Hello(live=True)


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
