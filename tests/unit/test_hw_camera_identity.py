"""Which camera it is, and whether it is the one that was pinned."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.base import CameraIdentity

PI = CameraIdentity("picamera2", "imx708", "/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a", replayed=False)
WEBCAM = CameraIdentity("v4l2/uvcvideo", "HD Pro Webcam C920 (4F2A)", "/dev/video0", replayed=False)


@pytest.mark.parametrize("identity", [PI, WEBCAM])
def test_a_camera_matches_its_own_words_however_they_are_spaced(identity: CameraIdentity) -> None:
    assert str(identity) == f"{identity.driver} {identity.model} {identity.path}"
    assert identity.matches(str(identity))
    assert identity.matches(f"  {str(identity).replace(' ', '  ')}\n")


@pytest.mark.parametrize("pinned", ["", "  "])
def test_without_a_pin_every_camera_matches(pinned: str) -> None:
    assert PI.matches(pinned)
    assert WEBCAM.matches(pinned)


@pytest.mark.parametrize(
    "other",
    [
        WEBCAM,
        replace(PI, driver="replay"),
        replace(PI, model="imx219"),
        replace(PI, path="/base/axi/pcie@120000/rp1/i2c@80000/imx708@1a"),
    ],
)
def test_another_driver_model_or_place_is_another_camera(other: CameraIdentity) -> None:
    assert not other.matches(str(PI))


@given(st.text(min_size=1).filter(lambda words: words.split() != str(PI).split() and words.split()))
def test_nothing_but_the_whole_identity_matches(pinned: str) -> None:
    assert not PI.matches(pinned)
    assert not PI.matches(str(PI)[:-1])
