"""Codes: a good one is good once, here and now; whatever else is shown is refused by name."""

from __future__ import annotations

import json
from math import inf, nan
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.access.code import KIND, SLACK_S, Code, Here, judge
from edge.app.codes import LONGEST, Seen
from edge.keys import new_pair, sign
from edge.keys.tokens import sign_token, thumbprint
from edge.values import CodeFault
from edge.vision.codes import UNREADABLE, read_code
from tests.unit.code_builders import ANN, DOOR, HERE, NOW, PRIVATE, PUBLIC, Desk, qr, signed, stated
from tests.unit.test_tokens import encoded

if TYPE_CHECKING:
    from pathlib import Path

ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80) | st.lists(st.text())


# --- what it states


def test_a_good_code_says_whom_it_names_and_how_long_it_counts() -> None:
    assert judge(stated(), HERE, NOW) == Code(ANN.handle, "j" * 22, NOW + 300)
    assert isinstance(judge(stated(aud=["back", DOOR]), HERE, NOW), Code)
    assert isinstance(judge(stated(aud=None, purpose="door"), HERE, NOW), Code)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"aud": "back"}, CodeFault.OTHER_PLACE),
        ({"purpose": "payment"}, CodeFault.OTHER_PLACE),
        ({"aud": None}, CodeFault.MALFORMED),
        ({"aud": []}, CodeFault.MALFORMED),
        ({"aud": [DOOR, 7]}, CodeFault.MALFORMED),
        ({"exp": NOW}, CodeFault.OUT_OF_DATE),
        ({"exp": None}, CodeFault.MALFORMED),
        ({"exp": True}, CodeFault.MALFORMED),
        ({"exp": str(NOW + 9)}, CodeFault.MALFORMED),
        ({"exp": NOW - 20}, CodeFault.MALFORMED),
        ({"iat": NOW + SLACK_S + 1}, CodeFault.NOT_YET),
        ({"nbf": NOW + SLACK_S + 1}, CodeFault.NOT_YET),
        ({"nbf": NOW - 11}, CodeFault.MALFORMED),
        ({"exp": NOW + 3591}, CodeFault.TOO_LONG),
        ({"iat": -1}, CodeFault.MALFORMED),
        ({"exp": 1e300}, CodeFault.MALFORMED),
        ({"jti": "short"}, CodeFault.MALFORMED),
        ({"jti": None}, CodeFault.MALFORMED),
        ({"jti": "j" * 65}, CodeFault.MALFORMED),
        ({"sub": "a' OR 1=1 --"}, CodeFault.MALFORMED),
        ({"sub": None}, CodeFault.MALFORMED),
        ({"admin": True}, CodeFault.MALFORMED),
    ],
)
def test_what_is_not_as_it_must_be_is_refused_by_name(changes: dict[str, object], fault: CodeFault) -> None:
    assert judge(stated(**changes), HERE, NOW) is fault


@pytest.mark.parametrize("now", [None, nan, inf])
def test_s3_a_clock_that_cannot_be_trusted_refuses_every_code(now: float | None) -> None:
    assert judge(stated(), HERE, now) is CodeFault.CLOCK


@given(st.dictionaries(st.sampled_from([*stated(), "nbf", "purpose", "x"]), ANYTHING), st.floats())
def test_a_code_that_is_taken_is_for_here_for_now_and_for_no_longer_than_is_allowed(
    changes: dict[str, object], now: float
) -> None:
    said = {**stated(), **changes}
    code = judge(said, HERE, now)
    if isinstance(code, Code):
        assert said["iat"] - SLACK_S <= now < code.until == said["exp"] <= said["iat"] + HERE.longest_s
        assert DOOR in ([said.get("aud")] if isinstance(said.get("aud"), str) else said.get("aud", [DOOR]))
        assert said.get("purpose", "door") == "door"


# --- whose it is, and that it is used once


def test_a_code_is_good_once_and_never_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    text = signed()
    assert desk.open().take(text, trusted=True) == Seen(ANN)
    assert desk.open().take(text, trusted=True) == Seen(ANN, CodeFault.USED), "nor after a restart"
    desk.now -= 200
    assert desk.open().take(signed(iat=desk.now, exp=NOW + 300), trusted=True).fault is CodeFault.USED


