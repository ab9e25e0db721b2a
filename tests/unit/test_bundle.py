"""A bundle is refused, in one clear sentence, for whatever is wrong with it (S8)."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.errors import ModelError
from edge.values import Space
from edge.vision import manifest as papers
from edge.vision.bundle import BundleError, UntrustedError, find, load, models_folder
from edge.vision.factory import load_trusted, pins

if TYPE_CHECKING:
    from pathlib import Path

MODEL = b"the bytes of a model" * 50
MANIFEST = f"""
schema = 1
name = "tiny"
version = "1"
role = "embedder"
precision = "float32"
file = "model.tflite"
sha256 = "{hashlib.sha256(MODEL).hexdigest()}"
bytes = {len(MODEL)}

[input]
shape = [1, 112, 112, 3]
colour = "BGR"
mean = 127.0
scale = 0.0078125

[[output]]
name = "embedding"
shape = [1, 512]
meaning = "a vector"

[space]
id = "tiny-space"
preprocessing = "aligned-1"

[source]
registry = "npm"
package = "somewhere"
version = "0.0.1"
archive_sha256 = "{"a" * 64}"
member = "model.onnx"
sha256 = "{"b" * 64}"
licence = "MIT"
licence_note = "as stated"

[quantisation]
method = "none"
recipe = "none"
calibration = "none"

[delegate]
name = "XNNPACK"
partitions = 1

[[threshold]]
fmr = 0.001
threshold = 0.335
false_matches = 1300
comparisons = 1300000
lower = 0.0009
upper = 0.0011
data = "a set"

[[threshold]]
fmr = 0.0001
threshold = 0.41
false_matches = 130
comparisons = 1300000
lower = 0.00008
upper = 0.00012
data = "a set"

[[accuracy]]
fmr = 0.001
true_accepts = 922
genuine = 933
lower = 0.979
upper = 0.9941
data = "a set"
command = "edge eval calibrate tiny-1"

