"""Rules of the door that are right one by one and wrong together. Pure.

Nothing is refused that merely is strict. What is refused would keep everybody out for good, binds nobody it names, or
says something other than whoever wrote it can have meant.
"""

from __future__ import annotations

from datetime import date
from json import dumps
from typing import TYPE_CHECKING

from edge.values import DAYS, EVERYBODY, among

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edge.config.rules import AccessRule, RuleSettings, Schedule
    from edge.config.settings import Config

Fault = tuple[frozenset[str], str]

_YEARLY = len("12-25")


def rule_contradictions(config: Config) -> Iterator[Fault]:
    """Yield each contradiction: the settings it lies between, and the fault, which begins with its key."""
    rules, door = config.rules, config.door.name
    yield from _holidays(rules)
    yield from _schedules(rules)
    yield from _names(rules)
    yield from _access(rules, door)
    yield from _first_person(rules, door)
    yield from _two_person(rules, door)
    yield from _visitors(rules, door)
    yield from _door(rules)
    if rules.lock_out.first_s > rules.lock_out.longest_s:
        yield _fault("lock_out", "rules.lock_out.first_s: must not be more than rules.lock_out.longest_s")


def _fault(between: str, text: str) -> Fault:
    return frozenset(name if "." in name else f"rules.{name}" for name in between.split()), text


def _listed(names: Iterable[str], last: str = "or") -> str:
    return f" {last} ".join(dumps(name, ensure_ascii=False) for name in names)


# --- days and hours


def _holidays(rules: RuleSettings) -> Iterator[Fault]:
    for text in rules.holidays:
        if _day(text) is None:
            yield _fault("holidays", f'rules.holidays: "{text}" is no day of the calendar')


def _day(text: str) -> date | None:
    """The day that is written, in a leap year where it is of every year; None where there is none."""
    try:
        return date.fromisoformat(f"2028-{text}" if len(text) == _YEARLY else text)
    except ValueError:
        return None


def _schedules(rules: RuleSettings) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for number, one in enumerate(rules.schedules, start=1):
        key = f"rules.schedules[{number}]"
        if first.setdefault(one.name, number) != number:
            yield _fault(
                "schedules", f"{key}: rules.schedules[{first[one.name]}] is called {_listed([one.name])} already"
            )
        if one.since == one.until:
            yield _fault("schedules", f"{key}: ends when it begins; leave since and until out for all day")
        if one.holidays == "only" and not _comes(one, rules.holidays):
            on = f" on {_listed(one.days)}" if one.days else ""
            yield _fault(
                "schedules holidays",
                f"{key}: can never hold: it is for holidays only, and rules.holidays has none{on}",
            )


def _comes(schedule: Schedule, holidays: tuple[str, ...]) -> bool:
    """Whether a holiday ever falls on the schedule's days; one of every year falls on each of them some year."""
    dated = [_day(text) for text in holidays if len(text) != _YEARLY]
    on = [day is None or not schedule.days or DAYS[day.weekday()] in schedule.days for day in dated]
    return any(on) or len(dated) < len(holidays)


def _names(rules: RuleSettings) -> Iterator[Fault]:
    """Schedules that are named, and not defined."""
    defined = dict.fromkeys(one.name for one in rules.schedules)
    known = f"defined are {_listed(defined, 'and')}" if defined else "none is: rules.schedules is empty"
    users = {f"rules.access[{number}].schedules": one.schedules for number, one in enumerate(rules.access, start=1)}
    users |= {
        "rules.free_access.schedules": rules.free_access.schedules,
        "rules.first_person.schedules": rules.first_person.schedules,
        "rules.two_person.schedules": rules.two_person.schedules,
    }
    for key, named in users.items():
        section = key.split(".")[1].partition("[")[0]
        for name in dict.fromkeys(named):
            if name not in defined:
                yield _fault(
                    f"schedules {section}", f"{key}: names schedule {_listed([name])}, which is not defined; {known}"
                )


# --- people


def _here(rules: RuleSettings, door: str) -> list[AccessRule]:
    return [one for one in rules.access if not one.doors or door in one.doors]


def _let_in(group: str, rules: RuleSettings, door: str) -> bool:
    """Whether an access rule names a group at the door, or everybody; people of it may be let in by another, too."""
    everybody = group == EVERYBODY or not rules.access
    return everybody or any(not one.groups or among(one.groups, (group,)) for one in _here(rules, door))


