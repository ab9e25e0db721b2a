"""This terminal's own key: what it signs with, made on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge import keys
from edge.app.durable import replace_file
from edge.errors import SignatureError

if TYPE_CHECKING:
    from edge.app.places import Places


def device_key(here: Places) -> bytes:
    """Return the private half, PEM; its public half lies beside it in `device.pub`.

    Raises:
        SignatureError: It cannot be read or made.
    """
    try:
        if not here.device_key.exists():
            private, public = keys.new_pair()
            replace_file(here.device_key.with_suffix(".pub"), public)
            replace_file(here.device_key, private)
        return here.device_key.read_bytes()
    except OSError as error:
        raise SignatureError(
            f"the key of this terminal, {here.device_key}, cannot be read or made: {error.strerror}; check who owns it"
        ) from error
