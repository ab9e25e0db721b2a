"""The runtime's one importer: a picture is fed as the manifest says, and what does not fit the manifest is refused."""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from edge.errors import ModelError
from edge.vision.bundle import Bundle, find, load
from edge.vision.infer import Model

NAMES = ["blazeface-dynamic-1", "facemesh-dynamic-1", "mobilefacenet-dynamic-1", "passive-liveness-dynamic-1"]


def picture(model: Model, seed: int = 0) -> np.ndarray:
    width, height = model.size
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)


def bundle(name: str = "blazeface-dynamic-1") -> Bundle:
    return load(find(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_bundle_runs_and_gives_finite_numbers_of_the_promised_shapes(name: str) -> None:
    model = Model(bundle(name))
    outputs = model.look(picture(model))
    assert [list(output.shape) for output in outputs] == [list(o.shape) for o in model.bundle.manifest.output]
    assert all(output.dtype == np.float32 and np.isfinite(output).all() for output in outputs)


@pytest.mark.parametrize("name", NAMES)
def test_pixels_are_fed_in_the_manifests_order_and_scale(name: str) -> None:
    model = Model(bundle(name))
    feed, shown = model.bundle.manifest.input, picture(model)
    ordered = shown[:, :, ::-1] if feed.colour == "RGB" else shown
    by_hand = ((ordered.astype(np.float32) - np.float32(feed.mean)) * np.float32(feed.scale))[None]
    for mine, theirs in zip(model.look(shown), model.run(by_hand), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("name", NAMES)
def test_red_and_blue_are_not_the_same_to_a_network(name: str) -> None:
    model = Model(bundle(name))
    red, blue = np.zeros((2, model.size[1], model.size[0], 3), np.uint8)
    red[:, :, 2], blue[:, :, 0] = 255, 255
    assert not np.allclose(model.look(red)[0], model.look(blue)[0])


def test_what_was_given_out_is_not_overwritten_by_the_next_picture() -> None:
    model = Model(bundle())
    first = model.look(picture(model, 1))[0]
    kept = first.copy()
    second = model.look(picture(model, 2))[0]
    np.testing.assert_array_equal(first, kept)
    assert not np.array_equal(first, second)


def test_the_same_picture_gives_the_same_numbers_and_is_left_as_it_was() -> None:
    model = Model(bundle("mobilefacenet-dynamic-1"))
    shown = picture(model)
    before = shown.copy()
    np.testing.assert_array_equal(model.look(shown)[0], model.look(shown)[0])
    np.testing.assert_array_equal(shown, before)


def test_the_number_of_threads_changes_no_direction() -> None:
    one, two = Model(bundle("mobilefacenet-dynamic-1"), 1), Model(bundle("mobilefacenet-dynamic-1"), 2)
    a, b = one.look(picture(one))[0][0], two.look(picture(two))[0][0]
    assert float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)) > 0.9999


# --- S8


def test_s8_bytes_that_are_no_model_are_refused() -> None:
    with pytest.raises(ModelError, match=rf"^{re.escape(str(find('blazeface-dynamic-1')))}: .* cannot load it"):
        Model(replace(bundle(), model=b"not a model"))


def test_s8_a_model_that_takes_another_shape_than_its_manifest_says_is_refused() -> None:
    sound = bundle()
    feed = msgspec.structs.replace(sound.manifest.input, shape=[1, 192, 192, 3])
    with pytest.raises(ModelError, match=r"takes \[1, 128, 128, 3\], its manifest says \[1, 192, 192, 3\]") as caught:
        Model(replace(sound, manifest=msgspec.structs.replace(sound.manifest, input=feed)))
    assert str(caught.value).startswith(f"{sound.folder}: ")


def test_s8_a_model_that_gives_another_shape_than_its_manifest_says_is_refused() -> None:
    sound = bundle()
    swapped = msgspec.structs.replace(sound.manifest, output=sound.manifest.output[::-1])
    with pytest.raises(ModelError, match="its manifest says") as caught:
        Model(replace(sound, manifest=swapped))
    assert str(caught.value).startswith(f"{sound.folder}: ")


def test_s8_a_model_in_another_models_place_is_refused() -> None:
    with pytest.raises(ModelError, match="its manifest says"):
        Model(replace(bundle("blazeface-dynamic-1"), model=bundle("facemesh-dynamic-1").model))
