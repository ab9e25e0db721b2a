"""Joins the set of models that decides to a camera and a door, for as long as it decides; then the next one."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from edge.access.attempt import State
from edge.access.lockout import Lockouts
from edge.app.adapting import adapting
from edge.app.asking import Hears
from edge.app.claims import Claims
from edge.app.known_before import known_before
from edge.app.recognition import Recognition
from edge.app.relaying import RelayedPrompt
from edge.app.second_factors import second_factors
from edge.app.verifications import Recognised, consented, served
from edge.loop import run
from edge.vision.pipeline import Memory
from edge.vision.track import Track

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.app.api import Api
    from edge.app.credentials import Credentials
    from edge.app.places import Places
    from edge.app.recognition import Observer
    from edge.app.swapping import Swapping
    from edge.config import Config
    from edge.link.ports import DoorLine
    from edge.loop import Terminal
    from edge.people.store import Store
    from edge.values import Reason, Sighting, Verdict
    from hw.base import Camera, Frame, Prompt


@dataclass(slots=True)
class Kept:
    """What is remembered whichever set decides.

    Attributes:
        state: Of decisions: whom they locked out, and whom they let in (S4).
        memory: What was seen last.
        lockouts: Failures of PINs.
    """

    state: State = field(default_factory=State)
    memory: Memory = field(default_factory=Memory)
    lockouts: Lockouts = field(default_factory=Lockouts)

    def keeping(self, terminal: Terminal) -> Terminal:
        """Return the same terminal; what it remembers is kept here."""
        see, tell = terminal.see, terminal.tell

        def seen(frame: Frame, memory: Memory) -> tuple[Sighting, Memory]:
            sighting, self.memory = see(frame, memory)
            return sighting, self.memory

        def told(state: State, verdict: Verdict | None, outcome: Reason | None) -> None:
            self.state = state
            tell(state, verdict, outcome)

        return replace(terminal, see=seen, tell=told)

    def turned(self) -> None:
        """Forget the face that was followed: its embeddings are another space's (S5). Its number is not used again."""
        self.memory = replace(self.memory, track=Track(self.memory.track.number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What stays whichever set decides.

    Attributes:
        config: Everything that is set.
        here: Where the files are.
        store: Who is enrolled.
        camera: Gives frames.
        door: Opens.
        prompt: Tells the person.
        observe: Told of every frame.
    """

    config: Config
    here: Places
    store: Store
    camera: Camera
    door: DoorLine
    prompt: Prompt
    observe: Observer

    def run(self, swapping: Swapping, stopped: Callable[[], bool], ready: Callable[[], None]) -> int:
        """Watch the camera until told to stop, or until a replayed source ends; returns the number of frames seen.

        Args:
            swapping: Says which set decides.
            stopped: Asked before each frame.
            ready: Told once that all is joined.

        Raises:
            HardwareError: The camera is gone for good.
        """
        kept, count = Kept(), 0
        while True:
            with self._joined(swapping, kept) as terminal:
                if not count:
                    ready()
                count += run(terminal, kept.state, kept.memory, lambda: stopped() or swapping.due())
            if stopped() or not swapping.turn():
                return count
            kept.turned()

    @contextlib.contextmanager
    def _joined(self, swapping: Swapping, kept: Kept) -> Iterator[Terminal]:
        config, here, store, door, now = self.config, self.here, self.store, self.door, swapping.deciding
        agreed = partial(consented, config, store)
        with contextlib.ExitStack() as parts:
            before = parts.enter_context(known_before(now))
            shared = Recognised(now.usual, now.search, store, now.embedder, Claims(), before)
            known = Recognition(
                sees=swapping.sees, search=now.search, usual=now.usual, roster=store.person, claims=shared.claims
            )
            api = parts.enter_context(served(config, here, shared, door, live=not self.camera.identity.replayed))
            shown, hears = (
                RelayedPrompt(self.prompt, door),
                Hears(_no_press if api is None else api.press, swapping.shut),
            )
            asking = parts.enter_context(second_factors(config, here, shared, door, shown, hears))
            asking.remember(kept.lockouts)
            known.notice = asking.notice
            joined = parts.enter_context(adapting(config, here, store, shared.search, shared.embedder, agreed))
            terminal = asking.joined(joined(known, self.camera, door, shown, self.observe))
            terminal = terminal if before is None else before.joined(terminal)
            yield kept.keeping(swapping.joined(terminal, partial(_busy, asking, api, shared.claims)))
            kept.lockouts = asking.lockouts


def _busy(asking: Credentials, api: Api | None, claims: Claims) -> bool:
    """Whether somebody is asked for something, or a verification stands."""
    return asking.busy or claims.current(time.monotonic()) is not None or (api is not None and api.busy)


def _no_press(_key: str, _at: float) -> None:
    """No verification is offered that a key could confirm."""
