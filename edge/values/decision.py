"""What is decided: verdicts, people, and the terminal's word to the door."""

from __future__ import annotations

from dataclasses import dataclass

from edge.values.code import CodeFault
from edge.values.credential import Credential, Factor
from edge.values.liveness import Sign
from edge.values.quality import Flaw
from edge.values.reason import Reason
from edge.values.sight import Handle, PersonId


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
        fault: What was wrong with the code that was shown; None where none was refused.
    """

    at: float
    track: int
    reason: Reason
    person: PersonId | None = None
    evidence: Evidence | None = None
    flaws: tuple[Flaw, ...] = ()
    sign: Sign | None = None
    fault: CodeFault | None = None

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
        credentials: What identified them, each once.
        evidence: How sure the terminal is.
    """

    session: str
    sequence: int
    at: float
    handle: Handle
    groups: tuple[str, ...]
    valid_from: float | None
    valid_until: float | None
    credentials: tuple[Credential, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Answer:
    """The door's word on one `Identified`.

    Attributes:
        sequence: The number of the `Identified` it answers.
        opened: Whether the lock was opened for it.
        reason: `GRANTED`, or why not.
        wants: What was not shown and is asked for, after `FACTOR_MISSING`.
    """

    sequence: int
    opened: bool
    reason: Reason
    wants: tuple[Factor, ...] = ()
