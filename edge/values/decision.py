"""What is decided: verdicts and their reasons, people, and the terminal's word to the door."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edge.values.liveness import Sign
from edge.values.quality import Flaw
from edge.values.sight import Handle, PersonId


class Reason(StrEnum):
    """Why a decision fell as it did; stable codes, `SENTENCES` has the words."""

    GRANTED = "granted"
    EXIT_BUTTON = "exit-button"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    UNSURE = "unsure"
    POOR_VIEW = "poor-view"
    NOT_LIVE = "not-live"
    NO_MOTION = "no-motion"
    IDENTITY_CHANGED = "identity-changed"
    TOO_MANY_FACES = "too-many-faces"
    LOCKED_OUT = "locked-out"
    STALE = "stale"
    REPLAYED = "replayed"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    FACTOR_MISSING = "factor-missing"
    UNSAFE_SOURCE = "unsafe-source"
    JOURNAL_DOWN = "journal-down"
    DOOR_UNREACHABLE = "door-unreachable"


SENTENCES: dict[Reason, str] = {
    Reason.GRANTED: "recognised; the door opens",
    Reason.EXIT_BUTTON: "the exit button was pressed; the door opens",
    Reason.UNKNOWN: "nobody enrolled is similar enough",
    Reason.UNSURE: "recognised in too few pictures to be sure; step back and come again",
    Reason.AMBIGUOUS: "two enrolled people are too similar to this face",
    Reason.POOR_VIEW: "the face was never seen well enough to judge",
    Reason.NOT_LIVE: "this does not look like a live person",
    Reason.NO_MOTION: "the head was not seen to move, so it may be a picture",
    Reason.IDENTITY_CHANGED: "the face changed from one person to another",
    Reason.TOO_MANY_FACES: "too many faces stand before the door",
    Reason.LOCKED_OUT: "too many failures under this identity; wait, or use another way in",
    Reason.STALE: "the picture is too old to open a door",
    Reason.REPLAYED: "this request was already answered, or belongs to an earlier connection",
    Reason.REVOKED: "this person was removed",
    Reason.EXPIRED: "this person's access has ended",
    Reason.NOT_YET_VALID: "this person's access has not begun",
    Reason.FACTOR_MISSING: "this door asks for more than was shown",
    Reason.UNSAFE_SOURCE: "the picture is a replay, or liveness is off, and the lock is real",
    Reason.JOURNAL_DOWN: "the journal cannot be written, so nobody is let in",
    Reason.DOOR_UNREACHABLE: "the door process does not answer",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why the terminal believes it: what the journal keeps of a recognition; no biometric.

    Attributes:
        similarity: The best similarity among the votes.
        margin: The smallest margin among the votes.
        threshold: The similarity that was required.
        fmr: The false-match rate that the threshold stands for.
        votes: How many frames agreed.
        liveness: The median of the passive network's scores of the votes; None when liveness is off.
        space: The embedding space, as text.
    """

    similarity: float
    margin: float
    threshold: float
    fmr: float
    votes: int
    liveness: float | None
    space: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the terminal concluded from one track: an identity, or a refusal with its reason.

    Attributes:
        at: Monotonic seconds of the last frame that counted.
        track: The track that was judged.
        reason: `GRANTED`, or why not.
        person: Who was recognised or claimed; None for a stranger.
        evidence: What it rests on; None where nobody was matched.
        flaws: What was wrong with the view, most frequent first.
        sign: What spoke most against a live person; None where nothing did.
    """

    at: float
    track: int
    reason: Reason
    person: PersonId | None = None
    evidence: Evidence | None = None
    flaws: tuple[Flaw, ...] = ()
    sign: Sign | None = None

    @property
    def granted(self) -> bool:
        """Whether somebody was recognised."""
        return self.reason is Reason.GRANTED


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the store keeps them, without templates.

    Attributes:
        id: The officer's identifier.
        handle: The journal's identifier.
        name: What people call them.
        groups: Which groups they belong to.
        valid_from: First moment of access, seconds since the epoch; None for always.
        valid_until: Last moment of access, seconds since the epoch; None for ever.
        templates: How many templates they have.
    """

    id: PersonId
    handle: Handle
    name: str
    groups: tuple[str, ...] = ()
    valid_from: float | None = None
    valid_until: float | None = None
    templates: int = 0


@dataclass(frozen=True, slots=True)
class Identified:
    """The terminal's word to the door: this person stood before the camera at this moment.

    Attributes:
        session: The number the door gave this connection; another one's words are not believed (S2).
        sequence: Counts up by one a message; the door takes each number once (S2).
        at: Monotonic seconds of the live frame it rests on (S1).
        handle: Who.
        groups: Which groups they belong to.
        valid_from: First moment of access, seconds since the epoch.
        valid_until: Last moment of access, seconds since the epoch.
        factors: What identified them, such as ("face",).
        evidence: How sure the terminal is.
    """

    session: str
    sequence: int
    at: float
    handle: Handle
    groups: tuple[str, ...]
    valid_from: float | None
    valid_until: float | None
    factors: tuple[str, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Answer:
    """The door's word on one `Identified`.

    Attributes:
        sequence: The number of the `Identified` it answers.
        opened: Whether the lock was opened for it.
        reason: `GRANTED`, or why not.
    """

    sequence: int
    opened: bool
    reason: Reason


class Occasion(StrEnum):
    """What happened at the door; stable words, the journal keeps them."""

    DOOR_STARTED = "door-started"
    DOOR_STOPPED = "door-stopped"
    SESSION_BEGUN = "session-begun"
    SESSION_ENDED = "session-ended"
    GRANTED = "granted"
    REFUSED = "refused"
    EXIT = "exit"
    LOCKED = "locked"
    FAULT = "fault"
    JOURNAL_RECOVERED = "journal-recovered"
