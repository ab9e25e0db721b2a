"""Second factors at the terminal: who is asked for what, what is done with it, and what the door is told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from edge.access.lockout import Backoff
from edge.app.asking import Around, AskingDoor, Asks, Records
from edge.app.claims import Claim, Claims
from edge.app.credentials import SAME_S, SHOWN_S, Credentials
from edge.link.notices import Trust, Typed
from edge.people import pins
from edge.people.records import Secrets
from edge.values import NOTICES, Answer, CodeFault, Credential, Factor, Person, PersonId, Reason, Verdict
from hw.base import Frame, Signal
from hw.fake import FakePrompt
from tests.fakes import WritingDoor
from tests.unit.builders import rule
from tests.unit.code_builders import ANN, BOB, NOW, Desk, signed

if TYPE_CHECKING:
    from collections.abc import Iterator
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
            press=lambda key, _: self.pressed.append(key),
        )
        records = Records(person=PEOPLE.get, secrets=SECRETS.__getitem__, rule=claimed, search=finder)
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


def claimed(person: PersonId | None) -> Rule:
    return replace(rule(), claimed=person)


def finder(_person: PersonId) -> Search:
    def search(probe: Embedding) -> Match | None:
        del probe
        return None

    return search


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    place = Site(tmp_path)
    place.frame()
    yield place
    place.credentials.close()


# --- a PIN


def test_a_face_then_the_right_pin_is_looked_for_afresh_with_the_pin_in_hand(site: Site) -> None:
    site.face(ANN, Factor.PIN)
    assert site.credentials.notice() == NOTICES["enter-pin"]
    site.types("7391")
    assert site.claim is not None
    assert (site.claim.person, site.claim.rule.claimed) == (ANN.id, ANN.id)
    assert site.shows_credentials() == [(Factor.PIN, False)]
    site.face(ANN)
    assert not site.claims.current(site.now)
    assert site.credentials.notice() == ""
    assert site.refusals == []


@pytest.mark.parametrize("typed", ["8046", "0000", "7392", "4711"])
def test_s4_a_wrong_pin_is_one_failure_under_that_identity_and_begins_nothing(site: Site, typed: str) -> None:
    site.face(ANN, Factor.PIN)
    site.types(typed)
    assert site.refusals == [(Reason.WRONG_PIN, ANN.handle)]
    assert site.claim is None
    assert site.prompt.history[-1][1:3] == (Signal.REFUSED, "refused")


def test_s4_after_five_wrong_pins_the_right_one_is_refused_too(site: Site) -> None:
    site.face(ANN, Factor.PIN)
    for _ in range(5):
        site.types("0007")
    site.types("7391")
    assert site.refusals == [(Reason.WRONG_PIN, ANN.handle)] * 5 + [(Reason.LOCKED_OUT, ANN.handle)]
    assert site.claim is None
    site.now += 61
    site.face(ANN, Factor.PIN)
    site.types("7391")
    assert site.claim is not None


def test_an_unknown_number_is_asked_for_a_pin_and_refused_as_a_wrong_pin_is(site: Site) -> None:
    told = []
    for number in (ANN.id, "9999999"):
        before = len(site.prompt.history)
        site.types(number)
        asked = site.credentials.notice()
        site.types("0007")
        told.append((asked, [one[1:] for one in site.prompt.history[before:]]))
        site.prompt.tell(Signal.IDLE, "", "")
        site.types("", key="*")
    assert told[0] == told[1]
    assert site.refusals == [(Reason.WRONG_PIN, ANN.handle), (Reason.WRONG_PIN, None)]


def test_a_number_and_its_pin_name_whose_face_is_looked_for(site: Site) -> None:
    site.types(ANN.id)
    assert site.claims.current(site.now) is None
    site.types("7391")
    assert site.claim is not None
    assert site.claim.person == ANN.id


def test_without_pins_a_number_alone_is_a_claim_and_an_unknown_one_finds_nobody(tmp_path: Path) -> None:
    site = Site(tmp_path, Asks(window_s=30, backoff=Backoff(failures=5, first_s=60), pins=False, codes=False, every=1))
    for number, claimed_by in ((ANN.id, ANN.id), ("9999999", None)):
        site.types(number)
        assert site.claim is not None
        assert (site.claim.rule.claimed, site.claim.credentials) == (claimed_by, ())
    site.credentials.close()


def test_a_duress_pin_goes_on_like_the_usual_one_and_says_so_to_the_door(site: Site) -> None:
    site.face(ANN, Factor.PIN)
    site.types("5520")
    assert site.shows_credentials() == [(Factor.PIN, True)]
    assert site.refusals == []


def test_a_pin_that_comes_too_late_is_no_pin(site: Site) -> None:
    site.face(ANN, Factor.PIN)
    site.frame(seconds=31)
    site.types("7391")
    assert site.claim is None


def test_an_other_face_takes_the_place_of_who_was_asked(site: Site) -> None:
    site.face(ANN, Factor.PIN)
    site.face(BOB, Factor.PIN)
    site.types("7391")
    assert site.refusals == [(Reason.WRONG_PIN, BOB.handle)]


def test_a_claim_is_one_attempt_and_what_was_shown_for_it_is_used_up(site: Site) -> None:
    site.face(ANN, Factor.PIN)
    site.types("7391")
    site.port.report(Verdict(site.now, 2, Reason.UNKNOWN), None)
    site.claims.end()
    site.face(ANN, Factor.PIN)
    assert site.claim is None
    assert site.credentials.notice() == NOTICES["enter-pin"]


# --- a code


def test_a_code_first_names_whose_face_is_looked_for_and_is_good_once(site: Site) -> None:
    site.shows(signed(), frames=20)
    assert site.claim is not None
    assert (site.claim.person, site.shows_credentials()) == (ANN.id, [(Factor.QR, False)])
    site.face(ANN)
    site.frame(seconds=SAME_S + 1)
    site.shows(signed())
    assert site.refusals == [(Reason.WRONG_CODE, ANN.handle)]
    assert site.door.reported[0][0].fault is CodeFault.USED
    assert site.claim is None


def test_a_code_that_stays_in_view_is_one_showing(site: Site) -> None:
    site.shows(signed(), frames=50)
    site.face(ANN)
    site.shows(signed(), frames=50)
    assert site.refusals == []


def test_a_code_of_another_door_and_an_expired_one_are_refused(site: Site) -> None:
    for text in (signed(aud="back"), signed(iat=NOW - 99, exp=NOW - 1), "rubbish", "?"):
        site.shows(text)
        site.frame(seconds=SHOWN_S + 1)
    faults = [verdict.fault for verdict, _ in site.door.reported]
    assert faults == [CodeFault.OTHER_PLACE, CodeFault.OUT_OF_DATE, CodeFault.NOT_A_CODE, CodeFault.NOT_A_CODE]
    assert [reason for reason, _ in site.refusals] == [Reason.WRONG_CODE] * 4
    assert site.claim is None


def test_s3_no_code_is_good_while_the_door_does_not_believe_the_clock(site: Site) -> None:
    site.door.notices.append(Trust(clock=False))
    site.frame()
    site.shows(signed())
    assert site.door.reported[0][0].fault is CodeFault.CLOCK
    assert site.claim is None


def test_code_face_and_pin_add_up(site: Site) -> None:
    site.face(ANN, Factor.PIN, Factor.QR)
    assert site.credentials.notice() == NOTICES["enter-pin-show-code"]
    site.shows(signed())
    assert site.claim is None
    assert site.credentials.notice() == NOTICES["enter-pin"]
    site.types("7391")
    assert sorted(site.shows_credentials()) == [(Factor.PIN, False), (Factor.QR, False)]


def test_a_code_of_somebody_else_begins_anew_with_whom_it_names(site: Site) -> None:
    site.face(BOB, Factor.PIN, Factor.QR)
    site.types("8046")
    site.shows(signed())
    assert site.claim is not None
    assert (site.claim.person, site.shows_credentials()) == (ANN.id, [(Factor.QR, False)])


def test_no_code_is_looked_for_where_no_rule_asks_for_one(tmp_path: Path) -> None:
    site = Site(tmp_path, Asks(window_s=30, backoff=Backoff(failures=5, first_s=60), pins=True, codes=False, every=1))
    site.frame()
    site.shows(signed())
    assert (site.claim, site.refusals) == (None, [])
    site.face(ANN, Factor.QR)
    site.shows(signed())
    assert site.claim is not None
    site.credentials.close()


# --- a verification


def test_while_a_verification_stands_keys_are_for_it_alone_and_nothing_takes_its_place(site: Site) -> None:
    asked = Claim(BOB.id, (), claimed(BOB.id), finder(BOB.id), site.now + 60, lambda _: None)
    site.claims.begin(asked)
    site.types(ANN.id)
    site.types("", key="*")
    site.shows(signed())
    assert site.claim is asked
    assert (site.pressed, site.refusals, site.credentials.notice()) == (["#", "*"], [], "")


def test_a_credential_is_as_old_as_its_key_press(site: Site) -> None:
    site.face(ANN, Factor.PIN)
    at = site.now
    site.types("7391")
    assert site.claim is not None
    assert site.claim.credentials == (Credential(Factor.PIN, at, claimed=True),)
    assert site.claim.until == at + 30
