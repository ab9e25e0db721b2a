"""Another set of models looks at the terminal's frames without deciding: a candidate, or the set that decided before.

It looks in a thread of low priority, at one frame at a time; while it looks every other frame passes it by. Of what it
sees only numbers are kept, and, of somebody the door opened for, the embeddings from which migration makes a template.
It compares what a single frame tells: the cues that judge a sequence of frames would see another sequence.
"""

from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from edge.access.votes import vote
from edge.ota import migrate
from edge.ota.shadow import MOST_FRAMES, Look, Pair, Visit
from edge.values import Reason
from edge.vision.pipeline import Memory, see

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.access.decide import Rule
    from edge.app.running import Running
    from edge.people.gallery import Gallery
    from edge.values import Embedding, Match, PersonId, Sighting, Verdict
    from hw.base import Frame

_log = logging.getLogger(__name__)

LOW = 15
"""The niceness of the thread that only looks on."""

PRESENT_S = 1.0
"""For how long somebody whom only the other set sees counts as standing there."""

PLAUSIBLE = 100.0
"""Somebody is likely who matches at a false-match rate so many times the door's."""

_STRANGERS = frozenset({Reason.UNKNOWN, Reason.UNSURE, Reason.AMBIGUOUS})
_MOST_LOOKS = 24
_SAME = 0.3


@dataclass(slots=True, eq=False)
class Presence:
    """Somebody who stands there, or stood.

    Attributes:
        track: Their track; None while only the other set sees them.
        pairs: What both sets made of their frames.
        looks: Their embeddings by both.
        verdicts: What was concluded, and what became of it.
    """

    track: int | None
    pairs: list[Pair] = field(default_factory=list)
    looks: list[migrate.Look] = field(default_factory=list)
    verdicts: list[tuple[Verdict, Reason]] = field(default_factory=list)

    def visit(self, knows: Callable[[PersonId], bool]) -> Visit:
        """Return it as the rules count it."""
        recognised = next((verdict.person for verdict, _ in self.verdicts if verdict.granted), None)
        reasons = {verdict.reason for verdict, _ in self.verdicts if not verdict.granted}
        return Visit(
            tuple(self.pairs),
            granted=recognised or "",
            refused=recognised is None and bool(reasons & _STRANGERS),
            let_in=any(outcome is Reason.GRANTED for _, outcome in self.verdicts),
            turned=recognised is None and bool(reasons),
            known=recognised is None or knows(recognised),
        )


class Moment(NamedTuple):
    """A frame as the deciding set saw it.

    Attributes:
        frame: The frame.
        sighting: What it showed.
        probe: What was compared; None where nothing was.
        look: What the set made of it; None where it is not to be compared.
    """

    frame: Frame
    sighting: Sighting
    probe: Embedding | None
    look: Look | None


class _Seen(NamedTuple):
    sighting: Sighting
    probe: Embedding | None
    look: Look
    gallery: Gallery


