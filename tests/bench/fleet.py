"""A fleet that takes sets of models as the rules say: `python -m tests.bench.fleet [--devices 5000] [--seed 7]`.

Device ids are random; what is offered, tried, used and taken back is decided by the product's own rules
(`edge.ota.rollout`, `edge.ota.active`). Time is modelled: each device looks once an hour at a minute of its own, tries
a set beside the old one for some hours, and then uses it on trial. A bad set fails some hours after that. The publisher
widens 1 % → 5 % → 25 % → 100 %, and halts and withdraws once 1 % of those that took a set went back from it.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass, field

import msgspec

from edge.ota import active as rules
from edge.ota.active import NOBODY, Active, Slot
from edge.ota.manifest import Rollout, SetCustom
from edge.ota.rollout import Device, offered, place

STAGES = (1.0, 5.0, 25.0, 100.0)
HOUR = 60
STAGE_HOURS = 24
SHADOW_HOURS, FAILS_HOURS, CONFIRMED_HOURS = 6, 3, 24
HALT_SHARE = 0.01
BINS = 20


@dataclass
class Terminal:
    """One device.

    Attributes:
        device: Who it is.
        minute: Of the hour, at which it looks.
        active: What decides on it.
        since: The minute in which its newest phase began.
        received: The serials that it ever took.
    """

    device: Device
    minute: int
    active: Active = field(default_factory=Active)
    since: int = 0
    received: set[int] = field(default_factory=set)

    def look(self, custom: SetCustom, now: int) -> None:
        """Ask for what is published."""
        slot = slot_of(custom)
        offer = offered(custom, self.device, self.active.serial)
        if offer.withdrawn:
            self.leave(slot, now)
        elif offer.wanted and self.active.phase != "trial":
            self.active = rules.offered(self.active, slot, custom.serial)
            self.received.add(custom.serial)
            self.since = now

    def leave(self, slot: Slot, now: int) -> None:
        """Go back from a set, wherever it is here."""
        if self.active.candidate == slot:
            self.active = rules.dropped(self.active, "withdrawn", now * 60.0)
        if self.active.running == slot:
            self.active = rules.rolled_back(self.active, "withdrawn", now * 60.0)

    def live(self, bad: Slot, now: int) -> bool:
        """Let a minute pass; says whether a set failed in it."""
        hours = (now - self.since) / HOUR
        if self.active.phase == "shadow" and hours >= SHADOW_HOURS:
            self.active, self.since = rules.cut_over(self.active), now
        elif self.active.phase == "trial" and self.active.running == bad and hours >= FAILS_HOURS:
            self.active = rules.rolled_back(self.active, "refuses everybody", now * 60.0)
            return True
        elif self.active.phase == "trial" and hours >= CONFIRMED_HOURS:
            self.active = rules.confirmed(self.active)
        return False


@dataclass
class Story:
    """What came of one rollout.

    Attributes:
        received: How many devices ever took the set.
        failed: On how many it failed and was taken back.
        left: How many run it at the end, or try it.
        halted_at: The percentage at which the publisher stopped; None if it was not stopped.
        halted_hour: When.
        narrowed: How many devices a wider stage no longer offered it to; must be none.
        confirmed: How many confirmed it.
        hours: How long it took.
    """

    received: int = 0
    failed: int = 0
    left: int = 0
    halted_at: float | None = None
    halted_hour: float | None = None
    narrowed: int = 0
    confirmed: int = 0
    hours: float = 0.0


def slot_of(custom: SetCustom) -> Slot:
    """What a set is called on a device."""
    return Slot(f"{custom.name}-{custom.serial:012x}")


def fleet(count: int, seed: int) -> list[Terminal]:
    """So many devices with random ids."""
    rng = random.Random(seed)  # noqa: S311 - a model's
    return [
        Terminal(Device(id=f"{rng.getrandbits(128):032x}", board="pi", runtime=("r", "1"), firmware="0.1.0"), minute)
        for minute in (rng.randrange(HOUR) for _ in range(count))
    ]


def roll_out(terminals: list[Terminal], custom: SetCustom, start: int, *, good: bool) -> tuple[Story, int]:
    """Play one rollout, from the minute `start` until nothing more happens; returns when that was, too."""
    looking: dict[int, list[Terminal]] = {minute: [] for minute in range(HOUR)}
    for terminal in terminals:
        looking[terminal.minute].append(terminal)
    story, slot, now, begun = Story(), slot_of(custom), start, start
    custom, later = stated(custom, STAGES[0]), list(STAGES[1:])
    while now - begun < (SHADOW_HOURS + CONFIRMED_HOURS + 2) * HOUR:
        for terminal in looking[now % HOUR]:
            terminal.look(custom, now)
            story.failed += terminal.live(NOBODY if good else slot, now)
        if story.halted_at is None and story.failed and story.failed >= HALT_SHARE * taken(terminals, custom):
            story.halted_at, story.halted_hour = custom.rollout.percent, (now - start) / HOUR
            custom, begun = stated(custom, custom.rollout.percent, stopped=True), now
        elif story.halted_at is None and later and now - begun >= STAGE_HOURS * HOUR:
            wider, begun = stated(custom, later.pop(0)), now
            story.narrowed += sum(wants(custom, one) and not wants(wider, one) for one in terminals)
            custom = wider
        now += 1
    story.received = taken(terminals, custom)
    story.left = sum(slot in {one.active.running, one.active.candidate} for one in terminals)
    story.confirmed = sum(terminal.active.good == slot for terminal in terminals)
    story.hours = (now - start) / HOUR
    return story, now


def taken(terminals: list[Terminal], custom: SetCustom) -> int:
    """How many devices ever took a set."""
    return sum(custom.serial in terminal.received for terminal in terminals)


def stated(custom: SetCustom, percent: float, *, stopped: bool = False) -> SetCustom:
    """The same set, for another share of the devices, or halted and withdrawn."""
    how = Rollout(percent, custom.rollout.salt, halted=stopped, withdrawn=stopped)
    return msgspec.structs.replace(custom, rollout=how)


def wants(custom: SetCustom, terminal: Terminal) -> bool:
    """Whether a device that has nothing yet is offered a set."""
    return offered(custom, terminal.device, 0).wanted


def chi_square(ids: list[str], salt: str) -> float:
    """How far the devices' places are from evenly spread, over `BINS` bins."""
    counts = [0] * BINS
    for one in ids:
        counts[int(place(one, salt) / 100 * BINS)] += 1
    expected = len(ids) / BINS
    return sum((count - expected) ** 2 / expected for count in counts)


