"""What was typed about somebody's consent and validity, and who typed it."""

from __future__ import annotations

import getpass
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from edge.config import zone_of
from edge.people.records import Consent
from edge.people.validity import first_moment, last_moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.config import Config


_OPTIONS = (
    click.option(
        "--consent",
        metavar="VERSION",
        help="The version of the consent text that the person agreed to, such as 2026-11; no consent, no template.",
    ),
    click.option("--operator", metavar="NAME", help="Who took the consent down; without it the user of this machine."),
    click.option(
        "--from", "since", metavar="WHEN", help="First day or moment of access: 2026-12-01, 2026-12-01T08:00."
    ),
    click.option("--until", metavar="WHEN", help="Last day or moment of access; of a date, the end of that day."),
)


def consent_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of consent and validity."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed.

    Attributes:
        text: The version of the consent text; empty for none.
        operator: Who took it down; empty where nobody was named.
        since: The first moment of access, as typed.
        until: The last one.
    """

    text: str = ""
    operator: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, what: dict[str, Any]) -> Asked:
        """Take the four options out of a command's."""
        names = ("consent", "operator", "since", "until")
        asked = cls(*(str(what.pop(name, None) or "").strip() for name in names))
        if asked.text and not asked.operator:
            raise click.UsageError("--consent needs --operator NAME: who took the consent down")
        return asked

    @property
    def who(self) -> str:
        """Who is at the desk, for the journal: the operator, else the user of this machine."""
        return self.operator or getpass.getuser()

    def consent(self) -> Consent | None:
        """Return the consent as of now; None where none was typed.

        Raises:
            EnrolError: A text is not allowed.
        """
        return Consent(self.text, time.time(), self.operator).checked() if self.text else None

    def validity(self, config: Config) -> tuple[float | None, float | None]:
        """Return from when until when there is access, in the time zone of the door's rules.

        Raises:
            EnrolError: It is no date.
        """
        zone = zone_of(config.rules.time_zone)
        return first_moment(self.since, zone), last_moment(self.until, zone)
