"""The movements that somebody can be asked for, and the words for them."""

from __future__ import annotations

from enum import StrEnum


class Move(StrEnum):
    """What to ask of the person; left and right are their own, as in `Quality.yaw_deg`.

    The first five can be drawn for a challenge. Where a flat photograph is tilted, the mesh sees hardly any turn and,
    far tilted, a nod; and it can be brought closer.
    """

    TURN_LEFT = "turn-left"
    TURN_RIGHT = "turn-right"
    NOD = "nod"
    LOOK_UP = "look-up"
    COME_CLOSER = "come-closer"
    LOOK_STRAIGHT = "look-straight"
    TURN_A_LITTLE = "turn-a-little"


WORDS: dict[Move, str] = {
    Move.TURN_LEFT: "Turn your head to your left.",
    Move.TURN_RIGHT: "Turn your head to your right.",
    Move.NOD: "Nod once, slowly.",
    Move.LOOK_UP: "Look up for a moment.",
    Move.COME_CLOSER: "Come a little closer.",
    Move.LOOK_STRAIGHT: "Look straight at the camera.",
    Move.TURN_A_LITTLE: "Turn your head a little.",
}
"""The sentence of each; short, for a small screen or a voice."""
