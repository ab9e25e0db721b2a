"""Verifications before the real models, acted out with public photographs: who is believed, and what the door does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pytest

from edge.access.inquiry import NO, YES
from edge.access.receipt import Reached
from edge.values import Move, PersonId, Reason
from edge.vision.still import study
from tests.e2e.verifying_night import Lobby
from tests.staging import KNOWN
from tests.unit.verifying_site import portrait, question, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from edge.access.receipt import Receipt
    from edge.link.verification import Answered, Portrait
    from edge.values import Embedding
    from edge.vision.pipeline import Eyes
    from tests.acting import Pixels
    from tests.staging import Cast

pytestmark = pytest.mark.pictures

T = TypeVar("T")
BO, JOE = KNOWN.id, PersonId("joe")
PAYING = {"person": BO, "purpose": "payment", "amount": "12.50", "text": "Rent"}


@dataclass(frozen=True)
class Draws:
    """Chance that draws a turn to the left and a nod."""

    moves: tuple[Move, ...] = (Move.TURN_LEFT, Move.NOD)

    def choice(self, seq: Sequence[T], /) -> T:
        return next(one for one in seq if one == self.moves)


@pytest.fixture(scope="module")
def faces(photographs: Mapping[str, Pixels], eyes: Eyes) -> dict[PersonId, tuple[Embedding, ...]]:
    """Both are enrolled from other photographs than those that they are made of, as far as there are any."""
    made = {name: study(photographs[name], eyes).embedding for name in ("obama2", "obama3", "biden")}
    found = {name: one for name, one in made.items() if one is not None}
    return {BO: (found["obama2"], found["obama3"]), JOE: (found["biden"],)}


@pytest.fixture
def lobby(tmp_path: Path, eyes: Eyes, faces: dict[PersonId, tuple[Embedding, ...]]) -> Lobby:
    return Lobby(tmp_path / "terminal.sock", eyes, dict(faces), Draws())


def made(answer: Answered | None) -> Receipt:
    assert answer is not None
    return read(answer.receipt)


def test_the_right_person_is_verified_and_no_door_hears_of_it(cast: Cast, lobby: Lobby) -> None:
    receipt = made(lobby.plays(cast.turning(3), question(person=BO)))
    assert (receipt.result, receipt.person) == ("verified", lobby.bank.people.handle(BO))
    assert receipt.reached == Reached(("face",), "passive")
    assert lobby.outcomes == [Reason.VERIFIED]
    assert lobby.door.identified == []
    assert lobby.door.reported == []


@pytest.mark.long
def test_somebody_else_is_refused_though_they_are_enrolled(cast: Cast, lobby: Lobby) -> None:
    receipt = made(lobby.plays(cast.turning(6), question(person=JOE)))
    assert (receipt.result, receipt.reason, receipt.reached) == ("refused", Reason.UNKNOWN, Reached())
    assert lobby.door.identified == []


def test_before_nobody_the_question_ends_by_itself(cast: Cast, lobby: Lobby) -> None:
    assert made(lobby.plays(cast.empty(1), question(person=BO))).reason is Reason.NOBODY


@pytest.mark.long
def test_the_door_opens_between_two_questions_and_not_by_them(cast: Cast, lobby: Lobby) -> None:
    assert lobby.plays(cast.turning(2)) is None
    assert lobby.outcomes == [Reason.GRANTED]
    made(lobby.plays(cast.turning(3), question(person=BO), after=60.0))
    assert lobby.plays(cast.turning(2), after=120.0) is None
    assert lobby.outcomes == [Reason.GRANTED, Reason.VERIFIED, Reason.GRANTED]
    assert [who.id for who, _ in lobby.door.identified] == [BO, BO]


@pytest.mark.long
def test_a_payment_takes_a_challenge_and_a_key(cast: Cast, lobby: Lobby) -> None:
    receipt = made(lobby.plays(cast.alive(8), question(**PAYING), key=YES))
    assert receipt.result == "verified"
    assert receipt.reached == Reached(("face",), "active", challenge=True, confirmed="keypad")
    told = [words for _, _, code, words in lobby.prompt.history if code == "notice"]
    assert told[-1] == "Rent 12.50. Press # for yes, * for no."
    assert "Thank you." not in [words for _, _, _, words in lobby.prompt.history]
    moves = [code for _, _, code, _ in lobby.prompt.history]
    assert [Move(one) for one in moves if one in {"turn-left", "nod"}] == [Move.TURN_LEFT, Move.NOD]


@pytest.mark.long
def test_a_payment_that_is_declined_is_not_made(cast: Cast, lobby: Lobby) -> None:
    assert made(lobby.plays(cast.alive(8), question(**PAYING), key=NO)).reason is Reason.DECLINED


@pytest.mark.long
@pytest.mark.parametrize("purpose", ["desk", "payment"])
def test_s4_a_photograph_is_refused(purpose: str, cast: Cast, lobby: Lobby) -> None:
    asked = question(**(PAYING | {"purpose": purpose, "amount": "12.50" if purpose == "payment" else ""}))
    receipt = made(lobby.plays(cast.cut_out(8), asked))
    assert receipt.result == "refused"
    assert receipt.reason in {Reason.NOT_LIVE, Reason.NO_MOTION}
    assert lobby.door.identified == []


@pytest.mark.long
def test_a_portrait_is_compared_with_whoever_stands_there(
    cast: Cast, lobby: Lobby, photographs: Mapping[str, Pixels], eyes: Eyes
) -> None:
    passport = shown(photographs["obama3"], eyes)
    receipt = made(lobby.plays(cast.turning(3), question(portrait=passport)))
    assert (receipt.result, receipt.person, receipt.portrait) == ("verified", None, "c" * 64)
    other = shown(photographs["biden"], eyes)
    refused = made(lobby.plays(cast.turning(6), question("nonce-0002", portrait=other), after=60.0))
    assert (refused.result, refused.reason) == ("refused", Reason.UNKNOWN)


def test_a_nonce_is_replayed_in_vain(cast: Cast, lobby: Lobby) -> None:
    first = lobby.plays(cast.turning(3), question(person=BO))
    again = lobby.plays(cast.empty(1), question(person=BO), after=60.0)
    assert first is not None
    assert again is not None
    assert (again.receipt, again.again) == (first.receipt, True)
    assert made(lobby.plays(cast.empty(1), question(person=JOE), after=120.0)).reason is Reason.REPLAYED


def shown(photograph: Pixels, eyes: Eyes) -> Portrait:
    found = study(photograph, eyes).embedding
    assert found is not None
    space = found.space
    vector = tuple(float(number) for number in found.vector)
    return portrait(vector=vector, embedder=space.embedder, model=space.sha256, preprocessing=space.preprocessing)
