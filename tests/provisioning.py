"""A device in a folder, and provisioning files for it: for the tests of the first boot."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from edge import keys
from edge.app.first_boot import Device
from edge.provision import Admin, Document, HeadOffice, Network, Terminal, dump
from edge.provision.signature import sign

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.values import Occasion

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PASSPHRASE, TOKEN = "correct horse battery", "one-time-token-4711"


def document(**changes: object) -> Document:
    """Return what a file says; `changes` are of its [terminal]."""
    terminal = Terminal(
        site="Berlin",
        door="Main entrance",
        id="berlin-1",
        hostname="berlin-1",
        time_zone="Europe/Berlin",
        issued=NOW - timedelta(hours=1),
        expires=NOW + timedelta(days=5),
    )
    return Document(
        terminal=dataclasses.replace(terminal, **changes),  # type: ignore[arg-type]
        network=Network(ssid="door; net", passphrase=PASSPHRASE, country="DE", ntp=("ntp.example",)),
        admin=Admin(token_hash=hashlib.sha256(b"once").hexdigest()),
    )


def signed(told: Document, private: bytes) -> bytes:
    """Return the file as head office signs it; it names the key."""
    office = told.head_office or HeadOffice()
    named = dataclasses.replace(office, public_key=keys.public_of(private).decode())
    return sign(dump(dataclasses.replace(told, head_office=named)), private).encode()


def device(
    folder: Path,
    now: datetime = NOW,
    restart: Callable[[tuple[str, ...]], None] = lambda _: None,
    journal: Callable[[str], None] = lambda _: None,
    on_record: Callable[[Occasion, str, str], None] = lambda *_: None,
) -> Device:
    """Return a device without a configuration: its root and its boot partition are folders."""
    root, boot = folder / "root", folder / "boot"
    for one in (root / "etc/door-terminal", root / "usr/share/zoneinfo/Europe", root / "sys/class/leds/ACT", boot):
        one.mkdir(parents=True, exist_ok=True)
    (root / "usr/share/zoneinfo/Europe/Berlin").write_bytes(b"TZif")
    return Device(root=root, boot=boot, now=lambda: now, restart=restart, journal=journal, on_record=on_record)


def tree(root: Path) -> dict[str, str]:
    """Return what the files of a folder hold; of what a terminal draws by lot only that it is there."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_file() and not name.startswith("run/"):
            random = "/keys/" in name or "/tls/" in name or name.endswith("last-reset.json")
            found[name] = "made" if random else hashlib.sha256(path.read_bytes()).hexdigest()
    return found
