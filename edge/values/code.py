"""What can be wrong with a code that somebody shows: one stable word each, and one sentence for the journal."""

from __future__ import annotations

from enum import StrEnum


class CodeFault(StrEnum):
    """Why a code is refused, beside `Reason.WRONG_CODE`; nobody at the door is told which it was."""

    NOT_A_CODE = "not-a-code"
    UNKNOWN_KEY = "unknown-key"
    FORGED = "forged"
    MALFORMED = "malformed"
    OTHER_PLACE = "other-place"
    NOT_YET = "not-yet"
    OUT_OF_DATE = "out-of-date"
    TOO_LONG = "too-long"
    USED = "used"
    CLOCK = "clock"
    NOBODY = "nobody"
    LEDGER = "ledger"


CODE_FAULTS: dict[CodeFault, str] = {
    CodeFault.NOT_A_CODE: "what was shown is no signed code",
    CodeFault.UNKNOWN_KEY: "it names a key that is not among the trusted issuers",
    CodeFault.FORGED: "its signature is not that of the key it names",
    CodeFault.MALFORMED: "it is signed, and does not state what a code must state",
    CodeFault.OTHER_PLACE: "it is for another door or purpose",
    CodeFault.NOT_YET: "it is not valid yet",
    CodeFault.OUT_OF_DATE: "it has expired",
    CodeFault.TOO_LONG: "it would be valid for longer than codes.longest_s allows",
    CodeFault.USED: "it was used already",
    CodeFault.CLOCK: "the clock cannot be trusted, and a code depends on the time",
    CodeFault.NOBODY: "it names nobody who is enrolled",
    CodeFault.LEDGER: "it could not be written down as used",
}
"""The sentence of each fault."""
