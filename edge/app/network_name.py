"""What a terminal makes itself once it knows who it is: its device key, its TLS key, and its certificate."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from typing import TYPE_CHECKING

from edge.app.identity import device_key
from edge.app.keyholding import give
from edge.app.places import places
from edge.disk import Disk, make_folder, replace
from edge.errors import ProvisionError, SignatureError
from edge.keys import certificates
from edge.provision import intents, plan
from edge.provision.claim import claim

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

TLS = f"{plan.HOME}/tls"
_OPEN, _SECRET = Disk(mode=0o644), Disk()


def prepare(root: Path, now: datetime) -> bool:
    """Make what is missing, and ask head office for a certificate while it owes one.

    Args:
        root: Of the device's file system.
        now: From when on the terminal's own certificate is valid.

    Returns:
        Whether head office has just given a certificate.

    Raises:
        ProvisionError: A file cannot be made, or head office gave none yet.
        SignatureError: A key that is here is none.
    """
    folder, here = root / TLS, places(device_folder=root / plan.HOME)
    try:
        identity = tomllib.loads((root / plan.IDENTITY).read_text())
        give(here.device_key.parent)
        device_key(here)
        _make(folder, identity, now)
        return _claimed(root, (folder / "device.key").read_bytes())
    except OSError as error:
        raise ProvisionError(f"{error.filename or folder}: cannot be read or made: {error.strerror}") from error


def _make(folder: Path, identity: dict[str, str], now: datetime) -> None:
    key, own = folder / "device.key", (identity["id"], identity["hostname"])
    if not key.exists():
        make_folder(key)
        replace(_SECRET, key, certificates.new_tls_key())
    private = key.read_bytes()
    if not (folder / "device.csr").exists():
        replace(_OPEN, folder / "device.csr", certificates.certificate_request(private, *own))
    if not (folder / "device.crt").exists():
        replace(_OPEN, folder / "device.crt", certificates.self_signed(private, *own, now))


def _claimed(root: Path, private: bytes) -> bool:
    token = root / plan.TOKEN
    if not token.exists():
        with suppress(OSError):
            intents.overwrite_and_remove(token)  # a power cut may have come between
        return False
    asked = tomllib.loads((root / plan.CLAIM).read_text())
    ca = (root / plan.CA).read_text() if (root / plan.CA).exists() else ""
    answer = claim(asked["url"], ca, token.read_text(), (root / TLS / "device.csr").read_bytes())
    try:
        given = certificates.issued(answer, private)
    except SignatureError as error:
        raise ProvisionError(f"{asked['url']}: {error}; ask head office") from error
    replace(_OPEN, root / TLS / "device.crt", given)
    intents.overwrite_and_remove(token)  # it works once
    return True
