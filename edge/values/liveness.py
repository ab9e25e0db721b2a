"""What the liveness cues say of a face: scores, signs, and the words for them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Mode = Literal["passive", "motion", "challenge", "off"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

MODES: tuple[Mode, ...] = ("challenge", "motion", "passive", "off")
"""How a face must prove to be alive, strictest first."""

DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Cue(StrEnum):
    """One independent way to tell a person from an artefact."""

    PASSIVE = "passive"
    SURROUND = "surround"
    RELIEF = "relief"
    SCREEN = "screen"
    TIME = "time"
    CHALLENGE = "challenge"


class Sign(StrEnum):
    """What a cue saw; stable codes, `SIGNS` has the words."""

    NETWORK_DOUBTS = "network-doubts"
    EDGES_MOVE = "edges-move"
    BACKGROUND_MOVES = "background-moves"
    VIEW_MOVES = "view-moves"
    FLAT = "flat"
    SCREEN_GLOW = "screen-glow"
    SCREEN_FRAME = "screen-frame"
    FROZEN = "frozen"
    LOOPED = "looped"
    OUT_OF_TIME = "out-of-time"
    WRONG_MOVE = "wrong-move"
    NO_MOVE = "no-move"
    TOO_SOON = "too-soon"
    TOO_FAST = "too-fast"
    FACE_LOST = "face-lost"


SIGNS: dict[Sign, str] = {
    Sign.NETWORK_DOUBTS: "the network takes the face for an artefact",
    Sign.EDGES_MOVE: "straight edges around the face move with it, as those of a phone or a sheet do",
    Sign.BACKGROUND_MOVES: "what is beside the head moves with it",
    Sign.VIEW_MOVES: "the whole view moves, and the camera is fixed",
    Sign.FLAT: "the face moves as a flat picture does",
    Sign.SCREEN_GLOW: "the face glows as a screen does",
    Sign.SCREEN_FRAME: "a frame stands around the face",
    Sign.FROZEN: "the picture stands still",
    Sign.LOOPED: "pictures come back that were there before",
    Sign.OUT_OF_TIME: "the times of the pictures are not those of a camera",
    Sign.WRONG_MOVE: "another movement came than the one that was asked for",
    Sign.NO_MOVE: "the movement that was asked for did not come in time",
    Sign.TOO_SOON: "a movement began before anybody could have answered",
    Sign.TOO_FAST: "the head moved faster than heads do, as at a cut in a film",
    Sign.FACE_LOST: "the face could not be seen for a while during the challenge",
}
"""The sentence of each sign, for the officer: nobody at the door is told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one cue says of a track so far.

    Attributes:
        cue: Which.
        score: 0 (surely an artefact) to 1 (surely alive); None while nothing can be said.
        sign: What it saw that speaks against a person; None where nothing does.
    """

    cue: Cue
    score: float | None = None
    sign: Sign | None = None
