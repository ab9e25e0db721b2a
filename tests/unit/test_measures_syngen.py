"""Each degradation of ISO/IEC 29794-5 moves its own measure, and the further the worse: ofiq-syngen on photographs."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge.vision.still import Study, study
from tests.degraded import SEVERITIES, degrade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from edge.vision.pipeline import Eyes

    Portraits = Mapping[str, NDArray[np.uint8]]

pytestmark = pytest.mark.pictures

EVERYBODY = ("obama", "obama2", "obama3", "biden", "astronaut")
EACH = ["obama2", *(pytest.param(name, marks=pytest.mark.long) for name in EVERYBODY if name != "obama2")]
"""One shows that each measure moves; that it does so for everybody is looked at by the long suites."""


@pytest.fixture(scope="module")
def portraits(photographs: Portraits, eyes: Eyes) -> dict[str, NDArray[np.uint8]]:
    """Head and shoulders, 480 pixels at most."""
    found = {}
    for name in EVERYBODY:
        face = study(photographs[name], eyes).face
        assert face is not None
        (x, y), half = face.box.centre, 1.6 * max(face.box.width, face.box.height)
        top, left = max(0, int(y - half)), max(0, int(x - half))
        cut = photographs[name][top : int(y + half), left : int(x + half)]
        scale = 480 / max(cut.shape[:2])
        small = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found[name] = np.ascontiguousarray(small, np.uint8)
    return found


def worse_and_worse(picture: NDArray[np.uint8], eyes: Eyes, component: str, kind: int = 0) -> list[Study]:
    degraded = [degrade(picture, component, severity, kind) for severity in SEVERITIES]
    return [study(one, eyes) for one in (picture, *degraded)]


def values(studies: list[Study], measure: str) -> list[float]:
    assert all(one.quality is not None for one in studies)
    return [getattr(one.quality, measure) for one in studies]


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize(
    ("change", "measure", "direction"),
    [
        (("Sharpness", 0), "sharpness", -1),  # out of focus
        (("Sharpness", 1), "sharpness", -1),  # moved
        (("LuminanceMean", 0), "luminance_mean", -1),
        (("OverExposurePrevention", 0), "luminance_mean", 1),
        (("UnderExposurePrevention", 0), "under_exposed", 1),
        (("InterEyeDistance", 0), "inter_eye_px", -1),
        (("HeadSize", 0), "head_size", 1),
        (("HeadPoseYaw", 0), "yaw_deg", -1),
        (("HeadPoseRoll", 0), "roll_deg", -1),
        (("LeftwardCropOfTheFaceImage", 0), "leftward_crop", -1),
        (("RightwardCropOfTheFaceImage", 0), "rightward_crop", -1),
        (("MarginAboveOfTheFaceImage", 0), "margin_above", -1),
        (("MarginBelowOfTheFaceImage", 0), "margin_below", -1),
    ],
)
def test_a_degradation_moves_its_own_measure_the_further_the_worse(
    portraits: Portraits, eyes: Eyes, name: str, change: tuple[str, int], measure: str, direction: int
) -> None:
    moved = [direction * one for one in values(worse_and_worse(portraits[name], eyes, *change), measure)]
    assert all(before < after for before, after in pairwise(moved))


@pytest.mark.parametrize("name", EACH)
def test_over_exposure_leaves_more_and_more_of_the_face_white(portraits: Portraits, eyes: Eyes, name: str) -> None:
    """obama2's highlights stay just below white: ofiq-syngen brightens the middle tones."""
    white = values(worse_and_worse(portraits[name], eyes, "OverExposurePrevention"), "over_exposed")
    assert all(before <= after for before, after in pairwise(white))
    assert white[-1] > white[0] or name == "obama2"


@pytest.mark.parametrize("name", EACH)
def test_fewer_grey_levels_are_less_dynamic_range(portraits: Portraits, eyes: Eyes, name: str) -> None:
    """The mildest two leave 38 and 26 levels of grey, which an aligned face hides: it is a mean of neighbours."""
    before, _, mild, strong, harsh = values(worse_and_worse(portraits[name], eyes, "DynamicRange"), "dynamic_range")
    assert before > strong > harsh
    assert mild > strong
    assert before - harsh > 0.5


@pytest.mark.parametrize("name", ["obama", "obama2", "obama3", "astronaut"])
def test_exaggerated_contrast_is_more_variance(portraits: Portraits, eyes: Eyes, name: str) -> None:
    """Not of biden, half of whose face it turns black."""
    variance = values(worse_and_worse(portraits[name], eyes, "LuminanceVariance"), "luminance_variance")
    assert all(before < after for before, after in pairwise(variance))


@pytest.mark.parametrize("name", ["obama", "obama2", "astronaut"])
def test_light_from_one_side_is_less_uniform(portraits: Portraits, eyes: Eyes, name: str) -> None:
    """Of those who were evenly lit; the others had their light from the side that is darkened here."""
    even = values(worse_and_worse(portraits[name], eyes, "IlluminationUniformity"), "illumination_uniformity")
    assert all(before > after for before, after in pairwise(even))


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize(
    ("component", "kind"),
    [
        ("Sharpness", 0),
        ("Sharpness", 1),
        ("Sharpness", 2),  # noise
        ("LuminanceVariance", 0),
        ("UnderExposurePrevention", 0),
        ("HeadPoseYaw", 0),
    ],
)
def test_what_harms_recognition_lowers_the_score(
    portraits: Portraits, eyes: Eyes, name: str, component: str, kind: int
) -> None:
    before, *_, after = worse_and_worse(portraits[name], eyes, component, kind)
    assert before.quality is not None
    assert before.quality.score > 75
    assert after.quality is None or after.quality.score < before.quality.score - 5


@pytest.mark.parametrize("name", EACH)
def test_noise_does_not_pass_for_sharpness(portraits: Portraits, eyes: Eyes, name: str) -> None:
    """A blurred picture stays blurred when the camera adds the noise of a dark room."""
    blurred = degrade(portraits[name], "Sharpness", 0.8)
    noisy = degrade(blurred, "Sharpness", 0.05, kind=2)
    for picture in (blurred, noisy):
        quality = study(picture, eyes).quality
        assert quality is not None
        assert quality.sharpness < 20
