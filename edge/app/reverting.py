"""Takes adaptation back: of one person, or of everybody; the enrolled templates stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.app.auditing import audit
from edge.errors import EdgeError
from edge.people.adapt import adapted_of
from edge.values import Occasion, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edge.app.places import Places
    from edge.people.records import Template
    from edge.people.store import Store
    from edge.values import Person


def adapted(store: Store, people: Iterable[Person]) -> Iterator[tuple[Person, tuple[Template, ...]]]:
    """Yield whoever has adapted templates, with these, oldest first.

    Raises:
        StoreError: The store cannot be read.
    """
    for person in people:
        found = adapted_of(store.kept(person.id))
        if found:
            yield person, found


def revert(store: Store, here: Places, people: Iterable[Person], operator: str) -> tuple[tuple[Person, int], ...]:
    """Take the adapted templates of people back, and write it into the journal.

    Args:
        store: Where they are.
        here: Where the journal is.
        people: Whose; those who have none are passed over.
        operator: Who takes them back.

    Returns:
        Who had some, and how many.

    Raises:
        EdgeError: They were taken back, and the journal could not be written: the message says of whom.
        StoreError: The store cannot be read or written; the message of a later person leaves the earlier ones done.
    """
    done = []
    for person, _ in adapted(store, people):
        number = store.set_adapted(person.id, ())
        done.append((person, number))
        words = f"{counted(number, 'adapted template')} taken back"
        try:
            audit(here, Occasion.REVERTED, operator=operator, words=words, handle=person.handle)
        except EdgeError as error:
            raise EdgeError(
                f"{person.id}: {words} ({person.handle}), but this could not be put on record: {error}; "
                f"{counted(len(done), 'person', 'people')} done, run the command again for the others"
            ) from error
    return tuple(done)
