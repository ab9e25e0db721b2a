"""Whoever says something and hangs up at once is heard: what was said last is what is wrong with a camera (S11)."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from edge.link.at_door import LinkServer
from edge.link.messages import Hello, Raise, ToDoor, encode
from edge.link.notices import Trust
from edge.link.server import HUNG_UP, Gone
from edge.values import Alarm

HELLO = Hello(live=False, why="no camera")
DARK = Raise(Alarm.CAMERA, on=True, words="it is gone")


def heard(server: LinkServer) -> list[ToDoor | Gone]:
    """Poll until somebody is gone; what is there needs no waiting for."""
    told: list[ToDoor | Gone] = []
    for _ in range(10):
        told += [message for _, message in server.poll(1.0)]
        if any(isinstance(one, Gone) for one in told):
            return told
    pytest.fail("nobody was seen to go")


@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True), (True, True), (False, False)])
def test_s11_whoever_leaves_what_they_were_told_unread_is_heard_to_the_end(*, before: bool, after: bool) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with closing(LinkServer(None)) as server:
        server.adopt(ours)
        with closing(theirs):
            theirs.send(encode(HELLO))
            ((peer, greeting),) = server.poll(1.0)
            assert greeting == HELLO
            if before:
                server.send(peer, Trust(clock=True))
            theirs.send(encode(DARK))
        if after:
            server.send(peer, Trust(clock=False))
        assert heard(server) == [DARK, Gone(HUNG_UP)]
