"""The words of the link: what is said arrives as it was said, and what is no message is one clear sentence."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import DoorSettings, RuleSettings
from edge.errors import LinkError
from edge.link.messages import (
    LIMIT_BYTES,
    Ask,
    Hello,
    Refused,
    Rejected,
    Terms,
    ToDoor,
    ToTerminal,
    Welcome,
    encode,
    plain,
    to_door,
    to_terminal,
)
from edge.values import (
    Answer,
    Credential,
    Evidence,
    Factor,
    Flaw,
    Handle,
    Identified,
    Order,
    OrderKind,
    Reason,
)

TERMS = Terms.of(DoorSettings(), RuleSettings())
EVIDENCE = Evidence(similarity=0.8, margin=0.3, threshold=0.5, fmr=1e-5, votes=2, liveness=None, space="toy")
IDENTIFIED = Identified("s", 7, 12.25, Handle("h"), ("staff",), None, 2e9, (Credential(Factor.FACE, 1.0),), EVIDENCE)


@pytest.mark.parametrize(
    "message",
    [
        Hello(live=False, why='a replay: "x"\n'),
        Ask(),
        IDENTIFIED,
        Refused(1.5, 3, Reason.POOR_VIEW, Handle("h"), EVIDENCE, (Flaw.BLURRED, Flaw.TOO_FAR)),
        Refused(1.5, 3, Reason.UNKNOWN),
    ],
)
def test_what_the_terminal_says_arrives(message: ToDoor) -> None:
    assert to_door(encode(message)) == message


@pytest.mark.parametrize(
    "message", [Welcome("s", TERMS), TERMS, Answer(7, opened=False, reason=Reason.STALE), Rejected("why")]
)
def test_what_the_door_says_arrives(message: ToTerminal) -> None:
    assert to_terminal(encode(message)) == message


@given(st.binary(max_size=300))
def test_garbage_is_one_clear_sentence(data: bytes) -> None:
    for decode in (to_door, to_terminal):
        with pytest.raises(LinkError, match="is no message of version 7"):
            decode(data)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 60_000,
        b'{"type":"identified","body":{}}',
        encode(IDENTIFIED).replace(b"12.25", b"1e999"),
        encode(IDENTIFIED).replace(b"12.25", b"null"),
        encode(IDENTIFIED).replace(b'"sequence":7', b'"sequence":7.5'),
        encode(Hello(live=True)).replace(b"true", b'true,"more":1'),
        encode(Refused(1.0, 1, Reason.UNKNOWN)).replace(b"unknown", b"never-heard-of"),
        encode(Welcome("s", TERMS)),
    ],
)
def test_almost_a_message_is_none(data: bytes) -> None:
    with pytest.raises(LinkError, match="is no message of version 7"):
        to_door(data)


@pytest.mark.parametrize("data", [b'{"type":"hello","live":true,"version":1}', b'{"type":"hullo","version":1,"x":[]}'])
def test_another_version_is_named(data: bytes) -> None:
    with pytest.raises(LinkError, match="speaks version 1, this one version 7; restart both"):
        to_door(data)


def test_what_is_too_long_is_neither_sent_nor_read() -> None:
    long = Hello(live=True, why="x" * LIMIT_BYTES)
    with pytest.raises(LinkError, match="65536 bytes are the limit"):
        encode(long)
    with pytest.raises(LinkError, match="more than 65536 bytes"):
        to_door(b" " * (LIMIT_BYTES + 1))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_s3_an_end_of_access_that_is_no_number_is_not_sent_as_for_ever(number: float) -> None:
    for message in (
        replace(IDENTIFIED, valid_until=number),
        replace(IDENTIFIED, at=number),
        replace(IDENTIFIED, evidence=replace(EVIDENCE, liveness=number)),
    ):
        with pytest.raises(LinkError, match="not finite"):
            encode(message)


@pytest.mark.parametrize("reason", [Reason.GRANTED, Reason.EXIT_BUTTON])
def test_a_refusal_for_a_reason_that_opens_is_no_refusal(reason: Reason) -> None:
    with pytest.raises(LinkError, match=f'whose reason is "{reason}"'):
        to_door(encode(Refused(1.0, 1, reason)))


def test_text_that_is_no_unicode_is_one_clear_sentence_and_not_sent() -> None:
    with pytest.raises(LinkError, match="cannot be written down"):
        encode(Hello(live=False, why="\udcff.jpg is a replay"))


@given(st.text(st.characters()))
def test_plain_words_are_sent_and_shown_whatever_they_were(text: str) -> None:
    said = plain(text)
    assert said.isprintable()
    assert to_door(encode(Hello(live=False, why=said[:100]))) == Hello(live=False, why=said[:100])
    assert plain("Frames/ä 1.jpg") == "Frames/ä 1.jpg"
    assert plain("\udcff\n") == "\\udcff\N{REPLACEMENT CHARACTER}"


def test_an_order_s_words_cannot_pretend_to_be_other_lines_of_a_report() -> None:
    order = Order(kind=OrderKind.LOCK_DOWN, operator="eve\x1b[2J", why="x\nlock: unlocked")
    read = to_door(encode(order))
    assert isinstance(read, Order)
    assert (read.operator, read.why) == ("eve\ufffd[2J", "x\ufffdlock: unlocked")
