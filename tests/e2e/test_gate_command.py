"""`edge ota gate` and `edge models parity-set`: what a publisher and a device see of a bundle or a set."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.cli.models import ParitySet
from edge.cli.ota.gate import Tried
from edge.ota import parity
from edge.vision.bundle import find, load
from tests import gated
from tests.zoo import ZOO

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed

EMBEDDER = "mobilefacenet-dynamic-1"


def tried(out: str) -> Tried:
    (one,) = msgspec.json.decode(out, type=list[Tried])
    return one


def test_a_bundle_that_was_never_published_is_refused_and_told_how_it_is(typed: Typed) -> None:
    done = typed("ota", "gate", find(EMBEDDER), "--json")
    assert done.code == 13
    assert f"`edge models parity-set {find(EMBEDDER)}` makes one" in done.err
    assert not tried(done.out).passed
    assert [check.name for check in tried(done.out).checks] == ["complete"]


def test_a_folder_that_is_neither_bundle_nor_set_is_told(typed: Typed, tmp_path: Path) -> None:
    done = typed("ota", "gate", tmp_path)
    assert done.code == 4
    assert "detector/manifest.toml: cannot be read" in done.err
    assert typed("ota", "gate", tmp_path / "nowhere").code == 2


def test_where_nothing_is_installed_nothing_has_to_be_tried(typed: Typed, tmp_path: Path) -> None:
    done = typed("ota", "gate", "--data", tmp_path)
    assert (done.code, done.out) == (0, "every installed set passed the gate with this runtime\n")
    assert typed("ota", "gate", "--data", tmp_path, "--json").out == "[]\n"


def test_s8_a_set_whose_proof_is_not_believed_is_not_run(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "set" / "proof").mkdir(parents=True)
    done = typed("ota", "gate", tmp_path / "set", "--data", tmp_path / "data")
    assert done.code == 13
    assert "put the root.json of the repository there" in done.err


def test_a_parity_set_is_made_for_a_bundle(typed: Typed, tmp_path: Path) -> None:
    folder = shutil.copytree(find(EMBEDDER), tmp_path / "bundle")
    done = typed("models", "parity-set", folder, "--json")
    made = msgspec.json.decode(done.out, type=ParitySet)
    assert (done.code, made.file, made.pictures) == (0, str(folder / parity.NAME), 16)
    assert len(parity.load(folder, load(folder).manifest).pictures) == 16
    done = typed("models", "parity-set", EMBEDDER, "--out", tmp_path / "no" / "x.npz")
    assert done.code == 4
    assert "choose another file with --out" in done.err


@pytest.mark.long
def test_a_publisher_sees_a_sound_bundle_and_a_sound_set_pass_and_nothing_is_written(
    typed: Typed, tmp_path: Path
) -> None:
    folder = gated.lay_set(tmp_path / "set")
    done = typed("ota", "gate", folder / "detector", "--json")
    assert (done.code, done.err) == (0, "")
    assert tried(done.out).passed
    done = typed("ota", "gate", folder)
    assert (done.code, done.err) == (0, "")
    assert "together" in done.out
    assert done.out.endswith("passed\n")
    assert not (folder / "gate.json").exists()


@pytest.mark.long
def test_s8_a_crash_of_the_runtime_is_one_line_and_an_exit_code(typed: Typed, tmp_path: Path) -> None:
    folder = gated.lay_bundle(tmp_path / "bundle", "embedder")
    next(bad for bad in ZOO if bad.name == "crashes the runtime").breaks(folder)
    done = typed("ota", "gate", folder)
    assert done.code == 13
    assert done.err == f"edge: {folder}: refused: embedder: the process that ran it ended by SIGSEGV\n"
