"""Whose pictures may be kept: those of people who agreed to a text that says so, where the settings do, too (S6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.config import Config
    from edge.people.store import Store
    from edge.values import Person


def crop_texts(config: Config) -> tuple[str, ...]:
    """Return the versions of the consent text that allow to keep pictures; none where none are kept."""
    return config.people.crop_texts if config.people.keep_crops else ()


def picturable(config: Config, store: Store, person: Person) -> bool:
    """Whether pictures of somebody's enrolment may be kept at this moment (S6)."""
    consent = store.consent(person.id)
    return consent is not None and consent.text in crop_texts(config)
