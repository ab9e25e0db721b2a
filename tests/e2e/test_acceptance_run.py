"""The acceptance test from its first item to its last, at a door and a terminal that are processes, as an installer has
it: everything done and asked by hand, a failure, a skipped item, both processes killed, the power cut in the middle."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from PIL import Image

from edge.app.acceptance.items import ITEMS
from edge.app.acceptance.printed import LINES, WIDTH
from edge.app.acceptance.protocol import FILE, Protocol, kept
from edge.app.places import places
from edge.link.asking import report
from edge.values import Occasion
from tests.e2e.acceptance_machine import ROOT, put, served
from tests.e2e.commands import AGREED, Running, journal, until
from tests.e2e.installer import LONGEST_S, Installer
from tests.e2e.minder import Minder
from tests.e2e.unit_file import unit
from tests.e2e.wires import Wires
from tests.unit.repository_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.long, pytest.mark.pictures]

DOOR = """
board = "fake"
[exit_button]
line = "EXIT"
on_fault = "ignore"
debounce_s = 0.0
[contact]
line = "CONTACT"
on_fault = "alarm"
debounce_s = 0.0
[fire]
line = "FIRE"
on_fault = "alarm"
debounce_s = 0.0
[door]
pulse_s = 3.0
held_alarm_s = 2.0
prealarm_s = 0.5
"""
TERMINAL = """
board = "fake"
[ota]
url = {url}
[camera]
width_px = 640
height_px = 480
[track]
gap_s = 2.0
[decision]
rate_limit_s = 0.0
cool_down_s = 0.0
[liveness]
mode = "{liveness}"
"""


def terminal(url: str, liveness: str) -> str:
    return TERMINAL.format(url=msgspec.json.encode(url).decode(), liveness=liveness)


@dataclass
class House:
    """A door, a terminal, and whoever stands before them."""

    folder: Path
    url: str
    door: Minder
    terminal: Minder
    wires: Wires

    def hand(self, words: str) -> None:
        self.wires.hand(words)

    def press(self) -> None:
        """Press the exit button, and let it go: the line is driven."""
        before = self.wires.pulses
        self.hand("press EXIT")
        until(lambda: self.wires.pulses > before)
        self.hand("release EXIT")

    def open_door(self) -> None:
        self.press()
        self.hand("press CONTACT")

    def locked(self) -> None:
        until(lambda: self.wires.level == 0)

    def shows(self, name: str) -> None:
        fresh = self.folder / "scene.new"
        fresh.write_text(name)
        fresh.replace(self.folder / "scene")

    def count(self, occasion: Occasion) -> int:
        return sum(event.occasion is occasion for event in journal(self.folder / "data"))

    def until_more(self, occasion: Occasion, than: int) -> None:
        until(lambda: self.count(occasion) > than)

    def comes(self, times: int = 1) -> None:
        """The enrolled person comes, each time from out of view, and is let in."""
        for _ in range(times):
            before = self.count(Occasion.GRANTED)
            self.shows("bo.jpg")
            self.until_more(Occasion.GRANTED, before)
            self.shows("nobody.png")
            self.locked()

    def watches_for_life(self) -> None:
        """The terminal is started anew, and wants to see a head move."""
        put(self.folder, {"terminal.toml": terminal(self.url, "motion")})
        before = self.count(Occasion.SESSION_BEGUN)
        self.terminal.signal(signal.SIGKILL)
        self.until_more(Occasion.SESSION_BEGUN, before)

    def power_cut(self) -> None:
        self.press()
        for process in (self.door, self.terminal):
            process.signal(signal.SIGKILL)
        (self.folder / "root/proc/sys/kernel/random/boot_id").write_text("second\n")

    def runs(self) -> bool:
        return self.door.words.count("ready") > 0 and self.terminal.words.count("ready") > 0


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Serve a repository that was signed just now, and have its root believed."""
    sim = Simulator(datetime.now(UTC).replace(microsecond=0))
    put(tmp_path / "data", {"ota/root.json": sim.first_root.decode()})

    with served(sim) as address:
        yield address


def enrol(folder: Path, photograph: Path) -> None:
    """Enrol bo, with all the time that a busy machine takes."""
    words = ("-m", "edge", "enrol", *AGREED, "--data", folder / "data", "--id", "bo", "--name", "Barack", photograph)
    assert Running(folder / "enrols", *words).process.wait(LONGEST_S) == 0


