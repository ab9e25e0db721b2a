"""PINs: right, duress or neither, at the same cost; what many people choose is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import EnrolError
from edge.keys import hashing
from edge.people import pins
from edge.people.pins import PinMatch, check, slips, weakness
from edge.people.records import Secrets

KEPT = Secrets(pins.new("7391", "4711"), pins.new_duress("5520", "7391", "4711"))
DIGITS = st.text("0123456789", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("typed", "match"),
    [
        ("7391", PinMatch.RIGHT),
        ("5520", PinMatch.DURESS),
        ("7390", PinMatch.NONE),
        ("", PinMatch.NONE),
        ("73911", PinMatch.NONE),
        ("739\u0661", PinMatch.NONE),
        ("7391\0", PinMatch.NONE),
        ("7" * 500, PinMatch.NONE),
        ("\ud800\ud800\ud800\ud800", PinMatch.NONE),
    ],
)
def test_what_was_typed_is_the_pin_the_duress_pin_or_none(typed: str, match: PinMatch) -> None:
    assert check(KEPT, typed) is match


@pytest.mark.parametrize("secrets", [None, Secrets("", ""), Secrets("rubbish", "$argon2id$"), KEPT])
def test_s4_every_check_costs_two_hashes_whoever_it_is_of(
    secrets: Secrets | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counted(secret: str, phc: str) -> bool:
        asked.append(phc)
        return hashing.matches(secret, phc)

    monkeypatch.setattr(pins, "matches", counted)
    for typed in ("0007", "not digits"):
        asked.clear()
        assert check(secrets, typed) is PinMatch.NONE
        assert len(asked) == 2
    work = f"$argon2id$v=19$m={hashing.MEMORY_KIB},t={hashing.PASSES},p=1$"
    assert secrets == Secrets("rubbish", "$argon2id$") or all(one.startswith(work) for one in asked)


def test_somebody_without_a_pin_has_none_that_is_right() -> None:
    assert {check(Secrets("", ""), typed) for typed in ("", "0", "0000", "7391")} == {PinMatch.NONE}


def test_two_hashes_of_one_pin_differ_and_say_how_they_were_made() -> None:
    first, second = hashing.hashed("7391"), hashing.hashed("7391")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert "7391" not in first.split("$")[4:]


@pytest.mark.parametrize(
    "pin",
    [
        *("123", "1234567890123", "1111", "0000", "1212", "123123", "1234", "4321", "7890", "0987", "2024", "1987"),
        *("310599", "19991231", "31121999", "2580", "4711", "1174", "12a4", "\u0661\u0662\u0663\u0667"),
    ],
)
def test_a_pin_that_is_easy_to_guess_is_refused(pin: str) -> None:
    with pytest.raises(EnrolError, match="cannot be used"):
        pins.new(pin, "4711")


@pytest.mark.parametrize("pin", ["7391", "80461", "93740182", "604918273505"])
def test_a_pin_that_is_not_is_taken(pin: str) -> None:
    assert weakness(pin, "4711") == ""


def test_a_duress_pin_is_no_slip_of_the_finger() -> None:
    for slip in ("7391", "7392", "7931", "3791", "739", "73911", "17391"):
        with pytest.raises(EnrolError, match="duress"):
            pins.new_duress(slip, "7391", "x")


@given(DIGITS, DIGITS, DIGITS)
def test_slips_are_counted_alike_in_both_directions(one: str, other: str, third: str) -> None:
    assert slips(one, other) == slips(other, one)
    assert (slips(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= slips(one, other) <= max(len(one), len(other))
    assert slips(one + third, other + third) <= slips(one, other)


@given(DIGITS, st.data())
def test_one_slip_is_one(pin: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(pin) - 1))
    digit = data.draw(st.sampled_from("0123456789"))
    for typed in (
        pin[:place] + digit + pin[place + 1 :],
        pin[:place] + pin[place + 1 :],
        pin[:place] + digit + pin[place:],
        pin[:place] + pin[place : place + 2][::-1] + pin[place + 2 :],
    ):
        assert slips(pin, typed) <= 1
