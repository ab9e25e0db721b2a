"""Who keeps the wrapping key of a terminal that is being made: what this machine can, and what it needs for that."""

from __future__ import annotations

import dataclasses
import grp
import os
import pwd
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge import config
from edge.app.holders import holder
from edge.app.places import places
from edge.app.programs import run
from edge.disk import Disk, hand_over, make_folder, replace
from edge.errors import ConfigError, KeyLostError, ProvisionError
from edge.provision import keyholding, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edge.app.programs import Run
    from edge.config.keys import Holder
    from edge.provision import Opened

USER = "door-terminal"
_TPM_GROUP = "tss"
_CREDS = "systemd-creds"
_SECRET_BYTES = 32
_LEFT: dict[str, Holder] = {"wrapping.auth": "tpm", "wrapping.sealed": "credential", "wrapping.key": "file"}
"""The file of each holder, and whose it is."""


def no_tpm(file: Opened, root: Path) -> str:
    """Say why this machine's TPM cannot keep the key; empty when it can: places for it are made in the chip."""
    try:
        grp.getgrnam(_TPM_GROUP)
        keeper = holder(file.document.config, places(device_folder=root / plan.HOME), "tpm")
        if keeper.read() == ():
            keeper.write(())
    except KeyError:
        return f"there is no group {_TPM_GROUP}: install tpm-udev"
    except KeyLostError as error:
        return str(error)
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What the machine is asked for.

    Attributes:
        no_tpm: Says why its TPM cannot keep the key of a terminal that such a file makes; empty when it can.
        run: Runs a program with this input; returns what it wrote, or raises ProvisionError.
    """

    no_tpm: Callable[[Opened, Path], str]
    run: Run


def _nothing(words: Sequence[str], _: bytes) -> bytes:
    raise ProvisionError(f"{words[0]}: not for a file system that does not run")


ELSEWHERE = Keeping(no_tpm=lambda _, __: "this file system does not run", run=_nothing)
"""For a file system that is not this machine's own: what one machine seals opens on no other."""
MACHINE = Keeping(no_tpm=no_tpm, run=run)


def settled(file: Opened, root: Path, keeping: Keeping) -> tuple[Opened, str]:
    """Return a file whose configuration says who keeps the key, and a sentence for the log."""
    keys = file.document.config.keys
    named = keys.holder if file.names_holder else None
    using = _using(root)
    tpm, credential = "it was not looked for", "it was not looked for"
    if not (named or using):
        tpm = keeping.no_tpm(file, root)
        credential = _no_credential(keeping) if tpm else credential
    found, why = keyholding.chosen(named, using, keyholding.Possible(tpm=tpm, credential=credential), keys.holder)
    told = dataclasses.replace(file.document.config, keys=dataclasses.replace(keys, holder=found))
    return dataclasses.replace(file, document=dataclasses.replace(file.document, config=told)), why


def _using(root: Path) -> Holder | None:
    """Return who has a wrapping key: who is configured, if that one's file is there, for a move leaves the other's."""
    found = [kind for name, kind in _LEFT.items() if (root / plan.HOME / "keys" / name).exists()]
    with suppress(ConfigError):
        configured = config.load(root / plan.CONFIG).keys.holder
        if configured in found:
            return configured
    return found[0] if found else None


def _no_credential(keeping: Keeping) -> str:
    """Say why systemd can seal under no key that a TPM keeps; by the card's own key is no better than a file."""
    try:
        keeping.run((_CREDS, "has-tpm2"), b"")
    except ProvisionError:
        return "systemd finds no TPM to bind one to, and its own key lies on the same card (ADR 23)"
    return ""


def make_credential(root: Path, keeping: Keeping) -> None:
    """Make the secret that seals the wrapping key, where the configuration wants one and there is none; never anew.

    Raises:
        ProvisionError: It cannot be made, or written.
    """
    try:
        keys = config.load(root / plan.CONFIG).keys
    except ConfigError:
        return  # the terminal says so itself
    path = root / keyholding.STORE / keys.credential
    if keys.holder != "credential" or path.exists() or (root / plan.HOME / "keys/wrapping.sealed").exists():
        return  # a new one would open nothing that an old one sealed
    bound = "" if _no_credential(keeping) else "+tpm2"
    words = (_CREDS, "encrypt", f"--name={keys.credential}", f"--with-key=host{bound}", "-", "-")
    sealed = keeping.run(words, os.urandom(_SECRET_BYTES))
    try:
        make_folder(path)
        replace(Disk(), path, sealed)
    except OSError as error:
        raise ProvisionError(f"{path}: cannot be written: {error.strerror}; it is tried at the next start") from error


def give(folder: Path, user: str = USER) -> None:
    """Have the folder of keys, and what root made in it, belong to the terminal's user; where there is none, to nobody.

    Raises:
        OSError: It cannot be given away.
    """
    try:
        owner = pwd.getpwnam(user)
    except KeyError:
        return
    if os.geteuid() != 0:
        return
    make_folder(folder / "key")
    os.chown(folder, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
    for path in folder.iterdir():
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and found.st_uid == 0 and found.st_nlink == 1:  # no other's second name
                hand_over(descriptor, folder)
        finally:
            os.close(descriptor)
