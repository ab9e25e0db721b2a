"""Watches what the door opened for, and has it judged for adaptation later, when nobody stands there any more.

Everything here runs in the thread of the frames and costs it nothing: a few embeddings that were made anyway are
remembered. What takes time (reading, judging, the journal, the disk) is handed over once nobody has been seen for a
moment, so that no face waits for it.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from edge.access.proof import answered
from edge.app import auditing, leeway
from edge.app.curves import curve
from edge.app.recognition import Recognition
from edge.app.renewing import Granted, Renewer
from edge.people.adapt import Grant, View
from edge.values import Credential, Factor, Occasion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.access.attempt import State
    from edge.app.places import Places
    from edge.app.recognition import Observer, See
    from edge.app.renewing import Everybody, Keeper
    from edge.config import Config
    from edge.link.ports import DoorPort
    from edge.loop import Terminal
    from edge.values import Answer, Embedding, Handle, Match, Person, PersonId, Reason, Search, Sighting, Verdict
    from edge.vision.bundle import Bundle
    from edge.vision.pipeline import Memory
    from hw.base import Camera, Frame, Prompt

    Compose = Callable[[Recognition, Camera, DoorPort, Prompt, Observer], Terminal]

QUIET_S = 2.0
"""For how long nobody is seen before anything is written."""

OPERATOR = "adaptation"
"""Who the journal says did it."""

_VIEWS = 12
_WAITING = 16


@dataclass(slots=True)
class Adapting:
    """What the terminal remembers of a track until it is decided, and of grants until nobody stands there.

    Attributes:
        later: Takes what is to be judged, and returns at once.
        fresh_s: How fresh the proof of a live person must be, seconds.
        wall: Tells seconds since the epoch.
    """

    later: Callable[[Granted], object]
    fresh_s: float
    wall: Callable[[], float] = time.time
    _track: int | None = field(default=None, init=False)
    _views: list[tuple[PersonId, View]] = field(default_factory=list, init=False)
    _opened: tuple[Person, tuple[Credential, ...]] | None = field(default=None, init=False)
    _waiting: dict[Handle, Granted] = field(default_factory=dict, init=False)
    _seen_at: float = field(default=-inf, init=False)

    def seeing(self, sees: See) -> See:
        """Return the same way to look at a frame; what it compares is remembered."""

        def see(frame: Frame, memory: Memory, among: Search) -> tuple[Sighting, Memory]:
            probes: list[Embedding] = []

            def searched(probe: Embedding) -> Match | None:
                probes.append(probe)
                return among(probe)

            sighting, memory = sees(frame, memory, searched)
            self._look(sighting, probes)
            return sighting, memory

        return see

    def terminal(
        self, known: Recognition, camera: Camera, door: DoorPort, prompt: Prompt, observe: Observer
    ) -> Terminal:
        """Join what people are recognised with to a camera and a door, as `Recognition.terminal`, and listen."""
        return self.joined(replace(known, sees=self.seeing(known.sees)).terminal(camera, door, prompt, observe))

    def joined(self, terminal: Terminal) -> Terminal:
        """Return the same terminal; what the door opens for is remembered."""

        def tell(state: State, verdict: Verdict | None, outcome: Reason | None) -> None:
            if verdict is not None:
                self._settle(state, verdict)
            terminal.tell(state, verdict, outcome)

        return replace(terminal, door=HeardDoor(terminal.door, self._hear), tell=tell)

    def _look(self, sighting: Sighting, probes: list[Embedding]) -> None:
        if sighting.faces:
            self._seen_at = sighting.at
        elif self._waiting and sighting.at - self._seen_at >= QUIET_S:
            for granted in self._waiting.values():
                self.later(granted)
            self._waiting.clear()
        if sighting.track != self._track:
            self._track, self._views = sighting.track, []
        quality, match = sighting.quality, sighting.match
        if sighting.faces == 1 and quality is not None and quality.good and match is not None and probes:
            self._views = [*self._views, (match.person, View(probes[-1], quality.score))][-_VIEWS:]

    def _hear(self, person: Person, shown: tuple[Credential, ...]) -> None:
        """Take in that the door opened."""
        self._opened = person, shown

    def _settle(self, state: State, verdict: Verdict) -> None:
        opened, self._opened = self._opened, None
        if opened is None:
            return
        person, shown = opened
        views = tuple(view for whose, view in self._views if whose == person.id)
        face = Credential(Factor.FACE, verdict.at, claimed=bool(shown))
        grant = Grant(self.wall(), views, proof_of(state, verdict.at, self.fresh_s), (*shown, face))
        self._waiting.pop(person.handle, None)
        self._waiting[person.handle] = Granted(person.id, person.handle, grant)
        if len(self._waiting) > _WAITING:
            del self._waiting[next(iter(self._waiting))]


@dataclass(frozen=True, slots=True)
class HeardDoor:
    """A door of which somebody hears when it opens; a `DoorPort`."""

    door: DoorPort
    opened: Callable[[Person, tuple[Credential, ...]], None]

    def identify(self, person: Person, verdict: Verdict, shown: tuple[Credential, ...] = ()) -> Answer:
        """See `DoorPort.identify`."""
        answer = self.door.identify(person, verdict, shown)
        if answer.opened:
            self.opened(person, shown)
        return answer

    def report(self, verdict: Verdict, handle: Handle | None) -> None:
        """See `DoorPort.report`."""
        self.door.report(verdict, handle)

    def close(self) -> None:
        """See `DoorPort.close`."""
        self.door.close()


@contextmanager
def adapting(
    config: Config,
    here: Places,
    store: Keeper,
    search: Everybody,
    embedder: Bundle,
    consented: Callable[[Person], bool],
) -> Iterator[Compose]:
    """Adapt while the terminal runs, where that is switched on; yields how to join the terminal's parts.

    What was handed over is finished before this ends.

    Args:
        config: Everything that is set.
        here: Where the journal is.
        store: Who is enrolled.
        search: The terminal's own.
        embedder: The model that makes embeddings.
        consented: Whether somebody's consent counts.

    Raises:
        EvidenceError: The embedder has no measured curve.
    """
    if not config.adaptation.enabled:
        yield Recognition.terminal
        return
    measured = curve(embedder)
    renewer = Renewer(
        store,
        search,
        partial(leeway.bounds, config, measured),
        partial(leeway.room, config, measured),
        consented,
        lambda handle, words: auditing.audit(here, Occasion.ADAPTED, operator=OPERATOR, words=words, handle=handle),
    )
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="adapting") as worker:
        yield Adapting(lambda granted: worker.submit(renewer, granted), config.liveness.fresh_s).terminal


def proof_of(state: State, at: float, fresh_s: float) -> str:
    """Return what showed a live person: "motion" or "challenge"; empty for neither."""
    if state.attempt is None:
        return ""
    proof = state.attempt.proof
    if proof.denied is not None:
        return ""
    if answered(proof):
        return "challenge"
    return "motion" if proof.suspicion is None and 0 <= at - proof.moved_at <= fresh_s else ""
