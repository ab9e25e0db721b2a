"""What a reset erases and what stays, in words for whoever is asked whether to go on."""

from __future__ import annotations

ERASED = (
    "people, their keys, templates and pictures: what copies of them remain opens for nobody",
    "the configuration, the network and its passwords, the administrator, the broker, the proxy",
    "the certificate and its key, the keys of letters, the keys whose codes and letters are believed",
    "the sets of models that were downloaded (the factory's remains), backups, protocols, used codes",
)
GIVEN_UP = ("the device key, after it signed the receipt; head office's key and limits: it belongs to nobody then",)
_DOOR = "the door's journal, and the door's own memory (a lock-down stays)"
_KEY = ", and the device key that signs the journal"
_REMOVED = "who was removed for good, and how new limits and letters were"
_TRUSTED = "head office's key and limits: nobody else can provision it"
_WIRING = "the wiring, in wiring.toml on the card, for lock and exit button; the program; the time zone"


def kept(*, key: bool, trusted: bool) -> tuple[str, ...]:
    """Return what stays.

    Args:
        key: Whether the device has a key of its own, and keeps it.
        trusted: Whether it trusts a head office, and goes on with that.
    """
    return (_DOOR + (_KEY if key else ""), _REMOVED, *((_TRUSTED,) if trusted else ()), _WIRING)
