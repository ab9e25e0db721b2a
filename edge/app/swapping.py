"""Which set of models the terminal decides with: followed, tried, taken in another's place, and taken back.

Two goals come from `active.toml`: which set decides, and which looks on (a candidate, or on trial the set before). What
takes time is done in a thread of its own: reading files, loading models, writing. The loop's thread learns of it
between two frames, and changes sets only there: while nobody stands before the camera, nobody is asked for anything,
and the door is locked and closed. A change never says anything to the door (S2).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from edge.access.attempt import State
from edge.app.adapting import HeardDoor
from edge.app.model_set import NotNowError
from edge.app.shadowing import Moment, Shadowing, look_of
from edge.app.tasks import Tasks, worded
from edge.errors import StoreError
from edge.ota.active import NOBODY, Active, Slot
from edge.values import Sighting
from edge.vision.pipeline import see

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.app.changing import Changing, Step
    from edge.app.running import Builds, Running
    from edge.app.trying import Trying
    from edge.loop import Terminal
    from edge.values import Credential, Embedding, Match, Person, Reason, Search, Verdict
    from edge.vision.pipeline import Memory
    from hw.base import Frame

_log = logging.getLogger(__name__)

LOOK_S = 1.0
"""How often it is looked whether another set shall decide."""

EMPTY_S = 1.0
"""For how long nobody must have been seen before another set takes over."""

AGAIN_S = 60.0
"""After how long what could not be done is tried again."""


class Swapping:
    """Told of every frame by the loop's thread."""

    def __init__(self, deciding: Running, active: Active, builds: Builds, changing: Changing, trying: Trying) -> None:
        """Take the set that decides, `active.toml` as it was read, and who loads, writes down and judges."""
        self.deciding = deciding
        self._active = active
        self._builds = builds
        self._changing = changing
        self._trying = trying
        self._tasks = Tasks("swapping")
        self._next: Running | None = None
        self._shadowing: Shadowing | None = None
        self._stamp: tuple[int, ...] = ()  # older than any file: what was changed while sets were loaded is read again
        self._looked_at = -inf
        self._probe: Embedding | None = None
        self._opened: tuple[Person, tuple[Credential, ...]] | None = None
        self._shut = False
        self._seen_at = self._now = -inf
        self._failed = ""
        self._turning = self._ready = False
        self._state = State()
        self._busy: Callable[[], bool] = lambda: False
        self._alone = NOBODY

    def close(self) -> None:
        """Finish what waits, keep the figures, and end the threads; a second call does nothing."""
        if self._shadowing is not None:
            self._shadowing.close()
        self._let_go()
        self._tasks.close()

    def settled(self, timeout_s: float = 10.0) -> None:
        """Wait until nothing is being done in another thread; what came of it counts from the next frame on."""
        self._tasks.settled(timeout_s)
        if self._shadowing is not None:
            self._shadowing.settled(timeout_s)

    def shut(self, shut: bool) -> None:  # noqa: FBT001 - as the notice says it
        """Take in whether the door is locked and closed."""
        self._shut = shut

    def sees(self, frame: Frame, memory: Memory, among: Search) -> tuple[Sighting, Memory]:
        """Look at a frame with the set that decides; on trial, one that fails sees nobody and is taken back (S3).

        Raises:
            EdgeError: It failed, and no trial can be blamed for it.
        """
        self._probe = None

        def searched(probe: Embedding) -> Match | None:
            self._probe = probe
            return among(probe)

        if not self._failed:
            try:
                return see(frame, memory, self.deciding.eyes, searched)
            except StoreError:
                raise
            except Exception as error:
                if not self._on_trial:
                    raise
                _log.exception("the set %s fails, and is taken back", self.deciding.slot)
                self._failed = worded(error)
                self._change("rolled_back", f"it failed: {self._failed}")
        return Sighting(frame.at, frame.sequence), memory

    def joined(self, terminal: Terminal, busy: Callable[[], bool]) -> Terminal:
        """Return the same terminal; what happens is counted.

        Args:
            terminal: Recognises people with the set that decides.
            busy: Whether somebody is asked for something, or a verification stands.
        """
        self._busy = busy
        tell, observe = terminal.tell, terminal.observe

        def told(state: State, verdict: Verdict | None, outcome: Reason | None) -> None:
            self._state = state
            tell(state, verdict, outcome)

        def observed(frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
            observe(frame, sighting, verdict, outcome)
            self._watch(frame, sighting, verdict, outcome)

        return replace(terminal, door=HeardDoor(terminal.door, self._hear), tell=told, observe=observed)

    def due(self) -> bool:
        """Whether another set is ready to decide from the next frame on; asked before each."""
        self._tasks.collect()
        self._turning = False
        if self._now - self._looked_at >= LOOK_S:
            self._looked_at = self._now
            self._follow()
        if self._ready and self._next is not None and self._free():
            self._tasks.ask("migrated", self._trying.unmigrated, self._migrated, None, LOOK_S)
        self._turning = self._next is not None and self._next.slot == self._active.running and self._free()
        return self._turning

    def turn(self) -> bool:
        """Let the set that is due decide; False when none is. Nothing else may use either at that moment."""
        if self._next is None or not self._turning:
            return False
        self._let_go()
        _log.warning("the set %s decides in the place of %s", self._next.slot, self.deciding.slot)
        self.deciding, self._next, self._failed = self._next, None, ""
        return True

    @property
    def _on_trial(self) -> bool:
        return self._active.phase == "trial" and self._active.running == self.deciding.slot

    def _free(self) -> bool:
        empty = self._failed != "" or self._now - self._seen_at >= EMPTY_S
        return self._shut and empty and not self._busy()

    def _hear(self, person: Person, shown: tuple[Credential, ...]) -> None:
        self._opened = person, shown

    def _watch(self, frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
        self._now = frame.at
        if sighting.faces or sighting.track is not None:
            self._seen_at = frame.at
        opened, self._opened = self._opened, None
        shadowing = self._shadowing
        if shadowing is None:
            return
        look = None if sighting.spared or self._busy() else look_of(sighting, self.deciding.usual())
        try:
            gone = tuple(shadowing.watch(Moment(frame, sighting, self._probe, look), verdict, outcome))
        except Exception as error:  # noqa: BLE001 - whatever it was: what only looks on disturbs nobody
            self._beside_fails(error)
            return
        if opened is not None and verdict is not None:
            self._trying.let_in(verdict, *opened, self._state)
        for presence in gone:
            task = self._trying.left(presence, shadowing.knows)
            if task is not None:
                shadowing.later(task)

    def _follow(self) -> None:
        """Bring about what is wanted, one step at a time."""
        stamp = self._changing.stamp
        if stamp != self._stamp:
            self._stamp = stamp
            self._tasks.ask("read", self._changing.read, self._take)
        else:
            self._look_on()
            self._decide()
        if self._shadowing is not None:
            self._judge()
            if self._trying.unsaved(self._now):
                self._tasks.ask("save", self._trying.save)

    def _take(self, active: Active) -> None:
        """Take in what the file says now."""
        if active != self._active:
            _log.info("the set %s is to decide, phase %s", active.running, active.phase)
        self._active = active  # the stamp stays that of before the reading: it may have changed since
        self._look_on()
        self._decide()

    def _onlooker(self) -> Slot:
        """Return the set that is to look on: none before the one that is to decide does."""
        active = self._active
        if active.running != self.deciding.slot:
            return NOBODY
        return active.candidate if active.phase == "shadow" else active.good if active.phase == "trial" else NOBODY

    def _look_on(self) -> None:
        wanted, here = self._onlooker(), self._shadowing
        if here is not None and here.slot != wanted and not (here.slot == NOBODY and wanted == self._alone != NOBODY):
            self._let_go()
        if self._shadowing is None and wanted:
            look_on = partial(self._builds.to_look_on, wanted)
            self._tasks.ask(f"beside {wanted}", look_on, self._beside, self._beside_fails, AGAIN_S)

    def _beside(self, running: Running) -> None:
        if running.slot == self._onlooker():
            self._let_go()
            self._shadowing = self._trying.begin(self.deciding, running, self._active)

    def _beside_fails(self, error: BaseException) -> None:
        """Give a candidate up that cannot look on; without the set before, a trial goes on by itself."""
        self._let_go()
        if self._active.phase == "shadow" and not isinstance(error, StoreError | NotNowError):
            self._change("dropped", f"it failed beside the set that decides: {worded(error)}")
            return
        _log.error("no other set looks on: %s", worded(error))
        if self._on_trial:
            self._alone = self._active.good
            self._shadowing = self._trying.begin(self.deciding, None, self._active)

    def _let_go(self) -> None:
        gone, self._shadowing, self._ready = self._shadowing, None, False
        if gone is not None:
            gone.give_up()  # people may stand there: what it does just now is waited for in the other thread
            self._tasks.ask(f"let go {id(gone)}", gone.close)
            self._trying.save()

    def _decide(self) -> None:
        """Load what is to decide, and forget what no longer is."""
        if self._next is not None and self._next.slot not in {self._active.running, self._active.candidate}:
            self._next = None
        if self._active.running != self.deciding.slot:
            self._prepare(self._active.running)

    def _prepare(self, slot: Slot) -> None:
        if self._next is None or self._next.slot != slot:
            load = partial(self._builds.to_decide, slot)
            self._tasks.ask(f"next {slot}", load, partial(setattr, self, "_next"), self._unprepared, AGAIN_S)

    def _unprepared(self, error: BaseException) -> None:
        if isinstance(error, StoreError | NotNowError):  # it may again once that is mended (ADR 33)
            _log.error("no other set can be loaded: %s", error)
        elif self._active.running != self.deciding.slot:
            self._change("rolled_back", f"it cannot be loaded: {worded(error)}")
        elif self._active.phase == "shadow":
            self._change("dropped", f"it cannot be loaded: {worded(error)}")

    def _judge(self) -> None:
        """Do what the figures say."""
        self._ready = False
        if self._active.phase == "shadow":
            if self._active.starts and self._trying.lasted():
                self._change("lasted", "")
            if worse := self._trying.worse():
                self._change("dropped", worse)
            elif self._trying.ready():
                self._ready = True
                self._prepare(self._active.candidate)
        elif self._on_trial:
            if failed := self._trying.failed():
                self._change("rolled_back", failed)
            elif self._trying.proven():
                self._change("confirmed", self._trying.told)

    def _migrated(self, missing: str) -> None:
        if not missing and self._ready and self._free():
            self._change("cut_over", self._trying.told)

    def _change(self, step: Step, why: str) -> None:
        change = partial(self._changing.change, step, self._active, why)
        name = f"{step} {self._active.running} {self._active.candidate}"
        self._tasks.ask(name, change, self._take, self._unchanged, AGAIN_S)

    def _unchanged(self, error: BaseException) -> None:
        """Go back all the same, in memory, where that cannot be written down: else a bad set would stay (S3)."""
        _log.error("which set decides is not written down: %s", worded(error))
        if self._failed and self._on_trial:
            self._active = self._changing.back(self._active, self._failed)
