"""The parity set: a model agrees with itself, anything else is told; a hostile file is refused in one sentence."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import ModelError, OtaError
from edge.ota import parity
from edge.ota.drawing import drawn
from edge.ota.judging import FURTHEST
from edge.ota.manifest import ROLES
from edge.vision.bundle import find, load
from edge.vision.infer import Model
from tests import broken, gated

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.vision.manifest import Manifest, Role

    Output = NDArray[np.float32]

MANIFEST = load(find(gated.SHIPPED["embedder"])).manifest
NAMES = ("pictures.npy", "output-0.npy")


@cache
def published() -> parity.Parity:
    return parity.read(gated.parity_set("embedder"), MANIFEST)


def compared(change: Callable[[Output], Output]) -> parity.Agreement:
    outputs = change(published().outputs[0].copy())
    (agreement,) = parity.compare(published(), [[one[None]] for one in outputs], ["embedding"])
    return agreement


def packed(arrays: dict[str, Any], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=True)
            archive.writestr(name, content.getvalue())
    return file.getvalue()


def sound(count: int = 4) -> dict[str, Any]:
    return {NAMES[0]: published().pictures[:count], NAMES[1]: published().outputs[0][:count]}


def refused(raw: bytes) -> str:
    with pytest.raises(OtaError, match=r"^parity\.npz: ") as caught:
        parity.read(raw, MANIFEST)
    return str(caught.value)


# --- what is compared


def test_a_model_agrees_with_its_own_parity_set_whatever_the_threads() -> None:
    model = Model(load(find(gated.SHIPPED["embedder"])), threads=2)
    (agreement,) = parity.compare(published(), [model.look(one) for one in published().pictures], ["embedding"])
    assert min(agreement.cosines) > 0.9999
    assert max(agreement.distances) < 0.01


def test_the_same_bundle_gives_the_same_bytes() -> None:
    assert parity.make(load(find(gated.SHIPPED["embedder"]))) == gated.parity_set("embedder")


@pytest.mark.parametrize("role", ROLES)
def test_a_parity_set_is_small_and_its_pictures_differ(role: Role) -> None:
    raw = gated.parity_set(role)
    assert len(raw) < 180_000
    pictures = parity.read(raw, load(find(gated.SHIPPED[role])).manifest).pictures
    assert len({one.tobytes() for one in pictures}) == len(pictures) >= 4
    np.testing.assert_array_equal(pictures, np.stack(drawn(role, pictures.shape[2:0:-1])[: len(pictures)]))


@pytest.mark.parametrize(
    "change",
    [
        np.zeros_like,
        lambda all_: np.full_like(all_, np.nan),
        lambda all_: np.full_like(all_, np.inf),
        lambda all_: np.broadcast_to(all_[0], all_.shape),
        lambda all_: np.roll(all_, 1, axis=0),
        lambda all_: np.roll(all_, 1, axis=1),
        lambda all_: all_.reshape(-1, 16, 32).transpose(0, 2, 1).reshape(all_.shape),
        lambda all_: -all_,
        lambda all_: all_ + 3 * all_.std(),
        lambda all_: np.concatenate([np.full_like(all_[:1], np.nan), all_[1:]]),
    ],
    ids=["zero", "nan", "inf", "constant", "other pictures", "sheared", "transposed", "negated", "shifted", "one nan"],
)
def test_s8_numbers_that_are_not_the_publishers_are_far(change: Callable[[Output], Output]) -> None:
    agreement = compared(change)
    assert min(agreement.cosines) < 0.9
    assert max(agreement.distances) > FURTHEST["embedder"]


def test_s8_numbers_of_another_length_are_far_though_their_direction_agrees() -> None:
    agreement = compared(lambda all_: 2 * all_)
    assert min(agreement.cosines) == pytest.approx(1)
    assert max(agreement.distances) > FURTHEST["embedder"]


def test_a_distance_is_zero_for_the_same_numbers_and_about_one_for_their_mean() -> None:
    assert max(compared(lambda all_: all_).distances) == 0
    knowing_nothing = compared(lambda all_: np.broadcast_to(all_.mean(axis=0), all_.shape))
    assert np.sqrt(np.square(knowing_nothing.distances).mean()) == pytest.approx(1, abs=1e-3)


@settings(max_examples=30)
@given(
    noise=st.floats(0, 0.2, allow_subnormal=False),
    more=st.floats(0.01, 0.2, allow_subnormal=False),
    seed=st.integers(0, 100),
)
def test_more_noise_is_never_nearer(noise: float, more: float, seed: int) -> None:
    made = np.random.default_rng(seed).normal(size=published().outputs[0].shape).astype(np.float32)
    near = compared(lambda all_: all_ + np.float32(noise) * made)
    far = compared(lambda all_: all_ + np.float32(noise + more) * made)
    assert max(near.distances) < max(far.distances)
    assert all(-1 <= one <= 1 for one in near.cosines)


def test_s8_nobody_makes_a_parity_set_of_a_broken_model(tmp_path: Path) -> None:
    bundle = load(broken.bundle(gated.SHIPPED["embedder"], tmp_path / "zeroed", broken.zeroed))
    with pytest.raises(ModelError, match="the same whatever the picture"):
        parity.make(bundle)


# --- what is read


def test_an_archive_that_numpy_wrote_is_read() -> None:
    read = parity.read(packed(sound()), MANIFEST)
    np.testing.assert_array_equal(read.pictures, published().pictures[:4])


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (lambda: b"", "not a zip file"),
        (lambda: b"PK\x05\x06", "not a zip file"),
        (lambda: gated.parity_set("embedder")[:-200], "not a zip file"),
        (lambda: bytes(parity.LIMIT_BYTES + 1), "no parity set is longer"),
        (lambda: packed({}), "a parity set holds pictures.npy, output-0.npy"),
        (lambda: packed({**sound(), "more.npy": np.zeros(1)}), "a parity set holds"),
        (lambda: packed({NAMES[0]: sound()[NAMES[0]]}), "a parity set holds"),
        (lambda: packed({"../pictures.npy": sound()[NAMES[0]], NAMES[1]: sound()[NAMES[1]]}), "a parity set holds"),
        (lambda: packed({**sound(), NAMES[0]: np.array([print], object)}), "no parity set: pictures.npy is object"),
        (lambda: packed({**sound(), NAMES[0]: np.zeros((4, 112, 112, 3))}), "pictures.npy is float64"),
        (
            lambda: packed({**sound(), NAMES[0]: np.zeros((4, 112, 112), np.uint8)}),
            "pictures.npy is uint8 [4, 112, 112]",
        ),
        (lambda: packed({**sound(), NAMES[1]: np.asfortranarray(sound()[NAMES[1]])}), "output-0.npy is float32"),
        (lambda: packed({**sound(), NAMES[1]: np.zeros((4, 256), np.float32)}), "output-0.npy is float32 [4, 256]"),
        (lambda: packed({**sound(), NAMES[1]: sound()[NAMES[1]].astype(">f4")}), "output-0.npy is >f4"),
        (
            lambda: packed({NAMES[0]: np.zeros((200, 112, 112, 3), np.uint8), NAMES[1]: sound()[NAMES[1]]}),
            "longer than 64",
        ),
        (lambda: packed(sound(), zipfile.ZIP_LZMA), "compressed in a way"),
        (lambda: packed(sound(3)), "3 pictures; a parity set has 4 to 64"),
        (
            lambda: packed({**sound(), NAMES[1]: published().outputs[0][:5]}),
            "not one output for each of the 4 pictures",
        ),
        (lambda: packed({**sound(), NAMES[1]: np.full((4, 512), np.nan, np.float32)}), "numbers are not finite"),
        (lambda: packed({**sound(), NAMES[1]: np.ones((4, 512), np.float32)}), "do not follow the picture"),
    ],
)
def test_a_hostile_parity_set_is_refused(raw: Callable[[], bytes], said: str) -> None:
    assert said in refused(raw())


def test_a_member_that_unpacks_to_more_than_its_pictures_need_is_not_unpacked() -> None:
    """A bomb: 300 MB of zeros in 300 KB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(NAMES[0], bytes(300_000_000))
        archive.writestr(NAMES[1], b"")
    assert "longer than 64 pictures need" in refused(file.getvalue())


