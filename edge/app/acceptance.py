"""The acceptance test on site: what only somebody at the real door can prove, item by item, and its signed protocol.

It asks the running door process what it sees, and the person what they see. It opens no line and orders nothing.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from edge import keys
from edge.app.durable import replace_file
from edge.app.identity import device_id, device_key
from edge.errors import LinkError, StoreError
from edge.values import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from edge.app.places import Places
    from edge.link.questions import Report

Result = Literal["pass", "fail", "skipped"]

WAIT_S = 60.0
"""How long a person has to do what is asked."""
_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to prove.

    Attributes:
        name: What it is called in the protocol.
        ask: What the person is to do, and what must happen.
        seen: What the door process must say of itself; None when only a person can tell.
    """

    name: str
    ask: str
    seen: Callable[[Report], bool] | None = None


class Outcome(Struct, frozen=True, forbid_unknown_fields=True):
    """What became of an item.

    Attributes:
        name: The item's.
        result: "pass", "fail" or "skipped".
        measured: What was measured, or why it failed or was skipped.
        by: Who confirmed it: the person, or "edge-door".
        at: When, as an ISO 8601 time.
    """

    name: str
    result: Result
    measured: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Site:
    """The door and the person at it.

    Attributes:
        person: Who does the test.
        report: Asks the door process; raises LinkError when it does not answer.
        say: Shows the person a sentence.
        answer: Asks the person whether it was so: "y", "n" or "s", and why where it is not "y".
        clock: Monotonic seconds.
        pause: Waits for so many seconds.
        today: The time as ISO 8601.
    """

    person: str
    report: Callable[[], Report]
    say: Callable[[str], None]
    answer: Callable[[str], tuple[str, str]]
    clock: Callable[[], float]
    pause: Callable[[float], None]
    today: Callable[[], str]


ITEMS = (
    Item("door process answers", "Nothing to do.", lambda told: told.journal == "up"),
    Item("exit button", "Press the exit button now: the lock opens.", lambda told: told.unlocked),
    Item("relock", "Keep away from the door: it locks again.", lambda told: not told.unlocked),
    Item("relay", "Press the exit button again: the relay clicks and the door can be pulled open."),
    Item("door contact, open", "Press the exit button and open the door.", lambda told: told.open is True),
    Item("door contact, closed", "Close the door.", lambda told: told.open is False),
    Item("held alarm", "Hold the door open after an exit.", lambda told: Alarm.HELD_OPEN in told.alarms),
    Item("forced alarm", "Open the locked door with its key.", lambda told: Alarm.FORCED_OPEN in told.alarms),
    Item("fire input", "Give the fire signal: the door opens.", lambda told: Alarm.FIRE in told.alarms),
    Item("fire input, over", "End the fire signal.", lambda told: Alarm.FIRE not in told.alarms),
    Item("tamper contact", "Open the terminal's case.", lambda told: Alarm.TAMPER in told.alarms),
    Item("lamp and beeper", "An alarm or a refusal was seen at the lamp and heard from the beeper."),
    Item("keypad", "Press each key: each is acknowledged."),
    Item("terminal connected", "Nothing to do.", lambda told: told.terminal),
    Item("enrolled person", "An enrolled person steps before the camera: the lock opens.", lambda told: told.unlocked),
    Item("stranger", "A stranger steps before the camera: for a minute the door stays locked."),
    Item("photograph", "Show a photograph of an enrolled person: for a minute the door stays locked."),
    Item("terminal killed", "Unlock, then `systemctl kill -s KILL edge-terminal`: it locks in time."),
    Item("door killed", "Unlock, then `systemctl kill -s KILL edge-door`: it locks at once, and answers again."),
    Item("power cycle", "Cut the power while unlocked and give it back: no pulse; the exit button works in seconds."),
    Item("clock", "Nothing to do.", lambda told: told.clock == "trusted"),
    Item("watchdog", "`systemctl show edge-door -p WatchdogUSec` and `wdctl` show a watchdog that is armed."),
    Item("throttling", "`vcgencmd get_throttled` says 0x0 after ten minutes of use."),
)
"""In this order; each that the machine lacks is skipped, with a reason."""


def go_on(site: Site, items: Iterable[Item], before: tuple[Outcome, ...]) -> Iterator[Outcome]:
    """Yield the outcome of each item that has none yet: after a power cycle it continues where it was."""
    known = {outcome.name for outcome in before}
    for item in items:
        if item.name not in known:
            yield _judged(site, item)


def _judged(site: Site, item: Item) -> Outcome:
    if item.seen is None:
        return _confirmed(site, item)
    site.say(f"{item.name}: {item.ask}")
    began = site.clock()
    why = f"not seen within {WAIT_S:.0f} s"
    while (since := site.clock() - began) < WAIT_S:
        try:
            if item.seen(site.report()):
                return Outcome(item.name, "pass", f"seen after {since:.1f} s", "edge-door", site.today())
            why = f"not seen within {WAIT_S:.0f} s"
        except LinkError as error:
            why = str(error)
        site.pause(_EVERY_S)
    site.say(f"{item.name}: {why}")
    answer, reason = site.answer(f"{item.name}: is it missing here, and to be skipped (s), or a failure (n)?")
    result: Result = "skipped" if answer == "s" and reason.strip() else "fail"
    return Outcome(item.name, result, f"{why}; {reason}".rstrip("; "), site.person, site.today())


def _confirmed(site: Site, item: Item) -> Outcome:
    answer, reason = site.answer(f"{item.name}: {item.ask} Was it so?")
    result: Result = "pass" if answer == "y" else "skipped" if answer == "s" and reason.strip() else "fail"
    return Outcome(item.name, result, reason, site.person, site.today())


def accepted(outcomes: Iterable[Outcome], items: tuple[Item, ...] = ITEMS) -> bool:
    """Whether every item has an outcome and none failed."""
    results = {outcome.name: outcome.result for outcome in outcomes}
    return all(results.get(item.name, "fail") != "fail" for item in items)


def kept(folder: Path) -> tuple[Outcome, ...]:
    """Return what an earlier run proved; empty before the first.

    Raises:
        StoreError: It cannot be read.
    """
    try:
        return msgspec.json.decode((folder / "acceptance.json").read_bytes(), type=tuple[Outcome, ...])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreError(f"{folder}/acceptance.json: {error}: remove it, and begin again") from error


def keep(folder: Path, outcomes: tuple[Outcome, ...], here: Places) -> None:
    """Keep the protocol: acceptance.json, the same as Markdown, and the device's signature over the former's bytes.

    Raises:
        StoreError: It cannot be written.
        SignatureError: The device's key cannot be read or made.
    """
    data = msgspec.json.format(msgspec.json.encode(outcomes))
    signature = base64.b64encode(keys.sign(data, device_key(here)))
    rows = [f"| {one.name} | {one.result} | {_cell(one.measured)} | {_cell(one.by)} | {one.at} |" for one in outcomes]
    head = ["# Acceptance test", "", f"Device key {device_id(here)}", "", "| item | result | measured | by | at |"]
    text = "\n".join([*head, "|---|---|---|---|---|", *rows, ""])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / "acceptance.json", data)
        replace_file(folder / "acceptance.json.sig", signature + b"\n")
        replace_file(folder / "acceptance.md", text.encode())
    except OSError as error:
        raise StoreError(f"{folder}: the protocol cannot be written: {error}") from error


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
