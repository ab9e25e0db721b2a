"""A child's end is certain and its answer bounded, whatever it does."""

from __future__ import annotations

import os
import select
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from edge.app import caged

if TYPE_CHECKING:
    from pathlib import Path


def run(code: str, wall_s: float = 30.0, limit: int = 1000) -> caged.Ended:
    return caged.run((sys.executable, "-S", "-c", code), wall_s, limit)


def test_an_answer_comes_back_with_the_end_of_the_complaint() -> None:
    ended = run("import sys; print('here'); sys.stderr.write('x' * 5000 + 'end')")
    assert (ended.output, ended.status, ended.late) == (b"here\n", 0, False)
    assert len(ended.complaint) == 2000
    assert ended.complaint.endswith("xend")


def test_a_child_that_never_ends_is_ended() -> None:
    ended = run("import signal; signal.pause()", wall_s=0.2)
    assert ended.late
    assert ended.status == -signal.SIGKILL


def test_a_child_that_closed_its_mouth_and_goes_on_is_ended() -> None:
    ended = run("import os, signal; os.close(1); os.close(2); signal.pause()", wall_s=0.5)
    assert ended.late
    assert ended.status == -signal.SIGKILL


def test_a_child_that_babbles_is_ended_and_not_read_to_the_end() -> None:
    ended = run("while True: print('x' * 5000)")
    assert len(ended.output) == 1001
    assert not ended.late
    assert ended.status == -signal.SIGKILL


def test_a_child_that_only_complains_without_end_is_ended_in_time() -> None:
    ended = run("import sys\nwhile True: sys.stderr.write('x' * 5000)", wall_s=0.5)
    assert ended.late
    assert len(ended.complaint) == 2000


def test_a_crash_is_told_by_its_signal() -> None:
    ended = run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert ended.status == -signal.SIGSEGV


@pytest.mark.parametrize("then", ["signal.pause()", "pass"], ids=["late", "ended by itself"])
def test_what_it_started_is_ended_with_it(tmp_path: Path, then: str) -> None:
    """What it started holds a pipe's far end, which the kernel closes when that is killed: nothing else does."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code = f"""
import os, signal
held = os.open({str(pipe)!r}, os.O_WRONLY)
os.write(held, b"here")
if os.fork() == 0:
    os.closerange(0, 3)
    signal.pause()
{then}
"""
    near = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run(code, wall_s=2.0).late == (then != "pass")
        assert select.select([near], [], [], 30.0)[0]
        assert os.read(near, 100) == b"here"
        assert select.select([near], [], [], 30.0)[0], "what it started is still there"
        assert os.read(near, 100) == b""
    finally:
        os.close(near)


def test_it_is_given_no_input_and_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/secret")
    ended = run("import os, sys; print(sys.stdin.read(), 'CREDENTIALS_DIRECTORY' in os.environ)")
    assert ended.output == b" False\n"
