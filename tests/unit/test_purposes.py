"""Purposes: what a payment takes whatever is configured, and what the evidence and the hardware must support (S9)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.access.threshold import Curve, Point
from edge.app.evidence import Enrolled, purpose_faults
from edge.app.places import places
from edge.app.verifications import consented, rule_for, served
from edge.config import Config, Purpose, dump, parse
from edge.errors import ConfigError
from edge.people.records import Consent
from tests.unit.builders import ANN, person, rule

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from edge.access.attempt import Rule
    from edge.people.store import Store

PAYMENT = """
[keypad]
device = "/dev/input/keys"
[[purposes]]
name = "pay"
kind = "payment"
liveness = "active"
confirm = "keypad"
max_amount = 100.0
daily = 3
"""


def faults(text: str) -> str:
    with pytest.raises(ConfigError) as error:
        parse(text, "t.toml")
    return str(error.value)


def test_a_payment_that_is_configured_in_full_is_taken_and_written_back() -> None:
    config = parse(PAYMENT, "t.toml")
    assert config.purposes[0].name == "pay"
    assert parse(dump(config), "again.toml") == config


@pytest.mark.parametrize(
    ("without", "word"),
    [
        ('liveness = "active"', "active challenge"),
        ('confirm = "keypad"', "confirmed by the person at the terminal"),
        ("max_amount = 100.0", "largest amount"),
        ("daily = 3", "how many a person may make"),
        ('device = "/dev/input/keys"', "has no keypad"),
    ],
)
def test_a_payment_takes_a_challenge_a_key_and_limits(without: str, word: str) -> None:
    told = faults(PAYMENT.replace(without, ""))
    assert word in told
    assert 'purpose "pay"' in told


def test_what_is_called_payment_is_one_whatever_kind_it_is_given() -> None:
    told = faults('[[purposes]]\nname = "payment"\nkind = "desk"\n')
    assert told.count("a payment") == 4


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[[purposes]]\nname = "a"\n[[purposes]]\nname = "a"\n', "named 2 times"),
        ('[[purposes]]\nname = "a"\nfmr = 1e-3\n', "must not be laxer than decision.fmr"),
        ('[liveness]\nmode = "off"\n[[purposes]]\nname = "a"\n', "nobody is verified without it"),
        ('[[purposes]]\nname = "A b"\n', "purposes[1].name"),
        ("[[purposes]]\nfmr = 1e-5\n", "name: is missing"),
        ('[[purposes]]\nname = "a"\nconfirm = "api"\n', "purposes[1].confirm"),
        ('[[purposes]]\nname = "a"\nattempts = 9\n', "purposes[1].attempts"),
        ('[api]\nusers = ["a b"]\n', "api.users"),
    ],
)
def test_what_cannot_be_is_named(text: str, word: str) -> None:
    assert word in faults(text)


CURVE = Curve((Point(1e-3, 0.3, 100, 100_000, 0, 1), Point(1e-5, 0.5, 10, 1_000_000, 0, 1)))


def test_s9_a_purpose_beyond_the_evidence_is_refused_by_its_name() -> None:
    config = Config(purposes=(Purpose(name="desk", fmr=1e-4), Purpose(name="vault", fmr=2e-5)))
    assert not list(purpose_faults(config, CURVE, Enrolled(1, 2, 2)))
    (fault,) = purpose_faults(config, CURVE, Enrolled(1, 3, 3))
    assert fault.startswith('the purpose "vault" cannot be offered: its fmr = 2e-05')


def asked_for(purpose: Purpose, mode: str, assurance: Any = "passive") -> Rule:  # noqa: ANN401 - a literal
    return rule_for(lambda: rule(mode), CURVE.resolve, purpose, assurance, ANN)


def test_a_purpose_has_its_own_rate_and_asks_for_no_less_than_the_door() -> None:
    found = asked_for(Purpose(name="desk", fmr=1e-5), "passive")
    assert found.claimed == ANN
    assert found.threshold_for(found.fmr_for(1)) == 0.5
    assert found.demand.settings.mode == "passive"
    assert asked_for(Purpose(name="desk"), "passive", "active").demand.settings.mode == "challenge"
    assert asked_for(Purpose(name="desk"), "challenge", "passive").demand.settings.mode == "challenge"
    assert asked_for(Purpose(name="desk"), "motion", "passive").demand.settings.mode == "motion"


class Agreed:
    """A store in which everybody agreed to one text, or to none."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    def consent(self, who: object) -> Consent | None:
        del who
        return None if self.text is None else Consent(self.text, 1.0, "olga")


@pytest.mark.parametrize(
    ("agreed", "texts", "counts"),
    [("v1", (), True), ("v1", ("v1", "v2"), True), ("v1", ("v2",), False), (None, (), False)],
)
def test_only_a_consent_to_a_text_that_counts_is_one(agreed: str | None, texts: tuple[str, ...], counts: bool) -> None:
    config = Config()
    config = replace(config, people=replace(config.people, consent_texts=texts))
    store: Store = Agreed(agreed)  # type: ignore[assignment]  # the one question that is asked of it
    assert consented(config, store, person(ANN)) is counts


def test_s11_with_liveness_off_no_verification_is_offered(tmp_path: Path) -> None:
    config = Config(purposes=(Purpose(name="desk"),)).without_liveness()
    with served(config, places(tmp_path), None, None, live=True) as api:  # type: ignore[arg-type]  # neither is used
        assert api is None
    assert not places(tmp_path).terminal_socket.exists()