@pytest.fixture
def house(pictures: Path, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    enrol(tmp_path, pictures / "obama.jpg")
    put(tmp_path / "root", ROOT)
    put(tmp_path, {"door.toml": DOOR, "terminal.toml": terminal(url, "off"), "scene": "nobody.png"})
    for name in ("run", "cast", "minds-door", "minds-terminal"):
        (tmp_path / name).mkdir()
    (tmp_path / "cast/bo.jpg").symlink_to(pictures / "obama2.jpg")
    (tmp_path / "cast/stranger.jpg").symlink_to(pictures / "biden.jpg")
    Image.fromarray(np.full((480, 640, 3), 128, np.uint8)).save(tmp_path / "cast/nobody.png")
    program = [sys.executable, "-m", "tests.e2e.acceptance_site", str(tmp_path)]
    with (
        Minder(unit("edge-door.service"), program, tmp_path / "minds-door") as door,
        Minder(unit("edge-terminal.service"), program, tmp_path / "minds-terminal", LONGEST_S) as watcher,
    ):
        place = House(tmp_path, url, door, watcher, Wires(tmp_path))
        until(place.runs)
        yield place


def deeds(house: House) -> dict[str, Callable[[], None]]:
    """What the installer does at each item."""

    def held() -> None:
        alarms = house.count(Occasion.ALARM_BEGUN)
        house.open_door()
        until(lambda: house.count(Occasion.ALARM_BEGUN) >= alarms + 2)  # the warning before it, too
        house.hand("release CONTACT")

    def forced() -> None:
        house.locked()
        opened = house.count(Occasion.OPENED)
        house.hand("press CONTACT")
        house.until_more(Occasion.OPENED, opened)
        house.hand("release CONTACT")

    def killed() -> None:
        house.shows("nobody.png")
        until(lambda: report(house.folder / "data/door.sock").terminal)
        house.press()

    def photograph() -> None:
        house.watches_for_life()
        house.shows("bo.jpg")

    return {
        "exit button": house.press,
        "relock": house.press,
        "contact open": house.open_door,
        "contact closed": lambda: house.hand("release CONTACT"),
        "held alarm": held,
        "forced alarm": forced,
        "fire input": lambda: house.hand("press FIRE"),
        "fire over": lambda: house.hand("release FIRE"),
        "enrolled person": house.comes,
        "face to relay": lambda: house.comes(5),
        "stranger": lambda: house.shows("stranger.jpg"),
        "photograph": photograph,
        "terminal killed": killed,
        "door killed": house.press,
    }


def walk(house: House, person: Installer, until_item: str = "") -> None:
    """Do what is asked and answer what is asked, from item to item; up to one."""
    acts = deeds(house)
    for item in ITEMS:
        if item.name == until_item:
            return
        if not item.ask and not item.confirm:
            continue
        if item.ask:
            person.reads(f"{item.name}: {item.ask}")
            person.reads("[Enter] begin")
            if item.name == "tamper contact":
                person.answers("s", "this case has no contact")
                continue
            acts[item.name]()
            person.answers("")
        if item.name == "relay":
            person.reads(item.confirm)
            person.answers("n", "the cable was loose")
            person.reads("[r]epeat")
            person.answers("r")
        if item.confirm:
            person.reads(item.confirm)
            person.answers("y")


def test_an_installer_walks_through_all_of_it_over_a_power_cut_and_the_page_says_what_is_not_proven(
    house: House,
) -> None:
    with Installer(house.folder) as person:
        walk(house, person, "power cycle")
        person.reads("power cycle: ")
        person.answers("")
        person.reads("cut the power now")
        lives = house.door.words.count("ready")
        house.power_cut()
        person.process.kill()
    until(lambda: house.door.words.count("ready") > lives)
    with Installer(house.folder) as person:
        person.reads("Press the exit button now")
        house.press()
        person.reads("did the lock stay closed")
        person.answers("y")
        assert person.ends() == 15, person.said
    page = person.page.read_text()
    assert len(page.splitlines()) <= LINES
    assert max(map(len, page.splitlines())) <= WIDTH
    print(page)  # noqa: T201 - shown with -s
    found = protocol(house)
    assert (found.result, found.failed, found.missing) == ("incomplete", (), ())
    assert found.skipped == ("tamper contact", "key holder")
    assert [one.result for one in found.outcomes if one.name == "relay"] == ["fail", "pass"]
    assert page.index("tamper contact") < page.index("PASSED")


def protocol(house: House) -> Protocol:
    found = kept(house.folder / "data/acceptance", places(house.folder / "data"))
    assert found is not None
    assert (house.folder / "data/acceptance" / FILE).exists()
    return found
