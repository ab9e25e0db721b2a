"""What flows between the rooms: plain frozen values, which import nothing of ours and load no numpy."""

from edge.values.advice import ADVICE, REQUESTS, advice, request
from edge.values.challenge import WORDS, Move
from edge.values.decision import SENTENCES, Answer, Evidence, Identified, Occasion, Person, Reason, Verdict
from edge.values.liveness import DAYS, MODES, SIGNS, Cue, Day, Finding, Mode, Sign
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
    "DAYS",
    "MODES",
    "REQUESTS",
    "SENTENCES",
    "SIGNS",
    "WORDS",
    "Answer",
    "Box",
    "Cue",
    "Day",
    "Embedding",
    "Evidence",
    "Face",
    "Finding",
    "Flaw",
    "Handle",
    "Identified",
    "Landmarks",
    "Match",
    "Mode",
    "Move",
    "Occasion",
    "Person",
    "PersonId",
    "Quality",
    "Reason",
    "Search",
    "Sighting",
    "Sign",
    "Space",
    "Verdict",
    "advice",
    "counted",
    "request",
]
