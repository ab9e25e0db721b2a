"""How well a face is seen: measures in the terms of ISO/IEC 29794-5, flaws, and one score."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Flaw(StrEnum):
    """Why a face cannot be judged; the words are stable, and `edge.values.ADVICE` says what to do about each.

    They stand in the order in which mending helps: who is too far away is small and therefore blurred, who stands in
    the dark is without contrast and blurred by the long exposure. Whether something covers a face can only be told
    where nothing else is wrong.
    """

    NOT_A_FACE = "not-a-face"
    CUT_OFF = "cut-off"
    TOO_FAR = "too-far"
    TOO_DARK = "too-dark"
    TOO_BRIGHT = "too-bright"
    LOW_CONTRAST = "low-contrast"
    TURNED_AWAY = "turned-away"
    BLURRED = "blurred"
    COVERED = "covered"


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured of one face, and what is wrong with it.

    The light is measured inside an oval of the aligned face, in the camera's own grey levels, 0 to 255; the standard
    measures linear luminance. What the detector alone showed to be hopeless has `inter_eye_px` only.

    Attributes:
        inter_eye_px: Distance between the eyes' centres in the frame, as if the head were not turned, pixels.
        yaw_deg: Turn to the person's left, degrees.
        pitch_deg: Turn upwards, degrees.
        roll_deg: Tilt of the line of the eyes, clockwise in the picture, degrees.
        head_size: From the eyes to the chin, as a share of the picture's height.
        leftward_crop: From the picture's left edge to the eye nearer to it, in distances between the eyes.
        rightward_crop: From the picture's right edge to the eye nearer to it, in distances between the eyes.
        margin_above: From the picture's top to the eyes, in distances from the eyes to the chin.
        margin_below: From the eyes to the picture's bottom, in the same unit.
        sharpness: Twice the variance of the Laplacian of the aligned, slightly smoothed face, grey levels squared.
        luminance_mean: Mean grey level.
        luminance_variance: Variance of the grey levels.
        under_exposed: The share that is nearly black, 0 to 1.
        over_exposed: The share that is nearly white, 0 to 1.
        dynamic_range: Entropy of the grey levels, bits, 0 to 8.
        illumination_uniformity: How much the grey levels of the two cheeks have in common, 0 to 1.
        eyes_visible: How light the lightest skin around an eye is, as a share of the cheek's lightness, 0 to 1.
        mouth_visible: How much a mouth stands out against how far the lower face's colour is from the skin's, 0 to 1.
        embedding_length: Length of the face's vector before it was brought to 1; 0 where none was made.
        score: The unified quality score, 0 to 100: how much use the face is to recognition.
        flaws: Every limit that was broken; empty when the face can be judged.
    """

    inter_eye_px: float
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    head_size: float = 0.0
    leftward_crop: float = 0.0
    rightward_crop: float = 0.0
    margin_above: float = 0.0
    margin_below: float = 0.0
    sharpness: float = 0.0
    luminance_mean: float = 0.0
    luminance_variance: float = 0.0
    under_exposed: float = 0.0
    over_exposed: float = 0.0
    dynamic_range: float = 0.0
    illumination_uniformity: float = 0.0
    eyes_visible: float = 0.0
    mouth_visible: float = 0.0
    embedding_length: float = 0.0
    score: float = 0.0
    flaws: tuple[Flaw, ...] = ()

    @property
    def good(self) -> bool:
        """Whether no limit was broken."""
        return not self.flaws
