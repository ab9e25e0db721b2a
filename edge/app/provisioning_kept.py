"""Whether a batch may keep a file that was made before: it must still be what would be made now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.app.provisioning_files import text_of
from edge.errors import EdgeError, ProvisionError
from edge.provision import parse, unseal
from edge.provision.making import differing
from edge.provision.secret_keys import SECRETS, secrets_of
from edge.provision.signature import split, verify

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from edge.provision import Document
    from edge.provision.making import Chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What would be made now.

    Attributes:
        document: Not sealed.
        drawn: Of it what was drawn by lot, and is another each time.
        sealed: Whether it would be sealed.
        code: The claim code of the file that is there; empty where none is known.
        public: The key that would sign it, PEM.
        now: The time.
    """

    document: Document
    drawn: Chance
    sealed: bool
    code: str
    public: bytes
    now: datetime


def unlike(path: Path, wanted: Wanted) -> tuple[str, str]:
    """Return why a file cannot be kept, and what is to be known of one that is; each may be empty."""
    try:
        text = text_of(path)
        verify(text, [wanted.public], str(path))
        before = parse(split(text, str(path))[0], str(path))
    except ProvisionError as error:
        return f"has faults: {'; '.join(error.faults)}", ""
    except EdgeError as error:
        return f"is not to be believed: {error}", ""
    if wanted.now >= before.terminal.expires:
        return f"expired on {before.terminal.expires.date()}", ""
    if bool(before.sealed) != wanted.sealed:
        return ("is not sealed, and this batch is" if wanted.sealed else "is sealed, and this batch is not"), ""
    return _otherwise(before, wanted)


def _otherwise(before: Document, wanted: Wanted) -> tuple[str, str]:
    apart, note = {"head_office.token"} if wanted.drawn.token else set[str](), ""
    if before.sealed and wanted.code:
        try:
            before = unseal(before, wanted.code)
        except ProvisionError:
            return "its claim code in the list of claims does not open it", ""
    elif before.sealed:
        apart |= set(SECRETS)
        note = "its claim code is not in the list of claims: whether its secrets are still these is not known"
        if set(before.sealed.keys) != set(secrets_of(wanted.document)):
            return "other secrets are sealed in it", ""
    keys = differing(before, wanted.document, frozenset(apart))
    return (f"says otherwise in {', '.join(keys)}" if keys else ""), note
