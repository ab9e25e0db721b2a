"""What flows between the rooms: plain frozen values, which import nothing of ours and load no numpy."""

from edge.values.decision import SENTENCES, Answer, Evidence, Identified, Occasion, Person, Reason, Verdict
from edge.values.sight import (
    Box,
    Embedding,
    Face,
    Flaw,
    Handle,
    Landmarks,
    Match,
    PersonId,
    Quality,
    Search,
    Sighting,
    Space,
)

__all__ = [
    "SENTENCES",
    "Answer",
    "Box",
    "Embedding",
    "Evidence",
    "Face",
    "Flaw",
    "Handle",
    "Identified",
    "Landmarks",
    "Match",
    "Occasion",
    "Person",
    "PersonId",
    "Quality",
    "Reason",
    "Search",
    "Sighting",
    "Space",
    "Verdict",
]