[accuracy.against]
bundle = "tiny-float-1"
sha256 = "{"c" * 64}"
pictures = 1623
difference = -0.0032
difference_lower = -0.0087
difference_upper = 0.0011
draws = 1000
"""


def a_bundle(folder: Path, manifest: str = MANIFEST, model: bytes = MODEL) -> Path:
    place = folder / "tiny-1"
    place.mkdir(exist_ok=True)
    (place / "manifest.toml").write_text(manifest, encoding="utf-8")
    (place / "model.tflite").write_bytes(model)
    return place


def changed(old: str, new: str) -> str:
    assert MANIFEST.count(old) >= 1
    return MANIFEST.replace(old, new, 1)


def test_a_sound_bundle_is_read_with_the_bytes_that_were_hashed(tmp_path: Path) -> None:
    bundle = load(a_bundle(tmp_path), "embedder")
    assert bundle.model == MODEL
    assert bundle.name == "tiny-1"
    assert bundle.space == Space("tiny-space", hashlib.sha256(MODEL).hexdigest(), "aligned-1")
    assert bundle.manifest_sha256 == hashlib.sha256(MANIFEST.encode()).hexdigest()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('role = "embedder"\n', "", "key `role` is missing"),
        ("[delegate]\nname", "[delegat]\nname", "key `delegat` is not known"),
        ("mean = 127.0\n", "", "key `input`: Object missing required field `mean`"),
        ("mean = 127.0\n", "mean = 127.0\nmood = 1\n", "key `input`: Object contains unknown field `mood`"),
        ("schema = 1", "schema = 2", "key `schema`: Invalid enum value 2"),
        ('role = "embedder"', 'role = "judge"', "key `role`: Invalid enum value 'judge'"),
        ("[1, 112, 112, 3]", "[1, 112, 3]", "key `input`: Expected `array` of length >= 4"),
        ("[1, 112, 112, 3]", "[1, 3, 112, 112]", "is not [1, height, width, 3]"),
        ("[1, 112, 112, 3]", "[1, 112, 112, -3]", "key `input`: Expected `int` >= 1"),
        ("mean = 127.0", 'mean = "127"', "key `input`: Expected `float`, got `str`"),
        ("mean = 127.0", "mean = nan", "key `input`: mean and scale must be finite"),
        ("scale = 0.0078125", "scale = 0.0", "scale above zero"),
        ('file = "model.tflite"', 'file = "../model.tflite"', "key `file`"),
        (f"bytes = {len(MODEL)}", "bytes = 0", "key `bytes`"),
        ("shape = [1, 512]", "shape = [512]", "key `output`: an embedder has one"),
        ('[space]\nid = "tiny-space"\npreprocessing = "aligned-1"\n', "", "key `space`: an embedder has one"),
        ("threshold = 0.41\n", "threshold = 0.3\n", "must have a higher threshold"),
        ("lower = 0.0009", "lower = 0.9", "lower end is above its upper"),
        ('role = "embedder"', 'role = "detector"', "key `accuracy`: only an embedder accepts pairs"),
        ("true_accepts = 922", "true_accepts = 934", "key `accuracy`: more pairs are accepted than were compared"),
        ("genuine = 933", "genuine = 0", "key `accuracy`: Expected `int` >= 1"),
        ("lower = 0.979", "lower = 0.995", "key `accuracy`: an interval's lower end"),
        ("difference_lower = -0.0087", "difference_lower = 0.0087", "key `accuracy`: an interval's lower end"),
        ("difference = -0.0032", "difference = -1.1", "key `accuracy`: Expected `float` >= -1.0"),
        ("draws = 1000\n", "", "key `accuracy`: Object missing required field `draws`"),
        ("schema = 1", "schema = = 1", "not a TOML file"),
    ],
)
def test_a_wrong_manifest_is_named_by_its_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(BundleError) as caught:
        load(a_bundle(tmp_path, changed(old, new)))
    assert said in str(caught.value)
    assert "manifest.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_faults_of_a_manifest_are_told_at_once(tmp_path: Path) -> None:
    manifest = changed('version = "1"\n', "").replace("partitions = 1", "partitions = 0").replace("BGR", "GBR")
    with pytest.raises(BundleError) as caught:
        load(a_bundle(tmp_path, manifest))
    for key in ("`version`", "`delegate`", "`input`"):
        assert key in str(caught.value)


def test_another_role_than_the_one_needed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="role is embedder, and detector is needed"):
        load(a_bundle(tmp_path), "detector")


@pytest.mark.parametrize("model", [MODEL[:-1], b"", MODEL + b"!"])
def test_a_truncated_or_longer_model_is_refused(tmp_path: Path, model: bytes) -> None:
    with pytest.raises(BundleError, match="the manifest says 1000"):
        load(a_bundle(tmp_path, model=model))


def test_a_model_of_the_same_length_but_other_bytes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="sha256"):
        load(a_bundle(tmp_path, model=MODEL[:500] + b"?" + MODEL[501:]))


@pytest.mark.parametrize("missing", ["manifest.toml", "model.tflite"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    place = a_bundle(tmp_path)
    (place / missing).unlink()
    with pytest.raises(BundleError, match=missing):
        load(place)


def test_a_folder_in_the_manifests_place_is_named(tmp_path: Path) -> None:
    place = a_bundle(tmp_path)
    (place / "manifest.toml").unlink()
    (place / "manifest.toml").mkdir()
    with pytest.raises(BundleError, match="cannot be read"):
        load(place)


def test_a_manifest_that_does_not_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="longer than"):
        load(a_bundle(tmp_path, MANIFEST + "#" * 1_000_000))


def test_only_an_embedder_has_a_space() -> None:
    with pytest.raises(BundleError, match="no embedding space"):
        _ = load(find("blazeface-dynamic-1")).space


def test_a_sound_bundle_that_nobody_pinned_is_not_trusted(tmp_path: Path) -> None:
    with pytest.raises(UntrustedError, match="not one of the models pinned"):
        load_trusted(a_bundle(tmp_path))


def test_a_pinned_name_does_not_make_other_bytes_trusted(tmp_path: Path) -> None:
    named = changed('name = "tiny"', 'name = "mobilefacenet-dynamic"')
    assert "mobilefacenet-dynamic-1" in pins()
    with pytest.raises(UntrustedError):
        load_trusted(a_bundle(tmp_path, named))


@pytest.mark.parametrize("name", [name for name in pins() if "-dynamic-" in name])
def test_the_bundles_of_this_release_are_trusted(name: str) -> None:
    assert load_trusted(find(name)).name == name


def test_four_bundles_are_shipped_one_of_each_role() -> None:
    shipped = [load_trusted(find(name)) for name in pins() if "-dynamic-" in name]
    roles = sorted(bundle.manifest.role for bundle in shipped)
    assert roles == ["detector", "embedder", "landmarks", "liveness"]
    assert {bundle.manifest.delegate.partitions for bundle in shipped} == {1}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.floats(0, 1, exclude_max=True),
    bit=st.integers(0, 7),
    what=st.sampled_from(["model.tflite", "manifest.toml"]),
)
def test_a_flipped_bit_anywhere_is_refused(tmp_path: Path, place: float, bit: int, what: str) -> None:
    original = find("blazeface-dynamic-1")
    copy = tmp_path / "copy"
    copy.mkdir(exist_ok=True)
    for file in ("model.tflite", "manifest.toml"):
        content = bytearray((original / file).read_bytes())
        if file == what:
            content[int(place * len(content))] ^= 1 << bit
        (copy / file).write_bytes(content)
    with pytest.raises(ModelError):
        load_trusted(copy)


def test_a_name_means_the_models_folder_and_a_path_means_itself(tmp_path: Path) -> None:
    place = a_bundle(tmp_path)
    assert find(place) == place
    assert find(str(place)) == place
    assert find("blazeface-dynamic-1") == models_folder() / "blazeface-dynamic-1"


@pytest.mark.parametrize("name", ["no-such-model", "../models", "/no/such/place", "", ".", "a\nb", "x" * 10_000])
def test_an_unknown_name_is_one_clear_line(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BundleError):
        load(find(name))


def test_reading_bundles_loads_neither_numpy_nor_the_runtime() -> None:
    program = (
        "import sys; from edge.vision import factory, bundle; "
        "factory.load_trusted(bundle.find('blazeface-dynamic-1')); "
        "print([m for m in ('numpy', 'cv2', 'ai_edge_litert', 'tflite_runtime', 'tensorflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_the_schema_of_a_manifest_names_every_key_once() -> None:
    assert set(papers.Manifest.__struct_fields__) >= {"schema", "role", "sha256", "source", "threshold", "parity"}
