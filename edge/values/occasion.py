"""What happens at a door: occasions, alarms and states, in the words of BACnet and VAPIX."""

from __future__ import annotations

from enum import StrEnum


class Occasion(StrEnum):
    """What happened at the door, and to the people it knows; stable words, the journal keeps them."""

    DOOR_STARTED = "door-started"
    DOOR_STOPPED = "door-stopped"
    SESSION_BEGUN = "session-begun"
    SESSION_ENDED = "session-ended"
    GRANTED = "granted"
    REFUSED = "refused"
    EXIT = "exit"
    UNLOCKED = "unlocked"
    LOCKED = "locked"
    OPENED = "opened"
    CLOSED = "closed"
    ALARM_BEGUN = "alarm-begun"
    ALARM_ENDED = "alarm-ended"
    ORDERED = "ordered"
    RULES_CHANGED = "rules-changed"
    CLOCK_CHANGED = "clock-changed"
    FAULT = "fault"
    JOURNAL_RECOVERED = "journal-recovered"
    JOURNAL_PRUNED = "journal-pruned"
    ENROLLED = "enrolled"
    DUPLICATE = "duplicate-refused"
    ADAPTED = "adapted"
    REVERTED = "reverted"
    VERIFIED = "verified"
    PIN_CHANGED = "pin-changed"
    ERASED = "erased"
    RETAINED = "retention-run"
    RESTORED = "restored"
    EXPORTED = "exported"
    UPDATE_OFFERED = "update-offered"
    UPDATE_REFUSED = "update-refused"
    UPDATE_APPLIED = "update-applied"
    UPDATE_CONFIRMED = "update-confirmed"
    UPDATE_ROLLED_BACK = "update-rolled-back"
    TRUST_CHANGED = "trust-changed"
    KEYS_CHANGED = "keys-changed"
    MIGRATED = "migrated"
    PROVISIONED = "provisioned"
    FACTORY_RESET = "factory-reset"
    DECOMMISSIONED = "decommissioned"


AUDITED = frozenset(
    {
        Occasion.ENROLLED,
        Occasion.DUPLICATE,
        Occasion.ADAPTED,
        Occasion.REVERTED,
        Occasion.VERIFIED,
        Occasion.PIN_CHANGED,
        Occasion.ERASED,
        Occasion.RETAINED,
        Occasion.RESTORED,
        Occasion.EXPORTED,
        Occasion.UPDATE_OFFERED,
        Occasion.UPDATE_REFUSED,
        Occasion.UPDATE_APPLIED,
        Occasion.UPDATE_CONFIRMED,
        Occasion.UPDATE_ROLLED_BACK,
        Occasion.TRUST_CHANGED,
        Occasion.KEYS_CHANGED,
        Occasion.MIGRATED,
        Occasion.PROVISIONED,
        Occasion.FACTORY_RESET,
        Occasion.DECOMMISSIONED,
    }
)
"""What other programs than the door may have written down; what happens at the door, only the door says."""


class Alarm(StrEnum):
    """What is wrong at the door, from its beginning to its end."""

    FORCED_OPEN = "forced-open"
    HELD_SOON = "held-open-pre-alarm"
    HELD_OPEN = "held-open"
    TAMPER = "tamper"
    FIRE = "fire"
    EXIT_FAULT = "exit-button-fault"
    CONTACT_FAULT = "contact-fault"
    FIRE_FAULT = "fire-input-fault"
    TAMPER_FAULT = "tamper-input-fault"
    DURESS = "duress"
    PASSBACK = "passback"
    CAMERA = "camera"
    CLOCK = "clock"
    RULES = "rules"
    MEMORY = "memory"
    CONTROLLER = "controller"
    RESET_BUTTON = "reset-button"
    KEYPAD = "keypad"


SILENT = frozenset({Alarm.DURESS})
"""Alarms of which nothing may be seen or heard at the door."""

ALARMS: dict[Alarm, str] = {
    Alarm.FORCED_OPEN: "the door was opened without being unlocked",
    Alarm.HELD_SOON: "the door stands open and will soon count as held open",
    Alarm.HELD_OPEN: "the door is held open",
    Alarm.TAMPER: "the tamper contact is open",
    Alarm.FIRE: "the fire input is active: the door is unlocked",
    Alarm.EXIT_FAULT: "the exit button is stuck or its wire is faulty",
    Alarm.CONTACT_FAULT: "the door contact's wire is faulty",
    Alarm.FIRE_FAULT: "the fire input's wire is faulty",
    Alarm.TAMPER_FAULT: "the tamper contact's wire is faulty",
    Alarm.DURESS: "somebody typed their duress PIN: they are being forced",
    Alarm.PASSBACK: "somebody went in who is inside already",
    Alarm.CAMERA: "the camera is not the one that was pinned, or shows nothing that lives",
    Alarm.CLOCK: "the clock cannot be trusted: whatever depends on the time is refused",
    Alarm.RULES: "the new configuration has faults: the old rules stay in force",
    Alarm.MEMORY: "what the door must remember could not be read or written",
    Alarm.CONTROLLER: "the access controller cannot be reached",
    Alarm.RESET_BUTTON: "the reset button is stuck or its wire is faulty: it resets nothing",
    Alarm.KEYPAD: "the keypad cannot be used: nobody can type a PIN or a number",
}
"""The sentence of each alarm."""


class Status(StrEnum):
    """What a door is, in one word: the first that holds, in this order."""

    EMERGENCY = "emergency"
    LOCK_DOWN = "lock-down"
    FORCED_OPEN = "forced-open"
    HELD_OPEN = "held-open"
    TAMPER = "tamper"
    FAULT = "fault"
    FREE_ACCESS = "free-access"
    OPEN = "open"
    UNLOCKED = "unlocked"
    LOCKED = "locked"
