"""What a reset erases and what stays, in words for whoever is asked whether to go on."""

from __future__ import annotations

ERASED = (
    "people, their keys, templates and pictures: what copies of them remain opens for nobody",
    "the configuration, the network and its passwords, the administrator, the broker, the proxy",
    "the certificate and its key, the keys of letters, the keys whose codes and letters are believed",
    "the sets of models that were downloaded (the factory's remains), backups, protocols, used codes",
)
KEPT = (
    "the door's journal, the door's own memory (a lock-down stays), and the device key that signs the journal",
    "who was removed for good, and how new limits and letters were",
    "head office's key and limits: nobody else can provision it",
    "the wiring, in wiring.toml on the card, for lock and exit button; the program; the time zone",
)
GIVEN_UP = ("the device key, after it signed the receipt; head office's key and limits: it belongs to nobody then",)
