"""What flows between the rooms: plain frozen values, which import nothing of ours and load no numpy."""

from edge.values.advice import ADVICE, REQUESTS, advice, request
from edge.values.decision import SENTENCES, Answer, Evidence, Identified, Occasion, Person, Reason, Verdict
from edge.values.quality import Flaw, Quality
from edge.values.sight import (
    Box,
    Embedding,
    Face,
    Handle,
    Landmarks,
    Match,
    PersonId,
    Search,
    Sighting,
    Space,
)
from edge.values.words import counted

__all__ = [
    "ADVICE",
    "REQUESTS",
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
    "advice",
    "counted",
    "request",
]
