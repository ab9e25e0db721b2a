"""The key that this terminal signs with, made when it is first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge import keys
from edge.app.durable import replace_file
from edge.errors import SignatureError

if TYPE_CHECKING:
    from edge.app.places import Places


def device_key(here: Places) -> bytes:
    """Return the terminal's private key, PEM; a new one is made where there is none, with `device.pub` beside it.

    Raises:
        SignatureError: It cannot be read or made.
    """
    path = here.device_key
    try:
        if path.exists():
            return path.read_bytes()
        private, public = keys.new_pair()
        replace_file(path.with_suffix(".pub"), public)
        path.with_suffix(".pub").chmod(0o644)
        replace_file(path, private)
    except OSError as error:
        raise SignatureError(f"{path}: the terminal's key cannot be kept: {error.strerror or error}") from error
    return private
