"""A terminal with people in a folder, and orders to reset it: for the tests of the reset."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from edge.app.first_boot import apply
from edge.app.in_force import in_force
from edge.provision import card
from edge.provision.reset_file import ResetOrder, made
from tests.provisioning import NOW, device, document, signed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.app.first_boot import Device
    from edge.values import Occasion

SECRET = "nobody's business"  # noqa: S105 - what stands in each file that must go
GONE = (
    "etc/door-terminal/keys/wrapping.key",
    "etc/door-terminal/keys/letters.key",
    "etc/door-terminal/keys/senders/munich.pub",
    "etc/door-terminal/issuers/bank.pub",
    "etc/door-terminal/ota/root.json",
    "var/lib/door-terminal/people.sqlite3",
    "var/lib/door-terminal/people.keys",
    "var/lib/door-terminal/people.spent",
    "var/lib/door-terminal/backups/people-1.sqlite3",
    "var/lib/door-terminal/models/active.json",
    "var/lib/door-terminal/models/sets/7/model.tflite",
    "var/lib/door-terminal/acceptance/acceptance.md",
    "var/lib/door-terminal/what a later version adds",
    "var/lib/door-lock/terminal.good.toml",
)
STAYS = (
    "var/lib/door-lock/journal.jsonl",
    "var/lib/door-lock/journal.signatures",
    "var/lib/door-lock/door-memory.json",
    "var/lib/door-terminal/people.revoked",
    "var/lib/door-terminal/limits.seen",
    "var/lib/door-terminal/letters.seen",
    "etc/NetworkManager/system-connections/the owner's own.nmconnection",
)


def terminal(
    folder: Path,
    key: bytes,
    restart: Callable[[tuple[str, ...]], None] = lambda _: None,
    on_record: Callable[[Occasion, str, str], None] = lambda *_: None,
) -> Device:
    """Return a terminal that is provisioned, knows people, and has a journal."""
    here = device(folder, restart=restart, on_record=on_record)
    (here.boot / card.NAME).write_bytes(signed(document(), key))
    apply(here)
    assert in_force(here.root)
    for name in (*GONE, *STAYS):
        path = here.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SECRET if name in GONE else "it stays")
    return here


def order(key: bytes, **changes: object) -> bytes:
    """Return an order to reset it, as head office signs it."""
    told = {
        "terminal": "berlin-1",
        "why": "the branch moves",
        "issued": NOW - timedelta(minutes=1),
        "expires": NOW + timedelta(days=3),
        **changes,
    }
    return made(ResetOrder(**told), key).encode()  # type: ignore[arg-type]


def leftovers(root: Path, secret: str = SECRET) -> list[str]:
    """Return the files below a folder that still hold a secret."""
    files = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(str(path.relative_to(root)) for path in files if secret.encode() in path.read_bytes())
