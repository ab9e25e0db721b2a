"""What `--json` prints: the schema of every report, and nothing else."""

from __future__ import annotations

import click
import msgspec
from msgspec import Struct


class RejectedPhoto(Struct, frozen=True):
    """A photograph that did not become a template.

    Attributes:
        file: Its name, as given.
        reason: A stable word: `edge.people.enrol.Refusal` or `edge.values.Flaw`.
    """

    file: str
    reason: str


class Enrolment(Struct, frozen=True):
    """`edge enrol`.

    Attributes:
        id: The person's id, as stored.
        accepted: The photographs that became templates, as given.
        rejected: Those that did not.
        duplicate: What the journal knows somebody by who is enrolled with this face under another id; null for nobody.
    """

    id: str
    accepted: list[str]
    rejected: list[RejectedPhoto]
    duplicate: str | None = None


class ConsentReport(Struct, frozen=True):
    """`edge enrol --renew-consent`.

    Attributes:
        id: Whose.
        text: The version of the text that they agreed to.
        at: When, seconds since the epoch.
        operator: Who took it down.
    """

    id: str
    text: str
    at: float
    operator: str


class BulkEnrolment(Struct, frozen=True):
    """`edge enrol --manifest` prints a list of these: one a person, and one a row that could not be used.

    Attributes:
        id: The person's id, as stored; of a row that could not be used, as written.
        accepted: The photographs that became templates, as written.
        rejected: Those that did not.
        lines: The lines of the table that this is about.
        error: Why no photograph of these lines was judged; empty when they were.
        already: The photographs that were templates before.
        duplicate: As of `Enrolment`.
    """

    id: str
    accepted: list[str]
    rejected: list[RejectedPhoto]
    lines: list[int]
    error: str
    already: list[str] = msgspec.field(default_factory=list)
    duplicate: str | None = None


class EnrolledPerson(Struct, frozen=True):
    """`edge people show`; `edge people list` prints a list of them.

    Attributes:
        id: The officer's identifier.
        handle: The journal's identifier.
        name: What people call them.
        groups: Which groups they belong to.
        valid_from: First moment of access, seconds since the epoch; null for always.
        valid_until: Last moment of access, seconds since the epoch; null for ever.
        templates: How many templates they have.
    """

    id: str
    handle: str
    name: str
    groups: list[str]
    valid_from: float | None
    valid_until: float | None
    templates: int


class Removal(Struct, frozen=True):
    """`edge people remove`.

    Attributes:
        id: Who was removed.
        templates: How many templates went with them.
        handle: The journal's and the receipt's identifier of them.
        revocation: How many people had been removed for good on this terminal then, this one among them.
    """

    id: str
    templates: int
    handle: str
    revocation: int


class Backup(Struct, frozen=True):
    """`edge people backup`.

    Attributes:
        file: Where it is.
        people: How many people are in it.
        bytes: Its size.
    """

    file: str
    people: int
    bytes: int


class Restoration(Struct, frozen=True):
    """`edge people restore`.

    Attributes:
        people: How many people the store has now.
        revoked: How many of the backup were erased since, and stay so.
        keyless: How many of the backup were left out, because this machine has no key for them.
        gone: How many were in the store and are not in the backup.
        aside: Where the file that was there before is; empty when there was none.
    """

    people: int
    revoked: int
    keyless: int
    gone: int
    aside: str


class Forgotten(Struct, frozen=True):
    """`edge people retain` prints a list of these.

    Attributes:
        id: Who would be erased; empty once they were, for nothing may be left of it.
        handle: The journal's identifier.
        cause: A stable word of `edge.people.retention.Cause`.
        erased: Whether they were erased.
    """

    id: str
    handle: str
    cause: str
    erased: bool


class AdaptedTemplate(Struct, frozen=True):
    """`edge people adapted` prints a list of these.

    Attributes:
        id: Whose it is.
        handle: The journal's identifier.
        space: The embedding space that it lives in.
        at: When it was adapted, seconds since the epoch.
        similarity: Cosine similarity to the most similar enrolled template of theirs.
        required: The similarity that was required.
        fmr: The false-match rate that this stands for.
        rival: Cosine similarity to the most similar template of anybody else; -1 when there was nobody.
        frames: Of how many frames of one track it is the median.
        proof: What showed a live person: "motion" or "challenge".
        factors: What else was shown, such as "pin".
    """

    id: str
    handle: str
    space: str
    at: float
    similarity: float
    required: float
    fmr: float
    rival: float
    frames: int
    proof: str
    factors: list[str]


class Reverted(Struct, frozen=True):
    """`edge people revert` prints a list of these, one a person who had adapted templates.

    Attributes:
        id: Whose they were.
        handle: The journal's identifier.
        templates: How many were taken back.
    """

    id: str
    handle: str
    templates: int


class CheckReport(Struct, frozen=True):
    """`edge ota check`.

    Attributes:
        status: A stable word: of what was asked and fetched (`edge.app.fetching.Outcome`) with `--fetch-only`, else of
            what came of it in the end (`edge.app.updating.Taken`).
        why: The reason, for people.
        slot: Of which set; empty for none.
        serial: Of its offer.
        bytes: How much was downloaded.
        requests: How often a server was asked,
        broken: and how often that broke.
        fetched: The roles whose bundles were not here already.
        warning: What went wrong beside that; empty when nothing did.
    """

    status: str
    why: str
    slot: str
    serial: int
    bytes: int
    requests: int
    broken: int
    fetched: list[str]
    warning: str


def emit(report: object) -> None:
    """Print a report, or a list of them, as JSON on standard output."""
    click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())


class Decision(Struct, frozen=True):
    """One decision of a running terminal (`edge run --json`, a line each).

    Attributes:
        at: Monotonic seconds of the last frame that counted.
        track: Which uninterrupted sight of a face was judged.
        opened: Whether the door opened.
        reason: The stable code.
        sentence: The same in words.
        person: Who was recognised or claimed; null for a stranger.
        similarity: The best cosine similarity; null when nobody was compared.
        threshold: What was required.
        margin: The distance to the second most similar person.
        liveness: The median liveness; null when liveness is off.
        flaws: What was wrong with the view.
        sign: The stable code of what spoke most against a live person; null where nothing did.
        saw: The same in words.
        advice: What the person can do about it; null when there is nothing.
        source: The replayed file that last showed a face; empty for a camera.
    """

    at: float
    track: int
    opened: bool
    reason: str
    sentence: str
    person: str | None
    similarity: float | None
    threshold: float | None
    margin: float | None
    liveness: float | None
    flaws: tuple[str, ...]
    sign: str | None
    saw: str | None
    advice: str | None
    source: str
