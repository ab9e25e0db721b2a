"""Whom this terminal may know: the consent that counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

TextVersion = Annotated[str, Meta(pattern=r"^[^\W_][\w.@-]{0,63}$")]

Days = Annotated[int, Meta(ge=0, le=3660)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSettings:
    """Whom this terminal may know.

    Attributes:
        consent_texts: The versions of the consent text that count, such as "2026-11"; whoever agreed to another is not
            enrolled. Empty: any version that is named.
        duplicate_fpir: The share of new people's photographs that may be taken for somebody who is enrolled. It may be
            larger than `decision.fpir`: at the desk a false alarm costs a second look, and a miss gives a face two ids.
        keep_expired_days: Whoever's access ended longer ago is erased by `edge people retain`, which runs daily.
        inactive_days: Whoever was not recognised for longer is erased; 0 erases nobody for that.
        visitor_groups: Whoever belongs to one of these groups is a visitor,
        visitor_days: and is erased so long after the enrolment; 0 erases nobody for that.
        keep_backup_days: So long the key of somebody who is not in the store, but may be in a backup, is kept; and so
            long the files that a restoration set aside.
        keep_crops: Whether the aligned face that each template was made of is kept, sealed under the person's key, so
            that another model can make its templates of it,
        crop_texts: for people who agreed to one of these versions of the consent text; empty for nobody.
        backups: How many backups `edge people backup` keeps in its own folder.
    """

    consent_texts: Annotated[tuple[TextVersion, ...], Meta(max_length=20)] = ()
    duplicate_fpir: Annotated[float, Meta(gt=0, le=0.1)] = 1e-2
    keep_expired_days: Days = 30
    inactive_days: Days = 0
    visitor_groups: Annotated[tuple[TextVersion, ...], Meta(max_length=20)] = ("visitors",)
    visitor_days: Days = 1
    keep_backup_days: Annotated[int, Meta(ge=1, le=3660)] = 90
    keep_crops: bool = False
    crop_texts: Annotated[tuple[TextVersion, ...], Meta(max_length=20)] = ()
    backups: Annotated[int, Meta(ge=1, le=100)] = 7