def a_set(name: str, serial: int) -> SetCustom:
    """A set that is not released yet."""
    return SetCustom(name=name, serial=serial, minimum_firmware="0.1.0", rollout=Rollout(0, f"{name}-{serial}"))


def main(words: list[str]) -> None:
    """Play a bad rollout, then a good one, and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--devices", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args(words)
    terminals = fleet(asked.devices, asked.seed)
    ids = [terminal.device.id for terminal in terminals]
    say(f"{asked.devices} devices, chi-square of their places over {BINS} bins (95 % are below 30.1):")
    say("  " + ", ".join(f"{salt} {chi_square(ids, salt):.1f}" for salt in ("bad-1", "good-2", "good-3", "good-4")))
    now = 0
    for serial, (name, good) in enumerate((("bad", False), ("good", True)), 1):
        story, now = roll_out(terminals, a_set(name, serial), now, good=good)
        share = 100 * story.received / asked.devices
        say(f"{name}: {story.received} devices took it ({share:.2f} %), on {story.failed} it failed by itself")
        if story.halted_at is not None:
            say(f"  halted and withdrawn at {story.halted_at:g} % in hour {story.halted_hour:.1f}")
        say(f"  {story.confirmed} confirmed it, {story.received - story.left} went back, {story.left} have it now")
        say(f"  taken out by widening: {story.narrowed}; over after {story.hours:.0f} modelled hours")


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
