"""A terminal with the real models before scripted frames, whose socket answers questions meanwhile."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, cast

from edge.access.decide import State
from edge.access.inquiry import UNDECIDED
from edge.app.api import Api
from edge.app.curves import curve
from edge.app.demands import demand
from edge.app.eyes import bundle
from edge.app.recognition import Recognition
from edge.app.running import rule
from edge.app.verifications import rule_for
from edge.config import Config, Purpose
from edge.link.verification import Answered, Verify, verify
from edge.loop import run
from edge.vision.pipeline import Memory, see
from hw.base import Signal
from hw.fake import FakeCamera, FakePrompt
from tests.fakes import WritingDoor
from tests.unit.verifying_site import Bank, People

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edge.access.challenge import Chooser
    from edge.people.search import LiveSearch
    from edge.values import Embedding, PersonId, Reason, Sighting, Verdict
    from edge.vision.pipeline import Eyes
    from hw.base import Frame
    from tests.staging import Script

SOON_S = 60.0
DESK = Purpose(name="desk")
PAYMENT = Purpose(
    name="payment", kind="payment", fmr=1e-4, liveness="active", confirm="keypad", max_amount=100.0, daily=3
)


@dataclass
class Lobby:
    """What happens before one camera while others ask.

    Attributes:
        socket: Where they ask.
        eyes: The real models and cues.
        faces: Who is enrolled.
        chooser: Draws the movements of a challenge.
    """

    socket: Path
    eyes: Eyes
    faces: dict[PersonId, tuple[Embedding, ...]]
    chooser: Chooser | None = None
    config: Config = field(default_factory=Config)
    door: WritingDoor = field(default_factory=WritingDoor)
    prompt: FakePrompt = field(default_factory=FakePrompt)
    outcomes: list[Reason] = field(default_factory=list)
    bank: Bank = field(init=False)
    state: State = field(default_factory=State)
    memory: Memory = field(default_factory=Memory)

    def __post_init__(self) -> None:
        space = next(one for several in self.faces.values() for one in several).space
        self.bank = Bank(people=People(self.faces, space), purposes=(DESK, PAYMENT), now=100.0)

    def plays(self, script: Script, asked: Verify | None = None, key: str = "", after: float = 0.0) -> Answered | None:
        """Show frames while somebody asks; the clock is the frames' own.

        Args:
            script: What is shown.
            asked: What is asked before the first frame.
            key: What the person presses once the keypad is waited for.
            after: How much later than the last frames these are, seconds.
        """
        embedder = bundle(self.config.models.embedder, "embedder", trusted=True)
        usual = rule(self.config, embedder)
        usual = replace(usual, demand=demand(self.config, self.chooser))
        counter = self.bank.counter(
            rule_for=partial(rule_for, lambda: usual, curve(embedder).resolve),
            dimensions=embedder.manifest.output[0].shape[1],
        )
        self.bank.now = 100.0 + after
        with ThreadPoolExecutor(1) as caller, closing(Api(self.socket, counter, 1)) as api:
            answer = caller.submit(verify, self.socket, asked, SOON_S) if asked else None
            if answer is not None:
                _until(lambda: answer.done() or self.bank.claims.current(0.0) is not None)

            def observe(frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
                del sighting, verdict
                self.outcomes += [outcome] if outcome is not None else []
                if answer is not None and outcome not in {None, *UNDECIDED}:
                    _until(lambda: answer.done() or self._keypad())  # the other thread understands the verdict
                if key and self._keypad() and "Press #" in self._shown():
                    api.press(key, frame.at)

            people = cast("LiveSearch", self.bank.people)
            recognition = Recognition(
                sees=lambda frame, memory, search: see(frame, memory, self.eyes, search),
                search=people.gallery().search,
                usual=lambda: usual,
                roster=self.bank.people.person,
                claims=self.bank.claims,
            )
            terminal = recognition.terminal(FakeCamera(self._timed(script, after)), self.door, self.prompt, observe)
            run(terminal, self.state, self.memory, lambda: bool(answer and answer.done()))
            if answer is None:
                return None
            self.bank.now += 60.0  # nobody comes any more
            return answer.result(SOON_S)

    def _keypad(self) -> bool:
        claim = self.bank.claims.current(0.0)
        return claim is not None and not claim.judging

    def _timed(self, script: Script, after: float) -> Iterator[Frame]:
        for frame in script(self._heard):
            self.bank.now = frame.at + after
            yield replace(frame, at=frame.at + after)

    def _shown(self) -> str:
        return self.prompt.history[-1][-1] if self.prompt.history else ""

    def _heard(self) -> str:
        _, signal, code, _ = self.prompt.history[-1] if self.prompt.history else (0.0, Signal.IDLE, "", "")
        return code if signal is Signal.ATTENTION and code != "notice" else ""


def _until(condition: Callable[[], object]) -> None:
    deadline, pause = time.monotonic() + SOON_S, threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.002)
