"""A terminal before which somebody types and shows codes, for the tests of second factors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from edge.access.lockout import Backoff
from edge.app.asking import Around, AskingDoor, Asks, Hears, Records
from edge.app.claims import Claim, Claims
from edge.app.credentials import Credentials
from edge.link.notices import Trust, Typed
from edge.people import pins
from edge.people.records import Secrets
from edge.values import Answer, Factor, Person, PersonId, Reason, Verdict
from hw.base import Frame
from hw.fake import FakePrompt
from tests.fakes import WritingDoor
from tests.unit.builders import rule
from tests.unit.code_builders import ANN, BOB, Desk

if TYPE_CHECKING:
    from pathlib import Path

    from edge.access.decide import Rule
    from edge.values import Embedding, Match, Search

SECRETS = {
    ANN.id: Secrets(pins.new("7391", ANN.id), pins.new_duress("5520", "7391", ANN.id)),
    BOB.id: Secrets(pins.new("8046", BOB.id), ""),
}
PEOPLE = {one.id: one for one in (ANN, BOB)}
START = 100.0
EMPTY: Frame = Frame(pixels=None, at=0.0, sequence=0)  # type: ignore[arg-type]  # nobody looks at its pixels


@dataclass
class Site:
    """A terminal whose clock, keypad and camera tests turn."""

    folder: Path
    asks: Asks = field(
        default_factory=lambda: Asks(
            window_s=30, backoff=Backoff(failures=5, first_s=60), pins=True, codes=True, every=1
        )
    )
    now: float = START
    shown: str | None = None
    door: WritingDoor = field(default_factory=WritingDoor)
    prompt: FakePrompt = field(default_factory=FakePrompt)
    claims: Claims = field(default_factory=Claims)
    pressed: list[str] = field(default_factory=list)
    seen: int = 0

    def __post_init__(self) -> None:
        self.desk = Desk(self.folder)
        self.door.notices.append(Trust(clock=True))
        around = Around(
            desk=self.desk.open(),
            claims=self.claims,
            door=self.door,
            prompt=self.prompt,
            read=lambda _: self.shown,
            now=lambda: self.now,
            hears=Hears(lambda key, _: self.pressed.append(key), lambda _: None),
        )
        records = Records(person=PEOPLE.get, secrets=SECRETS.__getitem__, claimed=claimed)
        self.credentials = Credentials(self.asks, records, around)
        self.port = AskingDoor(self.door, self.credentials.answered, self.credentials.refused)

    def frame(self, seconds: float = 0.1, frames: int = 1) -> None:
        """Let frames pass, and whatever check runs end before the next."""
        for _ in range(frames):
            self.now += seconds
            self.seen += 1
            self.credentials.look(Frame(EMPTY.pixels, self.now, self.seen))
            self.credentials.settled()

    def types(self, digits: str, key: str = "#") -> None:
        self.door.notices.append(Typed(self.now, key, digits))  # type: ignore[arg-type]  # one of the two keys
        self.frame(frames=2)

    def shows(self, text: str, frames: int = 2) -> None:
        self.shown = text
        self.frame(frames=frames)
        self.shown = None

    def face(self, person: Person, *wants: Factor) -> Answer:
        """A face was recognised; the door answers that it wants this, or lets them in."""
        answer = Answer(1, not wants, Reason.FACTOR_MISSING if wants else Reason.GRANTED, wants)
        self.door.answers = answer
        verdict = Verdict(self.now, 1, Reason.GRANTED, person.id)
        claim = self.claim
        done = self.port.identify(person, verdict, claim.credentials if claim else ())
        if claim is not None:
            self.claims.end(claim)
        return done

    @property
    def claim(self) -> Claim | None:
        return self.claims.current(self.now)

    @property
    def refusals(self) -> list[tuple[Reason, str | None]]:
        return [(verdict.reason, handle) for verdict, handle in self.door.reported]

    def shows_credentials(self) -> list[tuple[Factor, bool]]:
        assert self.claim is not None
        return [(one.factor, one.duress) for one in self.claim.credentials]


def claimed(person: PersonId | None) -> tuple[Rule, Search]:
    def search(probe: Embedding) -> Match | None:
        del probe
        return None

    return replace(rule(), claimed=person), search
