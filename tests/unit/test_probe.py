"""S8: a model that has collapsed is told on three drawn faces, and never loaded for a door."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from edge.app.eyes import load_models
from edge.config import parse
from edge.errors import ModelError
from edge.vision.bundle import find, load
from edge.vision.factory import pins
from edge.vision.infer import Model
from edge.vision.probe import COLLAPSED, faults_of, faults_when_run, judge, likeness, pictures, require_sound
from tests import broken

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Look = list[NDArray[np.float32]]

SHIPPED = {
    "detector": "blazeface-dynamic-1",
    "landmarks": "facemesh-dynamic-1",
    "embedder": "mobilefacenet-dynamic-1",
    "liveness": "passive-liveness-dynamic-1",
}
MANIFEST = load(find(SHIPPED["embedder"])).manifest


def look(*numbers: float) -> Look:
    return [np.array([numbers], np.float32)]


SOUND = [look(1, 0, 0), look(0.5, 1, 0), look(0, 0.5, 1)]


def test_the_drawn_faces_are_unlike_and_always_the_same() -> None:
    drawn, again = pictures(112, 96), pictures(112, 96)
    assert {one.shape for one in drawn} == {(96, 112, 3)}
    assert all(not np.array_equal(one, other) for one, other in combinations(drawn, 2))
    for one, other in zip(drawn, again, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", SHIPPED.values())
def test_s8_a_shipped_model_has_no_fault(name: str) -> None:
    require_sound(Model(load(find(name))))


def test_s8_a_sound_embedder_is_far_from_what_counts_as_collapsed() -> None:
    model = Model(load(find(SHIPPED["embedder"])))
    seen = [model.look(picture)[0] for picture in pictures(*model.size)]
    assert max(likeness(one, other) for one, other in combinations(seen, 2)) < COLLAPSED - 0.15


@pytest.mark.parametrize("name", SHIPPED.values())
def test_s8_a_model_whose_weights_are_zero_is_refused(name: str, tmp_path: Path) -> None:
    model = Model(load(broken.bundle(name, tmp_path / "zeroed", broken.zeroed)))
    with pytest.raises(ModelError, match=r"zeroed: broken: .*(whatever the picture|zeros).*install the bundle again"):
        require_sound(model)


def test_s8_an_embedder_that_knows_nobody_apart_is_refused_though_its_numbers_move(tmp_path: Path) -> None:
    bundle = load(broken.bundle(SHIPPED["embedder"], tmp_path / "shuffled", broken.shuffled))
    (fault,) = faults_when_run(bundle)
    assert fault == faults_of(Model(bundle))[0]
    assert "two different faces have a similarity of 0.9" in fault
    model = Model(bundle)
    one, other = (model.look(picture)[0] for picture in pictures(*model.size)[:2])
    assert likeness(one, other) < 0.999


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        ([look(1, np.nan, 0), *SOUND[1:]], "not finite"),
        ([*SOUND[:2], look(0, np.inf, 0)], "not finite"),
        ([*SOUND[:2], look(0, 0, 0)], "nothing but zeros"),
        ([look(1, 2), look(2, 1), look(1, 2)], "same whatever the picture"),
        ([look(2, 1), look(1, 2), look(1.0001, 2)], "same whatever the picture"),
        ([look(2, 1), look(1, 2), look(1.01, 2)], "similarity of 1.0000"),
        ([look(1, 0), look(0, 1), look(0.1, 0.9)], "similarity of 0.9939"),
        ([look(0.1, 0.9), look(1, 0), look(0, 1)], "similarity of 0.9939"),
    ],
)
def test_s8_outputs_that_do_not_follow_the_picture_are_told(looks: list[Look], said: str) -> None:
    (fault,) = judge(MANIFEST, looks)
    assert said in fault


def test_s8_every_output_is_looked_at() -> None:
    (first,) = MANIFEST.output
    outputs = [first, msgspec.structs.replace(first, name="second")]
    faults = judge(
        msgspec.structs.replace(MANIFEST, output=outputs), [[*one, np.zeros((1, 2), np.float32)] for one in SOUND]
    )
    assert faults == ["mobilefacenet-dynamic: output `second` is nothing but zeros"]


def test_outputs_that_follow_the_picture_have_no_fault() -> None:
    assert judge(MANIFEST, SOUND) == []


def test_a_network_that_is_no_embedder_may_see_nearly_the_same_in_different_faces() -> None:
    manifest = load(find(SHIPPED["landmarks"])).manifest
    alike = [[np.full((1, 3), 1 + 0.01 * n, np.float32) for _ in manifest.output] for n in range(3)]
    assert judge(manifest, alike) == []


@pytest.mark.parametrize("role", ["detector", "landmarks", "liveness"])
def test_s8_a_network_whose_output_hardly_moves_has_collapsed(role: str) -> None:
    manifest = load(find(SHIPPED[role])).manifest
    stuck = [[np.full((1, 3), 7 + 1e-5 * n, np.float32) for _ in manifest.output] for n in range(3)]
    faults = judge(manifest, stuck)
    assert len(faults) == len(manifest.output)
    assert all("same whatever the picture" in fault for fault in faults)


def test_an_output_without_direction_counts_as_collapsed() -> None:
    nothing, something = np.zeros((1, 4), np.float32), np.ones((1, 4), np.float32)
    assert likeness(nothing, something) == 1.0
    assert likeness(something, -something) == pytest.approx(-1.0)


@pytest.mark.parametrize("role", SHIPPED)
def test_s8_not_even_a_pinned_model_runs_at_a_door_when_it_has_collapsed(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = broken.bundle(SHIPPED[role], tmp_path / "zeroed", broken.zeroed)
    collapsed = load(folder)
    monkeypatch.setitem(pins(), collapsed.name, collapsed.manifest_sha256)
    config = parse(f"[models]\n{role} = {msgspec.json.encode(str(folder)).decode()}\n", "terminal.toml")
    with pytest.raises(ModelError, match="zeroed: broken: "):
        load_models(config)
    load_models(config, trusted=False)  # a measurement may look at anything
