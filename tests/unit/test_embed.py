"""An aligned face becomes a vector of unit length in a space of its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ModelError
from edge.vision.embed import Embedder
from tests.fakes import SPACE, FakeModel, as_model

CHIP = np.random.default_rng(0).integers(0, 255, (112, 112, 3), np.uint8)


def lopsided(chip: np.ndarray) -> list[np.ndarray]:
    """Tells left from right: the mean of each half."""
    return [np.array([[chip[:, :56].mean(), chip[:, 56:].mean(), 1.0]], np.float32)]


def saying(*vector: float) -> FakeModel:
    return FakeModel((112, 112), lambda _: [np.array([vector], np.float32)])


@given(st.lists(st.floats(-100, 100, width=32), min_size=3, max_size=8).filter(lambda v: max(map(abs, v)) > 0.01))
def test_the_vector_has_unit_length_and_the_networks_direction(vector: list[float]) -> None:
    made = Embedder(as_model(saying(*vector)))(CHIP).vector
    assert made.dtype == np.float32
    assert made.shape == (len(vector),)
    assert float(np.linalg.norm(made)) == pytest.approx(1, abs=1e-6)
    assert float(made @ np.array(vector)) == pytest.approx(float(np.linalg.norm(vector)), rel=1e-5)


@pytest.mark.parametrize("vector", [(0.0, 0.0), (np.nan, 1.0), (np.inf, 1.0), (1e-9, 0.0)])
@pytest.mark.parametrize("flip", [False, True])
def test_s8_a_vector_without_direction_is_an_error_and_no_embedding(vector: tuple[float, ...], flip: bool) -> None:
    with pytest.raises(ModelError, match="fake-1: the embedding's length"):
        Embedder(as_model(saying(*vector)), flip=flip)(CHIP)


@pytest.mark.parametrize("flip", [False, True])
def test_the_length_that_was_taken_away_is_told(flip: bool) -> None:
    assert Embedder(as_model(saying(3, 4)), flip=flip)(CHIP).length == pytest.approx(5)


def test_s5_an_embedding_lives_in_its_models_space() -> None:
    assert Embedder(as_model(saying(1, 2)))(CHIP).space == SPACE


def test_s5_averaging_with_the_mirror_image_is_another_space() -> None:
    plain, flipped = Embedder(as_model(saying(1, 2))), Embedder(as_model(saying(1, 2)), flip=True)
    assert plain.space != flipped.space
    assert flipped(CHIP).space == flipped.space
    assert (flipped.space.embedder, flipped.space.sha256) == (SPACE.embedder, SPACE.sha256)


def test_averaged_with_its_mirror_image_a_face_is_the_same_as_its_mirror_image() -> None:
    stage = Embedder(as_model(FakeModel((112, 112), lopsided)), flip=True)
    mirrored = np.ascontiguousarray(CHIP[:, ::-1])
    np.testing.assert_allclose(stage(CHIP).vector, stage(mirrored).vector, atol=1e-6)


def test_without_averaging_the_network_runs_once_and_with_it_twice() -> None:
    once, twice = saying(1, 2), saying(1, 2)
    Embedder(as_model(once))(CHIP)
    Embedder(as_model(twice), flip=True)(CHIP)
    assert (len(once.shown), len(twice.shown)) == (1, 2)
    np.testing.assert_array_equal(twice.shown[1], CHIP[:, ::-1])
