"""The laxest values that head office lets a branch configure (`limits.toml`), and which settings go beyond. Pure."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import attrgetter
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta

from edge.config.file import fail, read, toml
from edge.config.purpose_limits import EXAMPLE, PurposeLimits, compared
from edge.config.settings import Config, QualityLimits
from edge.values import MODES

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = bool | int | float | str | tuple[object, ...]


class Bound(StrEnum):
    """Which side of a limit is the laxer one."""

    AT_MOST = "at most"
    AT_LEAST = "at least"
    NO_LAXER = "no laxer than"
    ALL_OF = "all of"


BOUNDS: dict[str, Bound] = {
    "decision.fpir": Bound.AT_MOST,
    "decision.fmr": Bound.AT_MOST,
    "decision.accept_extrapolation": Bound.AT_MOST,
    "decision.margin": Bound.AT_LEAST,
    "decision.votes": Bound.AT_LEAST,
    "decision.window_frames": Bound.AT_MOST,
    "decision.window_s": Bound.AT_MOST,
    "decision.max_judged_frames": Bound.AT_MOST,
    "decision.patience_s": Bound.AT_MOST,
    "decision.rate_limit_s": Bound.AT_LEAST,
    "decision.lockout_failures": Bound.AT_MOST,
    "decision.lockout_s": Bound.AT_LEAST,
    "decision.lockout_factor": Bound.AT_LEAST,
    "decision.lockout_longest_s": Bound.AT_LEAST,
    "decision.max_faces": Bound.AT_MOST,
    "liveness.mode": Bound.NO_LAXER,
    "liveness.on_suspicion": Bound.NO_LAXER,
    "liveness.stricter": Bound.ALL_OF,
    "liveness.suspect_below": Bound.AT_LEAST,
    "liveness.min_median": Bound.AT_LEAST,
    "liveness.passive_frames": Bound.AT_LEAST,
    "liveness.surround_suspect": Bound.AT_LEAST,
    "liveness.surround_deny": Bound.AT_LEAST,
    "liveness.relief_alive": Bound.AT_LEAST,
    "liveness.relief_deny": Bound.AT_LEAST,
    "liveness.fresh_s": Bound.AT_MOST,
    "liveness.screen_suspect": Bound.AT_LEAST,
    "liveness.timing_suspect": Bound.AT_LEAST,
    "liveness.timing_deny": Bound.AT_LEAST,
    "liveness.motion_s": Bound.AT_MOST,
    "liveness.fixed_camera": Bound.AT_LEAST,
    "challenge.steps": Bound.AT_LEAST,
    "challenge.moves": Bound.ALL_OF,
    "challenge.min_eyes_px": Bound.AT_LEAST,
    "challenge.turn_deg": Bound.AT_LEAST,
    "challenge.nod_deg": Bound.AT_LEAST,
    "challenge.closer_ratio": Bound.AT_LEAST,
    "challenge.wrong_share": Bound.AT_MOST,
    "challenge.max_yaw_deg": Bound.AT_MOST,
    "challenge.max_pitch_deg": Bound.AT_MOST,
    "challenge.neutral_deg": Bound.AT_MOST,
    "challenge.still_deg": Bound.AT_MOST,
    "challenge.neutral_s": Bound.AT_LEAST,
    "challenge.reaction_s": Bound.AT_LEAST,
    "challenge.step_s": Bound.AT_MOST,
    "challenge.return_s": Bound.AT_MOST,
    "challenge.total_s": Bound.AT_MOST,
    "challenge.gap_s": Bound.AT_MOST,
    "challenge.max_speed_deg_s": Bound.AT_MOST,
    "adaptation.enabled": Bound.AT_MOST,
    "adaptation.fmr": Bound.AT_MOST,
    "adaptation.stricter": Bound.AT_LEAST,
    "adaptation.reach": Bound.AT_MOST,
    "adaptation.margin": Bound.AT_LEAST,
    "adaptation.frames": Bound.AT_LEAST,
    "adaptation.min_score": Bound.AT_LEAST,
    "adaptation.second_factor": Bound.AT_LEAST,
    "adaptation.most": Bound.AT_MOST,
    "adaptation.apart_days": Bound.AT_LEAST,
    "adaptation.settled_days": Bound.AT_LEAST,
    "track.fmr": Bound.AT_MOST,
    "track.min_iou": Bound.AT_LEAST,
    "track.gap_s": Bound.AT_MOST,
    "track.missed_frames": Bound.AT_MOST,
    "track.first_frames": Bound.AT_LEAST,
    "track.spare_s": Bound.AT_MOST,
    "track.spare_points": Bound.AT_LEAST,
    "door.max_frame_age_s": Bound.AT_MOST,
    "door.pulse_s": Bound.AT_MOST,
    "door.extended_pulse_s": Bound.AT_MOST,
    "door.open_grace_s": Bound.AT_MOST,
    "door.held_alarm_s": Bound.AT_MOST,
    "door.extended_held_s": Bound.AT_MOST,
    "codes.longest_s": Bound.AT_MOST,
    "rules.factor_window_s": Bound.AT_MOST,
    "rules.free_access.first_person": Bound.AT_LEAST,
    "rules.two_person.groups": Bound.ALL_OF,
    "rules.two_person.window_s": Bound.AT_MOST,
    "rules.anti_passback.mode": Bound.NO_LAXER,
    "rules.anti_passback.minutes": Bound.AT_LEAST,
    "rules.visitors.groups": Bound.ALL_OF,
    "rules.visitors.max_days": Bound.AT_MOST,
    "rules.lock_out.failures": Bound.AT_MOST,
    "rules.lock_out.first_s": Bound.AT_LEAST,
    "rules.lock_out.factor": Bound.AT_LEAST,
    "rules.lock_out.longest_s": Bound.AT_LEAST,
    "keys.holder": Bound.NO_LAXER,
    "people.keep_crops": Bound.AT_MOST,
    "ota.shadow_visits": Bound.AT_LEAST,
    "ota.shadow_days": Bound.AT_LEAST,
    "ota.shadow_loss": Bound.AT_MOST,
    "ota.migrated_share": Bound.AT_LEAST,
    "ota.migrate_days": Bound.AT_LEAST,
    "ota.trial_grants": Bound.AT_LEAST,
    "ota.trial_hours": Bound.AT_LEAST,
    "ota.trial_rise": Bound.AT_MOST,
    "ota.max_starts": Bound.AT_MOST,
    **{
        f"quality.{field.name}": Bound.AT_LEAST if field.name.startswith("min_") else Bound.AT_MOST
        for field in dataclasses.fields(QualityLimits)
        if field.name.startswith(("min_", "max_"))
    },
}
"""Every setting that can be limited; False counts as less than True."""

STRICTEST_FIRST: dict[str, tuple[str, ...]] = {
    "liveness.mode": MODES,
    "liveness.on_suspicion": ("refuse", "challenge"),
    "rules.anti_passback.mode": ("hard", "timed", "soft", "off"),
    "keys.holder": ("tpm", "credential", "file"),
}
"""The words of a setting that has words."""

_DEEPEST = max(key.count(".") for key in BOUNDS)

LAST = 2**53
"""The greatest version; every program reads it exactly."""

_HEAD = """\
# The laxest values that a branch may configure; whoever sets something laxer has a terminal that does not start.
# Take out what is not to be limited, sign with `edge limits sign limits.toml --key head-office.key`, and put
# limits.toml and limits.toml.sig beside head-office.pub on every terminal.

