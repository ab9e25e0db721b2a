"""Groups of people, as the rules name them."""

EVERYBODY = "*"
"""Stands for all groups, and for people of none."""


def among(groups: tuple[str, ...], person: tuple[str, ...]) -> bool:
    """Whether somebody who is in the groups of `person` is of one of `groups`, which may be "*"."""
    return EVERYBODY in groups or not set(groups).isdisjoint(person)
