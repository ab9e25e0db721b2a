"""Fakes of what the rooms promise each other: a model, a camera and a door, hand-made and a few lines each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.values import Answer, Done, Reason, Space
from hw.base import CameraEndError, CameraIdentity, Frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from edge.link.notices import Notice
    from edge.link.questions import Audit
    from edge.values import Alarm, Credential, Handle, Person, Verdict

SPACE = Space("fake", "0" * 64, "1")


@dataclass(frozen=True)
class FakeBundle:
    name: str = "fake-1"
    space: Space = SPACE


class FakeModel:
    """Answers with whatever it is told to; keeps a copy of each picture it was shown."""

    def __init__(self, size: tuple[int, int], answer: Callable[[NDArray[np.uint8]], list[NDArray[np.float32]]]) -> None:
        self.size = size
        self.bundle = FakeBundle()
        self.shown: list[NDArray[np.uint8]] = []
        self._answer = answer

    def look(self, picture: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        assert picture.shape == (self.size[1], self.size[0], 3)
        assert picture.dtype == np.uint8
        self.shown.append(picture.copy())
        return self._answer(picture)


def as_model(fake: FakeModel) -> Any:  # noqa: ANN401 - it stands in for a class
    """The fake where the product names the concrete `Model`, which has no protocol of its own."""
    return fake


LINE = CameraIdentity("fake", "line", "", replayed=False)


@dataclass
class LineCamera:
    """Shows one thing after another: a frame is given, an error is raised; at the end it is at its end."""

    script: list[Frame | Exception]
    identity: CameraIdentity = LINE
    waits: list[float] = field(default_factory=list)

    def capture(self, timeout_s: float) -> Frame:
        self.waits.append(timeout_s)
        if not self.script:
            raise CameraEndError("no more")
        item = self.script.pop(0)
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        self.script.clear()


@dataclass
class WritingDoor:
    """Writes down what it is told; answers every person alike, or raises."""

    reason: Reason = Reason.GRANTED
    error: Exception | None = None
    identified: list[tuple[Person, Verdict]] = field(default_factory=list)
    reported: list[tuple[Verdict, Handle | None]] = field(default_factory=list)
    audited: list[Audit] = field(default_factory=list)
    shown: list[tuple[Credential, ...]] = field(default_factory=list)
    answers: Answer | None = None
    notices: list[Notice] = field(default_factory=list)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    warned: list[tuple[Alarm, str, bool]] = field(default_factory=list)

    def identify(self, person: Person, verdict: Verdict, shown: tuple[Credential, ...] = ()) -> Answer:
        self.identified.append((person, verdict))
        self.shown.append(shown)
        if self.error:
            raise self.error
        return self.answers or Answer(len(self.identified), self.reason is Reason.GRANTED, self.reason)

    def report(self, verdict: Verdict, handle: Handle | None) -> None:
        self.reported.append((verdict, handle))
        if self.error:
            raise self.error

    def tell(self, signal: str, code: str, words: str) -> None:
        self.told.append((signal, code, words))

    def warn(self, alarm: Alarm, words: str, *, on: bool) -> None:
        self.warned.append((alarm, words, on))

    def heard(self) -> tuple[Notice, ...]:
        told, self.notices = tuple(self.notices), []
        return told

    def audit(self, what: Audit) -> Done:
        self.audited.append(what)
        if self.error:
            raise self.error
        return Done(done=True)

    def close(self) -> None:
        self.error = RuntimeError("closed")


def grey_frames(times: Iterable[float], size: tuple[int, int] = (64, 48)) -> list[Frame | Exception]:
    """Uniform frames at the given monotonic seconds."""
    pixels = np.full((size[1], size[0], 3), 128, np.uint8)
    return [Frame(pixels, at, number) for number, at in enumerate(times, start=1)]
