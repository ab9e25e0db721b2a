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
        duplicate_fpir: The share of new people's photographs that may be taken for somebody who is enrolled. It may be
            larger than `decision.fpir`: at the desk a false alarm costs a second look, and a miss gives a face two ids.
    """

    consent_texts: Annotated[tuple[TextVersion, ...], Meta(max_length=20)] = ()
    duplicate_fpir: Annotated[float, Meta(gt=0, le=0.1)] = 1e-2
