"""What somebody who is being enrolled at the camera is told: where to look, what to mend, and the light that falls."""

from __future__ import annotations

from enum import StrEnum


class Aim(StrEnum):
    """A pose that is captured; left and right are the person's own."""

    CENTRE = "centre"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    RELIT = "centre-relit"


class Hint(StrEnum):
    """What the person is told; stable codes, `HINTS` has the words. What is wrong with a view has its own words."""

    STEP_UP = "step-up"
    ONE_AT_A_TIME = "one-at-a-time"
    COME_CLOSER = "come-closer"
    LOOK_STRAIGHT = "look-straight"
    TURN_LEFT = "turn-left"
    TURN_RIGHT = "turn-right"
    LOOK_UP = "look-up"
    LOOK_DOWN = "look-down"
    NOT_SO_FAR = "not-so-far"
    HOLD_STILL = "hold-still"
    CHANGE_LIGHT = "change-light"
    BEGIN_AGAIN = "begin-again"
    KEEP_MOVING = "keep-moving"


HINTS: dict[Hint, str] = {
    Hint.STEP_UP: "Step before the camera.",
    Hint.ONE_AT_A_TIME: "One at a time, please.",
    Hint.COME_CLOSER: "Come closer.",
    Hint.LOOK_STRAIGHT: "Look straight at the camera.",
    Hint.TURN_LEFT: "Turn your head a little to your left.",
    Hint.TURN_RIGHT: "Turn your head a little to your right.",
    Hint.LOOK_UP: "Lift your chin a little.",
    Hint.LOOK_DOWN: "Lower your chin a little.",
    Hint.NOT_SO_FAR: "Not quite so far.",
    Hint.HOLD_STILL: "Hold still.",
    Hint.CHANGE_LIGHT: "Turn or step until the light falls evenly on your face, then look straight.",
    Hint.BEGIN_AGAIN: "Your face was lost; we begin again. Look straight at the camera.",
    Hint.KEEP_MOVING: "Turn your head slowly from side to side.",
}
"""The sentence of each; short, for a small screen or a voice."""


class Light(StrEnum):
    """What is unusual about the light on a face; the words are stable."""

    SIDE = "side-light"
    BACK = "back-light"
    DARK = "dark"
    BRIGHT = "bright"


class GuideEnd(StrEnum):
    """How a guided enrolment ended."""

    CAPTURED = "captured"
    TOO_SLOW = "too-slow"
    SOMEBODY_ELSE = "somebody-else"
    NOT_LIVE = "not-live"
    LOST = "lost"
    SOURCE_ENDED = "source-ended"


AIMS_IN_WORDS: dict[Aim, str] = {
    Aim.CENTRE: "straight ahead",
    Aim.LEFT: "to the left",
    Aim.RIGHT: "to the right",
    Aim.UP: "chin up",
    Aim.DOWN: "chin down",
    Aim.RELIT: "straight ahead, in better light",
}
"""What each pose is called."""

LIGHTS: dict[Light, str] = {
    Light.SIDE: "light from one side",
    Light.BACK: "light from behind",
    Light.DARK: "hardly any light",
    Light.BRIGHT: "glaring light",
}
"""What each kind of unusual light is called."""
