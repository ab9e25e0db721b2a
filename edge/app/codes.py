"""What becomes of a code that somebody shows: whose it is, whether it is good here and now, and used only once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edge.access.code import KIND, Code, Here, judge
from edge.errors import SignatureError, StoreError
from edge.keys.tokens import read_token, signer
from edge.values import CodeFault, Handle

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.app.issuers import Issuers
    from edge.people.spent import Spent
    from edge.values import Person

LONGEST = 2048
"""No code of ours is longer; a QR code holds little more."""

_PREFIX = "code "
"""Before the names of codes in the ledger, which knows nonces, too."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a code.

    Attributes:
        person: Whom it names, as far as its signature proves that it names anybody.
        fault: Why it is refused; None for a good one, which is used by now.
    """

    person: Person | None = None
    fault: CodeFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeDesk:
    """Where codes are looked at.

    Attributes:
        issuers: Whose are believed.
        here: Which door this is.
        spent: Knows those that were used.
        by_handle: Finds a person.
        wall: Tells seconds since the epoch.
    """

    issuers: Issuers
    here: Here
    spent: Spent
    by_handle: Callable[[Handle], Person | None]
    wall: Callable[[], float] = time.time

    def take(self, text: str, *, trusted: bool) -> Seen:
        """Look at a code and use it up; that it is used lasts on return, whatever becomes of the face.

        Args:
            text: What was shown, by anybody.
            trusted: Whether the clock is believed; without it no code is good.

        Raises:
            StoreError: The people store cannot be read.
        """
        stated = self.stated(text)
        if isinstance(stated, CodeFault):
            return Seen(fault=stated)
        code = judge(stated, self.here, self.wall() if trusted else None)
        person = self._named(stated)
        if isinstance(code, CodeFault):
            return Seen(person, code)
        return Seen(person, CodeFault.NOBODY if person is None else self._spend(code))

    def stated(self, text: str) -> dict[str, Any] | CodeFault:
        """Return what a code states once its signature is proven, or why it states nothing; nothing is used up."""
        if len(text) > LONGEST:
            return CodeFault.NOT_A_CODE
        try:
            key = self.issuers.key(signer(text))
        except SignatureError:
            return CodeFault.NOT_A_CODE
        if key is None:
            return CodeFault.UNKNOWN_KEY
        try:
            return read_token(text, key, KIND)
        except SignatureError:
            return CodeFault.FORGED

    def _named(self, stated: dict[str, Any]) -> Person | None:
        who = stated.get("sub")
        return self.by_handle(Handle(who)) if isinstance(who, str) and who.isascii() else None

    def _spend(self, code: Code) -> CodeFault | None:
        try:
            earlier = self.spent.spend(_PREFIX + code.name, code.until)
        except StoreError:
            return CodeFault.LEDGER
        return None if earlier is None else CodeFault.USED
