"""Attacks on the fetching of updates by name; each is done to a site, and says in which sentence it must end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.ota_site import Site


@dataclass(frozen=True, slots=True)
class Attack:
    """One way to have a device take what it should not, or not take what it should.

    Attributes:
        name: What is done.
        caught: Part of the sentence with which it is refused.
        prepare: Does it to the repository, the line or the clock of a device.
        fresh: Whether the device has never taken a set.
    """

    name: str
    caught: str
    prepare: Callable[[Site], None]
    fresh: bool = False


ATTACKS: list[Attack] = []


def attack(
    name: str, caught: str, *, fresh: bool = False
) -> Callable[[Callable[[Site], None]], Callable[[Site], None]]:
    """Add to the table."""

    def added(prepare: Callable[[Site], None]) -> Callable[[Site], None]:
        ATTACKS.append(Attack(name, caught, prepare, fresh))
        return prepare

    return added


def refusal(site: Site, one: Attack) -> str:
    """Do it; returns the sentence with which it was refused, having seen that nothing was installed."""
    site.release()
    if not one.fresh:
        site.took()
        site.clear()
    one.prepare(site)
    sentence = site.refusal()
    assert sentence.isprintable(), "a server writes what it likes to whoever reads this"
    return sentence
