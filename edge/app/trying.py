"""Counts what is seen of a set that is tried, beside the old one or on trial, and asks the rules what it allows."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import partial
from math import inf
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec.structs import replace

from edge import disk
from edge.app.adapting import proof_of
from edge.app.migrating import Walked
from edge.app.shadowing import Shadowing
from edge.app.trials import trial_policy
from edge.ota import figures, shadow, trial
from edge.ota.migrate import Walk
from edge.values import Credential, Factor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.access.attempt import State
    from edge.app.running import Running
    from edge.app.shadowing import Presence
    from edge.config import Config
    from edge.ota.active import Active
    from edge.values import Person, PersonId, Verdict

    Migrate = Callable[[Running, Running], Callable[[Walked], object]]
    """Returns what takes the walks of two sets: of the one that decides, and of the candidate."""

T = TypeVar("T")
_log = logging.getLogger(__name__)

SAVE_S = 60.0
"""How often the figures are written at most; a lost minute is harmless."""

SHADOW, TRIAL = "shadow.json", "trial.json"
"""Where the figures are, in the folder of the models."""

_WAITING = 8


@dataclass(frozen=True, slots=True)
class Site:
    """What lies around.

    Attributes:
        folder: Where the figures are kept.
        migrate: Takes the walks of people, for templates of the candidate's space.
        unmigrated: Says what is missing until enough people have one, of the same two sets; empty for nothing.
        wall: Tells seconds since the epoch.
    """

    folder: Path
    migrate: Migrate
    unmigrated: Callable[[Running, Running], str]
    wall: Callable[[], float] = time.time


def shadow_policy(config: Config) -> shadow.Policy:
    """Return what must be seen of a set beside the old one."""
    ota, decision = config.ota, config.decision
    return shadow.Policy(ota.shadow_visits, ota.shadow_days, ota.shadow_loss, decision.fpir, decision.votes)


class Trying:
    """The figures of the set that is tried; for the loop's thread, but for `save` and `unmigrated`."""

    def __init__(self, config: Config, site: Site) -> None:
        """Take what must be seen, and what lies around."""
        self._fresh_s = config.liveness.fresh_s
        self.told = ""
        self._every = config.ota.shadow_every
        self._shadow_policy = shadow_policy(config)
        self._trial_policy = trial_policy(config)
        self._site = site
        self._disk = disk.Disk(mode=0o640)
        self._shadow = figures.Figures()
        self._trial: trial.Figures | None = None
        self._both: tuple[Running, Running] | None = None
        self._writing = Lock()
        self._walked: Callable[[Walked], object] | None = None
        self._let_in: dict[int, tuple[Person, float, str, tuple[Credential, ...]]] = {}
        self._saved_at = -inf
        self._changed = False
        self._looked = False

    def begin(self, deciding: Running, beside: Running | None, active: Active) -> Shadowing:
        """Begin, or go on where the figures left off.

        Args:
            deciding: The set that decides.
            beside: The set that looks on; None for none.
            active: Which of them is tried.
        """
        kept = self._read(SHADOW, figures.parse, figures.Figures())
        self._both = None if beside is None else (deciding, beside)
        self._walked, self._changed, self._looked = None, False, False
        self._let_in.clear()
        if active.phase == "shadow":
            self._trial = None
            same = kept.slot == active.candidate and kept.old in {"", active.running}
            self._shadow = replace(kept if same else figures.Figures(active.candidate), old=active.running)
            if beside is not None:
                self._walked = self._site.migrate(deciding, beside)
        else:
            before = kept if kept.slot == active.running else figures.Figures()
            fresh = trial.Figures(
                active.running,
                self._site.wall(),
                granted_before=before.granted,
                refused_before=before.refused,
                passed_before=before.passed,
            )
            earlier = self._read(TRIAL, trial.parse, fresh)
            self._trial = earlier if earlier.slot == active.running and active.starts else fresh
            self._changed = True
        return Shadowing(beside, self._every)

    def let_in(self, verdict: Verdict, person: Person, shown: tuple[Credential, ...], state: State) -> None:
        """Take in that the door opened.

        Args:
            verdict: On the strength of what.
            person: For whom.
            shown: What had named them.
            state: What the terminal remembered then.
        """
        face = Credential(Factor.FACE, verdict.at, claimed=bool(shown))
        proof = proof_of(state, verdict.at, self._fresh_s)
        self._let_in[verdict.track] = (person, self._site.wall(), proof, (*shown, face))
        while len(self._let_in) > _WAITING:
            del self._let_in[next(iter(self._let_in))]

    def left(self, presence: Presence, knows: Callable[[PersonId], bool]) -> Callable[[], object] | None:
        """Count somebody who has left; returns what is to be done for their template, in another thread."""
        visit = presence.visit(knows)
        self._changed = True
        self._looked = self._looked or bool(presence.pairs)
        if self._trial is not None:
            self._trial = _tried(self._trial, visit, self._shadow_policy.votes)
            return None
        day = time.strftime("%Y-%m-%d", time.localtime(self._site.wall()))
        self._shadow = shadow.counted(self._shadow, visit, day, self._shadow_policy)
        entered = None if presence.track is None else self._let_in.pop(presence.track, None)
        if entered is None or self._walked is None or not presence.looks:
            return None
        person, at, proof, credentials = entered
        walk = Walk(at, tuple(presence.looks), proof, credentials)
        return partial(self._walked, Walked(person.id, person.handle, walk))

    def lasted(self) -> bool:
        """Whether the other set has looked at somebody since this process runs: it did not end it."""
        return self._looked

    def worse(self) -> str:
        """Say why the candidate is given up; empty while it is not."""
        found = shadow.judged(self._shadow, self._shadow_policy)
        return found.why if isinstance(found, shadow.Worse) else ""

    def ready(self) -> bool:
        """Whether the figures allow the candidate to decide."""
        ready = isinstance(shadow.judged(self._shadow, self._shadow_policy), shadow.Ready)
        if ready:
            self.told = f"{self._shadow.visits} visits on {self._shadow.compared_days} days compared"
        return ready

    def unmigrated(self) -> str:
        """Say what is missing until enough people have a template of the candidate; empty for nothing."""
        return "no other set looks on" if self._both is None else self._site.unmigrated(*self._both)

    def failed(self) -> str:
        """Say why the set on trial is taken back; empty while it is not."""
        found = None if self._trial is None else trial.judged(self._trial, self._trial_policy, self._site.wall())
        return found.why if isinstance(found, trial.Failed) else ""

    def proven(self) -> bool:
        """Whether use has confirmed the set on trial."""
        if self._trial is None:
            return False
        if self._site.wall() < self._trial.began:  # the clock was set back: else a trial could last for years
            self._trial, self._changed = replace(self._trial, began=self._site.wall()), True
        found = trial.judged(self._trial, self._trial_policy, self._site.wall())
        self.told = f"{self._trial.granted} people let in, {self._trial.refused} refused"
        return isinstance(found, trial.Proven)

    def unsaved(self, now: float) -> bool:
        """Whether it is time to write; monotonic seconds."""
        if not self._changed or now - self._saved_at < SAVE_S:
            return False
        self._saved_at = now
        return True

    def save(self) -> None:
        """Write the figures; what cannot be written is written later."""
        self._changed = False
        name, data = SHADOW, figures.dump(self._shadow)
        if self._trial is not None:
            name, data = TRIAL, trial.dump(self._trial)
        path = self._site.folder / name
        try:
            with self._writing:
                self._disk.remove(disk.fresh_name(path))
                disk.replace(self._disk, path, data)
        except OSError as error:
            _log.warning("%s: cannot be written: %s", error.filename, error.strerror or error)
            self._changed = True

    def _read(self, name: str, parse: Callable[[bytes], T], fresh: T) -> T:
        path = self._site.folder / name
        try:
            return parse(path.read_bytes())
        except FileNotFoundError:
            return fresh
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            _log.warning("%s: cannot be read, and is begun anew: %s", path, error)
            return fresh


def _tried(found: trial.Figures, visit: shadow.Visit, votes: int) -> trial.Figures:
    if visit.let_in:
        return trial.granted(found)
    if visit.turned:
        found = trial.refused(found)
    if not visit.granted and shadow.welcome((pair.new for pair in visit.pairs), votes):
        found = trial.missed(found)
    return found
