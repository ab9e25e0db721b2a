"""How an active challenge is drawn and judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

Kind = Literal["turn-left", "turn-right", "nod", "look-up", "come-closer"]
"""The movements of `edge.values.Move` that can be drawn."""

Degrees = Annotated[float, Meta(ge=1, le=90)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeSettings:
    """How an active challenge is drawn and judged.

    Attributes:
        steps: How many movements are asked for, one after the other.
        moves: Which ones are drawn from; no two equal ones follow each other, and at least one is a turn. A photograph
            can be brought closer, so "come-closer" proves less than the others.
        min_eyes_px: With less distance between the eyes (`inter_eye_px`) the person is first asked to come closer.
        turn_deg: From how far to one side, measured from looking straight, a head counts as turned.
        nod_deg: From how far downwards it counts as nodding, and from how far upwards as looking up.
        closer_ratio: From how much larger a distance between the eyes it counts as having come closer.
        wrong_share: Another movement that first gets to so large a share of its own measure is a wrong one.
        max_yaw_deg: Looking straight may differ so much from facing the camera, to either side,
        max_pitch_deg: and so much up or down: cameras hang high or low.
        neutral_deg: Between the movements it may differ so much from how it began.
        still_deg: While looking straight the head moves so little.
        neutral_s: For how long somebody looks straight before a movement is asked for.
        reaction_s: Whoever begins to move sooner after being asked cannot have answered.
        step_s: Within what time a movement is shown.
        return_s: Within what time the person looks straight again after it.
        total_s: Within what time everything is done.
        gap_s: The longest time without a face that can be judged; it does not go beyond it unseen.
        max_speed_deg_s: The fastest that a head turns, degrees a second; faster is a cut in a film.
    """

    steps: Annotated[int, Meta(ge=2, le=6)] = 2
    moves: Annotated[tuple[Kind, ...], Meta(min_length=2, max_length=5)] = ("turn-left", "turn-right", "nod", "look-up")
    min_eyes_px: Annotated[float, Meta(ge=0, le=1000)] = 25.0
    turn_deg: Degrees = 20.0
    nod_deg: Degrees = 12.0
    closer_ratio: Annotated[float, Meta(ge=1.1, le=4)] = 1.25
    wrong_share: Annotated[float, Meta(ge=0.5, le=1)] = 0.75
    max_yaw_deg: Degrees = 20.0
    max_pitch_deg: Degrees = 30.0
    neutral_deg: Degrees = 8.0
    still_deg: Degrees = 5.0
    neutral_s: Annotated[float, Meta(ge=0.1, le=3)] = 0.3
    reaction_s: Annotated[float, Meta(ge=0, le=1)] = 0.2
    step_s: Annotated[float, Meta(ge=0.5, le=10)] = 2.5
    return_s: Annotated[float, Meta(ge=0.5, le=10)] = 2.5
    total_s: Annotated[float, Meta(ge=2, le=60)] = 15.0
    gap_s: Annotated[float, Meta(gt=0, le=2)] = 0.7
    max_speed_deg_s: Annotated[float, Meta(ge=50, le=1000)] = 250.0
