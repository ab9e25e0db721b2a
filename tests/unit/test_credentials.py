"""Second factors at the terminal: who is asked for what, what is done with it, and what the door is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.access.lockout import Backoff
from edge.app.asking import Asks
from edge.app.claims import Claim
from edge.app.credentials import SAME_S, SHOWN_S
from edge.link.notices import Trust, Typed
from edge.values import NOTICES, CodeFault, Credential, Factor, Reason, Verdict
from hw.base import Signal
from tests.unit.code_builders import ANN, BOB, NOW, signed
from tests.unit.credential_site import EMPTY, Site, claimed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


def test_a_face_that_is_recognised_again_before_its_code_was_read_does_not_forget_the_pin(site: Site) -> None:
    site.face(ANN, Factor.PIN, Factor.QR)
    typed_at = site.now
    site.types("7391")
    site.face(ANN, Factor.PIN, Factor.QR)  # the door was told of no PIN beside this face, and misses it
    assert site.credentials.notice() == NOTICES["show-code"]
    site.shows(signed())
    assert sorted(site.shows_credentials()) == [(Factor.PIN, False), (Factor.QR, False)]
    assert site.claim is not None
    assert site.claim.until == typed_at + 30


def test_s4_what_the_door_was_told_of_and_misses_all_the_same_must_be_shown_again(site: Site) -> None:
    site.face(ANN, Factor.PIN)
    site.types("7391")
    site.face(ANN, Factor.PIN, Factor.QR)  # it was typed too long ago
    assert site.credentials.notice() == NOTICES["enter-pin-show-code"]
    site.shows(signed())
    assert site.claim is None


def test_what_was_shown_counts_no_longer_because_more_is_asked_for(site: Site) -> None:
    site.types(ANN.id)
    site.types("7391")
    site.frame(seconds=20)
    site.face(ANN, Factor.QR)
    assert site.credentials.notice() == NOTICES["show-code"]
    site.frame(seconds=15)
    site.shows(signed())
    assert site.shows_credentials() == [(Factor.QR, False)], "the door will ask for the PIN again, and at once"


def test_a_pin_whose_claim_a_verification_took_the_place_of_is_brought_before_the_door_after_all(site: Site) -> None:
    site.face(ANN, Factor.PIN)
    site.types("7391")
    site.claims.begin(Claim(BOB.id, (), *claimed(BOB.id), site.now + 1, lambda _: None))
    site.frame(seconds=2)
    site.face(ANN, Factor.PIN)
    assert site.shows_credentials() == [(Factor.PIN, False)]


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
    asked = Claim(BOB.id, (), *claimed(BOB.id), site.now + 60, lambda _: None)
    site.claims.begin(asked)
    site.types(ANN.id)  # a number that was meant for the door confirms nothing
    site.types("")
    site.types("", key="*")
    site.shows(signed())
    assert site.claim is asked
    assert (site.pressed, site.refusals, site.credentials.notice()) == (["#", "*"], [], "")


def test_a_pin_that_is_found_right_while_a_verification_began_takes_no_ones_place(site: Site) -> None:
    asked = Claim(BOB.id, (), *claimed(BOB.id), site.now + 60, lambda _: None)
    site.face(ANN, Factor.PIN)
    site.door.notices.append(Typed(site.now, "#", "7391"))
    site.credentials.look(replace(EMPTY, at=site.now, sequence=99))  # the check has begun
    site.claims.begin(asked)
    site.frame(frames=3)
    assert site.claim is asked
    assert site.credentials.notice() == ""


def test_an_old_code_that_never_leaves_the_view_is_refused_once(site: Site) -> None:
    site.shows(signed(iat=NOW - 99, exp=NOW - 1), frames=120)
    assert site.refusals == [(Reason.WRONG_CODE, ANN.handle)]


def test_a_credential_is_as_old_as_its_key_press(site: Site) -> None:
    site.face(ANN, Factor.PIN)
    at = site.now
    site.types("7391")
    assert site.claim is not None
    assert site.claim.credentials == (Credential(Factor.PIN, at, claimed=True),)
    assert site.claim.until == at + 30
