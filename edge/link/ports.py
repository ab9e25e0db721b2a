"""What the terminal may say to a door, and hear from it, whatever lies between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from edge.link.notices import Notice
    from edge.link.questions import Audit
    from edge.values import Alarm, Answer, Credential, Done, Handle, Person, Verdict


class DoorPort(Protocol):
    """How the terminal's loop talks to a door."""

    def identify(self, person: Person, verdict: Verdict, shown: tuple[Credential, ...] = ()) -> Answer:
        """Say that `person` stands there on the strength of a granted `verdict`; return what the door did.

        Args:
            person: Who.
            verdict: What it rests on.
            shown: What had said who it is before their face was looked for; that was then claimed (1:1).

        Raises:
            LinkError: The door did not answer in time; the message is never sent again (S2).
        """

    def report(self, verdict: Verdict, handle: Handle | None) -> None:
        """Have a refusal written into the journal.

        Raises:
            LinkError: The door cannot be reached; the report is lost.
        """

    def close(self) -> None:
        """Hang up; a second call does nothing."""


class DoorLine(DoorPort, Protocol):
    """A `DoorPort` that also takes what is to be shown and what is wrong."""

    def tell(self, signal: str, code: str, words: str) -> None:
        """Have this shown by the door's lamp and beeper.

        Raises:
            LinkError: The door cannot be reached; nothing is shown.
        """

    def warn(self, alarm: Alarm, words: str, *, on: bool) -> None:
        """Say that something is wrong with the terminal's own parts, or no longer is.

        Raises:
            LinkError: The door cannot be reached; nobody hears of it.
        """

    def heard(self) -> tuple[Notice, ...]:
        """Return what the door has told unasked since the last call, oldest first; it never waits for more.

        Raises:
            EdgeError: A door that came back is laxer than head office's limits.
        """

    def audit(self, what: Audit) -> Done:
        """Have something written into the journal, and return whether it lasts; any thread may ask.

        Raises:
            LinkError: The door cannot be reached; whether it was written is not known.
        """
