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


def _answer(key: str, words: str, values: Mapping[str, str], tables: Mapping[str, Any], ask: Ask) -> str:
    while True:
        answer = ask(words, hidden=key == _PASSPHRASE, optional=key == _SSID)
        fault = judged(tables, {**values, key: answer}, key)
        if not fault:
            return answer
        ask.refuse(fault)
