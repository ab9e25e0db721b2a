"""Codes and who issues them: what the tests of codes are told with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import segno

from edge.access.code import KIND, Here
from edge.app.codes import CodeDesk
from edge.app.issuers import Issuers
from edge.keys import new_pair
from edge.keys.tokens import sign_token
from edge.people.spent import Spent
from edge.values import Handle, Person, PersonId

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

NOW = 1_800_000_000.0
DOOR = "front"
HERE = Here(frozenset({DOOR}), "door", 3600.0)
ANN = Person(PersonId("4711"), Handle("a" * 32), "Ann")
BOB = Person(PersonId("4712"), Handle("b" * 32), "Bob")
PRIVATE, PUBLIC = new_pair()


def stated(**changes: object) -> dict[str, Any]:
    """What a good code states; a change to None leaves something out."""
    good = {"sub": ANN.handle, "aud": DOOR, "iat": NOW - 10, "exp": NOW + 300, "jti": "j" * 22}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(private: bytes = PRIVATE, **changes: object) -> str:
    return sign_token(stated(**changes), private, KIND)


@dataclass
class Desk:
    """A desk that trusts one issuer, and a clock that tests turn."""

    folder: Path
    now: float = NOW
    most: int = 20
    people: dict[Handle, Person] = field(default_factory=lambda: {one.handle: one for one in (ANN, BOB)})

    def open(self) -> CodeDesk:
        issuers = self.folder / "issuers"
        issuers.mkdir(exist_ok=True)
        (issuers / "office.pub").write_bytes(PUBLIC)
        spent = Spent(self.folder / "people.spent", now=lambda: self.now, most=self.most)
        return CodeDesk(
            issuers=Issuers(issuers), here=HERE, spent=spent, by_handle=self.people.get, wall=lambda: self.now
        )


def qr(text: str | bytes, module_px: int = 4, size: tuple[int, int] = (1280, 720)) -> NDArray[np.uint8]:
    """A grey picture in which somebody holds up a code."""
    made = segno.make(text, error="l", micro=False)
    drawn = np.array([[0 if dark else 255 for dark in row] for row in made.matrix_iter(border=4)], np.uint8)
    drawn = np.kron(drawn, np.ones((module_px, module_px), np.uint8))
    picture = np.full((size[1], size[0], 3), 128, np.uint8)
    high, wide = min(drawn.shape[0], size[1] - 20), min(drawn.shape[1], size[0] - 60)
    picture[10 : 10 + high, 50 : 50 + wide] = drawn[:high, :wide, None]
    return picture
