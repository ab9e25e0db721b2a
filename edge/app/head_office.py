"""Head office's limits on a branch's configuration: only what it signed counts, and never an older issue again.

A terminal that has head office's public key does not start without limits that this key signed, nor with a setting
that is laxer than they allow. The door process asks for neither: people get out whatever is configured (S10).
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from edge import keys
from edge.config import Config, limits
from edge.disk import DISK
from edge.errors import ConfigError, EdgeError, SignatureError

if TYPE_CHECKING:
    from edge.app.places import Places
    from edge.config.limits import Limits
    from edge.link.messages import Terms

PUBLIC_KEY = "head-office.pub"
PRIVATE_KEY = "head-office.key"
LIMITS = "limits.toml"
_SIGNATURE = ".sig"
_LONGEST = 1 << 20
_DIGITS = len(str(limits.LAST))


def trusted(here: Places) -> Limits | None:
    """Return head office's limits; None on a machine that was never put under any.

    Raises:
        SignatureError: They are missing, not signed by head office, or older than limits that were in force here.
        ConfigError: They are signed and have faults all the same.
    """
    key, file, seen = here.head_office / PUBLIC_KEY, here.head_office / LIMITS, newest_seen(here)
    public = _read(key)
    if public is None:
        if seen:
            raise SignatureError(
                f"{key}: is missing, and this terminal is under head office's limits (version {seen}): put it back"
            )
        return None
    text, signature = _read(file), _read(_signature_of(file))
    if text is None or signature is None:
        missing = file if text is None else _signature_of(file)
        raise SignatureError(
            f"{missing}: is missing, and {key} is here: put head office's {LIMITS} and {LIMITS}{_SIGNATURE} beside it"
        )
    try:
        keys.load_public(public)
    except SignatureError as error:
        raise SignatureError(f"{key}: {error}: copy {PUBLIC_KEY} from head office again") from error
    try:
        keys.verify(text, signature, public)
    except SignatureError as error:
        raise SignatureError(
            f"{file}: is not what head office signed ({error}): copy {LIMITS} and {LIMITS}{_SIGNATURE} again, and "
            f"compare {key} with head office's"
        ) from error
    found = _parsed(text, file)
    if found.version < seen:
        raise SignatureError(
            f"{file}: version {found.version}, and version {seen} was in force here: get head office's newest limits"
        )
    return found


def require_within(config: Config, here: Places) -> Limits | None:
    """Refuse a configuration that is laxer than head office allows.

    Returns:
        The limits; None where there are none.

    Raises:
        SignatureError: As `trusted`.
        ConfigError: Settings are laxer than the limits; each is named. Or as `trusted`.
    """
    found = trusted(here)
    faults = limits.laxer(config, found) if found else ()
    if faults:
        raise ConfigError("; ".join(faults), faults)
    return found


def door_faults(found: Limits | None, terms: Terms) -> tuple[str, ...]:
    """Name what the door process goes by and head office does not allow; its file may say something else by now."""
    if found is None:
        return ()
    its = tuple((key, limit) for key, limit in found.laxest if key.startswith(("door.", "rules.")))
    return limits.laxer(Config(door=terms.door, rules=terms.rules), dataclasses.replace(found, laxest=its))


def require_door_within(found: Limits | None, terms: Terms) -> None:
    """Refuse a door process that is laxer than head office allows; the door itself asks for no limits (S10).

    Raises:
        ConfigError: It is; each setting is named.
    """
    faults = door_faults(found, terms)
    if faults:
        raise ConfigError(
            f"the running door process is not within head office's limits, and is asked to open for nobody: "
            f"{'; '.join(faults)}: set them stricter, and restart it",
            faults,
        )


def newest_seen(here: Places) -> int:
    """Return the newest version of the limits that was in force on this terminal; 0 for none.

    Raises:
        SignatureError: What was remembered cannot be read.
    """
    file = here.limits_seen
    seen = _read(file)
    if seen is None:
        return 0
    if not (seen.strip().isdigit() and len(seen.strip()) <= _DIGITS):
        raise SignatureError(f"{file}: is damaged; head office knows which version of its limits to write there")
    return int(seen)


def remember(found: Limits | None, here: Places) -> None:
    """Keep the version of limits that come into force, so that no older ones ever do (S12); it survives a power cut.

    Raises:
        SignatureError: It cannot be written.
    """
    if found is None or found.version <= newest_seen(here):
        return
    try:
        here.limits_seen.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(here.limits_seen, f"{found.version}\n".encode())
    except OSError as error:
        raise SignatureError(f"{here.limits_seen}: cannot be written: {error.strerror}") from error


def new_key(folder: Path) -> tuple[Path, Path]:
    """Make head office's key pair; the private half is readable by its owner alone, and so is a folder that is made.

    Returns:
        The files of the private and of the public key.

    Raises:
        EdgeError: One of them is there already, or cannot be written; nothing is left behind.
    """
    private, public = folder / PRIVATE_KEY, folder / PUBLIC_KEY
    made: list[Path] = []
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, content, mode in zip((private, public), keys.new_pair(), (0o600, 0o644), strict=True):
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                made.append(path)
                file.write(content)
    except OSError as error:
        for path in made:
            path.unlink()
        raise EdgeError(f"{error.filename or folder}: {error.strerror}: no key was made") from error
    return private, public


def sign(file: Path, key: Path) -> tuple[Limits, Path]:
    """Sign limits; a signature that is there is replaced.

    Args:
        file: The limits.
        key: The private key.

    Returns:
        What was signed, and the file of its signature.

    Raises:
        ConfigError: The limits have faults.
        SignatureError: A file is missing, or the key is none.
    """
    text, private = _read(file), _read(key)
    for path, content in ((file, text), (key, private)):
        if content is None:
            raise SignatureError(f"{path}: there is no such file")
    found = _parsed(text or b"", file)
    try:
        signature = keys.sign(text or b"", private or b"")
    except SignatureError as error:
        raise SignatureError(f"{key}: {error}") from error
    try:
        _write(_signature_of(file), signature)
    except OSError as error:
        raise SignatureError(f"{_signature_of(file)}: cannot be written: {error.strerror}") from error
    return found, _signature_of(file)


def _signature_of(file: Path) -> Path:
    return file.with_name(file.name + _SIGNATURE)


def _parsed(text: bytes, file: Path) -> Limits:
    try:
        return limits.parse(text.decode("utf-8-sig"), str(file))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not a text file in UTF-8: {error}") from error


def _read(path: Path) -> bytes | None:
    """Return a small file's content; None when there is no such file."""
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SignatureError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > _LONGEST:
        raise SignatureError(f"{path}: is longer than {_LONGEST} bytes, which nothing of head office's is")
    return content


def _write(path: Path, content: bytes) -> None:
    """Write a file that is wholly there or wholly not, whenever the power is cut."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), 0o644)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
    DISK.sync_folder(path.parent)
