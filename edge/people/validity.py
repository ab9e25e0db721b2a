"""Reads from when until when somebody has access: dates, or dates with a time. Pure: text in, seconds out."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from edge.errors import EnrolError
from edge.people.names import shown

if TYPE_CHECKING:
    from datetime import tzinfo


def first_moment(text: str, zone: tzinfo | None) -> float | None:
    """Return the first moment of access, seconds since the epoch: of a date, its midnight; None for no text.

    Args:
        text: "2026-12-01", "2026-12-01 08:00" or "2026-12-01T08:00+01:00".
        zone: In which a time without a zone is meant; None for the machine's own.

    Raises:
        EnrolError: It is no date.
    """
    return _moment(text, zone, time.min)


def last_moment(text: str, zone: tzinfo | None) -> float | None:
    """Return the last moment of access: of a date, the end of that day; as `first_moment` otherwise."""
    return _moment(text, zone, time.max)


def _moment(text: str, zone: tzinfo | None, of_a_day: time) -> float | None:
    text = text.strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-12-01") else None
        local = datetime.combine(day, of_a_day) if day else datetime.fromisoformat(text)
        if local.tzinfo is None and zone is not None:
            local = local.replace(tzinfo=zone)
        return local.timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise EnrolError(
            f"{shown(text)} is no date: write 2026-12-01, or 2026-12-01T08:00 for a time of that day"
        ) from error
