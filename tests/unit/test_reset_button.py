"""The reset button: held and let go it asks for a reset; stuck, faulty, short or in a closed housing it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.access.happenings import Part
from edge.access.reset_hold import FREE, Seen, look
from edge.access.state import DoorState, Wire
from edge.app import asks
from edge.app.reset_button import ResetButton
from edge.app.signs import Signs
from edge.config import Config, ResetSettings, TamperSettings, parse
from edge.errors import ConfigError
from hw.base import Board, HardwareError, InputSettings
from hw.fake import FakeInput, FakePrompt
from tests.unit.door_site import no_camera

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SETTINGS = ResetSettings(line="RESET", on_fault="alarm", debounce_s=0.0)
OPEN = DoorState().with_wire(Part.TAMPER, Wire(active=True))


class Button:
    """A door's reset button in a folder."""

    def __init__(self, folder: Path, config: Config, opens: Callable[[InputSettings], FakeInput] | None = None) -> None:
        (folder / asks.FOLDER).mkdir(parents=True, exist_ok=True)
        self.line, self.prompt, self.root = FakeInput(SETTINGS), FakePrompt(), folder
        board = Board("fake", False, no_camera, no_camera, opens or (lambda _: self.line), FakePrompt, lambda _: True)  # noqa: FBT003
        self.button = ResetButton(config, board, Signs(self.prompt), folder)

    def at(self, now: float, state: DoorState = DoorState(), *, pressed: bool | None = None) -> str:  # noqa: B008
        if pressed is not None:
            (self.line.press if pressed else self.line.release)()
            while self.line.read() is not pressed:
                pass
        return self.button.turn(state, now)

    @property
    def asked(self) -> str:
        return asks.take(self.root, asks.RESET)


@pytest.fixture
def button(tmp_path: Path) -> Button:
    return Button(tmp_path, replace(Config(), reset=SETTINGS))


def test_held_for_long_enough_and_let_go_it_asks_once(button: Button) -> None:
    button.at(0.0, pressed=True)
    button.at(10.0)
    assert button.asked == ""
    button.at(10.5, pressed=False)
    assert button.asked == "now"
    button.at(11.0)
    assert button.asked == ""


def test_held_too_short_it_asks_for_nothing(button: Button) -> None:
    button.at(0.0, pressed=True)
    button.at(9.9, pressed=False)
    assert button.asked == ""


def test_one_that_is_stuck_at_power_on_resets_at_no_time_and_is_an_alarm(button: Button) -> None:
    button.at(0.0, pressed=True)
    assert button.at(59.0) == ""
    assert button.at(60.0) == "is stuck: it resets nothing"
    assert button.at(4000.0) == "is stuck: it resets nothing"
    assert button.at(4001.0, pressed=False) == ""
    assert button.asked == ""


def test_with_a_tamper_contact_it_works_in_an_open_housing_alone(tmp_path: Path) -> None:
    tamper = TamperSettings(line="TAMPER", on_fault="alarm")
    button = Button(tmp_path, replace(Config(), reset=SETTINGS, tamper=tamper))
    button.at(0.0, pressed=True)
    button.at(12.0, pressed=False)
    assert button.asked == ""
    button.at(20.0, OPEN, pressed=True)
    button.at(25.0)  # closed for a moment
    button.at(32.0, OPEN, pressed=False)
    assert button.asked == ""
    button.at(40.0, OPEN, pressed=True)
    button.at(52.0, OPEN, pressed=False)
    assert button.asked == "now"


def test_one_that_cannot_be_opened_is_an_alarm_and_tried_again(tmp_path: Path) -> None:
    broken = [HardwareError("no such line")]

    def opens(_: InputSettings) -> FakeInput:
        if broken:
            raise broken.pop()
        return FakeInput(SETTINGS)

    button = Button(tmp_path, replace(Config(), reset=SETTINGS), opens)
    assert button.at(0.0) == "cannot be opened: no such line"
    assert button.at(4.0) == "cannot be opened: no such line"
    assert button.at(5.0) == ""


def test_where_its_faults_are_ignored_they_are_no_alarm(tmp_path: Path) -> None:
    button = Button(tmp_path, replace(Config(), reset=replace(SETTINGS, on_fault="ignore")))
    button.at(0.0, pressed=True)
    assert button.at(61.0) == ""


def test_a_reset_that_cannot_be_asked_for_is_said(tmp_path: Path) -> None:
    button = Button(tmp_path, replace(Config(), reset=SETTINGS))
    (tmp_path / asks.FOLDER).rmdir()
    button.at(0.0, pressed=True)
    assert "cannot ask" in button.at(12.0, pressed=False)


def test_none_is_watched_where_none_is_wired(tmp_path: Path) -> None:
    def opens(_: InputSettings) -> FakeInput:
        raise AssertionError("nothing is wired")

    assert Button(tmp_path, Config(), opens).at(0.0) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('line = "GPIO5"', "reset.on_fault: is missing"),
        ('line = "GPIO17"\non_fault = "alarm"', "reset.line: is lock.line already"),
        ("hold_s = 20.0\nstuck_s = 20.0", "reset.stuck_s: must be more"),
        ('line = "GPIO5"\non_fault = "open"', "reset.on_fault"),
    ],
)
def test_a_button_that_is_wired_wrongly_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"[reset]\n{text}\n", "terminal.toml")
    assert said in str(caught.value)


@given(st.lists(st.tuples(st.floats(0.01, 30.0), st.booleans(), st.booleans()), max_size=40))
def test_s3_whatever_a_wire_does_only_one_hold_without_any_doubt_is_meant(
    looks: list[tuple[float, bool, bool]],
) -> None:
    holding, now, since, clean = FREE, 0.0, None, True
    for passed, pressed, doubtful in looks:
        now += passed
        holding, seen = look(holding, now, SETTINGS, pressed=pressed, doubtful=doubtful)
        if pressed and since is None:
            since, clean = now, not doubtful
        clean = clean and not doubtful
        if seen is Seen.MEANT:
            assert since is not None
            assert not pressed
            assert clean
            assert 10.0 <= now - since < 60.0
        if not pressed:
            since, clean = None, True
