"""Sets and keys that are taken back: by those who signed for them, and never because somebody else says so."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app import roots
from edge.app.fetching import Outcome
from edge.ota.active import FACTORY, NOBODY, Slot, confirmed, cut_over
from edge.ota.manifest import signable
from tests.unit.ota_site import Site
from tests.unit.ota_terminal import Terminal
from tests.unit.repository_simulator import NOW, SET, SETS, set_custom

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.mark.parametrize("forgotten", [False, True], ids=["the network's half shows it", "it shows it no more"])
def test_s8_keys_that_were_taken_away_sign_nothing_that_is_taken(terminal: Terminal, *, forgotten: bool) -> None:
    """Whoever stole them, and has the half on the network, leaves out the root that took them away."""
    terminal.site.release("stolen", 5)
    terminal.fetch()
    fetched = terminal.here.models / "fetch"
    shutil.copytree(fetched / "ready", terminal.here.data / "stolen")
    terminal.sim.rotate("targets")
    terminal.sim.publish_root()
    terminal.site.release("next", 4)
    assert terminal.check().status == "offered"
    if forgotten:
        shutil.rmtree(fetched / "metadata")
    shutil.rmtree(fetched / "ready")
    shutil.copytree(terminal.here.data / "stolen", fetched / "ready")
    taken = terminal.take()
    assert taken.status == "refused"
    assert "targets.json: not signed by those who may" in taken.why
    assert len(terminal.gate.tried) == 1


def test_another_root_that_is_provisioned_begins_afresh(terminal: Terminal, tmp_path: Path) -> None:
    terminal.sim.rotate("targets")
    terminal.sim.publish_root()
    terminal.site.release()
    assert terminal.check().status == "offered"
    assert b'"version": 2' in roots.newest(terminal.here).replace(b'"version":2', b'"version": 2')
    other = Site(tmp_path / "other")
    terminal.here.ota_root.write_bytes(other.root)
    assert roots.newest(terminal.here) == other.root


def test_s8_a_root_that_nobody_signed_who_may_leads_nowhere(terminal: Terminal, tmp_path: Path) -> None:
    terminal.site.release()
    assert terminal.check().status == "offered"
    other = Site(tmp_path / "other")
    other.sim.rotate("root")
    other.sim.publish_root()
    history = terminal.here.models / "fetch" / "metadata" / "root_history"
    (history / "2.root.json").write_bytes(other.sim.files["metadata/2.root.json"])
    assert roots.newest(terminal.here) == terminal.site.root
    assert not list((terminal.here.models / "roots").rglob("*.json"))


def test_a_set_that_its_publisher_takes_back_is_left_in_shadow_and_when_it_decides(terminal: Terminal) -> None:
    terminal.site.release("one", 1)
    first = Slot(terminal.check().slot)
    terminal.slots.change(cut_over, "update-applied")
    terminal.slots.change(confirmed, "update-confirmed")
    terminal.site.release("two", 2)
    second = Slot(terminal.check().slot)
    _withdraw(terminal, "two", 2)
    taken = terminal.check()
    assert (taken.status, taken.slot) == ("back", second)
    assert terminal.slots.read().candidate == NOBODY
    assert terminal.slots.read().running == first
    _withdraw(terminal, "one", 3, "one", 1)
    assert terminal.check().slot == first
    assert terminal.slots.read().running == FACTORY


def test_a_withdrawal_that_nobody_signed_takes_nothing_back(terminal: Terminal) -> None:
    terminal.site.release()
    terminal.check()
    before = terminal.slots.read()
    said = Outcome(status="withdrawn", why="trust me", slot=before.candidate, ended=NOW.timestamp())
    (terminal.here.models / "fetch" / "outcome.json").write_bytes(msgspec.json.encode(said))
    assert terminal.take().status == "nothing"
    assert terminal.slots.read() == before


def test_a_withdrawal_of_an_earlier_release_that_is_shown_again_takes_nothing_back(terminal: Terminal) -> None:
    terminal.site.release("one", 1)
    slot = terminal.check().slot
    terminal.slots.change(cut_over, "update-applied")
    terminal.slots.change(confirmed, "update-confirmed")
    metadata = terminal.here.models / "fetch" / "metadata"
    _withdraw(terminal, "one", 1)
    assert terminal.fetch().status == "withdrawn"
    said = (metadata.parent / "outcome.json").read_bytes()
    shutil.copytree(metadata, terminal.here.data / "old")
    raw = terminal.sim.add_set("one", 1, terminal.site.bundles)
    terminal.sim.add(SETS, SET, raw, signable(set_custom("one", 5)))
    terminal.sim.publish()
    assert terminal.check().slot == slot
    before = terminal.slots.read()
    assert (before.running, before.serial) == (slot, 5)
    shutil.rmtree(metadata)
    shutil.copytree(terminal.here.data / "old", metadata)
    (metadata.parent / "outcome.json").write_bytes(said)
    taken = terminal.take()
    assert (taken.status, taken.why) == ("nothing", "set one has serial 1, and 5 was accepted here since")
    assert terminal.slots.read() == before


def _withdraw(terminal: Terminal, name: str, serial: int, file_name: str = "", file_serial: int = 0) -> None:
    """Publish a set's file again, its figures saying that it is taken back."""
    raw = terminal.sim.add_set(file_name or name, file_serial or serial, terminal.site.bundles)
    terminal.sim.add(SETS, SET, raw, signable(set_custom(name, serial, withdrawn=True)))
    terminal.sim.publish()