def _access(rules: RuleSettings, door: str) -> Iterator[Fault]:
    if rules.access and not _here(rules, door):
        yield _fault(
            "access door.name",
            f"rules.access: no rule is for this door, {_listed([door])} (door.name): nobody could ever pass",
        )
    for number, one in enumerate(rules.access):
        for other, wider in enumerate(rules.access):
            twins = _covers(one, wider)
            if number != other and _covers(wider, one) and (not twins or other < number):
                yield _fault(
                    "access",
                    f"rules.access[{number + 1}]: grants nothing that rules.access[{other + 1}] does not, and asks for "
                    "nothing more, so it limits nobody; take it out, or narrow the other",
                )
                break


def _covers(wider: AccessRule, one: AccessRule) -> bool:
    """Whether wherever a rule applies another does too, and asks for as much."""
    asked, more = (set(rule.factors.replace(">", "+").split("+")) for rule in (one, wider))
    return (
        asked <= more
        and (">" not in one.factors or one.factors == wider.factors)
        and _within(one.groups, wider.groups)
        and _within(one.doors, wider.doors)
        and _within(one.schedules, wider.schedules)
    )


def _within(some: tuple[str, ...], all_of: tuple[str, ...]) -> bool:
    """Whether names are among others; none given is all there are."""
    return not all_of or EVERYBODY in all_of or (bool(some) and set(some) <= set(all_of))


def _first_person(rules: RuleSettings, door: str) -> Iterator[Fault]:
    key, groups = "rules.first_person.groups", rules.first_person.groups
    if rules.first_person.schedules and not groups:
        yield _fault("first_person", f"{key}: is empty, so rules.first_person.schedules has no effect")
    if EVERYBODY in groups:
        yield _fault("first_person", f'{key}: with "*" anybody could be the first; name groups, or none')
        return
    if groups and not any(_let_in(group, rules, door) for group in groups):
        yield _fault(
            "first_person access door.name",
            f"{key}: nobody could ever be the first: no rule of rules.access for this door names {_listed(groups)}",
        )
    visitors = [group for group in groups if among(rules.visitors.groups, (group,))]
    if visitors:
        yield _fault(
            "first_person visitors",
            f"{key}: {_listed(visitors, 'and')} are visitors (rules.visitors.groups), who cannot be the first",
        )
    if rules.free_access.first_person and not groups:
        yield _fault(
            "free_access first_person",
            f"rules.free_access.first_person: waits for a first person, but {key} is empty",
        )


def _two_person(rules: RuleSettings, door: str) -> Iterator[Fault]:
    key, two = "rules.two_person.groups", rules.two_person
    if two.schedules and not two.groups:
        yield _fault("two_person", f"{key}: is empty, so rules.two_person.schedules has no effect")
    unknown = [group for group in dict.fromkeys(two.groups) if not _let_in(group, rules, door)]
    if unknown:
        yield _fault(
            "two_person access door.name",
            f"{key}: binds nobody: no rule of rules.access for this door names {_listed(unknown)}",
        )
    if two.groups and _only_visitors(rules, door):
        yield _fault(
            "two_person visitors access door.name",
            f"{key}: only visitors may pass here: two visitors would vouch for one another",
        )


def _visitors(rules: RuleSettings, door: str) -> Iterator[Fault]:
    key, visitors = "rules.visitors.escort_s", rules.visitors
    if visitors.escort_s and not visitors.groups:
        yield _fault("visitors", f"{key}: asks for an escort, but rules.visitors.groups is empty")
    if visitors.escort_s and _only_visitors(rules, door):
        yield _fault(
            "visitors access door.name",
            f"{key}: only visitors may pass here: nobody could ever be their escort",
        )


def _only_visitors(rules: RuleSettings, door: str) -> bool:
    visitors, here = rules.visitors.groups, _here(rules, door)
    return EVERYBODY in visitors or (
        bool(here) and all(one.groups and set(one.groups) <= set(visitors) for one in here)
    )


# --- the door


def _door(rules: RuleSettings) -> Iterator[Fault]:
    free, passback = rules.free_access, rules.anti_passback
    if free.first_person and not free.schedules:
        yield _fault(
            "free_access", "rules.free_access.schedules: is empty, so rules.free_access.first_person has no effect"
        )
    if passback.mode == "hard" and free.schedules:
        yield _fault(
            "anti_passback free_access",
            'rules.anti_passback.mode: "hard" needs to know who is in, and while the door stands unlocked '
            "(rules.free_access.schedules) nobody does",
        )
    if passback.mode == "timed" and passback.minutes == 0:
        yield _fault("anti_passback", 'rules.anti_passback.minutes: must be more than 0 where the mode is "timed"')
    if passback.mode != "off" and EVERYBODY in passback.exempt:
        yield _fault("anti_passback", 'rules.anti_passback.exempt: "*" exempts everybody; set the mode to "off"')
