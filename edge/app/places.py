"""Where this terminal keeps its files: fixed folders on a device, those of the user (XDG) on a PC."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from edge.app.settings import DEVICE_FILE

_NAME = "door-terminal"
IMAGE = Path("/usr/lib") / _NAME
"""What an image says of itself, and carries for every terminal that is made of it."""
CARD = Path("/boot/firmware")
"""The card's first partition, which any laptop reads."""
SHOWN = Path("/run/door-terminal-provision")
"""Where provisioning, which is root, shows the other processes what it found; no other user reads the card."""
_DOOR = "door-lock"
"""Of a device's door process: its user, and what its folders are called."""


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one terminal.

    Attributes:
        config: The configuration file, whether it exists or not.
        head_office: The folder of head office's public key and of the limits that it signed.
        data: The folder of all that must last.
        limits_seen: The newest version of the limits that was in force on this machine, whatever folder holds the data.
        people_db: The people store.
        keyring: Everybody's own key, wrapped; no part of any backup.
        revoked: Who was removed for good; no part of any backup.
        wrapping_key: The file of the wrapping key, or its neighbours' place; never in the folder of data, unless that
            was named: who copies the one has not the other.
        journal: The journal; on a device in the folder of the door process, whose user is not the terminal's. Beside it
            are what the door must remember and its last good configuration.
        socket: Where the door process listens.
        terminal_socket: Where the terminal process listens, for verifications.
        spent: Codes and nonces that were used, and their receipts.
        device_key: The key that this terminal signs with; its public half is beside it.
        letters_key: The key that opens letters to this terminal; its public half is beside it.
        senders: The folder of the public keys of terminals whose letters are believed.
        letters_seen: The newest letter of each of them.
        issuers: The folder of the public keys whose codes are believed.
        models: The folder of the sets of models that were downloaded, and of which one decides.
        ota_root: The root of trust for updates: who may sign them.
        wiring: The wiring that the image carries, for a door that was never provisioned.
        card: The card's first partition, which is root's alone.
        card_wiring: The wiring of the last provisioning, kept on the card for when all the rest is gone; on a device
            what root copied of it for the door.
    """

    config: Path
    head_office: Path
    data: Path
    limits_seen: Path
    people_db: Path
    keyring: Path
    revoked: Path
    wrapping_key: Path
    journal: Path
    socket: Path
    terminal_socket: Path
    spent: Path
    letters_key: Path
    senders: Path
    letters_seen: Path
    device_key: Path
    issuers: Path
    models: Path
    ota_root: Path
    wiring: Path
    card: Path
    card_wiring: Path


def places(data: Path | None = None, device_folder: Path = DEVICE_FILE.parent) -> Places:
    """Return where this machine's terminal keeps its files; every command asks here, so that none disagrees.

    Args:
        data: A folder that takes the place of the usual one, and of those for the socket and for keys: two folders of
            data never share a wrapping key, for a rotation of the one would take it from the other.
        device_folder: A machine that has it is a device; on any other the files are the user's.
    """
    if device_folder.exists():
        config = device_folder / DEVICE_FILE.name
        usual = Path("/var/lib") / _NAME
        runtime = data or Path("/run") / _NAME
        door, door_runtime = data or Path("/var/lib") / _DOOR, data or Path("/run") / _DOOR
    else:
        config = Path(platformdirs.user_config_dir(_NAME)) / DEVICE_FILE.name
        usual = Path(platformdirs.user_data_dir(_NAME))
        runtime = data or _user_runtime() or usual
        door, door_runtime = data or usual, runtime
    folder = data or usual
    keys = (data or config.parent) / "keys"
    return Places(
        config=config,
        head_office=config.parent,
        data=folder,
        limits_seen=usual / "limits.seen",
        people_db=folder / "people.sqlite3",
        keyring=folder / "people.keys",
        revoked=folder / "people.revoked",
        wrapping_key=keys / "wrapping.key",
        journal=door / "journal.jsonl",
        socket=door_runtime / "door.sock",
        terminal_socket=runtime / "terminal.sock",
        spent=folder / "people.spent",
        letters_key=keys / "letters.key",
        senders=keys / "senders",
        letters_seen=folder / "letters.seen",
        device_key=keys / "device.key",
        issuers=(data or config.parent) / "issuers",
        models=folder / "models",
        ota_root=(data or config.parent) / "ota" / "root.json",
        wiring=(data or IMAGE) / "wiring.toml",
        card=data / "card" if data else CARD,
        card_wiring=(data / "card" if data else SHOWN) / "wiring.toml",
    )


def _user_runtime() -> Path | None:
    """Return the user's folder for sockets, where there is one; /tmp is nobody's, and is never taken instead."""
    named = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(named) / _NAME if named and Path(named).is_dir() else None
