"""Who this device is: an Ed25519 key of its own, made on first use, that signs its journal and its receipts.

The private half never leaves the device. Whoever is to believe what it signs is given `device.pub`, once, by hand.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

from edge import keys
from edge.disk import DISK, hand_over, make_folder
from edge.errors import SignatureError

if TYPE_CHECKING:
    from edge.app.places import Places

_LONGEST = 4096


def device_key(here: Places) -> bytes:
    """Return this device's private key, PEM; it is made when there is none, and is lasting on return.

    Raises:
        SignatureError: It cannot be read or made, or is no Ed25519 key: it is never replaced by itself.
    """
    path = here.device_key
    try:
        if not path.exists():
            _put(path, keys.new_pair()[0], 0o600)
        private = _read(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        public = keys.public_of(private)
    except SignatureError as error:
        raise SignatureError(
            f"{path}: {error}: put the device's key back from a copy; or move it away, have a new one made, and give "
            f"its public half to all who check receipts"
        ) from error
    with suppress(OSError):  # the private half is enough; the other is for people to copy
        beside = public_file(here)
        if not beside.exists() or _read(beside) != public:
            beside.unlink(missing_ok=True)
            _put(beside, public, 0o644)
    return private


def device_public(here: Places) -> bytes:
    """Return this device's public key, PEM; the pair is made when there is none.

    Raises:
        SignatureError: It cannot be read or made.
    """
    return keys.public_of(device_key(here))


def device_id(here: Places) -> str:
    """Return what this device's key is called: 16 hexadecimal digits.

    Raises:
        SignatureError: It cannot be read or made.
    """
    return keys.key_id(device_public(here))


def device_name(here: Places) -> str:
    """Return the same for whoever may not read the folder of keys: the image's units put the public half beside them.

    Raises:
        SignatureError: It cannot be read or made.
    """
    with suppress(OSError):
        return keys.key_id(_read(here.models / "device.pub"))
    return device_id(here)


def public_file(here: Places) -> Path:
    """Return where the public half is, for whoever is to check what this device signs."""
    return here.device_key.with_suffix(".pub")


def _put(path: Path, content: bytes, mode: int) -> None:
    """Write a new file, wholly there or not; when another process was faster its file stays."""
    make_folder(path)
    descriptor, name = mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
            hand_over(file.fileno(), path.parent)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(name)
    finally:
        Path(name).unlink()
    DISK.sync_folder(path.parent)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LONGEST)


def _unreadable(path: Path, error: OSError) -> SignatureError:
    return SignatureError(
        f"{path}: this device's key cannot be read or made: {error.strerror}; run as the user who owns its folder"
    )
