"""What systemd hears of a process."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge.app.notify import Notifier

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS = f"@door-terminal-test-{os.getpid()}"


@pytest.fixture
def systemd() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind("\0" + ADDRESS[1:])
        end.settimeout(0)
        yield end


def heard(systemd: socket.socket) -> list[bytes]:
    words = []
    try:
        while True:
            words.append(systemd.recv(100))
    except BlockingIOError:
        return words


def test_the_watchdog_hears_of_a_turning_loop_twice_in_each_interval(systemd: socket.socket) -> None:
    with closing(Notifier({"NOTIFY_SOCKET": ADDRESS, "WATCHDOG_USEC": "2000000"})) as notifier:
        notifier.ready()
        for now in (10.0, 10.5, 10.9, 11.0, 11.1, 12.0):
            notifier.alive(now)
        notifier.stopping()
    assert heard(systemd) == [b"READY=1", *[b"WATCHDOG=1"] * 3, b"STOPPING=1"]


@pytest.mark.parametrize("environment", [{}, {"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}])
def test_a_watchdog_that_is_not_ours_hears_nothing(systemd: socket.socket, environment: dict[str, str]) -> None:
    with closing(Notifier({"NOTIFY_SOCKET": ADDRESS, **environment})) as notifier:
        notifier.alive(10.0)
    assert heard(systemd) == []


def test_without_systemd_or_with_one_that_is_gone_nothing_happens(systemd: socket.socket) -> None:
    for environment in ({}, {"NOTIFY_SOCKET": "/nowhere/notify", "WATCHDOG_USEC": "1"}):
        with closing(Notifier(environment)) as notifier:
            notifier.ready()
            notifier.alive(10.0)
    assert heard(systemd) == []
