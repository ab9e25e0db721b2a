"""Guides somebody through the poses of an enrolment at the camera. Pure: views in, a state out; no clock, no I/O.

The poses are measured from where the person looked straight, since cameras hang high or low. Each is captured while
the head is still, by the best view of that moment. All captures are of one track and like the first (S4): when the
face is lost, or another is followed, everything is captured anew. What is missing or not a number is never captured.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import nan
from typing import TYPE_CHECKING

from edge.people.lighting import UsualLight, unusual
from edge.values import Flaw
from edge.values.guidance import Aim, GuideEnd, Hint, Light

if TYPE_CHECKING:
    from edge.values import Embedding, Quality

AIMS = (Aim.CENTRE, Aim.LEFT, Aim.RIGHT, Aim.UP, Aim.DOWN)
"""What is captured, in this order; once more straight ahead where the light was unusual."""


@dataclass(frozen=True, slots=True)
class GuideRules:
    """When a view becomes a capture.

    Attributes:
        same: The least cosine similarity of a capture to the first.
        facing_yaw_deg: Looking straight may differ so much from facing the camera, to either side,
        facing_pitch_deg: and so much up or down.
        turn_deg: A side pose turns at least so far from looking straight,
        turn_most_deg: and at most so far.
        nod_deg: A pose up or down tilts at least so far,
        nod_most_deg: and at most so far.
        aside_deg: A pose may stray so far in the other direction.
        min_eyes_px: Least distance between the eyes (`inter_eye_px`): more than a door needs.
        still_deg: So little the head moves while it is captured,
        hold_s: for so long,
        hold_frames: in so many views,
        gap_s: none further apart than this.
        aim_s: After how long without success a pose is left out; the first cannot be.
        least: How many poses must have been captured.
        relight_s: For how long another light is waited for.
        total_s: How long everything may take.
        restarts: How often it may begin anew.
        usual: The light that is usual.
    """

    same: float
    facing_yaw_deg: float = 15.0
    facing_pitch_deg: float = 20.0
    turn_deg: float = 12.0
    turn_most_deg: float = 30.0
    nod_deg: float = 7.0
    nod_most_deg: float = 20.0
    aside_deg: float = 12.0
    min_eyes_px: float = 40.0
    still_deg: float = 5.0
    hold_s: float = 0.3
    hold_frames: int = 3
    gap_s: float = 0.5
    aim_s: float = 15.0
    least: int = 3
    relight_s: float = 15.0
    total_s: float = 120.0
    restarts: int = 3
    usual: UsualLight = field(default_factory=UsualLight)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What one frame showed of the followed face.

    Attributes:
        at: Monotonic seconds of its exposure.
        track: Which uninterrupted sight of one face it belongs to; None without a face.
        faces: How many faces there were.
        quality: What was measured; None without a face.
        embedding: Of the face; None where the view is not good enough.
        surround: Mean grey level of the picture around the face.
    """

    at: float
    track: int | None = None
    faces: int = 0
    quality: Quality | None = None
    embedding: Embedding | None = None
    surround: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """A view that is to become a template.

    Attributes:
        aim: Which pose it shows.
        at: Monotonic seconds.
        track: Which track it was taken of.
        quality: What was measured.
        embedding: The face.
        light: What was unusual about the light.
        similarity: Cosine similarity to the first capture; 1 of that itself.
    """

    aim: Aim
    at: float
    track: int
    quality: Quality
    embedding: Embedding
    light: frozenset[Light]
    similarity: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """How far somebody has come.

    Attributes:
        began: Monotonic seconds of the first view; None before.
        clock: Of the last one; not a number before.
        track: Which track is captured; None before the first face.
        since: Monotonic seconds since when the present pose is waited for.
        held: The last views, oldest first, if they show the pose and are still.
        captures: What was captured, in its order.
        skipped: Which poses were left out.
        restarts: How often it began anew.
        hint: What to tell the person; None where the flaw says it, or it is over.
        flaw: What is wrong with the view; None when nothing is.
        end: How it ended; None while it goes on.
    """

    began: float | None = None
    clock: float = nan
    track: int | None = None
    since: float = nan
    held: tuple[View, ...] = ()
    captures: tuple[Capture, ...] = ()
    skipped: tuple[Aim, ...] = ()
    restarts: int = 0
    hint: Hint | None = Hint.STEP_UP
    flaw: Flaw | None = None
    end: GuideEnd | None = None

    @property
    def aim(self) -> Aim | None:
        """Which pose is waited for; None when there is no more."""
        done = {*self.skipped, *(one.aim for one in self.captures)}
        left = [aim for aim in AIMS if aim not in done]
        if left:
            return left[0]
        return Aim.RELIT if self.captures[0].light and Aim.RELIT not in done else None

    @property
    def light(self) -> frozenset[Light]:
        """What is unusual about the light of the best capture that looks straight ahead; empty before it."""
        straight = [one.light for one in self.captures if one.aim in (Aim.CENTRE, Aim.RELIT)]
        return min(straight, key=len, default=frozenset())


