"""People whom the set that decides does not know yet: once they said who they are, the set before judges their face.

After a cut-over some people have templates of the old set alone. Whoever of them shows a code or types a number is
compared with their own old templates, by the old embedder, on the same aligned face; never with anybody else's, and
never across (S5). All else is as for every claim: the rule of 1:1 by the old model's curve, liveness, one attempt (S4).
When the door opens, and a PIN or a code had named them, a template of the new space is made of that track.

All of it is asked in the loop's thread; what takes time (judging, the journal, the disk) is done in another.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from edge.app.adapting import HeardDoor, proof_of
from edge.app.crossing import crossing
from edge.app.curves import curve
from edge.app.eyes import load_model
from edge.app.migrating import Walked, migrator
from edge.errors import EdgeError
from edge.ota.migrate import Look, Walk
from edge.people.search import ClaimedSearch, LiveSearch
from edge.values import Credential, Factor
from edge.vision.embed import Embedder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from edge.access.decide import Rule, State
    from edge.app.migrating import Migrator
    from edge.app.places import Places
    from edge.app.running import LastChip, Running
    from edge.config import Config
    from edge.loop import Terminal
    from edge.people.store import Store
    from edge.values import Embedding, Match, Person, PersonId, Reason, Search, Sighting, Verdict
    from edge.vision.pipeline import Memory
    from hw.base import Frame

_log = logging.getLogger(__name__)

_MOST_LOOKS = 24


@dataclass(slots=True, eq=False, kw_only=True)
class KnownBefore:
    """Who has templates of the set before alone, and what comes of their claims.

    Attributes:
        seen: What the embedder that decides looked at last.
        embed: The old embedder, which nothing else uses.
        old: The search in the old space.
        new: The search in the space that decides.
        threshold_for: The old model's similarity of a false-match rate.
        later: Takes what the door opened for, and returns at once.
        fresh_s: How fresh the proof of a live person must be, seconds.
        wall: Tells seconds since the epoch.
    """

    seen: LastChip
    embed: Callable[[NDArray[np.uint8]], Embedding]
    old: LiveSearch
    new: LiveSearch
    threshold_for: Callable[[float], float]
    later: Callable[[Walked], object]
    fresh_s: float
    wall: Callable[[], float] = time.time
    _pair: tuple[PersonId, Embedding, Embedding] | None = field(default=None, init=False)
    _track: int | None = field(default=None, init=False)
    _looks: list[tuple[PersonId, Look]] = field(default_factory=list, init=False)
    _opened: tuple[Person, tuple[Credential, ...]] | None = field(default=None, init=False)

    def alone(self, person: PersonId | None) -> bool:
        """Whether somebody has templates of the old set, and none of the one that decides.

        Raises:
            StoreError: The store cannot be read.
        """
        if person is None or len(self.new.gallery().of(person)):
            return False
        return bool(len(self.old.gallery().of(person)))

    def rule(self, usual: Rule) -> Rule:
        """Return a rule by the old model's curve (S9)."""
        return replace(usual, threshold_for=self.threshold_for, space=str(self.old.space))

    def search(self, person: PersonId, probe: Embedding) -> Match | None:
        """Return how like somebody's old templates the aligned face is that `probe` was made of; `probe` is not asked.

        Raises:
            SpaceError: The old embedder and the old templates do not fit (S5).
            ModelError: The old embedder gave no vector (S8).
            StoreError: The store cannot be read.
        """
        if self.seen.chip is None:
            return None
        face = self.embed(self.seen.chip)
        self._pair = person, face, probe
        return ClaimedSearch(self.old, person)(face)

    def claimed(self, person: PersonId) -> Search:
        """Return the search of a claim."""

        def search(probe: Embedding) -> Match | None:
            return self.search(person, probe)

        return search

    def joined(self, terminal: Terminal) -> Terminal:
        """Return the same terminal; what the door opens for on such a claim becomes a template of the new space."""
        see, tell = terminal.see, terminal.tell

        def seen(frame: Frame, memory: Memory) -> tuple[Sighting, Memory]:
            self._pair = None
            sighting, memory = see(frame, memory)
            self._look(sighting)
            return sighting, memory

        def told(state: State, verdict: Verdict | None, outcome: Reason | None) -> None:
            if verdict is not None:
                self._settle(state, verdict)
            tell(state, verdict, outcome)

        return replace(terminal, see=seen, tell=told, door=HeardDoor(terminal.door, self._hear))

    def _look(self, sighting: Sighting) -> None:
        if sighting.track != self._track:
            self._track, self._looks = sighting.track, []
        pair, quality = self._pair, sighting.quality
        if pair is not None and quality is not None and quality.good and sighting.faces == 1:
            self._looks = [*self._looks, (pair[0], Look(pair[1], pair[2], quality.score))][-_MOST_LOOKS:]

    def _hear(self, person: Person, shown: tuple[Credential, ...]) -> None:
        self._opened = person, shown

    def _settle(self, state: State, verdict: Verdict) -> None:
        opened, self._opened = self._opened, None
        if opened is None or verdict.track != self._track:
            return
        person, shown = opened
        looks = tuple(look for whose, look in self._looks if whose == person.id)
        if looks:
            face = Credential(Factor.FACE, verdict.at, claimed=True)
            walk = Walk(self.wall(), looks, proof_of(state, verdict.at, self.fresh_s), (*shown, face))
            self.later(Walked(person.id, person.handle, walk))


@contextmanager
def known_before(deciding: Running) -> Iterator[KnownBefore | None]:
    """Judge people by the set before while this one decides; yields nothing where there is nobody to judge so.

    What was handed over is finished before this ends.
    """
    if deciding.before is None:
        yield None
        return
    before, claims = deciding.before
    with ThreadPoolExecutor(1, "known-before") as worker:
        yield replace(before, later=lambda walked: worker.submit(claims.claimed, walked))


def with_before(
    config: Config, here: Places, store: Store, deciding: Running, consented: Callable[[Person], bool]
) -> Running:
    """Return the same set with what judges people by the one before; it is loaded here, not where frames wait for it.

    A set before that cannot be loaded stops nobody whom the one that decides knows.

    Args:
        config: Everything that is set.
        here: Where the sets and the journal are.
        store: Who is enrolled.
        deciding: The set that decides, or is about to.
        consented: Whether somebody's consent counts at this moment.
    """
    try:
        return replace(deciding, before=_found(config, here, store, deciding, consented))
    except EdgeError as error:
        _log.warning("whoever has templates of the set before alone is not recognised: %s", error)
        return deciding


def _found(
    config: Config, here: Places, store: Store, deciding: Running, consented: Callable[[Person], bool]
) -> tuple[KnownBefore, Migrator] | None:
    between = crossing(config, here)
    if between is None or between.new_space != deciding.search.space or deciding.seen is None:
        return None
    model = load_model(between.old, "embedder", config)
    old = LiveSearch(store, between.old_space)
    before = KnownBefore(
        seen=deciding.seen,
        embed=Embedder(model, flip=config.models.flip),
        old=old,
        new=deciding.search,
        threshold_for=partial(curve(model.bundle).resolve, extrapolate=True),
        later=lambda _: None,
        fresh_s=config.liveness.fresh_s,
    )
    return before, migrator(config, here, store, old, (model.bundle, deciding.embedder), consented)
