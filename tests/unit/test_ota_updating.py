"""From asking the repository to a set that runs in shadow: what is taken, what is refused, and what is written down."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app import fetching
from edge.app.fetching import Outcome
from edge.config.ota import OtaSettings
from edge.errors import OtaError
from edge.ota import proof
from edge.ota.active import FACTORY, NOBODY, Slot, confirmed, cut_over
from edge.ota.manifest import signable
from edge.ota.rollout import place
from tests.unit.ota_site import DEVICE
from tests.unit.ota_terminal import Terminal
from tests.unit.repository_simulator import NOW, SET, SETS, set_custom

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def test_a_new_set_is_fetched_proven_tried_installed_and_offered(terminal: Terminal) -> None:
    terminal.site.release("one", 7)
    taken = terminal.check()
    assert taken.status == "offered"
    found = terminal.slots.read()
    assert (found.candidate, found.serial, found.phase, found.running) == (taken.slot, 7, "shadow", FACTORY)
    folder = terminal.slots.folder_of(found.candidate)
    assert set(proof.proven(folder, terminal.site.root)) == {"detector", "landmarks", "embedder", "liveness"}
    assert terminal.gate.tried[0].minimum_firmware == "0.1.0"
    assert terminal.history() == ["update-offered"]
    assert terminal.journal == [f"{taken.slot}: serial 7, published as {SET}"]


def test_the_same_set_is_taken_once(terminal: Terminal) -> None:
    terminal.site.release()
    assert terminal.check().status == "offered"
    assert terminal.check().status == "nothing"
    assert len(terminal.gate.tried) == 1


def test_a_set_that_the_disk_destroyed_is_fetched_again(terminal: Terminal) -> None:
    terminal.site.release("one", 3)
    slot = Slot(terminal.check().slot)
    terminal.slots.change(cut_over, "update-applied")
    terminal.slots.change(confirmed, "update-confirmed")
    (terminal.slots.folder_of(slot) / "set.toml").write_bytes(b"")
    assert terminal.slots.read().running == FACTORY
    assert (terminal.check().status, terminal.slots.read().candidate) == ("offered", slot)
    assert terminal.check().status == "nothing"


def test_s8_what_fails_the_gate_is_refused_for_good_and_not_fetched_again(terminal: Terminal) -> None:
    terminal.site.release()
    terminal.gate.passes = False
    taken = terminal.check()
    assert (taken.status, taken.why) == ("refused", "its embeddings are all the same")
    assert terminal.slots.read().refused[0].slot == taken.slot
    assert terminal.slots.read().running == FACTORY
    assert not list((terminal.here.models / "sets").iterdir())
    terminal.sim.asked.clear()
    again = terminal.fetch()
    assert again.status == "refused"
    assert "publish it with a higher serial" in again.why
    assert not [path for path in terminal.sim.asked if path.startswith("targets/bundles")]


@pytest.mark.parametrize("name", ["embedder/model.tflite", "set.toml", "proof/targets.json", "liveness/manifest.toml"])
def test_s8_what_lies_ready_is_proven_anew_and_refused_when_a_byte_of_it_changed(terminal: Terminal, name: str) -> None:
    terminal.site.release()
    terminal.fetch()
    path = terminal.here.models / "fetch" / "ready" / name
    path.write_bytes(path.read_bytes() + b" ")
    assert terminal.take().status == "refused"
    assert terminal.gate.tried == []
    assert terminal.slots.read().candidate == NOBODY


def test_a_link_in_what_lies_ready_is_not_followed(terminal: Terminal) -> None:
    terminal.site.release()
    terminal.fetch()
    path = terminal.here.models / "fetch" / "ready" / "embedder" / "model.tflite"
    secret = terminal.here.data / "secret"
    path.rename(secret)
    path.symlink_to(secret)
    taken = terminal.take()
    assert taken.status == "refused"
    assert "model.tflite" in taken.why


def test_a_set_for_another_channel_that_lies_ready_is_refused(terminal: Terminal) -> None:
    terminal.site.release()
    terminal.fetch()
    taken = terminal.take(replace(DEVICE, channel="canary"))
    assert (taken.status, taken.why) == ("refused", f"{SET}: this set is not published for this device")


def test_a_set_that_a_rollout_has_not_brought_here_is_not_taken_whatever_the_network_s_half_says(
    terminal: Terminal,
) -> None:
    raw = terminal.site.release("one", 1)
    terminal.sim.add(SETS, SET, raw, signable(set_custom("one", 1, percent=50.0)))
    terminal.sim.publish()
    later = replace(DEVICE, id=f"{1:032x}")
    assert place(DEVICE.id, "x") < 50 <= place(later.id, "x")
    assert terminal.fetch().status == "ready"
    taken = terminal.take(later)
    assert (taken.status, "this one follows" in taken.why) == ("refused", True)
    assert terminal.slots.read().candidate == NOBODY


def test_whoever_only_says_that_a_set_lies_ready_changes_nothing(terminal: Terminal) -> None:
    terminal.fetch()
    said = Outcome(status="ready", why="trust me", slot="evil-0123456789ab", serial=9, ended=NOW.timestamp())
    (terminal.here.models / "fetch" / "outcome.json").write_bytes(msgspec.json.encode(said))
    assert terminal.take().status == "nothing"
    assert terminal.slots.read().candidate == NOBODY


def test_the_network_s_half_says_nothing_that_does_something_to_a_screen_or_holds_up_the_other(
    terminal: Terminal,
) -> None:
    terminal.fetch()
    file = terminal.here.models / "fetch" / "outcome.json"
    file.write_bytes(msgspec.json.encode(Outcome(status="refused", why="\x1b]0;all is well\x07" + "x" * 5000)))
    taken = terminal.take()
    assert taken.status == "refused"
    assert taken.why.isprintable()
    assert all(one.words.isprintable() for one in terminal.slots.history.entries())
    assert len(taken.why) <= 1000
    file.unlink()
    os.mkfifo(file)
    assert terminal.take().status == "failed"


def test_a_refusal_is_written_down_once_however_often_it_comes(terminal: Terminal) -> None:
    terminal.sim.signers["timestamp"] = terminal.sim.signers["snapshot"]
    terminal.site.release()
    for _ in range(3):
        assert terminal.check().status == "refused"
    assert terminal.history() == ["update-refused"]
    assert len(terminal.journal) == 1


def test_refusals_that_differ_in_numbers_alone_are_one_line_of_the_history(terminal: Terminal) -> None:
    file = terminal.here.models / "fetch" / "outcome.json"
    terminal.fetch()
    first, again, other = "expired 3 minutes ago, 512 bytes", "expired 62.5 minutes ago, 1024 bytes", "expired never"
    for why in [first, again, other, again, first]:
        file.write_bytes(msgspec.json.encode(Outcome(status="refused", why=why)))
        assert terminal.take().why == why
    assert [one.words for one in terminal.slots.history.entries()] == [first, other, again]
    assert terminal.journal == [first, other, again]


def test_a_line_that_is_down_is_told_and_nothing_else_happens(terminal: Terminal) -> None:
    terminal.sim.files = {}
    taken = terminal.check()
    assert taken.status == "failed"
    assert "could not be downloaded" in taken.why
    assert terminal.slots.read().refused == ()


def test_no_second_check_runs(terminal: Terminal) -> None:
    with (
        fetching.alone(terminal.here.models / "fetch"),
        pytest.raises(OtaError, match="a check is running already"),
    ):
        terminal.fetch()


def test_without_a_root_of_trust_nothing_is_believed_because_it_came_first(terminal: Terminal) -> None:
    terminal.site.release()
    terminal.here.ota_root.unlink()
    with pytest.raises(OtaError, match=r"root\.json.*none is believed because it came first"):
        terminal.fetch()
    assert terminal.sim.asked == []


def test_without_a_repository_nothing_is_asked(terminal: Terminal) -> None:
    assert terminal.fetch(OtaSettings()).status == "nothing"
    assert terminal.sim.asked == []


def test_plain_http_is_refused_unless_it_was_allowed(terminal: Terminal) -> None:
    outcome = terminal.fetch(OtaSettings(url="http://updates.example/terminal"))
    assert (outcome.status, terminal.sim.asked) == ("refused", [])
    assert "ota.plain_http" in outcome.why
    assert terminal.fetch(OtaSettings(url="ftp://updates.example/")).status == "refused"


def test_time_is_proven_by_a_synchronised_clock_and_metadata_that_are_valid_then(terminal: Terminal) -> None:
    times = terminal.here.models / "fetch" / "time.toml"
    terminal.synchronised = False
    terminal.fetch()
    assert not times.exists()
    terminal.synchronised = True
    terminal.site.wall += 3650 * 86_400
    assert terminal.fetch().status == "refused"
    assert not times.exists()
    terminal.site.wall = NOW.timestamp()
    terminal.fetch()
    assert "2026-12-01T12:00:00Z" in times.read_text()
    terminal.site.wall = 0.0
    assert terminal.fetch().status == "nothing"


def test_a_set_that_is_ready_no_more_is_nothing_to_take(terminal: Terminal) -> None:
    terminal.site.release()
    terminal.fetch()
    shutil.rmtree(terminal.here.models / "fetch" / "ready")
    assert terminal.take().why == "what was ready has been taken already"
