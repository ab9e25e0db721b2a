"""The terminal's own socket: one question at a time, and the door's camera never waits for it."""

from __future__ import annotations

import os
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from edge.access.inquiry import NO, YES
from edge.app.allowed import AllowedUsers
from edge.app.api import Api
from edge.config import ApiSettings, Purpose
from edge.errors import ConfigError, LinkError, StoreError
from edge.link.client import dial
from edge.link.server import MAX_PEERS
from edge.link.verification import Answered, Progress, encode, to_caller, verify
from edge.values import Reason, Verdict
from tests.unit.api_office import PAYING, SOON_S, Office, until
from tests.unit.builders import ANN, BOB
from tests.unit.verifying_site import DESK, PAYMENT, Bank, question, read, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    bank, path = Bank(), tmp_path / "terminal.sock"
    with ThreadPoolExecutor(8) as callers, closing(Api(path, bank.counter(), 2)) as api:
        yield Office(path, bank, api, callers)


def told(future: Future[Answered]) -> Reason:
    return reason_of(future.result(SOON_S).receipt)


def test_a_question_is_answered_and_the_door_is_asked_again(office: Office) -> None:
    asked = office.asks(question())
    assert office.shows().person == ANN
    assert told(asked) is Reason.VERIFIED
    assert office.steps == [Progress("face")]
    until(office.free)


def test_a_payment_is_confirmed_at_the_keypad_while_nobody_is_judged(office: Office) -> None:
    asked = office.asks(question(**PAYING))
    office.api.press(YES, office.bank.now)  # before the face it confirms nothing
    claim = office.shows()
    waits = office.standing(claim)
    assert not waits.judging
    assert not asked.done()
    office.bank.now += 1.0
    office.api.press(YES, office.bank.now)
    assert told(asked) is Reason.VERIFIED
    assert office.steps == [Progress("face"), Progress("keypad")]


def test_a_person_declines_before_and_after_their_face(office: Office) -> None:
    first = office.asks(question(**PAYING))
    office.standing()
    office.api.press(NO, office.bank.now)
    assert told(first) is Reason.DECLINED
    second = office.asks(question("nonce-0002", **PAYING))
    office.standing(office.shows())
    office.api.press(NO, office.bank.now + 1)
    assert told(second) is Reason.DECLINED


def test_nobody_in_time_is_nobody(office: Office) -> None:
    asked = office.asks(question())
    office.standing()
    office.bank.now += DESK.window_s + 0.1
    assert told(asked) is Reason.NOBODY
    until(office.free)


def test_no_key_in_time_confirms_nothing(office: Office) -> None:
    asked = office.asks(question(**PAYING))
    office.standing(office.shows())
    office.bank.now += PAYMENT.confirm_s + 0.1
    office.api.press(YES, office.bank.now)
    assert told(asked) is Reason.NOT_CONFIRMED


def test_questions_are_answered_one_after_the_other_and_too_many_are_turned_away(office: Office) -> None:
    first = office.asks(question("nonce-0001"))
    one = office.standing()
    second = office.asks(question("nonce-0002", person=BOB))
    until(lambda: Progress("queued", 1) in office.steps)
    third = office.asks(question("nonce-0003"))
    until(lambda: Progress("queued", 2) in office.steps)
    with pytest.raises(LinkError, match="too many questions wait"):
        office.asks(question("nonce-0004")).result(SOON_S)
    office.shows()
    assert told(first) is Reason.VERIFIED
    assert office.standing(one).person == BOB
    office.shows(Reason.UNKNOWN)
    assert told(second) is Reason.UNKNOWN
    until(lambda: not office.free() and office.standing().person == ANN)
    office.shows()
    assert told(third) is Reason.VERIFIED


def test_who_hangs_up_takes_the_question_back(office: Office) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as end:
        end.connect(str(office.path))
        end.send(encode(question()))
        office.standing()
    until(office.free)
    again = office.asks(question())
    assert told(again) is Reason.CANCELLED
    assert again.result().again


def test_the_same_question_while_it_is_open_waits_its_turn_outside(office: Office) -> None:
    first = office.asks(question())
    office.standing()
    with pytest.raises(LinkError, match="is being answered"):
        office.asks(question()).result(SOON_S)
    office.shows()
    assert office.asks(question()).result(SOON_S) == replace_again(first.result(SOON_S))


def replace_again(answer: Answered) -> Answered:
    return Answered(answer.receipt, again=True)


def test_a_replayed_nonce_is_a_signed_refusal_and_asks_nobody(office: Office) -> None:
    first = office.asks(question())
    office.shows()
    first.result(SOON_S)
    until(office.free)
    assert told(office.asks(question(person=BOB))) is Reason.REPLAYED
    assert office.free()


def test_a_refusal_before_anybody_is_asked_lets_no_claim_stand(office: Office) -> None:
    assert told(office.asks(question(person="carol"))) is Reason.REVOKED
    assert office.free()


