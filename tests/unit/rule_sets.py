"""A whole rule set as an officer writes it, and the faults of one."""

from __future__ import annotations

import pytest

from edge.config import parse
from edge.errors import ConfigError

OFFICE = """
[rules]
time_zone = "Europe/Berlin"
holidays = ["2026-12-25", "01-01"]
extended_groups = ["wheelchair"]
factor_window_s = 20

[[rules.schedules]]
name = "office"
days = ["mon", "tue", "wed", "thu", "fri"]
since = "08:00"
until = "18:00"

[[rules.schedules]]
name = "night"
since = "22:00"
until = "06:00"
holidays = "open"

[[rules.access]]
groups = ["staff", "guests"]
schedules = ["office"]

[[rules.access]]
groups = ["guards"]
doors = ["door", "gate"]
schedules = ["office", "night"]
factors = "face+pin"

[rules.free_access]
schedules = ["office"]
first_person = true

[rules.first_person]
groups = ["guards"]
schedules = ["office"]

[rules.two_person]
groups = ["guards"]
schedules = ["night"]
window_s = 15.0

[rules.anti_passback]
mode = "timed"
minutes = 10
forgive_at = "04:00"
exempt = ["guards"]

[rules.visitors]
groups = ["guests"]
max_days = 3
escort_s = 20

[rules.lock_out]
failures = 3
"""


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, "t.toml")
    return [fault.removeprefix("t.toml:") for fault in caught.value.faults]
