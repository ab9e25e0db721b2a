"""What the terminal asks for beside a face, and what it asks by: the parts that `edge.app.credentials` is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from edge.access.decide import Rule
    from edge.access.lockout import Backoff
    from edge.app.claims import Claims
    from edge.app.codes import CodeDesk
    from edge.link.ports import DoorLine, DoorPort
    from edge.people.pins import Hashes
    from edge.values import Answer, Credential, Handle, Person, PersonId, Search, Verdict
    from hw.base import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What this door may ask for.

    Attributes:
        window_s: How long something that was shown counts.
        backoff: How failures lock an identity out.
        pins: Whether a rule asks for a PIN: then a typed number is followed by one.
        codes: Whether a rule asks for a code: then codes are looked for though nobody was recognised yet.
        every: A code is looked for in each so-manieth picture.
    """

    window_s: float
    backoff: Backoff
    pins: bool
    codes: bool
    every: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Whom the store knows.

    Attributes:
        person: Reads a person afresh.
        secrets: Returns what is kept of their PINs.
        claimed: Returns what their face alone must show, and what searches their templates alone; None is nobody, and
            nobody is found.
    """

    person: Callable[[PersonId], Person | None]
    secrets: Callable[[PersonId], Hashes]
    claimed: Callable[[PersonId | None], tuple[Rule, Search]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What lies around.

    Attributes:
        desk: Where codes are looked at.
        claims: Where a claim begins.
        door: Tells what was typed, and hears of failures.
        prompt: Tells the person.
        read: Finds a code in a picture.
        now: Tells monotonic seconds.
        hears: Who is told of what the door tells unasked.
    """

    desk: CodeDesk
    claims: Claims
    door: DoorLine
    prompt: Prompt
    read: Callable[[NDArray[np.uint8]], str | None]
    now: Callable[[], float]
    hears: Hears


class Hears(NamedTuple):
    """Who is told of what the door tells unasked.

    Attributes:
        press: Of the key that ended what was typed, and when, while a verification stands.
        shut: Whether the door is locked and closed, when that changes.
    """

    press: Callable[[str, float], None]
    shut: Callable[[bool], None]


class AskingDoor:
    """The door as the loop sees it: what it answers to a face is taken in on the way."""

    def __init__(
        self,
        door: DoorPort,
        answered: Callable[[Person, tuple[Credential, ...], Answer], None],
        refused: Callable[[Verdict], None],
    ) -> None:
        """Take the door, and who is told of what it answers, and of faces that were refused."""
        self._door = door
        self._answered = answered
        self._refused = refused

    def identify(self, person: Person, verdict: Verdict, shown: tuple[Credential, ...] = ()) -> Answer:
        """See `DoorPort.identify`."""
        answer = self._door.identify(person, verdict, shown)
        self._answered(person, shown, answer)
        return answer

    def report(self, verdict: Verdict, handle: Handle | None) -> None:
        """See `DoorPort.report`."""
        self._refused(verdict)
        self._door.report(verdict, handle)

    def close(self) -> None:
        """See `DoorPort.close`."""
        self._door.close()
