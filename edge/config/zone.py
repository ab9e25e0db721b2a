"""The time zone of the schedules, by its name; the one place that asks the machine's list of them."""

from __future__ import annotations

from difflib import get_close_matches
from json import dumps
from zoneinfo import ZoneInfo, available_timezones

from edge.errors import ConfigError


def zone_of(name: str, key: str = "rules.time_zone") -> ZoneInfo | None:
    """Return the zone of an IANA name; None, which is the machine's own, for "".

    Args:
        name: The name.
        key: What a fault of it is reported under.

    Raises:
        ConfigError: There is none of this name.
    """
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:  # not there; no name at all; a folder of zones
        near = get_close_matches(name, sorted(available_timezones()), n=3) or ["Europe/Berlin"]
        called = " or ".join(map(dumps, near))
        raise ConfigError(
            f'{key}: {dumps(name)} is no time zone; one is called {called}, and "" is the machine\'s'
        ) from error
