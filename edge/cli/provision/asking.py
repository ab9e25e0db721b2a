"""What `edge provision new` asks a person for: one thing after the other, and each answer is judged at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import click

from edge.provision.given import there
from edge.provision.making import judged

if TYPE_CHECKING:
    from collections.abc import Mapping

_SSID, _COUNTRY, _PASSPHRASE = "network.ssid", "network.country", "network.passphrase"
_WIFI = {
    _COUNTRY: "Country whose radio rules hold, two letters, as DE",
    _PASSPHRASE: "Passphrase of the Wi-Fi",
}
_BOARD, _LOCK, _EXIT, _ON_FAULT = "board", "lock.line", "exit_button.line", "exit_button.on_fault"
_DOOR = {
    _BOARD: "Board at the door, pi, jetson or gpiochip; nothing for a desk that has no door",
    _LOCK: "Line of the lock's relay, as GPIO17",
    _EXIT: "Line of the exit button, as GPIO27; nothing where the door opens from inside without one",
    _ON_FAULT: "When a wire of that button is cut or stuck: open or ignore",
}
_BOARDS = ("pi", "jetson", "gpiochip")
_OPTIONAL = {_SSID, _BOARD, _EXIT}


class Ask(Protocol):
    """Who answers."""

    def __call__(self, words: str, *, hidden: bool, optional: bool) -> str:
        """Return the answer to a question; empty only where it is optional, typed twice where it is hidden."""

    def refuse(self, fault: str) -> None:
        """Hear what is wrong with the last answer."""


class Person:
    """Whoever sits at the terminal."""

    def __call__(self, words: str, *, hidden: bool, optional: bool) -> str:
        """Ask until there is an answer."""
        default = "" if optional else None
        answer: str = click.prompt(
            words, hide_input=hidden, confirmation_prompt=hidden, default=default, show_default=False
        )
        return answer

    def refuse(self, fault: str) -> None:
        """Say it, below the answer."""
        click.echo(f"  {fault}", err=True)


person = Person()


def asked(questions: Mapping[str, str], values: dict[str, str], tables: Mapping[str, Any], ask: Ask) -> dict[str, str]:
    """Return the values, and those that were asked for because nothing said them.

    Args:
        questions: What is needed, by key, and how it is asked for.
        values: What was given, by key.
        tables: Of the template.
        ask: Who answers.
    """
    found = dict(values)
    for key, words in questions.items():
        if key not in found and not there(tables, key):
            found[key] = _answer(key, words, found, tables, ask)
    says_network = any(key.startswith("network.") for key in found) or bool(tables.get("network"))
    if not says_network:
        found[_SSID] = _answer(_SSID, "Name of the Wi-Fi; nothing for the cable", found, tables, ask)
    if found.get(_SSID) or tables.get("network", {}).get("ssid"):
        for key, words in _WIFI.items():
            if key not in found and not there(tables, key):
                found[key] = _answer(key, words, found, tables, ask)
    return found


def asked_of_door(values: dict[str, str], tables: Mapping[str, Any], ask: Ask) -> dict[str, str]:
    """Return the values, and what makes a door, where they and the template say nothing of it.

    Args:
        values: What was given, by key.
        tables: Of the template.
        ask: Who answers.
    """
    found = dict(values)
    if any(key.partition(".")[0] in {"board", "lock", "exit_button"} for key in (*found, *tables)):
        return found
    for key, words in _DOOR.items():
        answer = _answer(key, words, found, tables, ask)
        if not answer:  # no door, or no button
            break
        found[key] = answer
    return found


def _answer(key: str, words: str, values: Mapping[str, str], tables: Mapping[str, Any], ask: Ask) -> str:
    while True:
        answer = ask(words, hidden=key == _PASSPHRASE, optional=key in _OPTIONAL)
        fault = _no_board(key, answer) or (answer and judged(tables, {**values, key: answer}, key))
        if not fault:
            return answer
        ask.refuse(fault)


def _no_board(key: str, answer: str) -> str:
    """Return what is wrong with a board: a configuration takes any, for a program that knows more of them."""
    return "" if key != _BOARD or answer in ("", *_BOARDS) else f"{key}: is one of {', '.join(_BOARDS)}"
