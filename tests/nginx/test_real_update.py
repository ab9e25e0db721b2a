"""The whole way with nothing but commands: a publisher's keys, a release, a real server, a check, the real gate."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.config import ModelSettings
from edge.ota import proof
from edge.ota.active import FACTORY
from edge.ota.manifest import ROLES
from edge.ota.slots import Slots
from edge.vision.bundle import find
from tests.e2e.commands import edge

if TYPE_CHECKING:
    from pathlib import Path

    from tests.nginx.server import Served

pytestmark = pytest.mark.long


def published(folder: Path) -> Path:
    """Make a repository with one set of the package's own models; returns its folder."""
    secret = folder / "password"
    secret.write_text("a publisher's secret\n")
    keys = ("--password-file", secret)
    for name in ("anna", "server"):
        assert edge("ota", "repo", "key", folder / f"{name}.pem", *keys).code == 0
    signing = ("--key", folder / "anna.pem", "--key", folder / "server.pem", *keys)
    anna, server, made = folder / "anna.pub", folder / "server.pub", folder / "repository"
    done = edge("ota", "repo", "init", made, "--root", anna, "--targets", anna, "--online", server, *signing)
    assert done.code == 0, done.err
    bundles = [shutil.copytree(find(getattr(ModelSettings(), role)), folder / "bundles" / role) for role in ROLES]
    done = edge("ota", "repo", "release", made, "2026-12a", *bundles, "--percent", "100", *signing)
    assert done.code == 0, done.err
    return made


def test_a_released_set_is_fetched_by_one_half_and_taken_by_the_other(tmp_path: Path, server: Served) -> None:
    made = published(tmp_path)
    shutil.rmtree(server.folder / "www")
    shutil.copytree(made, server.folder / "www")
    data, config = tmp_path / "data", tmp_path / "terminal.toml"
    (data / "ota").mkdir(parents=True)
    shutil.copyfile(made / "metadata" / "1.root.json", data / "ota" / "root.json")
    config.write_text(f'board = "fake"\n[ota]\nurl = "{server.url("http")}"\n')
    words = ("ota", "check", "--now", "--data", data, "--config", config, "--json")
    fetched = edge(*words, "--fetch-only")
    assert fetched.code == 0, fetched.err
    assert msgspec.json.decode(fetched.out)["status"] == "ready"
    assert Slots(data / "models").look().active.candidate == ""
    taken = edge(*words, "--take-only")
    assert taken.code == 0, taken.err
    slots = Slots(data / "models")
    active = slots.look().active
    assert (active.phase, active.running, active.serial) == ("shadow", FACTORY, 1)
    folder = slots.folder_of(active.candidate)
    assert set(proof.proven(folder, (data / "ota" / "root.json").read_bytes())) == set(ROLES)
    assert (folder / "gate.json").exists()
    assert msgspec.json.decode(edge(*words).out)["status"] == "nothing"
    (server.folder / "down").touch()
    config.write_text(config.read_text() + "patience_s = 1.0\n")
    failed = edge(*words)
    assert (failed.code, "could not be downloaded" in failed.fault) == (12, True)
    assert slots.look().active == active
