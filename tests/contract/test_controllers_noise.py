"""A controller on a noisy line: what is told arrives once and in order, and nothing is done that was not ordered."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import osdp
import pytest

from hw.base import Order, OsdpSettings
from hw.board import open_board
from hw.osdp.outbox import FRESH_S
from tests.panels import ADDRESS, KEY, Noise, Panel, Wire, until

if TYPE_CHECKING:
    from pathlib import Path

    from hw.base import Controller


@dataclass
class Tally:
    """What went over the line."""

    told: list[int]
    came: list[int]
    ordered: list[int]
    carried: list[int]
    seen: int
    spoilt: int
    channels: int

    @property
    def lost(self) -> int:
        return len(set(self.told) - set(self.came))

    @property
    def doubled(self) -> int:
        return len(self.came) - len(set(self.came))

    def __str__(self) -> str:
        return (
            f"{len(self.told)} credentials, {len(set(self.came))} arrived, {self.lost} lost, {self.doubled} twice; "
            f"{len(self.ordered)} orders, {len(self.carried)} carried out; {self.seen} bytes, {self.spoilt} spoilt; "
            f"{self.channels} secure channels"
        )


def tally(folder: Path, cards: int, rate: float, bursts: int) -> Tally:
    """Tell of so many credentials, and order an output after every fifth, through noise and bursts of garbage."""
    chance = random.Random(20_260_000 + cards)  # noqa: S311 - noise that can be made again
    key = folder / "osdp.key"
    key.write_text(KEY.hex(), "ascii")
    key.chmod(0o600)
    wire, noise = Wire(folder), Noise(chance, rate)
    settings = OsdpSettings(device=str(wire.device), address=ADDRESS, key_file=str(key), obey="outputs")
    controller = open_board("pc").open_controller(settings)
    orders: list[Order] = []
    controller.watch(orders.append)
    told, ordered = list(range(1, cards + 1)), list[int]()
    with Panel(wire, KEY, noise=noise) as panel:
        for number in told:
            assert until(lambda number=number: controller.report_card(number, 64), 60)  # type: ignore[misc] # bound at once
            if number % 5 == 0 and panel.secure:
                panel.order(osdp.Command.Output, output_no=0, control_code=5, timer_count=number // 5)
                ordered.append(number // 5)
            if number <= bursts:
                panel.inject(chance.randbytes(chance.randrange(1, 400)))
            until(lambda number=number: number in panel.cards, FRESH_S + 1)  # type: ignore[misc] # bound at once
        assert_well_again(controller, panel, noise)
        came, channels = panel.cards, panel.channels
    controller.close()
    wire.unplug()
    return Tally(told, came, ordered, [round(o.seconds * 10) for o in orders], noise.seen, noise.spoilt, channels)


def assert_well_again(controller: Controller, panel: Panel, noise: Noise) -> None:
    noise.rate = 0.0
    assert until(lambda: controller.fault == "" and panel.secure)


def holds(tally: Tally) -> None:
    assert tally.came == sorted(set(tally.came)), f"twice or out of order: {tally}"
    assert set(tally.came) <= set(tally.told)
    assert tally.carried == sorted(set(tally.carried)), f"twice or out of order: {tally}"
    assert set(tally.carried) <= set(tally.ordered), f"nobody ordered that: {tally}"


def test_on_a_quiet_line_every_credential_arrives_once_and_in_order(tmp_path: Path) -> None:
    quiet = tally(tmp_path, cards=20, rate=0.0, bursts=0)
    holds(quiet)
    assert quiet.came == quiet.told
    assert quiet.carried == quiet.ordered
    assert quiet.channels == 1


def test_garbage_between_commands_loses_nothing(tmp_path: Path) -> None:
    noisy = tally(tmp_path, cards=20, rate=0.0, bursts=20)
    holds(noisy)
    assert noisy.came == noisy.told


@pytest.mark.long
def test_noise_loses_little_and_tells_nothing_twice(tmp_path: Path) -> None:
    noisy = tally(tmp_path, cards=15, rate=0.01, bursts=0)
    assert noisy.spoilt > 0
    holds(noisy)
    assert noisy.lost <= 3, str(noisy)


@pytest.mark.long
@pytest.mark.parametrize("rate", [0.0, 0.001, 0.003])
def test_five_hundred_credentials(tmp_path: Path, rate: float, capsys: pytest.CaptureFixture[str]) -> None:
    noisy = tally(tmp_path, cards=500, rate=rate, bursts=0 if rate == 0.0 else 50)
    with capsys.disabled():
        print(f"\nnoise on {rate:.2%} of the bytes: {noisy}")  # noqa: T201 - figures to be read
    holds(noisy)
    assert noisy.lost <= len(noisy.told) * rate * 20, str(noisy)
