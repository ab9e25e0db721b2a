"""Which models run: those of the set that decides, proven; else the last good set's; the factory's in the end."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app.evidence import enrolled
from edge.app.eyes import load_models, space
from edge.app.model_set import candidates, chosen, running
from edge.app.model_start import begin
from edge.config import Config, parse
from edge.errors import ModelError, OtaError
from edge.journal.log import read
from edge.ota.active import FACTORY, Slot
from edge.ota.gate import GATE
from edge.values import Occasion
from edge.vision.bundle import UntrustedError, find
from tests import broken
from tests.gated import SHIPPED
from tests.unit.signed_sets import Terminal, terminal

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = Config()


@pytest.fixture
def site(tmp_path: Path) -> Terminal:
    return terminal(tmp_path)


def told(site: Terminal) -> list[str]:
    return [one.what for one in site.slots.history.entries()]


def journal(site: Terminal) -> list[tuple[Occasion, str]]:
    return [(one.occasion, one.sentence) for one in read(site.here.journal)] if site.here.journal.exists() else []


def test_the_factorys_models_run_where_no_set_was_installed(site: Terminal) -> None:
    found, models = begin(CONFIG, site.here)
    assert (found.slot, models.embedder.bundle.name) == (FACTORY, SHIPPED["embedder"])
    assert not site.here.models.exists()


def test_s8_an_installed_set_runs_once_it_is_proven_with_all_four_models(site: Terminal) -> None:
    slot = site.good("b", 1)
    found, models = begin(CONFIG, site.here)
    assert found.slot == slot
    assert {model.bundle.name.rpartition("-")[2] for model in models} == {"b"}
    assert {model.bundle.folder.parent for model in models} == {site.slots.folder_of(slot)}
    assert space(CONFIG, running(CONFIG, site.here)) == models.space(CONFIG)
    assert enrolled(CONFIG, site.here).people == 0


@pytest.mark.parametrize(
    "file",
    [
        "embedder/model.tflite",
        *(
            pytest.param(name, marks=pytest.mark.long)
            for name in ("liveness/manifest.toml", "set.toml", "proof/target")
        ),
    ],
)
def test_s8_one_changed_byte_and_the_set_before_it_decides_and_it_is_told(site: Terminal, file: str) -> None:
    first, second = site.good("b", 1), site.good("c", 2)
    path = site.slots.folder_of(second) / file
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    assert running(CONFIG, site.here).slot == first  # a command that only asks agrees
    found, models = begin(CONFIG, site.here)
    assert (found.slot, models.embedder.bundle.name) == (first, "mobilefacenet-dynamic-b")
    assert site.slots.read().running == first
    assert told(site)[-1] == "mended"
    assert journal(site)[-1][0] is Occasion.UPDATE_ROLLED_BACK
    assert second in journal(site)[-1][1]
    assert begin(CONFIG, site.here)[0].passed_over == {}  # and it lasts


@pytest.mark.long
def test_s8_a_bundle_of_another_signed_set_does_not_run_in_this_one(site: Terminal) -> None:
    first, second = site.good("b", 1), site.good("c", 2)
    target = site.slots.folder_of(second) / "embedder"
    shutil.rmtree(target)
    shutil.copytree(site.slots.folder_of(first) / "embedder", target)
    assert running(CONFIG, site.here).slot == first


def test_s8_what_was_proven_is_what_runs_also_when_it_is_exchanged_in_between(site: Terminal) -> None:
    slot = site.good("b", 1)
    found = chosen(CONFIG, site.here, slot)
    target = site.slots.folder_of(slot) / "embedder"
    shutil.rmtree(target)
    shutil.copytree(find(SHIPPED["embedder"]), target)
    with pytest.raises(UntrustedError, match="not the bundle that was signed for this set"):
        load_models(CONFIG, found)


def test_s8_without_the_root_of_trust_the_factory_decides_and_the_set_is_not_lost(site: Terminal) -> None:
    slot = site.good("b", 1)
    root = site.here.ota_root.read_bytes()
    site.here.ota_root.unlink()
    found, _ = begin(CONFIG, site.here)
    assert found.slot == FACTORY
    assert "nobody vouches for" in found.passed_over[slot]
    site.here.ota_root.write_bytes(root)
    assert begin(CONFIG, site.here)[0].slot == slot


@pytest.mark.long
def test_s8_a_set_that_another_root_signed_does_not_run(site: Terminal, tmp_path: Path) -> None:
    site.good("b", 1)
    site.here.ota_root.write_bytes(terminal(tmp_path / "other").site.root)
    assert begin(CONFIG, site.here)[0].slot == FACTORY


def test_s8_a_set_that_did_not_pass_the_gate_on_this_runtime_waits_until_it_does(site: Terminal) -> None:
    slot = site.good("b", 1)
    gate = site.slots.folder_of(slot) / GATE
    passed = gate.read_bytes()
    record = msgspec.json.decode(passed)
    gate.write_bytes(msgspec.json.encode({**record, "runtime": [record["runtime"][0], "0.0.1"]}))
    found, _ = begin(CONFIG, site.here)
    assert found.slot == FACTORY
    assert "did not pass the gate" in found.passed_over[slot]  # for it was tried again: it has no parity set
    gate.write_bytes(passed)
    assert begin(CONFIG, site.here)[0].slot == slot


def test_s8_a_signed_set_whose_embedder_has_collapsed_is_taken_back_and_refused(site: Terminal, tmp_path: Path) -> None:
    first = site.good("b", 1)
    zeroed = (broken.bundle(SHIPPED["embedder"], tmp_path / "zeroed", broken.zeroed) / "model.tflite").read_bytes()
    bad = site.tried("c", 2, zeroed)
    found, models = begin(CONFIG, site.here)
    assert (found.slot, models.embedder.bundle.name) == (first, "mobilefacenet-dynamic-b")
    now = site.slots.read()
    assert (now.running, now.phase, now.refused[-1].slot) == (first, "steady", bad)
    assert "the same whatever the picture" in now.refused[-1].why
    assert journal(site)[-1][0] is Occasion.UPDATE_ROLLED_BACK


def test_a_set_on_trial_is_started_so_often_and_then_taken_back(site: Terminal) -> None:
    config = parse("[ota]\nmax_starts = 2\n", "terminal.toml")
    first, tried = site.good("b", 1), site.tried("c", 2)
    for number in (1, 2):
        assert begin(config, site.here)[0].slot == tried
        assert site.slots.read().starts == number
    assert begin(config, site.here)[0].slot == first
    assert site.slots.read().refused[-1].slot == tried
    occasion, words = journal(site)[-1]
    assert occasion is Occasion.UPDATE_ROLLED_BACK
    assert "started 2 times" in words


def test_a_candidate_with_which_the_terminal_ends_again_and_again_is_given_up(site: Terminal) -> None:
    """Looking on is done in the terminal's process: a model that ends it there would keep everybody out."""
    config = parse("[ota]\nmax_starts = 2\n", "terminal.toml")
    first, candidate = site.good("b", 1), site.offered("c", 2)
    for number in (1, 2):
        assert begin(config, site.here)[0].slot == first
        assert (site.slots.read().candidate, site.slots.read().starts) == (candidate, number)
    assert begin(config, site.here)[0].slot == first
    after = site.slots.read()
    assert (after.phase, after.running, after.refused[-1].slot) == ("steady", first, candidate)
    occasion, words = journal(site)[-1]
    assert occasion is Occasion.UPDATE_REFUSED
    assert "the terminal ended 2 times" in words


