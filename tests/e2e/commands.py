"""Runs the `edge` command as a user does, and waits for what it does with deadlines."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from edge.cli.reports import Decision
from edge.journal.log import read
from edge.vision.bundle import find

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from edge.journal.events import Event

SOON_S = 60.0
"""A deadline of what happens at last, however busy the machine; nothing is proven by how long it takes."""
WHOLE_S = 300.0
"""The same for what tries whole models, or starts every program of a device."""
AGREED = ("--consent", "2026-1", "--operator", "officer")
"""What `edge enrol` is told of everybody's consent."""

QUICK = """
[camera]
source = {source}
paced = {paced}
loop = {loop}
fps = {fps}
[decision]
rate_limit_s = 0.0
cool_down_s = 0.0
[door]
pulse_s = 0.2
[liveness]
mode = "{liveness}"
"""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def fault(self) -> str:
        """The one line that says what is wrong."""
        (line,) = self.err.splitlines()
        assert line.startswith("edge: ")
        assert len(line) < 500
        return line


def edge(*words: str | Path) -> Done:
    """Run a command in a process of its own, to its end."""
    command = [sys.executable, "-m", "edge", *map(str, words)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return Done(done.returncode, done.stdout, done.stderr)


def until(condition: Callable[[], object], within_s: float = SOON_S) -> None:
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.02)


SLOW = """
[track]
gap_s = 2.0
"""
"""Whoever stands there alone stays one track, though a busy machine looks less than twice a second."""


def play(folder: Path, pictures: Path, *names: str, **settings: str) -> Path:
    """Lay photographs out as camera frames in this order; returns a configuration that plays them quickly."""
    frames = folder / "frames"
    frames.mkdir()
    for number, name in enumerate(names, start=1):
        (frames / f"{number}-{name}").symlink_to(pictures / name)
    config = folder / "terminal.toml"
    values = {"paced": "false", "loop": "false", "fps": "30.0", "liveness": "off", **settings}
    config.write_text(QUICK.format(source=msgspec.json.encode(str(frames)).decode(), **values))
    return config


def decisions(text: str) -> list[Decision]:
    """What `--json` has printed so far; the last line may still be being written."""
    return [msgspec.json.decode(line, type=Decision) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def journal(data: Path) -> list[Event]:
    path = data / "journal.jsonl"
    return list(read(path)) if path.exists() else []


def said(data: Path) -> str:
    """All words of the journal: without hashes, handles and times, in whose digits any number may happen to be."""
    return re.sub(r'"[0-9a-f]{32,64}"|\b[0-9]+\.[0-9]+', "", (data / "journal.jsonl").read_text())


class Running:
    """A command that goes on until it is told to stop; what it prints goes to files."""

    def __init__(self, folder: Path, *words: str | Path, environment: Mapping[str, str] | None = None) -> None:
        self._out, self._err = folder / "out", folder / "err"
        folder.mkdir(parents=True)
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, *map(str, words)], stdout=out, stderr=err, env=environment and dict(environment)
            )

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def end(self, number: int) -> int:
        """Send a signal, and return how the process ended, soon."""
        self.process.send_signal(number)
        return self.process.wait(SOON_S)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def limited(limit_bytes: int, *words: str | Path) -> Done:
    """Run a command that can make no file larger than this, as on a full disk."""
    program = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), hard))\n"
        "from edge.cli import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", program, str(limit_bytes), *map(str, words)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return Done(done.returncode, done.stdout, done.stderr)


def twin(of: str, folder: Path) -> Path:
    """A bundle that is another but for its name."""
    shutil.copytree(find(of), folder / "twin-1")
    manifest = folder / "twin-1" / "manifest.toml"
    manifest.write_text(manifest.read_text().replace(f'name = "{of[:-2]}"', 'name = "twin"', 1))
    return folder / "twin-1"
