"""What a person hands to a build, looked at before it goes into a thing that hangs on walls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge import config, keys
from edge.errors import ConfigError, SignatureError
from image.build.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path


def check(head_office: Path | None, wiring: Path | None) -> None:
    """See that head office's key is a public one, and that a door could begin with the wiring.

    Raises:
        ImageError: Which file is wrong, and how.
    """
    faults = []
    if head_office:
        content = head_office.read_bytes()
        try:
            keys.load_public(content)
        except SignatureError as error:
            private = b"PRIVATE KEY" in content
            why = "a private key, which never leaves head office; its other half is head-office.pub"
            faults.append(f"--head-office {head_office}: {why if private else error}")
    if wiring:
        try:
            config.load(wiring)
        except ConfigError as error:
            faults.append(f"--wiring {error}")
    if faults:
        raise ImageError("; ".join(faults), tuple(faults))
