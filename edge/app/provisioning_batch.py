"""Many provisioning files from a list of sites: all or, where a row has a fault, none; a second run adds to it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_interface
from typing import TYPE_CHECKING, Any

from edge import keys
from edge.app.provisioning_claims import Claims
from edge.app.provisioning_files import private_key, signed_limits, write
from edge.app.provisioning_kept import Wanted, unlike
from edge.app.provisioning_lists import Listed, listed
from edge.app.provisioning_template import template_of
from edge.errors import ProvisionError
from edge.provision import seal
from edge.provision.claim_code import grouped, new_code
from edge.provision.commented import commented
from edge.provision.making import COLUMNS, Chance, drawn, lasting, made
from edge.provision.notes import notes
from edge.provision.secret_keys import LONGEST_OPEN, secrets_of
from edge.provision.signature import sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edge.provision import Document

_TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made.

    Attributes:
        sites: The list: CSV with a header, one row a terminal.
        template: What is the same for all of them.
        out: The folder of the files.
        key: Head office's private key.
        days: For how long the files may be used.
        sealed: Whether each file's secrets are sealed to a claim code.
        limits: Head office's limits, signed; None for those of the template, or none.
    """

    sites: Path
    template: Path | None
    out: Path
    key: Path
    days: int
    sealed: bool
    limits: Path | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it.

    Attributes:
        made: The ids of the terminals whose files are new,
        kept: and of those whose files were there, and are as they would be made now.
        notes: What is no fault, and worth to be known.
    """

    made: tuple[str, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    path: Path
    document: Document
    drawn: Chance
    sealed: bool


def chance() -> Chance:
    """Draw a terminal's tokens."""
    return Chance(admin=secrets.token_urlsafe(_TOKEN_BYTES), token=secrets.token_urlsafe(_TOKEN_BYTES))


def make(order: Order, progress: Callable[[int, int], None]) -> Made:
    """Make the files that are not there yet; those that are there must be as they would be made now.

    Args:
        order: What is to be made.
        progress: Told how many files of how many are made or compared.

    Raises:
        ProvisionError: Rows have faults, all of which are named, or a file cannot be written.
        SignatureError: The key is none.
    """
    private = private_key(order.key)
    rows = _sites(order.sites)
    template = template_of(order.template, private, several=True)
    if order.limits:
        template.tables["limits"] = signed_limits(order.limits, private)
    batch = _Batch(order, template.tables, private, list(rows.faults), list(template.notes(order.template)))
    for line, row in rows.rows:
        batch.look(line, row)
        progress(len(batch.kept), len(rows.rows))
    if batch.faults:
        lines = "\n".join(f"  {fault}" for fault in batch.faults)
        raise ProvisionError(
            f"{order.sites}: {len(batch.faults)} fault(s), nothing was written:\n{lines}", tuple(batch.faults)
        )
    batch.write(progress)
    batch.notes += notes(batch.new[0].document) if batch.new else ()
    return Made(tuple(one.document.terminal.id for one in batch.new), tuple(batch.kept), tuple(batch.notes))


def _sites(path: Path) -> Listed:
    """Return the rows of a list of sites."""
    rows = listed(path)
    if strange := [name for name in rows.header if name not in COLUMNS]:
        raise ProvisionError(
            f"{path}:1: {', '.join(strange)}: unknown column; known here: {', '.join(COLUMNS)}; what is the same for "
            f"all terminals stands in the template"
        )
    if not rows.rows and not rows.faults:
        raise ProvisionError(f"{path}: has a header and no row: write one a terminal")
    return rows


