"""A claim code is typed at the door's keypad: passed on to root alone, tried, counted, and nowhere written down."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from edge import keys
from edge.access.state import DoorState, Session
from edge.app import asks
from edge.app.boot_state import SEALED, WRONG, state
from edge.app.claim_entry import FREE, entered, tries
from edge.app.claim_typing import Claims
from edge.app.first_boot import apply
from edge.app.in_force import in_force
from edge.app.keying import Keying
from edge.app.provisioning_sign import Provisioning
from edge.app.signs import Signs
from edge.config import Config
from edge.errors import ProvisionError
from edge.link.notices import Typed
from edge.provision import card, intents, opened, plan, seal, unseal
from edge.provision.claim_code import new_code
from hw.base import Board, KeypadSettings
from hw.fake import FakePrompt
from tests.provisioning import PASSPHRASE, device, document, signed
from tests.unit.door_site import no_camera

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.app.first_boot import Device

KEY, CODE, OTHER = keys.new_pair()[0], new_code(), new_code()
SEALED_FILE = seal(document(), CODE)


@pytest.fixture
def here(tmp_path: Path) -> Device:
    """A device whose card holds a sealed file."""
    here = device(tmp_path)
    (here.root / asks.FOLDER).mkdir(parents=True)
    (here.boot / card.NAME).write_bytes(signed(SEALED_FILE, KEY))
    return here


def type_in(here: Device, code: str) -> str:
    assert asks.ask(here.root, asks.CODE, code)
    return apply(here)


def log(here: Device) -> str:
    return (here.boot / card.LOG).read_text()


def test_the_right_code_makes_the_terminal_and_stands_nowhere(here: Device) -> None:
    assert apply(here) == SEALED
    assert type_in(here, CODE) == "done"
    assert PASSPHRASE in (here.root / plan.CONNECTION).read_text()
    files = [one for one in here.root.parent.rglob("*") if one.is_file() and not one.is_symlink()]
    assert [one for one in files if CODE.encode() in one.read_bytes()] == []


def test_a_wrong_code_is_visible_counted_and_changes_nothing(here: Device) -> None:
    assert type_in(here, OTHER) == WRONG
    assert state(here.root) == WRONG
    assert "WRONG CODE: a claim code was typed, the first wrong one" in log(here)
    assert type_in(here, "1234") == WRONG
    assert "the second wrong one: a claim code has 16 digits" in log(here)
    assert OTHER not in log(here)
    assert (tries(here.root).wrong, in_force(here.root)) == (2, None)
    assert type_in(here, CODE) == "done"
    assert tries(here.root).wrong == 0


def test_whoever_guesses_waits_longer_each_time(tmp_path: Path) -> None:
    def guess(now: float) -> float:
        with pytest.raises(ProvisionError, match="wrong one"):
            entered(tmp_path, SEALED_FILE, "1234", lambda: now)
        return max(tries(tmp_path).until - now, 0.0)

    now, waits = 0.0, list[float]()
    for _ in range(FREE + 8):
        waits.append(guess(now))
        now += waits[-1]
    assert waits == [0.0] * (FREE - 1) + [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0, 3600.0, 3600.0]
    with pytest.raises(ProvisionError, match="too many claim codes were wrong: wait 1 s"):
        entered(tmp_path, SEALED_FILE, CODE, lambda: now - 3600.0 + 3599.0)
    assert entered(tmp_path, SEALED_FILE, CODE, lambda: now) == unseal(SEALED_FILE, CODE)


def test_where_tries_cannot_be_counted_no_code_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("in the way")
    with pytest.raises(ProvisionError, match="no code is looked at"):
        entered(tmp_path, SEALED_FILE, CODE, lambda: 0.0)


def test_a_file_in_force_is_never_asked_for_its_code_again(here: Device) -> None:
    assert type_in(here, CODE) == "done"
    (here.boot / card.NAME).write_bytes(signed(SEALED_FILE, KEY))  # the card could not be emptied
    assert apply(here) == "done"
    assert not (here.boot / card.NAME).exists()
    assert "sealed" not in log(here)


def test_s7_a_power_cut_after_the_code_was_typed_asks_for_no_code(here: Device) -> None:
    file = opened((here.boot / card.NAME).read_bytes(), card.NAME, [])
    told = dataclasses.replace(file, document=unseal(file.document, CODE))
    intents.record(here.root, plan.planned(told, "", under_limits=False))
    assert apply(here) == "done"
    assert "sealed" not in log(here)
    assert PASSPHRASE in (here.root / plan.CONNECTION).read_text()


def test_a_code_that_nobody_waits_for_is_taken_away_and_tried_at_nothing(tmp_path: Path) -> None:
    here = device(tmp_path)
    (here.root / asks.FOLDER).mkdir(parents=True)
    assert type_in(here, CODE) == "waiting"
    assert not any((here.root / asks.FOLDER).iterdir())


class Line:
    """The line to the terminal: it keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[object] = []

    def wake(self) -> None: ...

    def send(self, _peer: object, message: object) -> None:
        self.sent.append(message)


class Pad:
    """A keypad without a thread."""

    fault = ""

    def watch(self, notify: Callable[[str, float], None]) -> None:
        self.notify = notify

    def close(self) -> None: ...


class Panel:
    """A keypad of a door in a folder, while provisioning is at a state."""

    def __init__(self, folder: Path, word: str) -> None:
        (folder / asks.FOLDER).mkdir(parents=True)
        (folder / "state").write_text(word)
        self.root, self.line, self.prompt = folder, Line(), FakePrompt()
        self.pad = Pad()
        seen = Provisioning(folder / "state")
        seen.progress(0.0)
        board = dataclasses.replace(
            Board("fake", False, no_camera, no_camera, no_camera, FakePrompt, lambda _: True),  # noqa: FBT003
            open_keypad=lambda _: self.pad,
        )
        config = dataclasses.replace(Config(), keypad=KeypadSettings(device="/dev/input/fake"))
        self.keying = Keying(config, board, self.line, Signs(self.prompt), Claims(seen, folder))  # type: ignore[arg-type]

    def type_in(self, keys_: str, at: float) -> str:
        for key in keys_:
            self.pad.notify(key, at)
        self.keying.turn(object(), DoorState(session=Session("a", live=True)), at)  # type: ignore[arg-type]
        return asks.take(self.root, asks.CODE)


@pytest.mark.parametrize("word", ["sealed", "wrong"])
def test_s6_a_claim_code_goes_to_root_and_never_to_the_terminal(tmp_path: Path, word: str) -> None:
    panel = Panel(tmp_path, word)
    assert panel.type_in(f"{CODE}#", 1.0) == CODE
    assert not [one for one in panel.line.sent if isinstance(one, Typed)]


def test_codes_are_passed_on_at_most_every_two_seconds(tmp_path: Path) -> None:
    panel = Panel(tmp_path, "sealed")
    assert [panel.type_in(f"{CODE}#", at) for at in (1.0, 2.9, 3.0)] == [CODE, "", CODE]


@pytest.mark.parametrize(
    ("word", "typed"), [("done", CODE), ("sealed", "1234"), ("waiting", CODE)], ids=["done", "short", "waiting"]
)
def test_what_is_no_claim_code_goes_where_it_went_before(tmp_path: Path, word: str, typed: str) -> None:
    panel = Panel(tmp_path, word)
    assert panel.type_in(f"{typed}#", 1.0) == ""
    assert [one.digits for one in panel.line.sent if isinstance(one, Typed)] == [typed]
