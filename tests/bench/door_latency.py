"""Measures the door over the fake board: how late it locks while its loop stands still, and how soon it opens.

`python -m tests.bench.door_latency [--pulses 200] [--grants 500] [--json]`. It prints figures and judges none.

Relock: the error of a pulse's length by the lock's own record, with the door's loop blocked inside the call that began
the pulse: asleep, or spinning and so fighting for the interpreter's lock. Grant: from `decide.step` on the deciding
frame to the lock's record, through verdict, link, door process (or thread), rules and driver.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from edge.access import decide
from edge.access.decide import State
from edge.app.door import Door
from edge.config import Config, ExitSettings
from edge.errors import LinkError
from edge.link.client import DoorClient
from edge.link.messages import Hello
from edge.values import Handle, Person
from hw.base import InputSettings
from hw.board import open_board
from hw.fake import FakeInput, FakeLock
from tests.unit import builders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    from edge.access.attempt import Rule
    from edge.values import Verdict
    from hw.base import Board

ANN = Person(builders.ANN, Handle("h-ann"), "Ann")
LIVE = Hello(live=True)
SOON_S = 30.0
PACE_S = 0.025  # the door hangs up on more than 50 messages a second
SEED = 5


@dataclasses.dataclass(frozen=True)
class Spread:
    """One quantity's distribution, in milliseconds."""

    name: str
    count: int
    p50_ms: float
    p95_ms: float
    max_ms: float

    @classmethod
    def of(cls, name: str, seconds: list[float]) -> Spread:
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        return cls(name, len(seconds), *(round(1e3 * one, 3) for one in (cuts[49], cuts[94], max(seconds))))


class HoldingLock:
    """A fake lock whose `pulse` begins a pulse of the bench's choice, and holds up its caller until it is let go."""

    def __init__(self, inner: FakeLock, *, spin: bool) -> None:
        self.inner = inner
        self.seconds = 0.0
        self.let_go = threading.Event()
        self._spin = spin

    def pulse(self, seconds: float) -> None:
        """Begin a pulse, and do not return."""
        del seconds
        self.inner.pulse(self.seconds)
        while self._spin and not self.let_go.is_set():
            pass
        self.let_go.wait()
        self.let_go.clear()

    def shorten(self, seconds: float) -> None:
        """Lock in so many seconds at the latest."""
        self.inner.shorten(seconds)

    def secure(self) -> None:
        """Lock now."""
        self.inner.secure()

    def close(self) -> None:
        """Lock."""
        self.inner.close()


def relock(pulses: int, *, spin: bool) -> list[float]:
    """Return how much longer each pulse was than asked for, in seconds."""
    lock = HoldingLock(FakeLock(), spin=spin)
    button = FakeInput(InputSettings(line="EXIT", debounce_s=0.0))
    board = dataclasses.replace(open_board("fake"), open_lock=lambda _: lock, open_input=lambda _: button)
    chance, errors = random.Random(SEED), []  # noqa: S311 - lengths of pulses, no secret
    with tempfile.TemporaryDirectory() as folder, serving(board, Path(folder)):
        for number in range(pulses):
            lock.seconds = chance.uniform(0.2, 1.0)
            button.press()
            if not lock.inner.wait_changes(2 * number + 2, SOON_S):
                raise SystemExit("the lock was not locked again: the measurement is void")
            (opened, _), (locked, _) = lock.inner.history[-2:]
            errors.append(locked - opened - lock.seconds)
            button.release()
            lock.let_go.set()
    return errors


