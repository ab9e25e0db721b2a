"""Which holder keeps the wrapping key, and how keys go from one to another without losing anybody."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from edge.config.keys import Holder
from edge.errors import ConfigError, KeyLostError
from edge.keys.holder import Moving
from edge.keys.key_file import KeyFile, SealedKeyFile
from edge.people.keyring import Keyring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.app.places import Places
    from edge.config import Config
    from edge.keys.holder import KeyHolder
    from edge.keys.tpm import TpmHolder

HOLDERS: tuple[Holder, ...] = get_args(Holder)
_FOLDER = "CREDENTIALS_DIRECTORY"
_LEAST_SECRET = 16
_MOST_SECRET = 1 << 16


def holder(
    config: Config, here: Places, name: Holder | None = None, environ: Mapping[str, str] = os.environ
) -> KeyHolder:
    """Return who keeps the wrapping key.

    Args:
        config: What is configured.
        here: Where its files are.
        name: Which one, not the configured one.
        environ: This process's environment, in which systemd names the folder of credentials.

    Raises:
        KeyLostError: It cannot be used in this process; the message says what it lacks.
    """
    settings = config.keys
    match name or settings.holder:
        case "file":
            return KeyFile(here.wrapping_key)
        case "credential":
            secret = _credential(settings.credential, environ)
            return SealedKeyFile(here.wrapping_key.with_suffix(".sealed"), secret)
        case "tpm":
            return chip(settings.tpm, settings.tpm_index, here.wrapping_key.with_suffix(".auth"))


def move(config: Config, here: Places, source: Holder) -> bool:
    """Have the configured holder take over from another one, under a new key; the other keeps nothing afterwards.

    It may be repeated when it was cut short, for at every moment one of the two has the key that is in use.

    Returns:
        Whether there was anything to move, or to overwrite where an earlier move was cut short.

    Raises:
        ConfigError: It is the configured holder itself.
        StoreError: A holder fails, or the file of keys cannot be written.
    """
    if source == config.keys.holder:
        raise ConfigError(f'keys.holder is "{source}" already: set it to where the key is to go, then move it')
    new, old = holder(config, here), holder(config, here, source)
    if not here.keyring.exists() or not (old.read() or old.untidy):
        return False
    with Keyring(here.keyring, Moving(new, old)) as keyring:
        if old.read():
            keyring.rotate()
        old.write(())
    return True


def left_behind(config: Config, here: Places) -> bool:
    """Whether the key file, or an older one beside it, is still there though another holder is configured.

    It is what a move leaves that was cut short.
    """
    if config.keys.holder == "file":
        return False
    file = KeyFile(here.wrapping_key)
    try:
        return file.untidy or bool(file.read())
    except KeyLostError:
        return False


def _credential(name: str, environ: Mapping[str, str]) -> bytes:
    folder = environ.get(_FOLDER)
    if not folder:
        raise KeyLostError(
            f'keys.holder is "credential", and systemd gave this process none: run it as a service with '
            f"LoadCredentialEncrypted={name}, or a command by `systemd-run --pipe --wait -p User=door-terminal "
            f"-p LoadCredentialEncrypted={name}:/etc/credstore.encrypted/{name} edge …`"
        )
    path = Path(folder) / name
    try:
        with path.open("rb") as file:
            secret = file.read(_MOST_SECRET)
    except OSError as error:
        raise KeyLostError(
            f"{path}: the credential cannot be read: {error.strerror}; has the unit LoadCredentialEncrypted={name}?"
        ) from error
    if len(secret) < _LEAST_SECRET:
        raise KeyLostError(
            f"{path}: a credential of {len(secret)} bytes; at least {_LEAST_SECRET} are needed: make one by `head "
            f"-c 32 /dev/urandom | systemd-creds encrypt --name={name} - /etc/credstore.encrypted/{name}`"
        )
    return secret


def chip(tcti: str, index: int, auth: Path) -> TpmHolder:
    """Return the TPM as a holder.

    Args:
        tcti: How it is reached.
        index: The first NV index.
        auth: The file of the authorisation.

    Raises:
        KeyLostError: Its library cannot be loaded.
    """
    try:
        from edge.keys.tpm import TpmHolder  # noqa: PLC0415 - a library that only such machines have
    except (ImportError, RuntimeError, TypeError) as error:  # TypeError: an older one than cryptography goes with
        raise KeyLostError(
            f'keys.holder is "tpm", and tpm2-pytss cannot be loaded ({error}): `pip install "door-terminal[tpm]"` '
            f"beside libtss2-dev; Debian 12's python3-tpm2-pytss is too old for the cryptography that is used here"
        ) from error
    return TpmHolder(tcti, index, auth)
