"""Work in a process of its own that strace kills at a system call: what the benches of crashes have in common."""

from __future__ import annotations

import collections
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclasses.dataclass
class Figures:
    """What came of it.

    Attributes:
        points: Where it was killed, by system call.
        outcomes: What was found afterwards.
        faults: What is wrong, in words.
        seconds: How long it took.
    """

    points: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    outcomes: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    faults: list[str] = dataclasses.field(default_factory=list)
    seconds: float = 0.0


def at(call: str, number: int, what: str = "signal=SIGKILL") -> list[str]:
    """Return strace's words for a kill at a call's so manieth time, or for what else is to happen there."""
    return ["-o", "/dev/null", "-e", f"inject={call}:{what}:when={number}", "-e", f"trace={call}"]


def killed(work: Callable[[Callable[[], object]], None], trace: Sequence[str]) -> int:
    """Do the work in a process of its own under strace; returns how many steps it acknowledged, by a call for each."""
    told, done = os.pipe()
    child = os.fork()
    if not child:
        os.close(told)
        os.kill(os.getpid(), signal.SIGSTOP)  # until strace holds it
        work(lambda: os.write(done, b"1"))
        os._exit(0)
    os.close(done)
    os.waitpid(child, os.WUNTRACED)
    with subprocess.Popen(["strace", "-f", "-qq", "-p", str(child), *trace], stderr=subprocess.PIPE) as tracer:
        while "TracerPid:\t0\n" in Path(f"/proc/{child}/status").read_text():
            os.sched_yield()
        os.kill(child, signal.SIGCONT)
        with os.fdopen(told, "rb") as pipe:
            acknowledged = len(pipe.read())
        os.waitpid(child, 0)
        tracer.communicate()
    return acknowledged


def counted(calls: Sequence[str], trace: Path) -> list[tuple[str, int]]:
    """Return every call of a whole run's trace, by name and number."""
    counts = collections.Counter(re.findall(r"^\d+ +(\w+)\(", trace.read_text(errors="replace"), re.MULTILINE))
    return [(call, number) for call in calls for number in range(1, counts[call] + 1)]


def report(figures: Figures, *, as_json: bool, sound: str) -> int:
    """Print what came of it, `sound` where nothing is wrong; returns the bench's exit code."""
    if as_json:
        sys.stdout.write(json.dumps(vars(figures)) + "\n")
    else:
        total = sum(figures.points.values())
        sys.stdout.write(f"{total} points in {figures.seconds:.0f} s: {dict(figures.points)}\n")
        for outcome, count in sorted(figures.outcomes.items()):
            sys.stdout.write(f"  {count:4} {outcome}\n")
        sys.stdout.write(("\n".join(figures.faults) or sound) + "\n")
    return 1 if figures.faults else 0
