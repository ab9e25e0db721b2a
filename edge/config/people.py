"""Whom this terminal may know: the consent that counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

TextVersion = Annotated[str, Meta(pattern=r"^[^\W_][\w.@-]{0,63}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSettings:
    """Whom this terminal may know.

    Attributes:
        consent_texts: The versions of the consent text that count, such as "2026-11"; whoever agreed to another is not
            enrolled. Empty: any version that is named.
    """

    consent_texts: Annotated[tuple[TextVersion, ...], Meta(max_length=20)] = ()
