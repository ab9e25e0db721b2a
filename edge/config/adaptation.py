"""Whether templates follow their people's faces over the years, and how far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

Rate = Annotated[float, Meta(gt=0, le=1e-3)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptationSettings:
    """Whether templates follow their people's faces over the years, and how far.

    Somebody whom the door let in may be given a further template. The enrolled ones stay what they are: the anchors.

    Attributes:
        enabled: Whether any is made, and whether those that were made count.
        fmr: The false-match rate at which the face must match an enrolled template,
        stricter: and how many times stricter than the door's own comparison that must be at least.
        reach: How many times the door's false-match rate a person's may become at worst, were every adapted template
            an attacker's choice: further from the enrolled ones than that none counts.
        margin: The least distance, in cosine similarity, to the most similar other person.
        frames: How many good frames of the track the new template is at least the median of.
        min_score: The least unified quality score of a good frame.
        second_factor: Whether only grants count for which a PIN or a code was shown, too.
        most: How many adapted templates a person has at most; a further one takes the oldest one's place.
        apart_days: How many days lie between two of a person at least.
        settled_days: How many days must have passed since the person was last enrolled.
    """

    enabled: bool = False
    fmr: Rate = 1e-5
    stricter: Annotated[float, Meta(ge=2, le=1000)] = 10.0
    reach: Annotated[float, Meta(ge=1, le=10)] = 3.0
    margin: Annotated[float, Meta(ge=0, le=2)] = 0.1
    frames: Annotated[int, Meta(ge=2, le=15)] = 3
    min_score: Annotated[float, Meta(ge=0, le=100)] = 60.0
    second_factor: bool = False
    most: Annotated[int, Meta(ge=1, le=5)] = 2
    apart_days: Annotated[float, Meta(ge=1, le=3650)] = 7.0
    settled_days: Annotated[float, Meta(ge=0, le=3650)] = 14.0
