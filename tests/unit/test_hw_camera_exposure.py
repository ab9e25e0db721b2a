"""What a camera is told to do about a bright background."""

from __future__ import annotations

from typing import Any

import pytest

from hw.camera.exposure import exposure

ALL = {
    "AeConstraintMode": (0, 3, 0),
    "AeMeteringMode": (0, 3, 0),
    "ExposureValue": (-8.0, 8.0, 0.0),
    "HdrMode": (0, 4, 0),
}


def test_without_the_setting_nothing_is_asked() -> None:
    assert exposure("none", ALL, hdr=True) == {}


def test_a_pi_5_lifts_shadows_and_a_pi_4_exposes_by_the_middle() -> None:
    assert exposure("shadows", ALL, hdr=True) == {"HdrMode": 3, "AeConstraintMode": 2}
    assert exposure("shadows", ALL, hdr=False) == {"AeMeteringMode": 0, "ExposureValue": 1.0}


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ({}, {}),
        ({"FrameDurationLimits": (1, 2, None)}, {}),
        ({"HdrMode": (0, 1, 0), "AeConstraintMode": (0, 3, 0)}, {"AeConstraintMode": 2}),
        ({"HdrMode": (0, 4, 0), "AeConstraintMode": (0, 1, 0)}, {"HdrMode": 3}),
    ],
)
def test_only_what_the_camera_offers_is_asked(offered: dict[str, Any], expected: dict[str, int]) -> None:
    assert exposure("shadows", offered, hdr=True) == expected
