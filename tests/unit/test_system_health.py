"""Whether the system in a slot may stay: what is done by the rule with a real door, journal and boot-slots."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from edge.app.applying import apply
from edge.app.door import Door
from edge.app.health import HealthKeeper
from edge.app.machine import Machine, held_back
from edge.app.places import Places, places
from edge.app.sets import unmigrated
from edge.cli.system import group
from edge.config import Config
from edge.errors import OtaError
from edge.journal.events import Event
from edge.journal.log import read, record
from edge.ota.system import DEADLINE_S
from edge.people import schema
from edge.values import Occasion, Reason
from image.build import boot_area
from tests.unit.door_site import CONFIG, Site, served

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCRIPT = Path(__file__).parents[2] / "image/initrd/boot-slots"
BEGAN = 1.8e9


@dataclass
class Wall:
    """A machine with two slots: its boot-slots is the real one, its card a file, and systemd what the story says."""

    folder: Path
    active: str = "active"
    begun_s: float = 30.0
    pinged_s: float = 199.0
    now: float = 200.0
    wall: float = BEGAN
    restarts: int = 0
    cmdline: tuple[str, ...] = ("quiet",)

    def __post_init__(self) -> None:
        self.card = self.folder / "card"
        self.card.write_bytes(bytes(4 << 20))
        for slot, version in (("a", "1.0"), ("b", "2.0")):
            lines = boot_area.facts("ab" * 32, "cd" * 32, 8192, version)
            self.slots("write-facts", slot, said="".join(f"{key}={value}\n" for key, value in lines.items()))
        self.told = self.folder / "told"
        self.told.mkdir()

    def slots(self, *words: str, said: str = "") -> str:
        environment = {"DOOR_DISK": str(self.card), "DOOR_SCRATCH": str(self.folder), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            ["sh", str(SCRIPT), *words], env=environment, input=said, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise OtaError(done.stderr)
        return done.stdout

    def installs(self, slot: str) -> None:
        """RAUC writes a slot."""
        self.slots("set-state", slot, "bad")
        self.slots("set-primary", slot)

    def starts(self) -> str:
        """The machine starts: what the first program of the boot does."""
        slot = self.slots("next").strip()
        for name in ("unconfirmed", "installing", "settled"):
            (self.told / name).unlink(missing_ok=True)
        (self.told / "slot").write_text(f"{slot}\n")
        if f"{slot}_good=0" in self.slots("show"):
            (self.told / "unconfirmed").touch()
        return slot

    def run(self, words: Sequence[str]) -> str:
        if words[0].endswith("boot-slots"):
            return self.slots(*words[1:])
        if words[-1] == "reboot":
            self.restarts += 1
            return ""
        return (
            f"ActiveState={self.active}\nActiveEnterTimestampMonotonic={int(self.begun_s * 1e6)}\n"
            f"WatchdogTimestampMonotonic={int(self.pinged_s * 1e6)}\n"
        )

    def machine(self) -> Machine:
        return Machine(self.told, self.run, lambda: self.now, "6.1", lambda: self.cmdline)


@pytest.fixture
def wall(tmp_path: Path) -> Wall:
    (tmp_path / "wall").mkdir()
    return Wall(tmp_path / "wall")


@pytest.fixture
def here(tmp_path: Path) -> Places:
    return places(tmp_path / "data")


@pytest.fixture
def door(here: Places) -> Iterator[Door]:
    here.data.mkdir(exist_ok=True)
    for n in range(60):
        record(here.journal, Event(occasion=Occasion.GRANTED, at=0.0, wall=BEGAN + 60 * n, reason=Reason.GRANTED))
    with served(Door(CONFIG, Site(here.journal).board(), here.journal, here.socket)) as running:
        yield running


def keeper(here: Places, wall: Wall) -> HealthKeeper:
    return HealthKeeper(Config(), here, wall.machine(), lambda: wall.wall)


def told(here: Places) -> list[tuple[Occasion, str]]:
    updates = {Occasion.UPDATE_APPLIED, Occasion.UPDATE_CONFIRMED, Occasion.UPDATE_ROLLED_BACK}
    return [(event.occasion, event.sentence) for event in read(here.journal) if event.occasion in updates]


def test_a_new_system_is_on_trial_until_people_were_let_in_for_a_day(here: Places, wall: Wall, door: Door) -> None:
    wall.starts()
    wall.installs("b")
    assert wall.starts() == "b"
    assert keeper(here, wall).look() == "slot b is on trial, and waits for: 0.0 of 24 hours"
    assert wall.slots("show").count("b_left=3") == 1, "it lives: its starts are not counted against it"
    assert held_back(wall.told) == "the system is not confirmed yet: `edge system status`"
    wall.wall += 86_400
    assert keeper(here, wall).look() == "slot b is confirmed now"
    assert held_back(wall.told) == ""
    found = keeper(here, wall).status()
    assert (found.slot, found.version, found.confirmed, found.missing) == ("b", "2.0", True, ())
    assert told(here) == [
        (Occasion.UPDATE_APPLIED, "system 2.0 in slot b: on trial"),
        (Occasion.UPDATE_CONFIRMED, "system 2.0 in slot b: use has shown that it works"),
    ]
    assert door is not None


def test_s3_a_system_whose_camera_shows_nothing_goes_back(here: Places, wall: Wall, door: Door) -> None:
    wall.installs("b")
    wall.starts()
    wall.pinged_s, wall.now = 100.0, 200.0
    assert "the terminal deals with no frames: the last one 100 s ago" in keeper(here, wall).look()
    assert wall.restarts == 0
    wall.now = DEADLINE_S + 100
    assert keeper(here, wall).look().startswith("slot b is taken back: 17 minutes after power-on")
    assert wall.restarts == 1
    assert wall.starts() == "a"
    assert "slot a is confirmed" in keeper(here, wall).look()
    assert [occasion for occasion, _ in told(here)] == [Occasion.UPDATE_APPLIED, Occasion.UPDATE_ROLLED_BACK]
    assert door is not None


def test_s3_a_system_that_cannot_even_start_goes_back_and_the_journal_says_so_once(
    here: Places, wall: Wall, door: Door
) -> None:
    wall.installs("b")
    assert [wall.starts() for _ in range(4)] == ["b", "b", "b", "a"]
    keeper(here, wall).look()
    keeper(here, wall).look()
    words = "system 2.0 in slot b: it was started too often without being confirmed; slot a runs"
    assert told(here) == [(Occasion.UPDATE_ROLLED_BACK, words)]
    assert wall.starts() == "a"
    assert door is not None


def test_a_confirmed_system_never_goes_back_for_a_camera_that_broke(here: Places, wall: Wall, door: Door) -> None:
    wall.starts()
    wall.active, wall.now = "failed", DEADLINE_S * 10
    assert "slot a is confirmed; the terminal deals with no frames" in keeper(here, wall).look()
    assert (wall.restarts, told(here)) == (0, [])
    assert not (wall.told / "settled").exists()
    wall.active, wall.pinged_s = "active", wall.now
    assert keeper(here, wall).look() == "slot a is confirmed"
    assert (wall.told / "settled").exists(), "the timer's command has nothing left to look at"
    assert door is not None


def test_without_a_door_nothing_is_confirmed(here: Places, wall: Wall) -> None:
    here.data.mkdir()
    wall.installs("b")
    wall.starts()
    assert "the door does not answer" in keeper(here, wall).look()


def test_never_two_changes_at_once(here: Places, wall: Wall, door: Door) -> None:
    wall.starts()
    facts = f"roothash=ab\nstore={schema.VERSION}\nrelease=6.1\n"
    keeper(here, wall).admit(facts)
    assert held_back(wall.told) == "another system is installed, and waits for a restart"
    wall.installs("b")
    wall.starts()
    with pytest.raises(OtaError, match="slot b is not confirmed itself: never two changes at once"):
        keeper(here, wall).admit(facts)
    assert door is not None


def test_no_other_set_of_models_decides_while_a_system_is_on_trial(here: Places, wall: Wall) -> None:
    wall.installs("b")
    wall.starts()
    held = partial(held_back, wall.told)
    with pytest.raises(OtaError, match="no other set may decide now: the system is not confirmed yet"):
        apply(Config(), here, "ann", held=held)
    untouched: Any = None
    assert unmigrated(Config(), untouched, untouched, untouched, held).startswith("the system is not confirmed yet")


@pytest.mark.parametrize(("facts", "why"), [(f"store={schema.VERSION + 1}", "reads none after"), ("", "does not say")])
def test_a_system_that_the_one_here_could_not_go_back_from_is_refused(
    here: Places, wall: Wall, facts: str, why: str
) -> None:
    wall.starts()
    with pytest.raises(OtaError, match=why):
        keeper(here, wall).admit(facts)
    assert not held_back(wall.told)


def test_an_operator_goes_back_only_to_what_can_be_started(here: Places, wall: Wall, door: Door) -> None:
    wall.starts()
    wall.slots("failed", "b", "broken")
    with pytest.raises(OtaError, match=r"slot b cannot be started \(broken\)"):
        keeper(here, wall).mark_bad("ann", "just so", restart=True)
    wall.slots("set-state", "b", "good")
    keeper(here, wall).mark_bad("ann", "too slow", restart=False)
    assert wall.starts() == "b"
    assert told(here) == [(Occasion.UPDATE_ROLLED_BACK, "system 1.0 in slot a: too slow")]
    assert (wall.restarts, door is not None) == (0, True)


def test_an_installation_that_never_ended_holds_nothing_back_for_ever(here: Places, wall: Wall, door: Door) -> None:
    wall.starts()
    (wall.told / "settled").touch()
    keeper(here, wall).admit(f"store={schema.VERSION}\nrelease=6.1\n")
    assert not (wall.told / "settled").exists()
    keeper(here, wall).look()
    assert held_back(wall.told)
    os.utime(wall.told / "installing", (BEGAN, BEGAN))
    keeper(here, wall).look()
    assert (held_back(wall.told), door is not None) == ("", True)


def test_another_kernel_is_installed_only_where_the_loader_follows_the_slots(here: Places, wall: Wall) -> None:
    wall.starts()
    facts = f"store={schema.VERSION}\nrelease=6.12\n"
    with pytest.raises(OtaError, match=r"modules for the kernel 6\.12, and this machine's loader starts 6\.1 "):
        keeper(here, wall).admit(facts)
    wall.cmdline = ("quiet", "door.slot=a")
    keeper(here, wall).admit(facts)
    assert held_back(wall.told)


def test_the_timers_command_loads_no_vision() -> None:
    words = "import sys, edge.cli.system; print(sorted({'cv2', 'numpy', 'tuf', 'ai_edge_litert'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_machine_without_slots_says_so(tmp_path: Path) -> None:
    done = CliRunner().invoke(group, ["status", "--data", str(tmp_path)])
    assert isinstance(done.exception, OtaError)
    assert "not started from a system slot" in str(done.exception)
