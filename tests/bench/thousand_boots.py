"""Boots a simulated door again and again, and counts every output that is switched on for no lawful cause (S2).

`python -m tests.bench.thousand_boots [--boots 1000] [--killed 100] [--seed 5] [--json]`. Exit code 1: something was
switched on that should not have been, or the door answered what it must not.

The drivers are the real ones over recording pins. Doors are stopped, fail in their loop or at their start, and have no
journal; `--killed` of them are processes of their own, killed with SIGKILL at a random moment. Meanwhile terminals come
and go, lie, and say again what was said in earlier sessions and boots; operators order; inputs are held, cut and
pressed; clocks are wrong; memories are damaged; configurations are read again. What may be switched on is worked out
apart from the door (`tests.boots.oracle`).
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import logging
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from hw.gpio.gpiozero import GpioLock
from tests.boots import killed
from tests.boots.boots import Boots
from tests.boots.lines import LOCK, Tape
from tests.boots.oracle import judge
from tests.boots.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.boots.lines import OpenLock

BOOTS_A_SITE = 20
SEED = 5


@dataclasses.dataclass
class Figures:
    """What came of it.

    Attributes:
        boots: How many doors were started, by how they ended.
        deeds: What was done to them, by kind.
        found: What they found when they started.
        switched: How many times an output was switched, on or off.
        pulses: How many times the lock was energised for a lawful cause.
        shows: How many times a lamp or the beeper was.
        unexpected: What was switched on for none, for too long, or left on.
        faults: What the door answered or failed to do that it must not.
        seconds: How long it took.
    """

    boots: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    deeds: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    found: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    switched: int = 0
    pulses: int = 0
    shows: int = 0
    unexpected: list[str] = dataclasses.field(default_factory=list)
    faults: list[str] = dataclasses.field(default_factory=list)
    seconds: float = 0.0

    def add(self, site: Site, *, kept: bool) -> None:
        """Add what happened at a site."""
        changes = site.tape.changes()
        verdict = judge(changes, site.pulses, site.shows, kept=kept)
        self.switched += len(changes)
        self.pulses += verdict.pulses
        self.shows += verdict.shows
        self.unexpected += verdict.unexpected
        self.faults += site.faults
        self.found.update({kind: count for kind, count in site.counts.items() if " " in kind})
        self.deeds.update({kind: count for kind, count in site.counts.items() if " " not in kind})


def measure(boots: int, killed_boots: int, seed: int, open_lock: OpenLock = GpioLock) -> Figures:
    """Boot so many doors, of which some are killed.

    Args:
        boots: How many in all.
        killed_boots: How many of them.
        seed: Where chance begins; threads and the machine's load add some of their own.
        open_lock: The lock's driver.
    """
    logging.disable(logging.CRITICAL)  # a thousand doors have much to say
    began, figures = time.monotonic(), Figures()
    try:
        for number, count in _sites(boots - killed_boots):
            with tempfile.TemporaryDirectory() as folder:
                chance = random.Random(f"{seed} {number}")  # noqa: S311 - a simulation, no secret
                site = Site(Path(folder), Tape(chance.random() < 0.5), chance)
                doors = Boots(site, open_lock)
                figures.boots.update(doors.boot() for _ in range(count))
                figures.add(site, kept=False)
        with killed.Nursery() as nursery:
            for number, count in _sites(killed_boots):
                with tempfile.TemporaryDirectory() as folder:
                    chance = random.Random(f"{seed} killed {number}")  # noqa: S311 - as above
                    site = Site(Path(folder), Tape(chance.random() < 0.5, Path(folder) / "tape"), chance)
                    figures.boots.update(killed.boot(site, nursery) for _ in range(count))
                    figures.add(site, kept=True)
    finally:
        logging.disable(logging.NOTSET)
    figures.seconds = round(time.monotonic() - began, 1)
    return figures


def _sites(boots: int) -> Iterator[tuple[int, int]]:
    """Yield the number of each site, and how many boots it has."""
    for number, first in enumerate(range(0, boots, BOOTS_A_SITE)):
        yield number, min(BOOTS_A_SITE, boots - first)


def _lines(figures: Figures) -> Iterable[str]:
    for name, counter in (("boots", figures.boots), ("deeds", figures.deeds), ("found at the start", figures.found)):
        kinds = ", ".join(f"{kind} {count}" for kind, count in counter.most_common())
        yield f"{name}: {counter.total()} ({kinds})"
    yield f"outputs switched: {figures.switched}"
    yield f"the lock ({LOCK}) energised for a lawful cause: {figures.pulses}; lamps and beeper: {figures.shows}"
    yield f"unexpected: {len(figures.unexpected)}"
    yield from (f"  {words}" for words in figures.unexpected)
    yield f"wrong answers: {len(figures.faults)}"
    yield from (f"  {words}" for words in figures.faults)
    yield f"{figures.seconds} s"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.thousand_boots", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--boots", type=int, default=1000, help="how many doors are started")
    parser.add_argument("--killed", type=int, help="how many of them are killed with SIGKILL; a tenth if not given")
    parser.add_argument("--seed", type=int, default=SEED, help="where chance begins")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    deaths = options.boots // 10 if options.killed is None else options.killed
    if not 0 <= deaths <= options.boots:
        parser.error("no more can be killed than are started")
    figures = measure(options.boots, deaths, options.seed)
    text = json.dumps(vars(figures)) if options.json else "\n".join(_lines(figures))
    sys.stdout.write(text + "\n")
    sys.exit(1 if figures.unexpected or figures.faults else 0)


if __name__ == "__main__":
    main()