def step(guide: Guide, view: View, rules: GuideRules) -> Guide:
    """Take one view into account; one that is not later than the last says nothing.

    Args:
        guide: How far it had come.
        view: What the frame showed.
        rules: When a view becomes a capture.
    """
    if guide.end is not None or not (guide.began is None or view.at > guide.clock):
        return guide
    began = view.at if guide.began is None else guide.began
    guide = _followed(replace(guide, began=began, clock=view.at, flaw=None), view, rules)
    if guide.end is None:
        guide = _in_time(guide, rules)
    return guide if guide.end is not None else _looked(guide, view, rules)


def paused(guide: Guide, at: float) -> Guide:
    """Return the guide after something else was asked of the person: the pose is waited for from now on."""
    return replace(guide, since=at, held=(), clock=at)


def _followed(guide: Guide, view: View, rules: GuideRules) -> Guide:
    """Begin anew where another track is followed."""
    if view.track is None or view.quality is None or view.track == guide.track:
        return guide
    if not guide.captures:
        return replace(guide, track=view.track, since=view.at, held=())
    if guide.restarts >= rules.restarts:
        return _over(guide, GuideEnd.LOST)
    return replace(
        guide, track=view.track, since=view.at, held=(), captures=(), skipped=(), restarts=guide.restarts + 1
    )


def _in_time(guide: Guide, rules: GuideRules) -> Guide:
    """Leave out a pose that does not come; end when everything takes too long."""
    if guide.began is None or not guide.clock - guide.began <= rules.total_s:
        return _ended(guide, rules)
    limit = rules.relight_s if guide.aim is Aim.RELIT else rules.aim_s
    if guide.track is None or guide.aim is None or guide.clock - guide.since <= limit:
        return guide
    if guide.aim is Aim.CENTRE:  # nothing can be measured from it
        return replace(guide, since=guide.clock)
    return _next(replace(guide, skipped=(*guide.skipped, guide.aim)), rules)


def _next(guide: Guide, rules: GuideRules) -> Guide:
    guide = replace(guide, since=guide.clock, held=())
    return _ended(guide, rules) if guide.aim is None else guide


def _ended(guide: Guide, rules: GuideRules) -> Guide:
    enough = len({one.aim for one in guide.captures} - {Aim.RELIT}) >= rules.least
    return _over(guide, GuideEnd.CAPTURED if enough else GuideEnd.TOO_SLOW)


def _over(guide: Guide, end: GuideEnd) -> Guide:
    return replace(guide, end=end, hint=None, held=())


def _looked(guide: Guide, view: View, rules: GuideRules) -> Guide:
    """Say what to do, or hold the view."""
    (hint, flaw), aim = _wrong(guide, view, rules), guide.aim
    if hint is not None or flaw is not None or aim is None:
        # A second face for a moment, often none at all, costs no more than its frame; the gaps are limited.
        return replace(guide, hint=hint, flaw=flaw, held=guide.held if hint is Hint.ONE_AT_A_TIME else ())
    held = (*guide.held, view)
    while not _still(held, rules):
        held = held[1:]
    guide = replace(guide, hint=Hint.HOLD_STILL, held=held)
    long = view.at - held[0].at >= rules.hold_s
    return _captured(guide, aim, rules) if long and len(held) >= rules.hold_frames else guide