def test_one_request_has_so_many_attempts(tmp_path: Path) -> None:
    bank = Bank(purposes=(Purpose(name="desk", attempts=2),))
    with ThreadPoolExecutor(1) as callers, closing(Api(tmp_path / "s", bank.counter(), 0)) as api:
        office = Office(tmp_path / "s", bank, api, callers)
        asked = office.asks(question())
        office.shows(Reason.UNKNOWN)
        office.shows(Reason.POOR_VIEW)
        office.shows(Reason.NOT_LIVE)
        assert told(asked) is Reason.NOT_LIVE


def test_a_verdict_of_an_earlier_question_answers_no_later_one(office: Office) -> None:
    first = office.asks(question())
    old = office.shows(Reason.UNKNOWN)
    assert told(first) is Reason.UNKNOWN
    second = office.asks(question("nonce-0002", person=BOB))
    office.standing(old)
    assert old.answer is not None
    old.answer(Verdict(office.bank.now, 1, Reason.GRANTED, ANN))
    office.shows(Reason.NOT_LIVE)
    assert told(second) is Reason.NOT_LIVE


def test_s7_an_answer_that_cannot_be_kept_does_not_leave_and_the_door_works_on(office: Office) -> None:
    asked = office.asks(question())
    office.standing()
    office.bank.notes.broken = StoreError("the disk is full")
    office.shows()
    with pytest.raises(LinkError, match="the disk is full"):
        asked.result(SOON_S)
    until(office.free)
    office.bank.notes.broken = None
    later = office.asks(question("nonce-0002"))
    office.shows()
    assert told(later) is Reason.VERIFIED


def test_an_error_of_its_own_leaves_the_door_working(office: Office) -> None:
    office.asks(question())
    office.standing()
    office.bank.notes.broken = ZeroDivisionError()
    office.shows()
    until(office.free)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{}",
        b"\xff" * 100,
        encode(question()).replace(b"desk", b"d" * 60_000),
        encode(question()).replace(b"nonce-0001", b"short"),
        encode(question()).replace(b'"version":1', b'"version":2'),
        encode(question()).replace(b'"person":"ann"', b'"person":""'),
        encode(question()).replace(b'"handle":""', b'"handle":"h"'),
        encode(question()).replace(b'"amount":""', b'"amount":"-1"'),
        encode(question()).replace(b'"amount":""', b'"amount":"1e9"'),
    ],
)
def test_what_is_no_question_costs_its_connection_alone(office: Office, said: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as end:
        end.settimeout(SOON_S)
        end.connect(str(office.path))
        end.send(said or b" ")
        assert b"rejected" in end.recv(70_000)
        assert end.recv(70_000) == b""
    asked = office.asks(question("nonce-good"))
    office.shows()
    assert told(asked) is Reason.VERIFIED


def test_a_connection_is_one_question(office: Office) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as end:
        end.settimeout(SOON_S)
        end.connect(str(office.path))
        end.send(encode(question()))
        assert to_caller(end.recv(70_000)) == Progress("face")
        end.send(encode(question("nonce-0002")))
        assert b"greeted twice" in end.recv(70_000)
    until(office.free)


def test_closing_takes_every_question_back(tmp_path: Path) -> None:
    bank = Bank()
    api = Api(tmp_path / "s", bank.counter(), 2)
    with ThreadPoolExecutor(1) as callers:
        office = Office(tmp_path / "s", bank, api, callers)
        asked = office.asks(question())
        office.standing()
        api.close()
        with pytest.raises(LinkError, match="stops"):
            asked.result(SOON_S)
    assert office.free()
    api.close()
    assert not (tmp_path / "s").exists()


def test_only_who_is_allowed_may_ask(tmp_path: Path) -> None:
    bank = Bank()
    nobody: frozenset[int] = frozenset()
    with closing(Api(tmp_path / "s", bank.counter(), 2, nobody)), pytest.raises(LinkError, match="may not talk"):
        verify(tmp_path / "s", question(), SOON_S)


def test_allowed_are_root_its_own_user_and_whom_the_configuration_names() -> None:
    assert os.geteuid() in AllowedUsers(ApiSettings())
    assert 65_534 not in AllowedUsers(ApiSettings())
    assert 65_534 in AllowedUsers(ApiSettings(users=("nobody",)))
    assert 65_534 in AllowedUsers(ApiSettings(groups=("nogroup",)))
    assert 4_000_000 not in AllowedUsers(ApiSettings(groups=("nogroup",)))
    with pytest.raises(ConfigError, match="never-heard-of"):
        AllowedUsers(ApiSettings(users=("never-heard-of",)))


def test_callers_who_keep_their_connections_shut_nobody_out(office: Office) -> None:
    with ExitStack() as idle:
        for number in range(2 * MAX_PEERS):
            end = idle.enter_context(dial(office.path, SOON_S))
            end.send(encode(question(nonce=f"nonce-{number:04}", purpose="never heard of")))
            assert isinstance(to_caller(end.recv(70_000)), Answered)


def test_a_receipt_of_the_socket_is_signed_by_the_terminal(office: Office) -> None:
    asked = office.asks(question(text="opening an account"))
    office.shows()
    made = read(asked.result(SOON_S).receipt)
    assert (made.nonce, made.result) == ("nonce-0001", "verified")
    assert office.bank.journal[0][0] == made