def grant_beside(grants: int) -> tuple[list[float], list[float]]:
    """Measure grants by a door process of its own; see `grant`."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        process = context.Process(target=_serve_alone, args=(Path(folder), theirs))
        process.start()
        with contextlib.closing(DoorClient.connect(Path(folder) / "door.sock", LIVE, timeout_s=SOON_S)) as client:
            figures = grant(grants, client, ours.recv)
        ours.send("end")
        process.join(SOON_S)
    return figures


def grant_within(grants: int) -> tuple[list[float], list[float]]:
    """Measure grants by a door in a thread of this process, as `edge run` has it; see `grant`."""
    lock = FakeLock()
    board = dataclasses.replace(open_board("fake"), open_lock=lambda _: lock)
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as folder, serving(board, Path(folder)) as door:
        threading.Thread(target=_stamp, args=(lock, theirs), daemon=True).start()
        with contextlib.closing(DoorClient(door.connect, LIVE, timeout_s=SOON_S)) as client:
            return grant(grants, client, ours.recv)


def grant(grants: int, client: DoorClient, stamped: Callable[[], float]) -> tuple[list[float], list[float]]:
    """Return for each grant the seconds from the deciding frame's step to the lock, and of these the decision's."""
    whole, deciding = [], []
    rule = builders.rule()
    while not _admitted(client):
        threading.Event().wait(PACE_S)
    stamped()
    for track in range(2, grants + 2):
        threading.Event().wait(PACE_S)
        at = time.monotonic()
        state, _ = decide.step(State(), builders.frame(at - 0.1, track=track), rule)
        sighting = builders.frame(at, track=track)
        began = time.monotonic()
        _, verdict = decide.step(state, sighting, rule)
        decided = time.monotonic()
        if verdict is None or not client.identify(ANN, verdict).opened:
            raise SystemExit("the door did not open: the measurement is void")
        whole.append(stamped() - began)
        deciding.append(decided - began)
    return whole, deciding


@contextlib.contextmanager
def serving(board: Board, folder: Path) -> Iterator[Door]:
    """Serve a door in a thread."""
    config = dataclasses.replace(Config(), exit_button=ExitSettings(line="EXIT"))
    stop = threading.Event()
    with Door(config, board, folder / "journal.jsonl", folder / "door.sock") as door:
        thread = threading.Thread(target=door.serve, args=(stop,))
        thread.start()
        try:
            yield door
        finally:
            stop.set()
            door.wake()
            thread.join()


def _serve_alone(folder: Path, told: Connection) -> None:
    lock = FakeLock()
    with serving(dataclasses.replace(open_board("fake"), open_lock=lambda _: lock), folder):
        threading.Thread(target=_stamp, args=(lock, told), daemon=True).start()
        told.recv()


def _stamp(lock: FakeLock, told: Connection) -> None:
    """Send when the lock was unlocked, and lock it at once so that the next grant is a change again."""
    count = 1
    while True:
        if lock.wait_changes(count, SOON_S):
            at, _ = lock.history[count]
            lock.secure()
            told.send(at)
            count += 2


def _admitted(client: DoorClient) -> bool:
    """Whether the door lets somebody in by now: it is up, and its journal open."""
    verdict = _verdict(builders.rule())
    try:
        return client.identify(ANN, verdict).opened
    except LinkError:
        return False


def _verdict(rule: Rule) -> Verdict:
    at = time.monotonic()
    (verdict,) = builders.play([builders.frame(at - 0.1), builders.frame(at)], rule)
    return verdict


def measure(pulses: int, grants: int) -> list[Spread]:
    """Measure everything."""
    spreads = []
    if pulses:
        spreads += [
            Spread.of("relock error, loop asleep", relock(pulses, spin=False)),
            Spread.of("relock error, loop spinning", relock(pulses, spin=True)),
        ]
    if grants:
        for name, figures in (("two processes", grant_beside(grants)), ("one process", grant_within(grants))):
            whole, deciding = figures
            spreads += [Spread.of(f"frame to lock, {name}", whole), Spread.of(f"decision, {name}", deciding)]
    return spreads


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.door_latency", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "--pulses", type=int, default=200, help="pulses of 0.2 to 1 s with the loop blocked; 0 for none"
    )
    parser.add_argument("--grants", type=int, default=500, help="people let in; 0 for none")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    if min(options.pulses, options.grants) < 0 or 1 in (options.pulses, options.grants):
        parser.error("a distribution takes two measurements or more")
    for spread in measure(options.pulses, options.grants):
        if options.json:
            line = json.dumps(dataclasses.asdict(spread))
        else:
            figures = f"p50 {spread.p50_ms:8.3f} ms   p95 {spread.p95_ms:8.3f} ms   max {spread.max_ms:8.3f} ms"
            line = f"{spread.name:32} {figures}   n {spread.count}"
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
