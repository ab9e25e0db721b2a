"""Who may pass when, and what it takes: the rules of the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

from edge.config.liveness import TimeOfDay  # noqa: TC001 - the configuration is read by these types at run time
from edge.values import Day  # noqa: TC001 - as above

Factors = Literal["face", "face+pin", "face+qr", "qr>face", "face+pin+qr"]
Name = Annotated[str, Meta(min_length=1)]
Beginning = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Holiday = Annotated[str, Meta(pattern="^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Hours of the week, under a name that the rules use.

    Attributes:
        name: What the rules call it.
        days: On these days; none given is every day. A time that runs past midnight belongs to the day on which it
            began, and so does its being a holiday.
        since: From this time of day, as the clock on the wall shows it.
        until: Up to this time of day, which is itself outside; before `since` it is the next day's.
        holidays: "closed" does not hold on a holiday (`rules.holidays`), "only" holds on no other day, and for "open"
            a holiday is a day like any other.
    """

    name: Name
    days: tuple[Day, ...] = ()
    since: Beginning = "00:00"
    until: TimeOfDay = "24:00"
    holidays: Literal["closed", "open", "only"] = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRule:
    """Lets people in. It applies when the group, the door and the schedule do; what is left out always does.

    Attributes:
        groups: People of any of these groups; none given, or "*", is everybody.
        doors: At the doors of these names (`door.name`); none given is every door.
        schedules: While any of these schedules holds; none given is always.
        factors: What it takes: the face; with a PIN, a QR code or both beside it; "qr>face" has the QR code say first
            whose face is expected, and compares it with nobody else's.
    """

    groups: tuple[Name, ...] = ()
    doors: tuple[Name, ...] = ()
    schedules: tuple[Name, ...] = ()
    factors: Factors = "face"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeAccess:
    """The door stands unlocked, for whoever comes.

    Attributes:
        schedules: While any of these schedules holds; none given is never.
        first_person: Whether it begins only once somebody of `rules.first_person` has passed in that window.
    """

    schedules: tuple[Name, ...] = ()
    first_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPerson:
    """Nobody else gets in before one of these people has.

    Attributes:
        groups: The first person is of one of these groups; none given switches the rule off.
        schedules: The rule is in force while any of these schedules holds, and asks for a first person in each of its
            windows; none given is always, with a first person every day.
    """

    groups: tuple[Name, ...] = ()
    schedules: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoPerson:
    """Somebody opens only together with a second, different person who may pass.

    Attributes:
        groups: Whom it binds: people of any of these groups, or "*" for everybody; none given switches it off.
        schedules: While any of these schedules holds; none given is always.
        window_s: Within what time the second person follows the first.
    """

    groups: tuple[Name, ...] = ()
    schedules: tuple[Name, ...] = ()
    window_s: Annotated[float, Meta(ge=1, le=600)] = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AntiPassback:
    """Whoever is in cannot come in once more, on a face that was lent or a door that was held.

    Attributes:
        mode: "off"; "soft" lets pass and reports it; "hard" refuses until the person was seen on the other side;
            "timed" refuses the same person for some minutes.
        side: Where this terminal lets people go: "in" or "out".
        minutes: For how long "timed" refuses.
        forgive_at: At this time of every day nobody's whereabouts are known any more, and everybody starts anew; ""
            is never.
        exempt: People of these groups are not asked.
    """

    mode: Literal["off", "soft", "hard", "timed"] = "off"
    side: Literal["in", "out"] = "in"
    minutes: Annotated[float, Meta(ge=0, le=10_080)] = 5.0
    forgive_at: Annotated[str, Meta(pattern="^(([01][0-9]|2[0-3]):[0-5][0-9])?$")] = ""
    exempt: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """People who are here for a while, and not alone.

    Attributes:
        groups: People of these groups are visitors; none given, nobody is.
        max_days: A visitor's access has an end, at most so many days ahead; without one they are refused.
        escort_s: A visitor passes only within so many seconds after somebody who is none; 0 asks for no escort.
    """

    groups: tuple[Name, ...] = ()
    max_days: Annotated[float, Meta(gt=0, le=366)] = 1.0
    escort_s: Annotated[float, Meta(ge=0, le=3600)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOut:
    """How long somebody is refused after failing again and again; the door itself is never locked out.

    Attributes:
        failures: So many failures in a row under one identity: a wrong PIN, or matched and not alive.
        first_s: For how long the first time,
        factor: how many times longer each further time,
        longest_s: and for how long at most.
    """

    failures: Annotated[int, Meta(ge=1, le=100)] = 5
    first_s: Annotated[float, Meta(ge=1, le=86_400)] = 60.0
    factor: Annotated[float, Meta(ge=1, le=10)] = 2.0
    longest_s: Annotated[float, Meta(ge=1, le=604_800)] = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """Who may pass when, and what it takes. Left out, everybody who is enrolled and valid passes at any time by face.

    Times are local, by the wall clock. While it is not to be believed, no schedule lets anybody in, and every schedule
    that asks for more is taken to hold.

    Attributes:
        time_zone: The zone of the schedules by its IANA name, as "Europe/Berlin"; "" is the machine's.
        holidays: Days of one year, as "2026-12-25", and days of every year, as "12-25".
        extended_groups: For people of these groups the lock is held open longer (`door.extended_pulse_s`).
        factor_window_s: The oldest a PIN or QR code may be when the face is seen, and the other way round.
        schedules: The hours that the rules speak of.
        access: Who may pass. Without any rule everybody may, by face; with any, whoever at least one applies to. Of
            all that apply the factors add up: none makes it laxer.
        free_access: When the door stands unlocked.
        first_person: Who has to be the first.
        two_person: Who passes only in company.
        anti_passback: What happens to somebody who comes in twice.
        visitors: Who is here only for a while.
        lock_out: What failing costs.
    """

    time_zone: str = ""
    holidays: tuple[Holiday, ...] = ()
    extended_groups: tuple[Name, ...] = ()
    factor_window_s: Annotated[float, Meta(ge=1, le=600)] = 30.0
    schedules: tuple[Schedule, ...] = ()
    access: tuple[AccessRule, ...] = ()
    free_access: FreeAccess = field(default_factory=FreeAccess)
    first_person: FirstPerson = field(default_factory=FirstPerson)
    two_person: TwoPerson = field(default_factory=TwoPerson)
    anti_passback: AntiPassback = field(default_factory=AntiPassback)
    visitors: Visitors = field(default_factory=Visitors)
    lock_out: LockOut = field(default_factory=LockOut)
