"""How fast people are enrolled and a full store opens: `python -m tests.bench.people_figures [--people 10000]`.

Synthetic faces of 512 numbers, three a person. It prints figures and judges none.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from edge.app.places import Places, places
from edge.app.vault import open_store
from edge.config import Config
from edge.people.backup import back_up
from edge.people.records import Consent, NewPerson, Template
from edge.people.search import LiveSearch
from edge.values import Embedding, PersonId, Space

SPACE = Space("mobilefacenet", "a" * 64, "1")
AGREED = Consent("2026-11", 1.7e9, "officer")
EACH = 3


def person(number: int, rng: np.random.Generator) -> tuple[NewPerson, list[Template]]:
    """Return somebody, with templates of nobody."""
    rows = rng.standard_normal((EACH, 512)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    new = NewPerson(PersonId(f"p{number:05}"), f"Person {number}", ("staff",), None, None, AGREED)
    return new, [Template(Embedding(row, SPACE), "photo.jpg") for row in rows]


def enrolment(here: Places, people: int) -> None:
    """Enrol people one by one, as the desk does: a search among all who are there before each."""
    rng = np.random.default_rng(3)
    with open_store(Config(), here, create=True) as store:
        search = LiveSearch(store, SPACE)
        began, used = time.perf_counter(), time.process_time()
        for number in range(people):
            new, templates = person(number, rng)
            gallery = search.gallery()
            for template in templates:
                gallery.search(template.embedding)
            store.add(new, templates)
        took, used = time.perf_counter() - began, time.process_time() - used
        words = f"{took:.1f} s, {people / took:.0f} a second ({used:.1f} s of one core)"
        print(f"enrolled {people:,} people one by one, each searched for first: {words}")  # noqa: T201 - its output


def full(here: Places, people: int) -> None:
    """Fill a store in one transaction, so that the start of a full one can be measured."""
    rng = np.random.default_rng(4)
    with open_store(Config(), here, create=True) as store, store.db.writing():
        for number in range(people):
            store.add(*person(number, rng))


def start(here: Places, people: int) -> None:
    """Open a full store and read everybody, as a terminal does."""
    began = time.perf_counter()
    used = time.process_time()
    with open_store(Config(), here) as store:
        opened = time.perf_counter()
        search = LiveSearch(store, SPACE)
        read = time.perf_counter()
        print(  # noqa: T201 - its output
            f"start with {len(search.gallery()):,} people, {search.gallery().templates:,} sealed templates: opened and "
            f"checked {opened - began:.2f} s, read {read - opened:.2f} s, together {read - began:.2f} s "
            f"({time.process_time() - used:.2f} s of one core)"
        )
        new, templates = person(people + 1, np.random.default_rng(5))
        store.add(new, templates)
        began = time.perf_counter()
        search.gallery()
        print(f"one more person is taken over in {1e3 * (time.perf_counter() - began):.0f} ms")  # noqa: T201 - its output
        began = time.perf_counter()
        back_up(store, here.data / "backup")
        print(f"backup: {time.perf_counter() - began:.2f} s, {(here.data / 'backup').stat().st_size:,} bytes")  # noqa: T201 - its output
        began = time.perf_counter()
        store.remove(new.id)
        print(f"erasure of one: {time.perf_counter() - began:.2f} s")  # noqa: T201 - its output


def main() -> int:
    """Print the figures."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--people", type=int, default=10_000)
    words.add_argument("--enrol", type=int, default=1_000)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.enrol:
            enrolment(places(Path(folder) / "one by one"), asked.enrol)
        here = places(Path(folder) / "full")
        full(here, asked.people)
        start(here, asked.people)
    return 0


if __name__ == "__main__":
    sys.exit(main())
