"""`edge models` tells a person and a machine what is here, and whether it is sound."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest
from click.testing import CliRunner, Result

from edge.cli.models import ModelDetails, ModelReport, group
from edge.errors import ModelError
from edge.vision.bundle import find, load
from edge.vision.factory import pins
from tests import broken

if TYPE_CHECKING:
    from pathlib import Path

EMBEDDER = "mobilefacenet-dynamic-1"


def run(*words: str) -> Result:
    return CliRunner().invoke(group, words)


def reports(result: Result) -> dict[str, ModelReport]:
    return {report.name: report for report in msgspec.json.decode(result.stdout, type=list[ModelReport])}


def test_list_names_every_shipped_bundle_with_its_role() -> None:
    listed = reports(run("list", "--json"))
    shipped = {name for name in pins() if "-dynamic-" in name}
    assert shipped <= listed.keys()
    assert listed[EMBEDDER].role == "embedder"
    assert listed[EMBEDDER].pinned
    assert listed[EMBEDDER].faults == []


def test_list_is_readable_without_json() -> None:
    result = run("list")
    assert result.exit_code == 0
    assert EMBEDDER in result.stdout


def test_show_gives_the_manifest_to_people_and_machines() -> None:
    assert 'role = "embedder"' in run("show", EMBEDDER).stdout
    details = msgspec.json.decode(run("show", EMBEDDER, "--json").stdout, type=ModelDetails)
    assert details.manifest == load(find(EMBEDDER)).manifest
    assert details.pinned


def test_show_of_an_unknown_name_is_a_model_error() -> None:
    assert isinstance(run("show", "no-such-model").exception, ModelError)


def test_every_shipped_bundle_verifies() -> None:
    shipped = [name for name in pins() if "-dynamic-" in name]
    result = run("verify", "--json", *shipped)
    assert {name: report.faults for name, report in reports(result).items()} == {name: [] for name in shipped}
    assert result.exit_code == 0


@pytest.mark.parametrize("file", ["model.tflite", "manifest.toml"])
def test_verify_refuses_a_flipped_byte(tmp_path: Path, file: str) -> None:
    copy = tmp_path / EMBEDDER
    shutil.copytree(find(EMBEDDER), copy)
    content = bytearray((copy / file).read_bytes())
    content[content.index(b"clearance") if file == "manifest.toml" else 1000] ^= 1
    (copy / file).write_bytes(content)
    result = run("verify", str(copy), "--json")
    assert result.exit_code == ModelError.exit_code
    (report,) = reports(result).values()
    assert report.faults
    assert not report.pinned


def test_verify_runs_the_model_and_tells_a_broken_one(tmp_path: Path) -> None:
    """Hashes that agree do not make a model of bytes that are none."""
    nonsense = b"TFL3 but not a model"
    copy = tmp_path / "nonsense-1"
    shutil.copytree(find(EMBEDDER), copy)
    manifest = load(find(EMBEDDER)).manifest
    text = (copy / "manifest.toml").read_text(encoding="utf-8")
    digest = hashlib.sha256(nonsense).hexdigest()
    text = text.replace(manifest.sha256, digest).replace(f"bytes = {manifest.bytes}", f"bytes = {len(nonsense)}")
    (copy / "manifest.toml").write_text(text.replace('"mobilefacenet-dynamic"', '"nonsense"'), encoding="utf-8")
    (copy / "model.tflite").write_bytes(nonsense)
    result = run("verify", str(copy))
    assert result.exit_code == ModelError.exit_code
    assert "cannot load it" in result.stdout


def test_s8_verify_tells_a_model_that_has_collapsed(tmp_path: Path) -> None:
    result = run("verify", str(broken.bundle(EMBEDDER, tmp_path / "zeroed-1", broken.zeroed)), "--json")
    (report,) = reports(result).values()
    assert (result.exit_code, len(report.faults)) == (ModelError.exit_code, 1)
    assert "the same whatever the picture" in report.faults[0]
