"""Models over the air: where they come from, and what must be seen before they decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

Word = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtaSettings:
    """Models over the air: where they come from, and what must be seen before they decide.

    Attributes:
        url: Of the repository: its metadata are below `metadata/`, its files below `targets/`; empty for no updates.
        channel: Which sets this terminal is offered.
        groups: Which branch groups it belongs to; the first for which a set is published counts.
        proxy: Of the proxy, such as "http://proxy:3128"; empty for none.
        ca_file: Whose TLS certificates are believed; empty for the machine's own.
        plain_http: Whether `url` may be an http address of another machine. What is taken is signed and safe either
            way; everybody on the line then sees what it is.
        rate_bytes_s: How fast it downloads at most, bytes a second.
        timeout_s: How long nothing may come before a download is given up.
        patience_s: How long one check may take, with all its tries.
        jitter_s: Within what time a check begins, by chance, so that a fleet does not come at once.
        shadow_every: Of how many frames the new set looks at one, beside the old.
        shadow_visits: How many visits must have been compared at least before a cut-over: more where less is not shown,
        shadow_days: on how many different days.
        shadow_loss: How much smaller the share of these frames that the new set accepts may be than the old one's.
        migrated_share: The share of active people who must have a template of the new set.
        active_days: Who was here within so many days is active.
        migrate_days: On how many different days somebody must have been recognised before a template is made of that;
            three at least: of two days nobody could say which one was a mistake.
        trial_grants: How many people must have been let in after a cut-over,
        trial_hours: and how much time passed, before the new set is confirmed.
        trial_rise: How much larger the share of refusals may be than before the cut-over.
        max_starts: How often a set that is not confirmed may be started before it is taken back.
    """

    url: str = ""
    channel: Literal["stable", "canary"] = "stable"
    groups: Annotated[tuple[Word, ...], Meta(max_length=20)] = ()
    proxy: str = ""
    ca_file: str = ""
    plain_http: bool = False
    rate_bytes_s: Annotated[int, Meta(ge=1_000, le=1_000_000_000)] = 1_000_000
    timeout_s: Annotated[float, Meta(gt=0, le=600)] = 20.0
    patience_s: Annotated[float, Meta(gt=0, le=86_400)] = 900.0
    jitter_s: Annotated[float, Meta(ge=0, le=86_400)] = 600.0
    shadow_every: Annotated[int, Meta(ge=1, le=1000)] = 3
    shadow_visits: Count = 200
    shadow_days: Annotated[int, Meta(ge=1, le=90)] = 2
    shadow_loss: Share = 0.01
    migrated_share: Share = 0.95
    active_days: Annotated[int, Meta(ge=1, le=3660)] = 30
    migrate_days: Annotated[int, Meta(ge=3, le=10)] = 3
    trial_grants: Count = 50
    trial_hours: Annotated[float, Meta(gt=0, le=2160)] = 24.0
    trial_rise: Share = 0.05
    max_starts: Annotated[int, Meta(ge=1, le=100)] = 3
