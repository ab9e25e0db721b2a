"""What a person hands to a build, looked at before it goes into a thing that hangs on walls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge import config
from edge.app.provisioning_files import public_key
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
        try:
            public_key(head_office)
        except SignatureError as error:
            faults.append(f"--head-office {error}")
    if wiring:
        try:
            config.load(wiring)
        except ConfigError as error:
            faults.append(f"--wiring {error}")
    if faults:
        raise ImageError("; ".join(faults), tuple(faults))
