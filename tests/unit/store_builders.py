"""Two people, two spaces, and faces of a few numbers, for the tests of store and search."""

from __future__ import annotations

import numpy as np

from edge.people.records import Template
from edge.values import Embedding, PersonId, Space

HERE = Space("toy", "a" * 64, "1")
THERE = Space("toy", "a" * 64, "2")
ANNA, BOB = PersonId("anna"), PersonId("bob")


def face(*numbers: float, space: Space = HERE) -> Embedding:
    vector = np.array(numbers, np.float32)
    return Embedding(vector / np.float32(np.linalg.norm(vector)), space)


def template(*numbers: float, space: Space = HERE) -> Template:
    return Template(face(*numbers, space=space), "photo.jpg")
