"""The secure channel's base key in its file: 32 hexadecimal digits that nobody but their owner may read."""

from __future__ import annotations

import os
import pwd
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from hw.base import HardwareError

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 16
DEFAULT = bytes(range(0x30, 0x40))
"""SCBK-D: printed in the standard, so a key for nothing but the minutes of installation."""


def read_key(path: Path) -> bytes | None:
    """Return the key, or None when there is no such file.

    Raises:
        HardwareError: Others may read the file, it is not this user's, or it holds no key that is fit for a door.
    """
    try:
        # A pipe by mistake is refused below; to open it as usual would wait for whoever writes into it, with the door.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            found = os.fstat(file.fileno())
            text = file.read(4 * SIZE + 1)
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise HardwareError(
            f"osdp.key_file {path} may not be read by {_name(os.geteuid())}, as whom the door runs: "
            f"chown {_name(os.geteuid())} it, in a folder that it may enter"
        ) from error
    except OSError as error:
        raise HardwareError(f"osdp.key_file {path} cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(found.st_mode):
        raise HardwareError(f"osdp.key_file {path} is not a file: write the controller's key into one, with mode 0600")
    if stat.S_IMODE(found.st_mode) & 0o177:
        raise HardwareError(
            f"osdp.key_file {path} has mode {stat.S_IMODE(found.st_mode):04o}: others may have read it. Set a new key "
            f"in the controller, then write it there with mode 0600"
        )
    if found.st_uid != os.geteuid():
        raise HardwareError(
            f"osdp.key_file {path} belongs to {_name(found.st_uid)}, and the door runs as {_name(os.geteuid())}: "
            f"chown {_name(os.geteuid())} it"
        )
    return _parsed(path, text)


def _parsed(path: Path, text: bytes) -> bytes:
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:  # its message would quote the key
        key = b""
    if len(key) != SIZE:
        raise HardwareError(f"osdp.key_file {path} must hold {2 * SIZE} hexadecimal digits and nothing else")
    if is_weak(key):
        raise HardwareError(
            f"osdp.key_file {path} holds the standard's default key, or one digit over and over: it "
            "protects nothing. Set a random key here and in the controller"
        )
    return key


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def is_weak(key: bytes) -> bool:
    """Whether anybody would try this key first."""
    return key == DEFAULT or len(set(key)) == 1


def write_key(path: Path, key: bytes) -> None:
    """Replace the key; when this returns it survives a power cut (S7).

    Raises:
        HardwareError: It could not be written; the old one is as it was.
    """
    temporary = path.with_name(f".{path.name}.new")
    try:
        with suppress(FileNotFoundError):
            temporary.unlink()
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.hex().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise HardwareError(f"osdp.key_file {path} cannot be written: {error.strerror}") from error
