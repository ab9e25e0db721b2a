"""What is given by name goes where it belongs, as the kind of value that the key has; each answer is judged at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.cli.provision.asking import asked, asked_of_door
from edge.provision.given import place, there
from edge.provision.making import judged

if TYPE_CHECKING:
    from collections.abc import Mapping

QUESTIONS = {
    "terminal.id": "Id",
    "terminal.site": "Site",
    "terminal.door": "Door",
    "terminal.time_zone": "Zone",
    "board": "Board",
}
PASSPHRASE = "network.passphrase"  # noqa: S105 - its key


class Scripted:
    """Answers question after question, and keeps what it was asked and told."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, bool]] = []
        self.refused: list[str] = []

    def __call__(self, words: str, *, hidden: bool, optional: bool) -> str:
        answer = self._answers.pop(0)
        assert answer or optional
        self.asked.append((words.split(maxsplit=1)[0], hidden))
        return answer

    def refuse(self, fault: str) -> None:
        self.refused.append(fault)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("board", "pi", "pi"),
        ("network.ssid", "true", "true"),
        ("network.hidden", "true", True),
        ("mqtt.port", "8884", 8884),
        ("network.dns", "192.0.2.1 192.0.2.2", ["192.0.2.1", "192.0.2.2"]),
        ("network.dns", "192.0.2.1;192.0.2.2, 192.0.2.3", ["192.0.2.1", "192.0.2.2", "192.0.2.3"]),
        ("network.ntp", '["a.example", "b.example"]', ["a.example", "b.example"]),
        ("rules.holidays", '["2026-12-25"]', ["2026-12-25"]),
        ("keys.holder", "tpm", "tpm"),
        ("decision.votes", "3", 3),
        ("rules.lock_out.first_s", "30", 30),
        ("nonsense.key", "3", "3"),
    ],
)
def test_a_value_has_the_kind_of_its_key(key: str, text: str, value: object) -> None:
    tables: dict[str, Any] = {}
    assert not place(tables, key, text)
    found: Any = tables
    for part in key.split("."):
        found = found[part]
    assert found == value


@pytest.mark.parametrize(("key", "text"), [("network.hidden", "yes"), ("mqtt.port", "80 83"), ("board.x", "1")])
def test_a_value_that_is_none_is_named_by_its_key(key: str, text: str) -> None:
    assert place({"board": "pi"}, key, text).startswith(f"{key}: ")


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_text_is_taken_as_it_is(text: str) -> None:
    tables: dict[str, Any] = {"network": {"ssid": "w"}}
    assert not place(tables, PASSPHRASE, text)
    assert tables == {"network": {"ssid": "w", "passphrase": text}}
    assert there(tables, PASSPHRASE)


def test_a_wrong_answer_is_refused_at_once_and_asked_again() -> None:
    ask = Scripted("Berlin_1", "berlin-1", "   ", "Berlin", "Main", "Mars", "Europe/Berlin", "pi", "")
    found = asked(QUESTIONS, {}, {}, ask)
    assert {key: found[key] for key in QUESTIONS} == {
        "terminal.id": "berlin-1",
        "terminal.site": "Berlin",
        "terminal.door": "Main",
        "terminal.time_zone": "Europe/Berlin",
        "board": "pi",
    }
    assert len(ask.refused) == 3
    assert "no hyphen at an end" in ask.refused[0]
    assert "network.passphrase" not in found


def test_a_wifi_is_asked_for_with_its_country_and_a_passphrase_that_is_hidden() -> None:
    ask = Scripted("doors", "de", "DE", "short", "correct horse")
    found = asked({}, {}, {}, ask)
    assert found == {"network.ssid": "doors", "network.country": "DE", PASSPHRASE: "correct horse"}
    assert [hidden for _, hidden in ask.asked] == [False, False, False, True, True]
    assert len(ask.refused) == 2


@pytest.mark.parametrize(
    ("values", "tables"),
    [
        ({"network.address": "192.0.2.7/24"}, {}),
        ({}, {"network": {"ntp": ["a.example"]}}),
        ({}, {"network": {"ssid": "w", "country": "DE", "passphrase": "12345678"}}),
    ],
)
def test_what_was_given_is_not_asked_for(values: dict[str, str], tables: Mapping[str, Any]) -> None:
    ask = Scripted()
    assert asked({}, values, tables, ask) == values
    assert ask.asked == []


@pytest.mark.parametrize(
    ("answers", "refused", "found"),
    [
        ([""], 0, {}),
        (["pc", "pi", "GPIO17", ""], 1, {"board": "pi", "lock.line": "GPIO17"}),
        (
            ["jetson", "GPIO17", "GPIO27", "perhaps", "open"],
            1,
            {"board": "jetson", "lock.line": "GPIO17", "exit_button.line": "GPIO27", "exit_button.on_fault": "open"},
        ),
    ],
    ids=["a desk", "no button", "a button"],
)
def test_s10_what_makes_a_door_is_asked_for(answers: list[str], refused: int, found: dict[str, str]) -> None:
    ask = Scripted(*answers)
    assert asked_of_door({}, {}, ask) == found
    assert len(ask.refused) == refused


@pytest.mark.parametrize("tables", [{"board": "pi"}, {"lock": {"line": "GPIO4"}}, {"exit_button": {}}])
def test_a_template_that_says_anything_of_a_door_is_not_asked_about_it(tables: Mapping[str, Any]) -> None:
    assert asked_of_door({}, tables, Scripted()) == {}
    assert asked_of_door({"board": "pi"}, {}, Scripted()) == {"board": "pi"}


def test_a_value_is_judged_beside_what_stands_already() -> None:
    tables = {"network": {"address": "192.0.2.7/24", "dns": ["192.0.2.1"]}}
    assert "is not in the terminal's network" in judged(tables, {"network.gateway": "198.51.100.1"}, "network.gateway")
    assert not judged(tables, {"network.gateway": "192.0.2.1"}, "network.gateway")
    assert not judged({}, {"terminal.id": "b-1"}, "terminal.id")
