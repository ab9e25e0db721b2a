"""The real models on public photographs: one man, and two strangers."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from itertools import combinations
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from edge.app.eyes import bundle, open_eyes, space
from edge.config import Config, ModelSettings
from edge.vision.embed import Embedder
from edge.vision.infer import Model
from edge.vision.picture import decode
from edge.vision.pipeline import Memory, find, see
from edge.vision.still import Study, study
from hw.base import Frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from edge.values import Box, Embedding, Match
    from edge.vision.pipeline import Eyes

    Photographs = Mapping[str, NDArray[np.uint8]]

pytestmark = pytest.mark.pictures

WHOLE = ["obama", "obama2", "obama3"]
PARTIAL = ["obama_partial_face", "obama_partial_face2"]
STRANGERS = ["astronaut", "biden"]
THRESHOLD = 0.412  # the embedder's similarity at a false-match rate of 1e-4 on LFW


@pytest.fixture(scope="module")
def studies(photographs: Photographs, eyes: Eyes) -> dict[str, Study]:
    return {name: study(picture, eyes) for name, picture in photographs.items()}


def likeness(one: Study, other: Study) -> float:
    assert one.embedding is not None
    assert other.embedding is not None
    assert one.embedding.space == other.embedding.space
    return float(one.embedding.vector @ other.embedding.vector)


def test_every_photograph_shows_one_face(studies: dict[str, Study]) -> None:
    assert {name: one.faces for name, one in studies.items()} == dict.fromkeys([*WHOLE, *PARTIAL, *STRANGERS], 1)


@pytest.mark.parametrize(("one", "other"), list(combinations([*WHOLE, *PARTIAL], 2)))
def test_one_person_is_similar_to_himself(studies: dict[str, Study], one: str, other: str) -> None:
    assert likeness(studies[one], studies[other]) > THRESHOLD


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("person", [*WHOLE, *PARTIAL])
def test_strangers_are_not(studies: dict[str, Study], stranger: str, person: str) -> None:
    assert likeness(studies[stranger], studies[person]) < THRESHOLD / 2
    assert likeness(studies["astronaut"], studies["biden"]) < THRESHOLD / 2


def test_the_whole_faces_are_good_views_and_the_partial_ones_are_cut_off(studies: dict[str, Study]) -> None:
    flaws = {name: tuple(map(str, one.quality.flaws)) for name, one in studies.items() if one.quality}
    assert flaws == dict.fromkeys([*WHOLE, *STRANGERS], ()) | dict.fromkeys(PARTIAL, ("cut-off",))


STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera stores an upright picture under each EXIF orientation."""


@pytest.mark.parametrize("orientation", sorted(STORED))
def test_a_photograph_turned_by_exif_is_the_same_face_as_upright(
    photographs: Photographs, eyes: Eyes, studies: dict[str, Study], orientation: int
) -> None:
    upright = Image.fromarray(np.ascontiguousarray(photographs["astronaut"][:, :, ::-1]))
    turned = upright.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = BytesIO()
    turned.save(file, "PNG", exif=exif)
    again = decode(file.getvalue())
    np.testing.assert_array_equal(again, photographs["astronaut"])
    assert likeness(study(again, eyes), studies["astronaut"]) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", [*WHOLE, *STRANGERS])
def test_a_mirrored_photograph_is_still_the_same_person(
    photographs: Photographs, eyes: Eyes, studies: dict[str, Study], name: str
) -> None:
    mirrored = study(np.ascontiguousarray(photographs[name][:, ::-1]), eyes)
    assert likeness(mirrored, studies[name]) > 0.8
    assert mirrored.quality is not None
    assert (upright := studies[name].quality) is not None
    assert mirrored.quality.yaw_deg == pytest.approx(-upright.yaw_deg, abs=4)


def test_the_head_is_turned_to_the_side_that_the_picture_shows(studies: dict[str, Study]) -> None:
    """In obama2.jpg he looks to his right (the picture's left), in biden.jpg to his left."""
    right, left = studies["obama2"].quality, studies["biden"].quality
    assert right is not None
    assert left is not None
    assert right.yaw_deg < -5
    assert left.yaw_deg > 5


def test_a_tilted_photograph_is_still_the_same_person(
    photographs: Photographs, eyes: Eyes, studies: dict[str, Study]
) -> None:
    picture = photographs["obama"]
    turn = cv2.getRotationMatrix2D((486, 281), 25, 1)
    tilted = np.asarray(cv2.warpAffine(picture, turn, (picture.shape[1], picture.shape[0])), np.uint8)
    assert likeness(study(tilted, eyes), studies["obama"]) > 0.8


