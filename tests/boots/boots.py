"""Boots of one door after another in this process, each ended in order, by a fault in its loop, or at its start."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.access.happenings import Part
from edge.app.clocks import Clocks
from edge.app.door import Door
from edge.config import load
from edge.errors import LinkError
from edge.link import asking
from hw.gpio.gpiozero import GpioLock
from tests.boots.filed import Filed
from tests.boots.lines import WIRES, board, open_lines, wire
from tests.boots.site import SOON_S, GoneError, Site, report, until
from tests.boots.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gpiozero import Factory

    from tests.boots.lines import OpenLock
    from tests.boots.site import Hand

DAMAGES: tuple[bytes, ...] = (b"", b"\x00\xff", b'{"version":1}', b'{"version":1,"monotonic":0,"memo')


@dataclass
class Moment:
    """The clocks of a machine, which may be set, or fail."""

    offset_s: float = 0.0
    synchronised: bool = True
    failing: bool = False

    def wall(self) -> float:
        if self.failing:
            raise ZeroDivisionError("the loop fails at random")
        return time.time() + self.offset_s

    def clocks(self) -> Clocks:
        return Clocks(wall=self.wall, synchronised=lambda: self.synchronised, kept=lambda: self.synchronised)


@dataclass
class NearHand:
    """A hand on a door in this process."""

    pins: Factory
    moment: Moment
    thread: threading.Thread

    def alive(self) -> bool:
        return self.thread.is_alive()

    def drive(self, part: Part, *, active: bool) -> None:
        wire(self.pins, part, active=active)

    def spoil(self, *, unreadable: bool) -> None:
        self.pins.pin(WIRES[Part.EXIT]).unreadable = unreadable

    def set_clock(self, wall: float) -> None:
        self.moment.offset_s = wall - time.time()


def begin(site: Site) -> None:
    """Draw what a door finds when it starts: held inputs, damaged memory, other rules."""
    chance, known = site.chance, site.known
    for part, odds in ((Part.EXIT, 0.15), (Part.CONTACT, 0.15), (Part.TAMPER, 0.1), (Part.FIRE, 0.04)):
        if chance.random() < 0.5:
            (known.active.add if chance.random() < odds else known.active.discard)(part)
    known.exit_fault = chance.choice(("open", "ignore"))
    known.exit_spoilt = chance.random() < 0.04
    if chance.random() < 0.1:
        whole = site.memory.read_bytes() if site.memory.exists() else b"{}"
        site.memory.write_bytes(chance.choice((*DAMAGES, whole[: len(whole) // 2])))
        known.lock_down = True
        site.counts["memory damaged"] += 1
    site.write()
    site.counts.update(f"{part} active at the start" for part in known.active)


def started(site: Site, hand: Hand, began: float) -> Story:
    """Take note of what a door that starts may switch on, wait until it is ready, and return what happens to it.

    Raises:
        GoneError: It is no more.
    """
    known = site.known
    site.hold(began)
    story = Story(site, hand, born_spoilt=known.exit_spoilt)
    for part in known.active & {Part.TAMPER, Part.FIRE}:
        story.watched[part] = site.show(part)
        story.watched[part].since = began
    until(site, hand, lambda: site.socket.exists() and _answers(site), "it is ready")
    if known.journal_up:
        until(site, hand, lambda: report(site, hand).journal == "up", "the journal can be written")
    if known.lock_down is None:
        known.lock_down = bool(report(site, hand).lock_down)
    return story


def _answers(site: Site) -> bool:
    try:
        asking.report(site.socket, SOON_S)
    except LinkError:
        return False
    return True


@dataclass
class Boots:
    """One board in this process, and the doors that run on it one after another."""

    site: Site
    open_lock: OpenLock = GpioLock
    pins: Factory = field(init=False)

    def __post_init__(self) -> None:
        self.pins = open_lines(self.site.tape.note)

    def boot(self) -> str:
        """Start a door, let things happen, and end it; return how it ended."""
        chance, site = self.site.chance, self.site
        kept = site.known.lock_down
        begin(site)
        for part in Part:
            wire(self.pins, part, active=part in site.known.active)
        self.pins.pin(WIRES[Part.EXIT]).unreadable = site.known.exit_spoilt
        (way,) = chance.choices(("stopped", "failed in its loop", "failed at its start", "no journal"), (60, 34, 4, 2))
        try:
            if way == "failed at its start":
                self._fail(site.folder / "terminal.toml" / "door.sock")
            elif way == "no journal":
                site.known.journal_up, site.known.lock_down = False, True  # nor can the memory be read
                self._serve(site.config / "journal.jsonl", way)
            else:
                self._serve(site.folder / "journal.jsonl", way)
        finally:
            site.over()
        if way == "no journal":
            site.known.lock_down = kept if not site.counts["memory damaged"] else None
        return way

    def _fail(self, path: Path) -> None:
        with contextlib.suppress(LinkError):
            Door(load(self.site.config), board(self.pins, self.open_lock), self.site.folder / "journal.jsonl", path)
            self.site.faults.append("a door that cannot listen was made")

    def _serve(self, journal: Path, way: str) -> None:
        site, chance = self.site, self.site.chance
        moment = Moment(chance.choice((0.0, 0.0, -time.time(), 3650 * 86400.0, -1e7)), chance.random() < 0.5)
        began = time.monotonic()
        with _door(self, journal, moment) as thread, contextlib.suppress(GoneError):
            story = started(site, NearHand(self.pins, moment, thread), began)
            story.run(chance.randrange(2, 9) if way != "no journal" else 3)
            moment.failing = way == "failed in its loop"
            if moment.failing:
                thread.join(SOON_S)
                site.faults += ["a loop that failed went on"] if thread.is_alive() else []


@contextlib.contextmanager
def _door(boots: Boots, journal: Path, moment: Moment) -> Iterator[threading.Thread]:
    site, stop = boots.site, threading.Event()
    hardware, source = board(boots.pins, boots.open_lock), Filed(site.config)
    with Door(source.read(), hardware, journal, site.socket, moment.clocks(), source) as door:

        def serve() -> None:
            with contextlib.suppress(ZeroDivisionError):
                door.serve(stop)

        thread = threading.Thread(target=serve, name="door")
        thread.start()
        try:
            yield thread
        finally:
            stop.set()
            door.wake()
            thread.join(SOON_S)