@pytest.mark.long
def test_a_start_is_not_counted_on_a_disk_that_cannot_be_written_and_still_is_one(
    site: Terminal,
) -> None:
    tried = site.tried("b", 1)
    (site.here.models / ".lock").unlink()
    (site.here.models / ".lock").mkdir()
    assert begin(CONFIG, site.here)[0].slot == tried


def test_models_that_are_configured_by_hand_win_over_any_set(site: Terminal) -> None:
    site.good("b", 1)
    config = parse('[models]\nliveness = "nothing"\n', "terminal.toml")
    assert running(config, site.here).slot == FACTORY
    with pytest.raises(ModelError, match="nothing"):
        begin(config, site.here)


def test_a_set_that_is_not_installed_is_not_chosen(site: Terminal) -> None:
    with pytest.raises(OtaError, match="is not complete"):
        chosen(CONFIG, site.here, Slot("x-000000000000"))
    with pytest.raises(OtaError, match="the name of no installed set"):
        chosen(CONFIG, site.here, Slot("../x"))


@pytest.mark.long
def test_the_last_that_is_left_is_always_the_factorys(site: Terminal) -> None:
    first, tried = site.good("b", 1), site.tried("c", 2)
    order = [one.slot for one in candidates(CONFIG, site.here, site.slots.read())]
    assert order == [tried, first, FACTORY]