class _Batch:
    """What becomes of the rows: looked at one by one, then written all at once."""

    def __init__(
        self, order: Order, template: dict[str, Any], private: bytes, faults: list[str], notes: list[str]
    ) -> None:
        self.faults, self.notes = faults, notes
        self.new: list[_New] = []
        self.kept: list[str] = []
        self._order, self._template, self._private = order, template, private
        self._claims = Claims(order.out)
        self._now = datetime.now(UTC).replace(microsecond=0)
        self._seen: dict[tuple[str, ...], int] = {}

    def look(self, line: int, row: dict[str, str]) -> None:
        """Say of a row whether its file is to be made, is kept, or what is wrong."""
        tokens, order, where = chance(), self._order, f"{self._order.sites}:{line}"
        values = {COLUMNS[column]: value for column, value in row.items()}
        days = min(order.days, LONGEST_OPEN.days) if order.sealed else order.days
        document, found = made(self._template, values, self._now, days, tokens)
        twice = self._twice(("terminal.id", row["id"].lower()), line)
        if not found and not twice:
            twice = [fault for key in _own(document) for fault in self._twice(key, line)]
            self._elsewhere(document, line)
        found = (*found, *twice)
        path, sealed = order.out / f"{row['id']}.toml", order.sealed
        if not found and sealed and not secrets_of(document):
            sealed = False
            document = lasting(document, order.days)
            self.notes.append(f"{where}: {row['id']} has no secret, and is not sealed")
        one = _New(path=path, document=document, drawn=drawn(document, tokens), sealed=sealed) if not found else None
        if one and path.exists():
            found = self._keep(one, where)
        elif one:
            self.new.append(one)
        self.faults += [f"{where}: {fault}" for fault in found]

    def _twice(self, key: tuple[str, ...], line: int) -> list[str]:
        before = self._seen.setdefault(key, line)
        return [f"{key[0]}: is that of line {before}, too"] if before != line else []

    def _elsewhere(self, document: Document, line: int) -> None:
        """Note an address that another site has, too: their networks may be apart."""
        if document.network.address:
            address = str(ip_interface(document.network.address).ip)
            before = self._seen.setdefault(("address", address), line)
            if before != line:
                self.notes.append(
                    f"{self._order.sites}:{line}: network.address: is that of line {before}, at another site; that is "
                    f"right only where their networks are apart"
                )

    def _keep(self, one: _New, where: str) -> tuple[str, ...]:
        terminal = one.document.terminal.id
        wanted = Wanted(
            document=one.document,
            drawn=one.drawn,
            sealed=one.sealed,
            code=self._claims.code(terminal),
            public=keys.public_of(self._private),
            now=self._now,
        )
        fault, note = unlike(one.path, wanted)
        if fault:
            return (f"terminal.id: {one.path} was made before, and {fault}; remove it to have it made anew",)
        self.kept.append(terminal)
        self.notes += [f"{where}: {one.path}: {note}"] if note else []
        return ()

    def write(self, progress: Callable[[int, int], None]) -> None:
        """Write what is new; the claims before the files, so that no file is without its code."""
        texts: list[tuple[Path, str]] = []
        for one in self.new:
            code = new_code() if one.sealed else ""
            document = seal(lasting(one.document, self._order.days), code) if code else one.document
            self._claims.add(_claim(one, code))
            texts.append((one.path, sign(commented(document), self._private)))
            progress(len(self.kept) + len(texts), len(self.kept) + len(self.new))
        if texts:
            self._claims.write()
        for path, text in texts:
            write(path, text)


def _own(document: Document) -> Iterator[tuple[str, ...]]:
    """Yield what no other terminal may have: its key, and the values."""
    terminal, network = document.terminal, document.network
    yield "terminal.hostname", terminal.hostname.lower()
    if terminal.serial:
        yield "terminal.serial", terminal.serial.lower()
    if network.address:
        yield "network.address", str(ip_interface(network.address).ip), terminal.site


def _claim(new: _New, code: str) -> dict[str, str]:
    terminal, office = new.document.terminal, new.document.head_office
    return {
        "id": terminal.id,
        "site": terminal.site,
        "door": terminal.door,
        "claim_code": grouped(code),
        "admin_token": new.drawn.admin,
        "certificate_token": office.token if office else "",
    }
