"""How a camera is told to expose a face before a bright background. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# libcamera's values: AeConstraintMode, HdrMode and AeMeteringMode.
SHADOWS = 2
SINGLE_EXPOSURE = 3
CENTRE_WEIGHTED = 0
LIFT_EV = 1.0


def exposure(backlight: str, offered: Mapping[str, tuple[Any, Any, Any]], *, hdr: bool) -> dict[str, Any]:
    """Return the controls for `CameraSettings.backlight`, of those that the camera offers.

    Args:
        backlight: As in the settings.
        offered: libcamera's controls by name: least, greatest and default value.
        hdr: Whether the processor can lift shadows (a Pi 5); a Pi 4 offers the same controls and ignores them.
    """
    if backlight != "shadows":
        return {}
    if hdr:
        wanted: dict[str, Any] = {"HdrMode": SINGLE_EXPOSURE, "AeConstraintMode": SHADOWS}
    else:
        wanted = {"AeMeteringMode": CENTRE_WEIGHTED, "ExposureValue": LIFT_EV}
    return {name: value for name, value in wanted.items() if name in offered and _within(value, offered[name])}


def _within(value: float, limits: tuple[Any, Any, Any]) -> bool:
    least, greatest, _ = limits
    return bool(least <= value <= greatest)
