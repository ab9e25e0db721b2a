"""Who may sign models now: the newest root that the provisioned one leads to, and never an older one again.

Keys are taken from somebody by a new root. What was signed with them before looks as it always did; whoever has them
and the half of the terminal that is on the network would leave the new root out. So the half that takes keeps each root
that it was shown, in a folder of its own, and proves them anew from the provisioned one each time.
"""

from __future__ import annotations

import hashlib
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from edge.app import fetching
from edge.disk import make_folder, replace
from edge.ota import trusted
from edge.ota.chain import followed
from edge.ota.held import rotation
from edge.ota.shared import SharedDisk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edge.app.places import Places

FOLDER = "roots"
_TOLD = "journaled"
_DIGITS = 12
_LIMIT = 64 * 1024
_log = logging.getLogger(__name__)


def newest(here: Places) -> bytes:
    """Return the newest root metadata that the provisioned ones lead to, and keep what leads there.

    Raises:
        OtaError: None were provisioned, or they are none.
    """
    root, way, kept = _known(here)
    try:
        for name, raw in way.items():
            if not (kept / name).is_file() or _start(kept / name) != raw:
                make_folder(kept / name)
                replace(SharedDisk(), kept / name, raw)
    except OSError as error:
        _log.warning("%s: a root that was shown is not kept: %s", kept, error.strerror or error)
    return root


def journal_newer(here: Places, note: Callable[[str], str]) -> str:
    """Have each newer root written down since the last one that was: once, or twice after a power cut.

    Args:
        here: Where the roots are.
        note: Writes words into the journal; returns why it could not, or nothing.

    Returns:
        Why one was not written down, or that it was not; it is tried again. Empty when all is well.

    Raises:
        OtaError: None were provisioned, or they are none.
    """
    before = fetching.root_of_trust(here)
    newest(here)  # kept first: whoever holds the journal up takes no key from nobody
    _, way, kept = _known(here)
    told = _told(kept / _TOLD)
    for number, (name, raw) in enumerate(way.items()):
        if number >= told:
            if why := note(rotation(before, raw)):
                return why
            try:
                make_folder(kept / name)
                replace(SharedDisk(), kept / _TOLD, f"{number + 1}\n".encode())
            except OSError as error:
                return f"{kept / _TOLD}: cannot be written: {error.strerror}; {name} is journaled again"
        before = raw
    return ""


def _told(path: Path) -> int:
    """Return how many newer roots are in the journal."""
    with suppress(OSError, ValueError):
        return int(_start(path))
    return 0


def held(here: Places) -> bytes:
    """Return the newest root metadata that the provisioned ones lead to; nothing is written.

    Raises:
        OtaError: None were provisioned, or they are none.
    """
    return _known(here)[0]


def _known(here: Places) -> tuple[bytes, dict[str, bytes], Path]:
    """Return the newest root, those on the way by their names, and the folder that those are kept in."""
    provisioned = fetching.root_of_trust(here)
    # Another repository that is provisioned in this one's place begins afresh.
    kept = here.models / FOLDER / hashlib.sha256(provisioned).hexdigest()[:_DIGITS]

    def read(name: str) -> Iterator[bytes]:
        for folder in (kept, here.models / fetching.FOLDER / "metadata" / trusted.ROOTS):
            with suppress(OSError):  # what cannot be read leads nowhere
                if (folder / name).is_file():
                    yield _start(folder / name)

    return *followed(provisioned, read), kept


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LIMIT)
