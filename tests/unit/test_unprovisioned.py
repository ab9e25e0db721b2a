"""A door that runs by its wiring alone lets nobody in, by a rule of its own, and everybody out."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.access.deeds import Pulse, Record
from edge.access.happenings import Part, WireFailed
from edge.access.holding import held
from edge.access.memory import LockDown, Memory
from edge.access.state import DoorState, Hold
from edge.app.card_wiring import of_image
from edge.app.door import Door
from edge.app.door_policy import policy
from edge.app.door_process import ConfigurationFile, configured
from edge.app.places import places
from edge.app.reloading import Reloading
from edge.config import Config, RuleSettings, dump
from edge.config.rules import FreeAccess, Schedule
from edge.journal.log import read
from edge.link import asking
from edge.link.client import DoorClient
from edge.link.messages import Hello
from edge.values import Occasion, Order, OrderKind, Reason
from hw.board import open_board
from tests.unit.door_builders import REAL, TOY, Told, ready
from tests.unit.door_site import ANN, CONFIG, SOON_S, Site, granted, served

if TYPE_CHECKING:
    from pathlib import Path

    from edge.access.state import Policy

ALWAYS = RuleSettings(schedules=(Schedule(name="always"),), free_access=FreeAccess(schedules=("always",)))
NOBODYS = replace(REAL, provisioned=False)


def test_s3_an_unprovisioned_door_knows_nobody_whoever_is_identified() -> None:
    told = ready(NOBODYS)
    assert told.comes() is Reason.UNPROVISIONED
    assert told.pulses == []
    (record,) = [one for one in told.actions if isinstance(one, Record) and one.occasion is Occasion.REFUSED]
    assert record.reason is Reason.UNPROVISIONED


@pytest.mark.parametrize("kind", [OrderKind.UNLOCK, OrderKind.FREE_ACCESS])
def test_s3_nobody_orders_an_unprovisioned_door_to_open_and_it_is_written_down(kind: OrderKind) -> None:
    told = ready(NOBODYS)
    done = told.order(kind)
    assert (done.done, done.reason) == (False, Reason.UNPROVISIONED)
    told.later(5.0)
    assert told.pulses == []
    (record,) = [one for one in told.actions if isinstance(one, Record) and one.occasion is Occasion.ORDERED]
    assert record.reason is Reason.UNPROVISIONED
    assert "provision it" in record.words


@pytest.mark.parametrize("demands", [replace(NOBODYS, rules=ALWAYS), replace(TOY, rules=ALWAYS, provisioned=False)])
def test_s3_no_free_access_opens_an_unprovisioned_door(demands: Policy) -> None:
    told = ready(demands)
    told.later(3.0)
    assert told.pulses == []
    assert ready(replace(demands, provisioned=True)).unlocked(), "what opens a door that is provisioned"


def test_s10_an_unprovisioned_door_lets_people_out_by_the_button_and_by_the_fire_input() -> None:
    told = ready(NOBODYS)
    assert any(isinstance(one, Pulse) for one in told.press())
    told = ready(NOBODYS)
    told.wire(Part.FIRE, active=True)
    assert told.unlocked()
    assert told.state.hold is Hold.FIRE


def test_s10_a_faulty_button_and_a_cut_fire_wire_do_what_the_image_s_wiring_says() -> None:
    for part, demands, hold in (
        (Part.EXIT, replace(NOBODYS, exit_button=replace(REAL.exit_button, on_fault="open")), Hold.EXIT_FAULT),
        (Part.FIRE, NOBODYS, Hold.FIRE),
    ):
        told = ready(demands)
        told.tell(WireFailed(told.now, part, "cut"))
        assert held(told.state, told.now, demands) is hold


def test_a_lock_down_is_still_called_one() -> None:
    told = Told(NOBODYS, DoorState(memory=Memory(lock_down=LockDown("eve", "a drill")))).ready()
    assert told.comes() is Reason.LOCK_DOWN


def test_s3_wiring_makes_an_unprovisioned_policy_and_a_configuration_makes_none() -> None:
    board = open_board("pc")
    assert policy(Config(), board).provisioned
    assert not policy(of_image(Config()), board).provisioned


def test_s3_a_door_process_on_its_image_s_wiring_refuses_order_and_face_and_journals_why(tmp_path: Path) -> None:
    site, socket = Site(tmp_path / "journal.jsonl"), tmp_path / "door.sock"
    with served(Door(of_image(CONFIG), site.board(), site.journal, socket)) as door:
        order = Order(kind=OrderKind.UNLOCK, operator="eve", why="let me in")
        done = asking.order(socket, order, SOON_S)
        with closing(DoorClient(door.connect, Hello(live=True), timeout_s=SOON_S)) as client:
            answer = client.identify(ANN, granted())
        assert (done.reason, answer.reason) == (Reason.UNPROVISIONED, Reason.UNPROVISIONED)
        assert len(site.lock.history) == 1, "it was never told to unlock"
        site.button.press()
        assert site.lock.wait_for(unlocked=True, timeout_s=SOON_S)  # S10
    refused = [one for one in read(site.journal) if one.reason is Reason.UNPROVISIONED]
    assert {one.occasion for one in refused} == {Occasion.ORDERED, Occasion.REFUSED}


def test_s3_rules_that_are_read_again_do_not_make_a_door_somebody_s_while_it_runs(tmp_path: Path) -> None:
    here, file = places(tmp_path), tmp_path / "terminal.toml"
    here.wiring.write_text(dump(Config()))
    file.write_text("[lock]\nline = 17\n")
    source = ConfigurationFile(file, here)
    running, board = configured(file, here), open_board("pc")
    file.write_text(dump(Config()))
    changed, done = Reloading(running, board, source).again(running, "eve")
    assert changed is None
    assert (done.done, done.reason) == (False, Reason.UNPROVISIONED)
    assert "restart the door process" in done.words