@settings(max_examples=50)
@given(at=st.integers(0, 2**32), value=st.integers(0, 255))
def test_a_byte_changed_anywhere_is_read_the_same_or_refused(at: int, value: int) -> None:
    raw = bytearray(gated.parity_set("embedder"))
    raw[at % len(raw)] = value
    try:
        read = parity.read(bytes(raw), MANIFEST)
    except OtaError as error:
        assert str(error).startswith("parity.npz: ")  # noqa: PT017 - either is right
    else:
        assert read.outputs[0].shape == published().outputs[0].shape


def test_a_bundle_without_a_parity_set_says_how_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(OtaError, match=r"parity\.npz: cannot be read: .*`edge models parity-set"):
        parity.load(tmp_path, MANIFEST)


def test_another_manifests_outputs_are_asked_for() -> None:
    manifest: Manifest = load(find(gated.SHIPPED["detector"])).manifest
    with pytest.raises(OtaError, match=r"holds pictures\.npy, output-0\.npy, output-1\.npy"):
        parity.read(gated.parity_set("embedder"), manifest)


def test_the_rounding_of_published_numbers_is_far_below_every_limit() -> None:
    model = Model(load(find(gated.SHIPPED["embedder"])))
    exact = replace(published(), outputs=(np.concatenate([model.look(one)[0] for one in published().pictures]),))
    (agreement,) = parity.compare(exact, [[one[None]] for one in published().outputs[0]], ["embedding"])
    assert max(agreement.distances) < min(FURTHEST.values()) / 100
