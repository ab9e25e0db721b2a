"""Erases one person of many and searches every byte that is left: `python -m tests.bench.erasure [PEOPLE]`.

The store has a running reader, backups made before, adapted templates, PINs and a journal; the person's id, name and
templates are looked for in every file of the data folder, in plain and in what any key that is left opens.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge.app import erasing
from edge.app.auditing import audit
from edge.app.places import places
from edge.app.vault import open_keys, open_store
from edge.config import Config
from edge.people.backup import back_up
from edge.people.records import Consent, NewPerson, Provenance, Secrets, Template
from edge.people.restoring import restore
from edge.people.search import LiveSearch
from edge.values import Embedding, Occasion, PersonId, Space
from tests.erased import Known, Searched, search

if TYPE_CHECKING:
    from edge.people.store import Store

SPACE = Space("toy", "a" * 64, "1")
WHO = PersonId("personnel-77190634")
NAME = "Ottilie Unverwechselbar-Łęcka"
AGREED = Consent("2026-11", 1.7e9, "Officer Nobody")


def faces(rng: np.random.Generator, number: int) -> list[Template]:
    """Return templates of nobody."""
    rows = rng.standard_normal((number, 512)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return [Template(Embedding(row, SPACE), f"{NAME}-{place}.jpg") for place, row in enumerate(rows)]


def fill(store: Store, people: int, rng: np.random.Generator) -> Known:
    """Enrol people, one of whom is to be erased; returns what is known of that one."""
    mine = faces(rng, 4)
    how = Provenance(1.75e9, 0.8, 0.7, 1e-5, 0.1, 9, "motion")
    for number in range(people):
        if number == people // 2:
            store.add(NewPerson(WHO, NAME, ("vault-group-x91",), 1.0, 4e9, AGREED), mine[:3])
            store.set_adapted(WHO, [Template(mine[3].embedding, "adapted", "adapted", how)])
            store.set_secrets(WHO, Secrets("$argon2id$v=19$her-own-pin-hash", "$argon2id$her-duress-hash"))
            store.seen(WHO, 1.79e9)
        other = [Template(one.embedding, "photo.jpg") for one in faces(rng, 2)]
        store.add(NewPerson(PersonId(f"p{number}"), f"Person {number}", (), None, None, AGREED), other)
    texts = (str(WHO), NAME, "vault-group-x91", "her-own-pin-hash", "her-duress-hash")
    return Known(texts, tuple(one.embedding.vector for one in mine))


def run(data: Path, people: int) -> tuple[Searched, Searched, Searched]:
    """Return what was found before the erasure, after it, and after the restoration of a backup made before it."""
    here, config, rng = places(data), Config(), np.random.default_rng(7)
    with open_store(config, here, create=True) as store, open_store(config, here) as running:
        known = fill(store, people, rng)
        LiveSearch(running, SPACE)  # a terminal that has everybody in memory, and the file open
        person = store.person(WHO)
        assert person is not None
        audit(here, Occasion.ENROLLED, operator="officer", handle=person.handle)
        backup = data / "backups" / "before.sqlite3"
        back_up(store, backup)
        before = search([data], known, store.keyring, [SPACE])
        erasing.erase(store, here, person, "officer", data / "receipt.jws")
        after = search([data], known, store.keyring, [SPACE])
    with open_keys(config, here) as (keyring, revocations):
        restore(here.people_db, backup, keyring, revocations, 1.8e9)
    with open_store(config, here) as store:
        assert store.person(WHO) is None
        assert store.count() == people
        restored = search([data], known, store.keyring, [SPACE])
    return before, after, restored


def main() -> int:
    """Print the figures; 1 when anything was found after the erasure."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder) / "data", people)
    for when, one in zip(("before", "erased", "backup restored"), found, strict=True):
        words = f"{one.files} files, {one.bytes:,} bytes, {one.opened:,} sealed parts opened"
        print(f"{when:16} {words}: {len(one.hits)} hits")  # noqa: T201 - its output
    return int(bool(found[1].hits or found[2].hits or not found[0].hits))


if __name__ == "__main__":
    sys.exit(main())