version = {version}  # raise it by one whenever this file is changed: terminals refuse a version older than one they saw
issued = {issued}  # for people
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What head office allows.

    Attributes:
        version: Rises with every issue.
        issued: The day of issue, for people.
        laxest: Setting, as in "decision.fpir", and the laxest value that it may have; each once.
        purposes: The laxest that purposes may be.
    """

    version: int
    issued: date
    laxest: tuple[tuple[str, Value], ...] = ()
    purposes: tuple[PurposeLimits, ...] = ()

    @property
    def count(self) -> int:
        """How many settings are limited, and purposes."""
        return len(self.laxest) + len(self.purposes)


def laxer(config: Config, limits: Limits) -> tuple[str, ...]:
    """Name every setting that is laxer than its limit; empty when none is."""
    found = [
        f"{key} = {toml(setting(config, key))} is laxer than head office's limit {toml(limit)} (limits.toml)"
        for key, limit in limits.laxest
        if is_laxer(key, setting(config, key), limit)
    ]
    found += [
        f'{one.key} = {toml(one.value)} (purpose "{one.name}") is laxer than head office\'s limit {toml(one.limit)} '
        f"(limits.toml)"
        for one in compared(config.purposes, limits.purposes)
        if one.laxer
    ]
    return tuple(found)


def is_laxer(key: str, value: Value, limit: Value) -> bool:
    """Whether a value of a setting is laxer than the limit; what cannot be compared is."""
    bound = BOUNDS[key]
    if bound is Bound.NO_LAXER:
        order = STRICTEST_FIRST[key]
        return order.index(str(value)) > order.index(str(limit))
    if isinstance(value, tuple) and isinstance(limit, tuple):
        return bound is not Bound.ALL_OF or not set(limit) <= set(value)
    if isinstance(value, str | tuple) or isinstance(limit, str | tuple):
        return True
    return not (value <= limit if bound is Bound.AT_MOST else value >= limit)


def setting(config: Config, key: str) -> Value:
    """Return the value of a setting by its key, as in "decision.fpir"."""
    value: Value = attrgetter(key)(config)
    return value


def parse(text: str, name: str) -> Limits:
    """Read limits from TOML text; `name` is what its faults are reported under.

    Raises:
        ConfigError: The text is not TOML, or has faults; all of them are in the message.
    """
    tables = read(text, name)
    faults: list[str] = []
    version = _checked("version", tables.pop("version", None), Annotated[int, Meta(ge=1, le=LAST)], faults)
    issued = _checked("issued", tables.pop("issued", None), date, faults)
    purposes = _checked("purposes", tables.pop("purposes", []), tuple[PurposeLimits, ...], faults)
    laxest = []
    for key, value in _flat(tables):
        if key not in BOUNDS:
            faults.append(f"{key}: cannot be limited; what can: {', '.join(BOUNDS)}")
        else:
            laxest.append((key, _checked(key, value, _type_of(key), faults)))
    fail(text, name, faults)
    return Limits(version, issued, tuple(laxest), purposes)


def template(version: int, issued: date) -> str:
    """Return a `limits.toml` to start from: every setting that can be limited, at its default."""
    lines, section = [_HEAD.format(version=version, issued=issued)], ""
    for key, bound in BOUNDS.items():
        table, _, name = key.rpartition(".")
        if table != section:
            section = table
            lines.append(f"[{section}]" if len(lines) == 1 else f"\n[{section}]")
        lines += wrap(_words(table, name), 118, initial_indent="# ", subsequent_indent="# ")
        lines.append(f"{name} = {toml(setting(Config(), key))}  # {bound} this")
    return "\n".join(lines) + "\n" + EXAMPLE


def _flat(tables: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tables.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and prefix.count(".") < _DEEPEST:
            yield from _flat(value, f"{key}.")
        else:
            yield key, value


def _checked(key: str, value: object, kind: Any, faults: list[str]) -> Any:  # noqa: ANN401 - any type of a setting
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        faults.append(f"{key}: is missing" if value is None else f"{key}: {error}")
        return None


def _type_of(key: str) -> Any:  # noqa: ANN401 - a type, annotated with its bounds
    section, _, name = key.rpartition(".")
    return get_type_hints(_section_of(section), include_extras=True)[name]


def _section_of(key: str) -> type[Any]:
    kind: type[Any] = Config
    for name in key.split("."):
        kind = get_type_hints(kind)[name]
    return kind


def _words(section: str, name: str) -> str:
    """What the settings' docstring says of one of them."""
    described = _section_of(section).__doc__ or ""
    found = re.search(rf"^\s+{name}: (.+(?:\n {{12}}\S.*)*)", described, re.MULTILINE)
    return " ".join(found.group(1).split()) if found else name
