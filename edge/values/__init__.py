"""What flows between the rooms: plain frozen values, which import nothing of ours and load no numpy."""

from edge.values.advice import ADVICE, NOTICES, REQUESTS, advice, request
from edge.values.challenge import WORDS, Move
from edge.values.code import CODE_FAULTS, CodeFault
from edge.values.credential import Credential, Factor
from edge.values.decision import Answer, Evidence, Identified, Person, Verdict
from edge.values.groups import EVERYBODY, among
from edge.values.liveness import DAYS, MODES, SIGNS, Cue, Day, Finding, Mode, Sign
from edge.values.occasion import ALARMS, AUDITED, SILENT, Alarm, Occasion, Status
from edge.values.order import Done, Order, OrderKind, Side
from edge.values.quality import Flaw, Quality
from edge.values.reason import OPENING, SENTENCES, Reason
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
    "ALARMS",
    "AUDITED",
    "CODE_FAULTS",
    "DAYS",
    "EVERYBODY",
    "MODES",
    "NOTICES",
    "OPENING",
    "REQUESTS",
    "SENTENCES",
    "SIGNS",
    "SILENT",
    "WORDS",
    "Alarm",
    "Answer",
    "Box",
    "CodeFault",
    "Credential",
    "Cue",
    "Day",
    "Done",
    "Embedding",
    "Evidence",
    "Face",
    "Factor",
    "Finding",
    "Flaw",
    "Handle",
    "Identified",
    "Landmarks",
    "Match",
    "Mode",
    "Move",
    "Occasion",
    "Order",
    "OrderKind",
    "Person",
    "PersonId",
    "Quality",
    "Reason",
    "Search",
    "Side",
    "Sighting",
    "Sign",
    "Space",
    "Status",
    "Verdict",
    "advice",
    "among",
    "counted",
    "request",
]