def _wrong(guide: Guide, view: View, rules: GuideRules) -> tuple[Hint | None, Flaw | None]:
    """Return what keeps a view from being held; the first thing to mend comes first."""
    if view.quality is None or view.track is None:
        return Hint.STEP_UP, None
    first = view.quality.flaws[0] if view.quality.flaws else None
    if view.faces != 1 or first is None:
        return _hindered(guide, view, view.quality, rules), None
    if first is Flaw.TURNED_AWAY:
        return Hint.LOOK_STRAIGHT if guide.aim in (Aim.CENTRE, Aim.RELIT) else Hint.NOT_SO_FAR, first
    return None, first


def _hindered(guide: Guide, view: View, quality: Quality, rules: GuideRules) -> Hint | None:
    """Return what keeps a view without a flaw from being held."""
    if view.faces != 1:
        return Hint.ONE_AT_A_TIME
    if not quality.inter_eye_px >= rules.min_eyes_px:
        return Hint.COME_CLOSER
    astray = _astray(guide, quality, rules)
    if astray is None and guide.aim is Aim.RELIT and unusual(quality, view.surround, rules.usual):
        return Hint.CHANGE_LIGHT
    return Hint.HOLD_STILL if astray is None and view.embedding is None else astray


def _astray(guide: Guide, quality: Quality, rules: GuideRules) -> Hint | None:
    """Return which way to look; None when the head is held as the pose asks."""
    if guide.aim is Aim.CENTRE:
        straight = abs(quality.yaw_deg) <= rules.facing_yaw_deg and abs(quality.pitch_deg) <= rules.facing_pitch_deg
        return None if straight else Hint.BEGIN_AGAIN if guide.restarts else Hint.LOOK_STRAIGHT
    base = guide.captures[0].quality
    left, up = quality.yaw_deg - base.yaw_deg, quality.pitch_deg - base.pitch_deg
    if guide.aim is Aim.RELIT:
        near = max(abs(left), abs(up)) <= rules.aside_deg
        return None if near else Hint.LOOK_STRAIGHT
    ways = {
        Aim.LEFT: (left, up, rules.turn_deg, rules.turn_most_deg, Hint.TURN_LEFT),
        Aim.RIGHT: (-left, up, rules.turn_deg, rules.turn_most_deg, Hint.TURN_RIGHT),
        Aim.UP: (up, left, rules.nod_deg, rules.nod_most_deg, Hint.LOOK_UP),
        Aim.DOWN: (-up, left, rules.nod_deg, rules.nod_most_deg, Hint.LOOK_DOWN),
    }
    along, across, least, most, hint = ways[guide.aim or Aim.LEFT]
    if not along >= least:
        return hint
    return None if along <= most and abs(across) <= rules.aside_deg else Hint.NOT_SO_FAR


def _still(held: tuple[View, ...], rules: GuideRules) -> bool:
    turns = [(one.quality.yaw_deg, one.quality.pitch_deg) for one in held if one.quality is not None]
    moved = max(max(way) - min(way) for way in zip(*turns, strict=True))
    return moved <= rules.still_deg and all(later.at - one.at <= rules.gap_s for one, later in pairwise(held))


def _captured(guide: Guide, aim: Aim, rules: GuideRules) -> Guide:
    """Capture the best of the held views, if it shows the person of the first capture."""
    views = [(one, one.quality, one.embedding) for one in guide.held]
    good = [(one, quality, face) for one, quality, face in views if quality is not None and face is not None]
    view, quality, face = max(good, key=lambda one: one[1].score)
    similarity = float(guide.captures[0].embedding.vector @ face.vector) if guide.captures else 1.0
    if not similarity >= rules.same:
        return _over(guide, GuideEnd.SOMEBODY_ELSE)
    light = unusual(quality, view.surround, rules.usual)
    taken = Capture(aim, view.at, view.track or 0, quality, face, light, similarity)
    return _next(replace(guide, captures=(*guide.captures, taken)), rules)