@pytest.mark.parametrize("scale", [0.4, 0.6, 1.5])
def test_a_photograph_of_another_size_is_still_the_same_person(
    photographs: Photographs, eyes: Eyes, studies: dict[str, Study], scale: float
) -> None:
    resized = cv2.resize(photographs["obama"], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    assert likeness(study(np.asarray(resized, np.uint8), eyes), studies["obama"]) > 0.8


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_picture_shows_no_face(eyes: Eyes, level: int) -> None:
    assert eyes.detect(np.full((480, 640, 3), level, np.uint8)) == []


@pytest.mark.parametrize("seed", range(10))
def test_noise_shows_no_face(eyes: Eyes, seed: int) -> None:
    assert eyes.detect(np.random.default_rng(seed).integers(0, 255, (480, 640, 3), np.uint8)) == []


# --- frames


def on_canvas(picture: NDArray[np.uint8], shift: int = 0) -> NDArray[np.uint8]:
    """The photograph on a grey 1280 x 720 canvas, moved to the right by so many pixels."""
    scale = 720 / picture.shape[0]
    fitted = cv2.resize(picture, (round(picture.shape[1] * scale), 720), interpolation=cv2.INTER_AREA)
    canvas = np.full((720, 1280, 3), 128, np.uint8)
    left = (1280 - fitted.shape[1]) // 2 + shift
    canvas[:, left : left + fitted.shape[1]] = fitted
    return canvas


def nobody(probe: Embedding) -> Match | None:
    del probe
    return None


def test_s4_a_face_that_moves_a_little_is_one_track_and_the_next_photograph_another(
    photographs: Photographs, eyes: Eyes
) -> None:
    shown = [on_canvas(photographs["obama"], 6 * n) for n in range(8)]
    shown += [on_canvas(photographs["obama"], 260 - 6 * n) for n in range(4)]
    memory, tracks = Memory(), []
    for number, pixels in enumerate(shown):
        sighting, memory = see(Frame(pixels, 0.1 * number, number), memory, eyes, nobody)
        tracks.append(sighting.track)
    assert tracks == [1] * 8 + [2] * 4


def face_brought_to(picture: NDArray[np.uint8], eyes: Eyes, middle: tuple[float, float]) -> NDArray[np.uint8]:
    """The photograph on a 1280 x 720 canvas, its face in the middle and 200 pixels wide."""
    face = study(picture, eyes).face
    assert face is not None
    scale, (x, y) = 200 / face.box.width, face.box.centre
    move = np.array([[scale, 0, middle[0] - scale * x], [0, scale, middle[1] - scale * y]])
    return np.asarray(cv2.warpAffine(picture, move, (1280, 720), flags=cv2.INTER_AREA), np.uint8)


def test_s4_a_stranger_who_puts_their_face_where_the_other_was_begins_a_track_of_their_own(
    photographs: Photographs, eyes: Eyes
) -> None:
    shown = [face_brought_to(photographs[name], eyes, (640, 330)) for name in ("obama", "biden", "biden", "obama3")]
    memory, tracks = Memory(), []
    for number, pixels in enumerate(shown):
        sighting, memory = see(Frame(pixels, 0.1 * number, number), memory, eyes, nobody)
        tracks.append(sighting.track)
    assert tracks == [1, 2, 2, 3]


def test_frames_are_never_spared_for_so_long_that_the_votes_could_not_gather() -> None:
    assert open_eyes(Config()).track.spare_s == 0.25
    assert open_eyes(Config(decision=replace(Config().decision, votes=4))).track.spare_s == 0.125
    assert open_eyes(Config(track=replace(Config().track, spare_s=0.1))).track.spare_s == 0.1


@pytest.mark.parametrize("name", [*WHOLE, *STRANGERS])
def test_the_small_picture_gives_the_same_face_as_the_large_one(
    photographs: Photographs, eyes: Eyes, name: str
) -> None:
    """The detector sees 128 x 128 pixels either way; the box moves by less than a tenth of its side."""
    large = on_canvas(photographs[name])
    small = np.asarray(cv2.resize(large, (320, 180), interpolation=cv2.INTER_AREA), np.uint8)
    (one,) = find(Frame(large, 0.0, 1), eyes)
    (other,) = find(Frame(large, 0.0, 1, small), eyes)
    side = one.box.width

    def edges(where: Box) -> list[float]:
        return [where.left, where.top, where.right, where.bottom]

    assert edges(other.box) == pytest.approx(edges(one.box), abs=0.1 * side)
    assert one.box.iou(other.box) > 0.85


# --- S5, S11


def test_s5_with_the_mirror_image_averaged_in_it_is_another_space(photographs: Photographs) -> None:
    config = Config(models=ModelSettings(flip=True))
    made = study(photographs["obama"], open_eyes(config)).embedding
    assert made is not None
    assert made.space == space(config) != space(Config())


def test_s5_the_space_that_is_named_is_the_space_that_is_made(studies: dict[str, Study]) -> None:
    made = studies["obama"].embedding
    assert made is not None
    assert made.space == space(Config())
    embedder = Embedder(Model(bundle(Config().models.embedder, "embedder", trusted=True)))
    assert embedder.space == space(Config())


def test_s11_with_liveness_off_no_network_is_loaded_for_it(eyes: Eyes) -> None:
    off = open_eyes(replace(Config(), liveness=replace(Config().liveness, mode="off")))
    assert off.liveness is None
    assert eyes.liveness is not None
