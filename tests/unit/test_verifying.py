"""What becomes of a question for a verification: who may be asked, what is stated, and that a nonce is one receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from edge.access.receipt import UNMEASURED, Reached, context_of
from edge.app.receipting import concluded, known, refused
from edge.app.verifying import Subject, TurnedAwayError, admitted, claim_of, confirming
from edge.config import Purpose
from edge.errors import SignatureError, StoreError
from edge.values import PersonId, Reason
from tests.unit.builders import ANN, BOB, person, rule
from tests.unit.verifying_site import Bank, embedding, portrait, question, read, reason_of

if TYPE_CHECKING:
    from edge.app.claims import Claim
    from edge.app.verifying import Counter
    from edge.link.verification import Verify


def opened(asked: Verify, counter: Counter) -> tuple[Subject, Claim]:
    subject = admitted(asked, counter)
    return subject, claim_of(asked, subject, counter, 1030.0, lambda _: None)


def answered(asked: Verify, counter: Counter, outcome: Reason = Reason.VERIFIED) -> str:
    assert known(asked, counter) is None
    subject, claim = opened(asked, counter)
    return concluded(asked, subject, counter, outcome, (claim, "teller"))


def turned_away(asked: Verify, bank: Bank) -> Reason:
    with pytest.raises(TurnedAwayError) as refusal:
        admitted(asked, bank.counter())
    return reason_of(refused(asked, bank.counter(), refusal.value, "teller"))


PAYING = {"purpose": "payment", "amount": "12.50", "text": "Rent"}


def test_a_receipt_says_who_for_what_and_how_sure() -> None:
    bank = Bank()
    paid = read(answered(question(**PAYING), bank.counter()))
    assert (paid.result, paid.person, paid.purpose) == ("verified", person(ANN).handle, "payment")
    assert paid.context == context_of("12.50", "Rent")
    assert paid.reached == Reached(("face",), "active", challenge=True, confirmed="keypad")
    assert (paid.fmr, paid.terminal, paid.clock, paid.live) == (1e-5, "desk 3", "trusted", True)
    assert bank.journal == [(paid, "teller")]


def test_a_refusal_is_a_receipt_that_claims_no_assurance() -> None:
    bank = Bank()
    made = read(answered(question(), bank.counter(), Reason.NOT_LIVE))
    assert (made.result, made.reason, made.reached) == ("refused", Reason.NOT_LIVE, Reached())
    assert bank.journal == [(made, "teller")]


def test_whoever_asks_may_ask_for_more_and_never_for_less() -> None:
    counter = Bank().counter()
    more = read(answered(question(assurance="active"), counter))
    assert (more.asked, more.reached.liveness, more.reached.challenge) == ("active", "active", True)
    less = read(answered(question("nonce-0002", assurance="passive", **PAYING), counter))
    assert (less.asked, less.reached.liveness) == ("active", "active")


def test_the_claim_searches_the_claimed_person_alone_at_the_purposes_own_rate() -> None:
    counter = Bank().counter()
    _, claim = opened(question(**PAYING), counter)
    match = claim.search(embedding(0, 1))
    assert match is not None
    assert (match.person, round(match.similarity, 3)) == (ANN, 0.0)
    assert claim.rule.fmr_for(1) == pytest.approx(1e-5)
    assert claim.rule.claimed == ANN
    assert claim.credentials == ()
    assert claim.answer is not None


def test_the_person_reads_what_it_is_for_and_how_to_decline() -> None:
    counter = Bank().counter()
    _, claim = opened(question(**PAYING), counter)
    assert claim.words == "Rent 12.50. Look at the camera; * declines."
    waits = confirming(question(**PAYING), claim, 1050.0)
    assert (waits.words, waits.judging) == ("Rent 12.50. Press # for yes, * for no.", False)
    assert (claim.thanks, opened(question("nonce-0003"), counter)[1].thanks) == (False, True)
    _, hostile = opened(question("nonce-0002", text="x\n\x1b[2J" + "y" * 150), counter)
    assert hostile.words.isprintable()
    assert len(hostile.words) < 150


# --- who is asked at all


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (question(purpose="vault"), Reason.UNSUPPORTED),
        (question(person="carol"), Reason.REVOKED),
        (question(person="no id at all"), Reason.REVOKED),
        (question(handle="0123"), Reason.REVOKED),
        (question(amount="1"), Reason.OVER_LIMIT),
        (question(purpose="payment", amount="100.01"), Reason.OVER_LIMIT),
        (question(purpose="payment"), Reason.BAD_ORDER),
        (question(portrait=portrait(model="b" * 64)), Reason.UNSUPPORTED),
        (question(portrait=portrait(vector=(0.5,) * 16)), Reason.UNSUPPORTED),
        (question(portrait=portrait(vector=(0.125,) * 64)), Reason.UNSUPPORTED),
        (question(purpose="payment", amount="12.50", portrait=portrait()), Reason.UNSUPPORTED),
    ],
)
def test_what_cannot_be_asked_is_a_signed_refusal(asked: Verify, reason: Reason) -> None:
    assert turned_away(asked, Bank()) is reason


def test_a_person_can_be_named_by_their_handle() -> None:
    assert read(answered(question(handle=person(BOB).handle), Bank().counter())).person == person(BOB).handle


def test_without_consent_or_a_template_another_way_than_the_face_is_taken() -> None:
    assert turned_away(question(), Bank(consented=lambda _: False)) is Reason.NO_CONSENT
    bank = Bank()
    bank.people.faces[ANN] = ()
    assert turned_away(question(), bank) is Reason.NO_CONSENT
    assert bank.journal[0][0].person == person(ANN).handle


def test_s9_a_person_with_more_templates_than_the_evidence_supports_is_not_asked() -> None:
    bank = Bank()
    bank.people.faces[ANN] = (embedding(1),) * 200
    assert turned_away(question(), bank) is Reason.UNSUPPORTED


def test_s5_a_portrait_of_another_space_is_never_compared() -> None:
    assert turned_away(question(portrait=portrait(preprocessing="2")), Bank()) is Reason.UNSUPPORTED


def test_a_portrait_names_nobody_and_says_what_it_was_not_measured_for() -> None:
    counter = Bank().counter()
    asked = question(portrait=portrait())
    made = read(answered(asked, counter))
    assert (made.person, made.portrait, made.note) == (None, "c" * 64, UNMEASURED)
    _, claim = opened(asked, counter)
    match = claim.search(embedding(1))
    assert match is not None
    assert match.similarity == pytest.approx(1.0)
    assert counter.person(claim.person) is None


# --- between the question and the answer


def test_s12_who_is_removed_while_they_are_asked_is_refused() -> None:
    bank = Bank()
    counter = bank.counter()
    asked = question()
    assert known(asked, counter) is None
    subject, claim = opened(asked, counter)
    del bank.people.faces[ANN]
    assert reason_of(concluded(asked, subject, counter, Reason.VERIFIED, (claim, "teller"))) is Reason.REVOKED


def test_who_takes_their_consent_back_meanwhile_is_refused() -> None:
    bank = Bank()
    counter = bank.counter()
    asked = question()
    subject, claim = opened(asked, counter)
    bank.consented = lambda _: False
    assert reason_of(concluded(asked, subject, counter, Reason.VERIFIED, (claim, "teller"))) is Reason.NO_CONSENT


def test_what_the_journal_does_not_take_verifies_nobody() -> None:
    assert reason_of(answered(question(), Bank(journal_down=True).counter())) is Reason.JOURNAL_DOWN


def test_s7_what_cannot_be_kept_is_not_answered() -> None:
    bank = Bank()
    counter = bank.counter()
    subject, claim = opened(question(), counter)
    bank.notes.broken = StoreError("the disk is full")
    with pytest.raises(StoreError):
        concluded(question(), subject, counter, Reason.VERIFIED, (claim, "teller"))


def test_a_person_has_so_many_payments_a_day_and_failures_cost_none() -> None:
    bank = Bank()
    counter = bank.counter()
    outcomes = [
        reason_of(answered(question(f"nonce-{number:04}", **PAYING), counter, outcome))
        for number, outcome in enumerate([Reason.UNKNOWN] + [Reason.VERIFIED] * 3)
    ]
    assert outcomes == [Reason.UNKNOWN, Reason.VERIFIED, Reason.VERIFIED, Reason.OVER_LIMIT]
    bob = question("nonce-bob1", person=BOB, **PAYING)
    assert reason_of(answered(bob, counter)) is Reason.VERIFIED
    bank.at += 86_400
    assert reason_of(answered(question("nonce-next", **PAYING), counter)) is Reason.VERIFIED


def test_s11_what_was_seen_without_liveness_is_never_signed_as_verified() -> None:
    counter = Bank().counter(rule_for=lambda *_: rule("off"))
    with pytest.raises(SignatureError, match="not a receipt"):
        answered(question(), counter)


# --- a nonce is one receipt


def test_the_same_question_again_gets_the_same_receipt() -> None:
    counter = Bank().counter()
    first = answered(question(), counter)
    assert known(question(), counter) == first


@given(st.sampled_from(["purpose", "person", "amount", "text", "assurance"]), st.data())
def test_another_question_with_the_same_nonce_is_refused(name: str, data: Any) -> None:  # noqa: ANN401 - hypothesis
    bank = Bank(purposes=(Purpose(name="desk", max_amount=1000.0), Purpose(name="other", max_amount=1000.0)))
    counter = bank.counter()
    first = answered(question(amount="1", text="a"), counter)
    others = {"purpose": "other", "person": BOB, "amount": "2", "assurance": "active"}
    value = data.draw(st.text(max_size=20)) if name == "text" else others[name]
    again = changed(question(amount="1", text="a"), **{name: value})
    told = known(again, counter)
    assert told is not None
    if again == question(amount="1", text="a"):
        assert told == first
    else:
        assert (read(told).result, reason_of(told)) == ("refused", Reason.REPLAYED)
    assert known(question(amount="1", text="a"), counter) == first  # nothing that was answered changes


def test_s7_a_question_that_a_crash_cut_off_was_refused_for_good() -> None:
    counter = Bank().counter()
    assert known(question(), counter) is None  # and the terminal dies here
    again = known(question(), counter)
    assert again is not None
    assert reason_of(again) is Reason.INTERRUPTED
    assert known(question(), counter) == again
    subject = Subject(PersonId(ANN), person(ANN), lambda _: None, 1)
    claim = claim_of(question(), subject, counter, 1030.0, lambda _: None)
    late = concluded(question(), subject, counter, Reason.VERIFIED, (claim, "teller"))
    assert late == again
