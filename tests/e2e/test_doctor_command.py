"""`edge doctor`, as typed."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app.doctor_door import Check
from edge.app.door import Door
from edge.app.places import places
from edge.config import load as load_config
from edge.journal.events import Event
from edge.journal.log import Journal
from edge.values import Occasion
from edge.vision.bundle import load
from edge.vision.factory import pins
from hw.board import open_board
from tests import broken
from tests.e2e.commands import Done, edge

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed

EVERYTHING = [
    "runtime",
    "models",
    "model: detector",
    "model: landmarks",
    "model: embedder",
    "model: liveness",
    "people",
    "keys",
    "threshold 1:N",
    "threshold 1:1",
    "threshold: track",
    "liveness",
    "limits",
    "journal",
    "camera",
    "lock",
    "exit button",
    "disk",
    "clock",
]


HELD = ("lock", "exit button")


def checks(done: Done) -> dict[str, Check]:
    return {check.name: check for check in msgspec.json.decode(done.out, type=list[Check])}


def test_a_new_terminal_without_a_camera_is_told_what_to_do(tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text('[camera]\nsource = "/dev/video-none"\n')
    done = edge("doctor", "--config", config, "--data", tmp_path / "data", "--json")
    assert (done.code, done.err) == (1, "")
    found = checks(done)
    assert list(found) == EVERYTHING
    assert {name for name, check in found.items() if check.state == "fault"} == {"camera"}
    assert "/dev/video-none" in found["camera"].found
    assert "the terminal is running" in found["camera"].mend
    assert (found["people"].state, found["people"].mend) == ("warning", "`edge enrol`")
    assert all(check.mend for check in found.values() if check.state != "ok")
    assert not (tmp_path / "data").exists()


def test_what_is_asked_of_a_face_is_said_and_what_is_weak_about_it(typed: Typed, tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"

    def look(text: str) -> Check:
        config.write_text(text)
        return checks(typed("doctor", "--board", "fake", "--config", config, "--data", tmp_path, "--json"))["liveness"]

    usual = look("")
    assert (usual.state, usual.mend) == ("ok", "")
    assert usual.found == (
        "motion: whose head moves as a solid one, who is suspicious is challenged, "
        "a challenge is 2 movements, one draw of 10"
    )
    weak = look('[liveness]\nmode = "passive"\n')
    assert weak.state == "warning"
    assert "a photograph that is held without turning it may pass" in weak.found
    assert weak.mend == 'liveness.mode = "motion"'


def test_a_journal_that_was_changed_is_named_with_its_line(typed: Typed, tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal.jsonl")) as journal:
        for number in range(3):
            journal.write(Event(occasion=Occasion.LOCKED, at=float(number), wall=1.8e9, sentence="closed"))
        assert journal.flush(10.0)
    found = checks(typed("doctor", "--data", tmp_path, "--json"))["journal"]
    assert (found.state, "it was never signed" in found.found) == ("warning", True)
    assert typed("journal", "sign", "--data", tmp_path).code == 0
    assert checks(typed("doctor", "--data", tmp_path, "--json"))["journal"].state == "ok"
    raw = (tmp_path / "journal.jsonl").read_bytes().split(b"\n")
    (tmp_path / "journal.jsonl").write_bytes(b"\n".join([raw[0], raw[1].replace(b"closed", b"opened"), *raw[2:]]))
    found = checks(typed("doctor", "--data", tmp_path, "--json"))["journal"]
    assert (found.state, "line 2" in found.found) == ("fault", True)


@pytest.mark.pictures
def test_a_desk_that_replays_is_fit_but_warned(data: Path, pictures: Path, typed: Typed, tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(f"[camera]\nsource = {json.dumps(str(pictures))}\n")
    done = typed("doctor", "--config", config, "--data", data, "--json")
    found = checks(done)
    assert done.code == 0
    assert (found["people"].state, found["people"].found) == ("ok", "1 enrolled")
    assert (found["camera"].state, "a replay" in found["camera"].found) == ("warning", True)


def test_s10_a_socket_that_a_dead_door_left_behind_is_a_fault(typed: Typed, tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text('board = "fake"\n[exit_button]\nline = "GPIO27"\non_fault = "open"\n')

    def look() -> dict[str, Check]:
        return checks(typed("doctor", "--config", config, "--data", tmp_path, "--json"))

    here, stop = places(tmp_path), threading.Event()
    with Door(load_config(config), open_board("fake"), here.journal, here.socket) as door:
        serving = threading.Thread(target=door.serve, args=(stop,))
        serving.start()
        found = look()
        assert {(found[name].state, "held by the door process" in found[name].found) for name in HELD} == {("ok", True)}
        assert found["door"].found.startswith("locked")
        stop.set()
        door.wake()
        serving.join()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
        dead.bind(str(here.socket))
    found = look()
    assert {found[name].state for name in HELD} == {"fault"}
    assert all("the door process does not answer" in found[name].found for name in HELD)


@pytest.mark.pictures
def test_a_damaged_store_and_model_are_faults_and_the_rest_is_looked_at(
    data: Path, typed: Typed, tmp_path: Path
) -> None:
    (data / "people.sqlite3").write_bytes(b"no database" * 1000)
    config = tmp_path / "terminal.toml"
    config.write_text(
        'board = "fake"\n[models]\nembedder = "nothing"\n[exit_button]\nline = "GPIO27"\non_fault = "open"\n'
    )
    found = checks(typed("doctor", "--config", config, "--data", data, "--json"))
    assert list(found) == EVERYTHING
    assert {name for name, check in found.items() if check.state == "fault"} == {
        "model: embedder",
        "people",
        "threshold 1:N",
        "threshold 1:1",
        "threshold: track",
    }
    assert (found["exit button"].state, found["exit button"].found) == ("ok", "GPIO27, not pressed")


def test_s8_a_model_that_has_collapsed_is_a_fault_though_it_is_pinned(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = broken.bundle("blazeface-dynamic-1", tmp_path / "zeroed", broken.zeroed)
    monkeypatch.setitem(pins(), load(folder).name, load(folder).manifest_sha256)
    config = tmp_path / "terminal.toml"
    config.write_text(f"[models]\ndetector = {json.dumps(str(folder))}\n")
    found = checks(typed("doctor", "--board", "fake", "--config", config, "--data", tmp_path, "--json"))
    assert (found["model: detector"].state, found["model: embedder"].state) == ("fault", "ok")
    assert "whatever the picture" in found["model: detector"].found


def test_a_real_lock_with_liveness_off_is_a_fault_of_the_camera(typed: Typed, tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text('board = "pi"\n[liveness]\nmode = "off"\n')
    done = typed("doctor", "--config", config, "--data", tmp_path / "data", "--json")
    assert done.code == 1
    assert "liveness.mode is off" in checks(done)["camera"].found


def test_people_read_the_whole_of_every_name_and_remedy(typed: Typed, tmp_path: Path) -> None:
    done = typed("doctor", "--board", "fake", "--data", tmp_path / "[bold]")
    assert "…" not in done.out
    whole = "".join(letter for letter in done.out if letter not in " │\n")
    assert "mobilefacenet-dynamic-1,pinnedandworking" in whole
    assert "[bold]/people.sqlite3" in "".join(
        line.split("│")[3].strip() for line in done.out.splitlines() if "│" in line
    )
