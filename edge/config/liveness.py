"""How a face must prove to be alive: the policy, and the limits on what the cues say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from edge.values import Day, Mode  # noqa: TC001 - the configuration is read by these types at run time

Fraction = Annotated[float, Meta(ge=0, le=1)]
Purpose = Literal["door", "identity", "payment", "desk"]
TimeOfDay = Annotated[str, Meta(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stricter:
    """When more is asked than usual. Every condition that is given must hold; without one it always holds.

    The time is that of the machine's clock: whoever can set it chooses the hour. What must hold at any price is the
    usual `mode`, and not a rule with days or times.

    Attributes:
        mode: What is asked then, at least.
        doors: At the doors of these names (`door.name`).
        purposes: At terminals that serve one of these purposes (`door.purpose`).
        days: On these days; a time that runs past midnight belongs to the day on which it began.
        since: From this time of day, local time.
        until: Up to this time of day, local time, which is itself outside; before `since` it is the next day's.
    """

    mode: Literal["motion", "challenge"]
    doors: tuple[str, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    days: tuple[Day, ...] = ()
    since: TimeOfDay = "00:00"
    until: TimeOfDay = "24:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class LivenessSettings:
    """How a face must prove to be alive.

    A suspicion is kept for the whole track, and so is a deny; neither is averaged away (S4).

    Attributes:
        mode: "passive" lets in whom no cue suspects; "motion" also asks for the motion of a solid head; "challenge"
            asks everybody for movements drawn at random; "off" judges nothing and is refused with a real lock (S11).
        on_suspicion: Whether somebody whom a cue suspects may prove it by a challenge, or is refused.
        stricter: When more is asked; of all that apply the strictest counts, and none makes it laxer.
        suspect_below: One picture that the passive network scores lower makes the track suspicious.
        min_median: So does a lower median of its scores.
        passive_frames: After so many judged pictures the median counts.
        surround_suspect: A lower score of what is around the face makes the track suspicious,
        surround_deny: and one below this denies it.
        relief_alive: The least score of the face's relief that proves a solid head, where motion is asked for.
        relief_deny: A lower one denies the track: it moved as a flat picture does.
        fresh_s: For how long such a proof, or a challenge that was passed, holds; the motion renews it.
        screen_suspect: A lower score of glow, glare and frames makes the track suspicious.
        timing_suspect: A lower score of the pictures' times and repetitions makes the track suspicious,
        timing_deny: and one below this denies it.
        ask_after_s: For how long somebody is watched before they are asked to move.
        motion_s: For how long a motion is waited for.
        fixed_camera: Whether the camera is mounted. A view that moves as a whole is suspicious then, once the scene
            without anybody has shown that the camera stands still.
    """

    mode: Mode = "motion"
    on_suspicion: Literal["challenge", "refuse"] = "challenge"
    stricter: tuple[Stricter, ...] = ()
    suspect_below: Fraction = 0.01
    min_median: Fraction = 0.5
    passive_frames: Annotated[int, Meta(ge=1, le=100)] = 3
    surround_suspect: Fraction = 0.3
    surround_deny: Fraction = 0.2
    relief_alive: Fraction = 0.7
    relief_deny: Fraction = 0.1
    fresh_s: Annotated[float, Meta(gt=0, le=10)] = 2.0
    screen_suspect: Fraction = 0.3
    timing_suspect: Fraction = 0.6
    timing_deny: Fraction = 0.25
    ask_after_s: Annotated[float, Meta(ge=0, le=30)] = 0.6
    motion_s: Annotated[float, Meta(gt=0, le=60)] = 5.0
    fixed_camera: bool = True
