"""Why a decision fell as it did: one stable code each, and one sentence."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a decision fell as it did; stable codes, `SENTENCES` has the words."""

    GRANTED = "granted"
    VERIFIED = "verified"
    DECLINED = "declined"
    NOT_CONFIRMED = "not-confirmed"
    NO_CONSENT = "no-consent"
    NOBODY = "nobody"
    OVER_LIMIT = "over-limit"
    UNSUPPORTED = "unsupported"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    EXIT_BUTTON = "exit-button"
    REMOTE_UNLOCK = "remote-unlock"
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
    WRONG_PIN = "wrong-pin"
    WRONG_CODE = "wrong-code"
    FACTOR_MISSING = "factor-missing"
    FACTOR_ORDER = "factor-order"
    NO_ACCESS = "no-access"
    OUTSIDE_SCHEDULE = "outside-schedule"
    CLOCK_UNTRUSTED = "clock-untrusted"
    FIRST_PERSON = "first-person"
    SECOND_PERSON = "second-person"
    PASSBACK = "passback"
    NO_ESCORT = "no-escort"
    VISIT_UNBOUNDED = "visit-unbounded"
    LOCK_DOWN = "lock-down"
    TAMPERED = "tampered"
    UNPROVISIONED = "unprovisioned"
    UNSAFE_SOURCE = "unsafe-source"
    JOURNAL_DOWN = "journal-down"
    DOOR_UNREACHABLE = "door-unreachable"
    STOPPED = "stopped"
    BAD_ORDER = "bad-order"


OPENING = frozenset({Reason.GRANTED, Reason.EXIT_BUTTON, Reason.REMOTE_UNLOCK})
"""Reasons for which the door opens."""

SENTENCES: dict[Reason, str] = {
    Reason.GRANTED: "recognised; the door opens",
    Reason.VERIFIED: "it is the person who was claimed",
    Reason.DECLINED: "the person declined, and takes another way than the face",
    Reason.NOT_CONFIRMED: "the person did not confirm it on the keypad in time",
    Reason.NO_CONSENT: "this person has not consented, or has no template: take another way than the face",
    Reason.NOBODY: "nobody whose face could be judged came before the camera in time",
    Reason.OVER_LIMIT: "it is more than this purpose allows",
    Reason.UNSUPPORTED: "the terminal does not offer this, or its evidence does not support it",
    Reason.CANCELLED: "whoever asked took the question back",
    Reason.INTERRUPTED: "the terminal was interrupted before it had an answer",
    Reason.EXIT_BUTTON: "the exit button was pressed; the door opens",
    Reason.REMOTE_UNLOCK: "an operator opens the door",
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
    Reason.WRONG_PIN: "the PIN is not this person's",
    Reason.WRONG_CODE: "the code is not valid here, or was used already",
    Reason.FACTOR_MISSING: "this door asks for more than was shown",
    Reason.FACTOR_ORDER: "this door asks for the code first, and then for the face of whom it names",
    Reason.NO_ACCESS: "no rule lets this person in at this door",
    Reason.OUTSIDE_SCHEDULE: "this person may not pass at this time",
    Reason.CLOCK_UNTRUSTED: "the clock cannot be trusted, and this person's access depends on the time",
    Reason.FIRST_PERSON: "nobody who must be the first has come yet",
    Reason.SECOND_PERSON: "a second person must be recognised, too, before the door opens",
    Reason.PASSBACK: "this person went in already and has not come out",
    Reason.NO_ESCORT: "a visitor passes only right after somebody who may bring them in",
    Reason.VISIT_UNBOUNDED: "a visitor's access must have an end, and it must be near",
    Reason.LOCK_DOWN: "the door is locked down; nobody is let in",
    Reason.TAMPERED: "somebody has tampered with the terminal; nobody is let in",
    Reason.UNPROVISIONED: "the door runs by its wiring alone, as nobody's: provision it; until then nobody is let in",
    Reason.UNSAFE_SOURCE: "the picture is a replay, or liveness is off, and the lock is real",
    Reason.JOURNAL_DOWN: "the journal cannot be written, so nobody is let in",
    Reason.DOOR_UNREACHABLE: "the door process does not answer",
    Reason.STOPPED: "the door process is ending",
    Reason.BAD_ORDER: "this order cannot be carried out",
}
