"""The journal: how much of it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSettings:
    """How much of the journal is kept on the disk; the oldest goes first, once its end was signed.

    While nothing is signed (`edge journal sign`), up to twice as much is kept, and then the oldest goes all the same.

    Attributes:
        max_megabytes: The most it may hold, in millions of bytes.
        max_events: The most events it may hold.
    """

    max_megabytes: Annotated[int, Meta(ge=1, le=1_000_000)] = 128
    max_events: Annotated[int, Meta(ge=1000, le=1_000_000_000)] = 250_000