class Shadowing:
    """Told of every frame by the loop's thread; ends visits, and has the other set look on where there is one."""

    def __init__(self, beside: Running | None, every: int) -> None:
        """Begin.

        Args:
            beside: The other set, which nothing else uses; None for visits of the deciding set alone.
            every: It looks at every so-manieth frame at most.
        """
        self._beside = beside
        if beside is not None:
            track = replace(beside.eyes.track, spare_s=0.0)
            self._eyes = replace(beside.eyes, track=track, panel=None)
        self._every = every
        self._memory = Memory()
        self._worker = ThreadPoolExecutor(1, "shadowing", _modestly)
        self._job: tuple[Future[_Seen], Presence | None, Moment] | None = None
        self._offered = -every
        self._here: Presence | None = None
        self._left: list[Presence] = []
        self._gallery: Gallery | None = None
        self._seen_at = -inf

    @property
    def slot(self) -> str:
        """Which set looks on; empty for none."""
        return "" if self._beside is None else self._beside.slot

    def knows(self, person: PersonId) -> bool:
        """Whether somebody has a template of the other set, as last seen."""
        return self._gallery is not None and bool(self._gallery.alone(person).templates)

    def watch(self, moment: Moment, verdict: Verdict | None, outcome: Reason | None) -> Iterator[Presence]:
        """Take in a frame; yields whoever has left.

        Args:
            moment: What the deciding set saw.
            verdict: What was concluded, if anything.
            outcome: What became of it.

        Raises:
            Exception: Whatever the other set failed with; there is no sense in going on with it.
        """
        self._collect()
        if verdict is not None and outcome is not None:
            self._hear(verdict, outcome)
        self._follow(moment.sighting)
        self._offer(moment)
        waiting = None if self._job is None else self._job[1]
        gone, self._left = self._left, [one for one in self._left if one is waiting]
        yield from (one for one in gone if one is not waiting)

    def later(self, task: Callable[[], object]) -> None:
        """Do something in the thread that looks on, after what it does now."""
        self._worker.submit(task).add_done_callback(_said)

    def settled(self, timeout_s: float) -> None:
        """Wait until the other set has looked at what it was shown."""
        if self._job is not None:
            wait((self._job[0],), timeout_s)

    def give_up(self) -> None:
        """Do nothing of what still waits, and begin nothing more; returns at once, while one thing may be done yet."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Wait until the other set looks at nothing more, and end the thread; a second call does nothing."""
        self._worker.shutdown(wait=True)

    def _collect(self) -> None:
        if self._job is None or not self._job[0].done():
            return
        (future, presence, moment), self._job = self._job, None
        seen = future.result()
        self._gallery = seen.gallery
        if seen.sighting.faces:
            self._seen_at = moment.sighting.at
        if presence is None and seen.look.nearest and self._here is None:
            presence = self._here = Presence(None)
        if presence is None or not same_face(moment.sighting, seen.sighting):
            return
        if moment.look is not None and len(presence.pairs) < MOST_FRAMES:
            presence.pairs.append(Pair(moment.look, seen.look))
        quality = moment.sighting.quality
        alone = moment.sighting.faces == seen.sighting.faces == 1
        if alone and moment.probe is not None and seen.probe is not None and quality is not None:
            one = migrate.Look(moment.probe, seen.probe, quality.score)
            presence.looks = [*presence.looks, one][-_MOST_LOOKS:]

    def _hear(self, verdict: Verdict, outcome: Reason) -> None:
        for one in (self._here, *self._left):
            if one is not None and one.track == verdict.track:
                one.verdicts.append((verdict, outcome))
                return

    def _follow(self, sighting: Sighting) -> None:
        """End a visit when its track does; whom only the other set sees is a visit of its own."""
        here = self._here
        if sighting.track is not None:
            if here is None or here.track != sighting.track:
                self._leave()
                self._here = Presence(sighting.track)
        elif here is not None and (here.track is not None or sighting.at - self._seen_at >= PRESENT_S):
            self._leave()

    def _leave(self) -> None:
        if self._here is not None:
            self._left.append(self._here)
        self._here = None

    def _offer(self, moment: Moment) -> None:
        beside, due = self._beside, moment.frame.sequence - self._offered >= self._every
        if beside is None or self._job is not None or not due:
            return
        self._offered = moment.frame.sequence
        self._job = self._worker.submit(self._look, beside, moment.frame), self._here, moment

    def _look(self, beside: Running, frame: Frame) -> _Seen:
        probes: list[Embedding] = []
        gallery = beside.search.gallery()

        def searched(probe: Embedding) -> Match | None:
            probes.append(probe)
            return gallery.search(probe)

        sighting, self._memory = see(frame, self._memory, self._eyes, searched)
        return _Seen(sighting, probes[-1] if probes else None, look_of(sighting, beside.usual()), gallery)


def _said(done: Future[object]) -> None:
    """Say what went wrong in a task that nobody waits for."""
    if not done.cancelled() and done.exception() is not None:
        _log.error("what was to be done beside the frames failed", exc_info=done.exception())


def look_of(sighting: Sighting, rule: Rule) -> Look:
    """Return what a set made of a frame: whom it took the face for, alive, and who was most like it."""
    match = sighting.match
    if match is None:
        return Look()
    cast, settings = vote(sighting, rule), rule.demand.settings
    alive = settings.mode == "off" or (sighting.liveness is not None and sighting.liveness >= settings.min_median)
    lax = min(PLAUSIBLE * rule.fmr_for(match.comparisons), 1.0)
    person = cast.person if cast.person is not None and alive else ""
    return Look(person, match.person, match.similarity >= rule.threshold_for(lax))


def same_face(one: Sighting, other: Sighting) -> bool:
    """Whether two sets looked at the same face of a frame; each chooses by itself where it shows several (S4)."""
    if one.box is None or other.box is None:
        return not (one.faces and other.faces)  # one that passes over a bystander looks at nobody
    return one.box.iou(other.box) >= _SAME


def _modestly() -> None:
    """Let every other thread go first."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW)
