"""The emulated machine's serial line, with a socket in QEMU's place."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.qemu.console import Console, GuestError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def serial(folder: Path) -> Iterator[tuple[Console, socket.socket]]:
    """A console, and the machine's end of its line."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "c"))
        listener.listen()
        console = Console(folder / "c")
        end, _ = listener.accept()
        with end:
            yield console, end
        console.close()


def test_escapes_are_left_out_also_where_they_are_read_in_two_parts(tmp_path: Path) -> None:
    with serial(tmp_path) as (console, machine):
        for part, seen in ((b"\x1b[?2004ha\x1b[0;3", "a"), (b"1mb\xc3", "b"), (b"\xbc\x1b", "ü"), (b"[0m\r\n", "\n")):
            machine.sendall(part)
            found = console.wait("(?s).+", 20)[0]
            assert found == seen


def test_what_was_found_is_not_looked_at_again(tmp_path: Path) -> None:
    with serial(tmp_path) as (console, machine):
        machine.sendall(b"one two one three")
        assert console.wait("one", 20).start() < console.wait("one", 20).start()
        assert console.wait("three", 20)


def test_a_command_has_its_exit_code_and_all_that_it_wrote(tmp_path: Path) -> None:
    whole = "x" * 5_000
    with serial(tmp_path) as (console, machine):

        def answer() -> None:
            assert b"make much" in machine.recv(4096)
            for part in ("<@1@\r\n", *whole, "\r\n", "@1@>3<\r\n"):
                machine.sendall(part.encode())

        shell = threading.Thread(target=answer)
        shell.start()
        assert console.run("make much") == (3, whole)
        shell.join()


def test_a_machine_that_goes_away_is_told_with_its_last_words(tmp_path: Path) -> None:
    with serial(tmp_path) as (console, machine):
        machine.sendall(b"Kernel panic\r\n")
        machine.shutdown(socket.SHUT_RDWR)
        with pytest.raises(GuestError, match=r"went away; the console ends: Kernel panic"):
            console.wait("login:", 20)
