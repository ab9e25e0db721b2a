"""A device with a software TPM in a folder, and its first boot."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from edge import config, keys
from edge.app import keyholding
from edge.app.first_boot import Device, apply
from edge.config import Config, KeySettings
from edge.provision import plan
from edge.provision.signature import sign
from tests.provisioning import device, document, signed

if TYPE_CHECKING:
    from pathlib import Path

KEY = keys.new_pair()[0]


def first_boot(folder: Path, tcti: str) -> tuple[Device, Config]:
    """Provision a device by a file that names no holder; returns it, and its configuration."""
    here = dataclasses.replace(device(folder), keeping=keyholding.MACHINE)
    return here, provisioned(here, tcti)


def provisioned(here: Device, tcti: str, **changes: object) -> Config:
    """Put such a file, the same one but for `changes`, on the card and start; returns what comes of it."""
    told = dataclasses.replace(document(**changes), config=Config(keys=KeySettings(tpm=tcti)))
    (here.boot / "terminal.toml").write_text(sign(signed(told, KEY).decode().replace('holder = "file"\n', ""), KEY))
    apply(here)
    return config.load(here.root / plan.CONFIG)