def test_a_clock_that_is_set_back_brings_no_used_code_to_life(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    opened = desk.open()
    text = signed(exp=NOW + 10)
    assert opened.take(text, trusted=True).fault is None
    desk.now = NOW + 100
    for number in range(30):
        opened.spent.spend(f"n{number}", NOW + 20)
    assert opened.take(signed(iat=NOW + 99, exp=NOW + 400, jti="k" * 22), trusted=True).fault is None
    assert len(opened.spent) <= 2, "what expired is forgotten"
    desk.now = NOW
    assert opened.take(text, trusted=True) == Seen(ANN, CodeFault.USED)
    assert desk.open().take(text, trusted=True) == Seen(ANN, CodeFault.USED)


def test_a_refused_code_is_not_used_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    text = signed(iat=NOW + 100)
    assert desk.open().take(text, trusted=True) == Seen(ANN, CodeFault.NOT_YET)
    assert desk.open().take(text, trusted=False) == Seen(ANN, CodeFault.CLOCK)
    desk.now = NOW + 100
    assert desk.open().take(text, trusted=True) == Seen(ANN)


def test_a_code_of_an_unknown_key_or_a_forged_one_names_nobody(tmp_path: Path) -> None:
    desk = Desk(tmp_path).open()
    other, _ = new_pair()
    assert desk.take(signed(other), trusted=True) == Seen(fault=CodeFault.UNKNOWN_KEY)
    head = {"alg": "Ed25519", "kid": thumbprint(PUBLIC), "typ": KIND}
    body = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(stated()).encode())}"
    assert desk.take(f"{body}.{encoded(sign(body.encode(), other))}", trusted=True) == Seen(fault=CodeFault.FORGED)
    assert desk.take(sign_token(stated(), PRIVATE, "receipt"), trusted=True) == Seen(fault=CodeFault.FORGED)
    assert desk.take(signed(sub="c" * 32), trusted=True) == Seen(fault=CodeFault.NOBODY)
    for text in ("", UNREADABLE, "a.b.c", "x" * (LONGEST + 1), signed() + "\0", "\N{SNOWMAN}"):
        assert desk.take(text, trusted=True) == Seen(fault=CodeFault.NOT_A_CODE)


@pytest.mark.parametrize(
    "more",
    [
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}},
        {"jku": "https://example.org/keys"},
        {"x5u": "https://example.org/keys"},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"], "exp": 1},
        {"cty": "JWT"},
        {"zip": "DEF"},
    ],
)
def test_a_header_that_brings_its_own_key_or_anything_else_is_refused(more: dict[str, object], tmp_path: Path) -> None:
    desk = Desk(tmp_path).open()
    head = {"alg": "Ed25519", "kid": thumbprint(PUBLIC), "typ": KIND, **more}
    body = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(stated()).encode())}"
    assert desk.take(f"{body}.{encoded(sign(body.encode(), PRIVATE))}", trusted=True).fault is CodeFault.FORGED


def test_what_is_stated_twice_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path).open()
    twice = json.dumps(stated())[:-1] + f', "sub": "{"b" * 32}"}}'
    head = json.dumps({"alg": "Ed25519", "kid": thumbprint(PUBLIC), "typ": KIND})
    for first, second in ((head, twice), (head[:-1] + ', "alg": "none"}', json.dumps(stated()))):
        body = f"{encoded(first.encode())}.{encoded(second.encode())}"
        seen = desk.take(f"{body}.{encoded(sign(body.encode(), PRIVATE))}", trusted=True)
        assert seen == Seen(fault=CodeFault.FORGED if first == head else CodeFault.NOT_A_CODE)


def test_an_issuer_that_is_taken_away_is_believed_no_more(tmp_path: Path) -> None:
    desk = Desk(tmp_path).open()
    (tmp_path / "issuers" / "rubbish.pub").write_bytes(b"\xff" * 9)
    assert desk.take(signed(), trusted=True).fault is None
    (tmp_path / "issuers" / "office.pub").unlink()
    assert desk.take(signed(jti="k" * 22), trusted=True).fault is CodeFault.UNKNOWN_KEY


def test_a_ledger_that_cannot_be_written_refuses(tmp_path: Path) -> None:
    desk = Desk(tmp_path).open()
    (tmp_path / "people.spent").unlink()
    assert desk.take(signed(), trusted=True) == Seen(ANN, CodeFault.LEDGER)


def test_a_purpose_alone_is_good_at_any_door_of_it() -> None:
    said = stated(aud=None, purpose="payment")
    assert isinstance(judge(said, Here(frozenset(), "payment", 400.0), NOW), Code)
    assert judge(said, HERE, NOW) is CodeFault.OTHER_PLACE


# --- in a picture


def test_a_code_is_read_from_a_picture_as_it_was_signed() -> None:
    text = signed()
    assert read_code(qr(text)) == text
    assert read_code(qr(text, module_px=6, size=(1920, 1080))) == text


def test_a_picture_without_a_code_or_with_several_says_nothing() -> None:
    empty = qr("x")
    empty[:] = 128
    assert read_code(empty) is None
    two = qr("first")
    two[300:700] = qr("second")[0:400]
    assert read_code(two) is None


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE person; --", "$(reboot)", "%n%s", b"\xff\x00\x01", "\N{SNOWMAN}", "a b"]
)
def test_complaint_13_what_is_no_plain_text_is_shown_to_nobody(text: str | bytes) -> None:
    assert read_code(qr(text)) == UNREADABLE
