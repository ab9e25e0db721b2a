"""Many provisioning files from a list of sites: all or, where a row has a fault, none; a second run adds to it."""

from __future__ import annotations

import csv
import io
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import segno

from edge import keys
from edge.app.provisioning_files import content, document_of, private_key, write
from edge.config.file import read
from edge.errors import ConfigError, ProvisionError
from edge.provision import seal
from edge.provision.claim_code import PREFIX, grouped, new_code
from edge.provision.commented import commented
from edge.provision.making import COLUMNS, Chance, lasting, made, same_terminal
from edge.provision.secret_keys import LONGEST_OPEN
from edge.provision.signature import normalised, sign

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.provision import Document

CLAIMS = "claims.csv"
SHEET = "claims.html"
_FIELDS = ("id", "site", "door", "claim_code", "admin_token", "certificate_token")
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
    """

    sites: Path
    template: Path | None
    out: Path
    key: Path
    days: int
    sealed: bool


@dataclass(frozen=True, slots=True)
class _New:
    path: Path
    document: Document
    chance: Chance


def template_of(path: Path | None, private: bytes) -> dict[str, Any]:
    """Return the tables of a template, with the key that is going to sign.

    Raises:
        ProvisionError: It cannot be read, or is not TOML.
    """
    try:
        tables = read(normalised(content(path), str(path)), str(path)) if path else {}
    except ConfigError as error:
        raise ProvisionError(str(error), error.faults) from error
    office = tables.setdefault("head_office", {})
    if isinstance(office, dict):
        office.setdefault("public_key", keys.public_of(private).decode())
    for table in ("terminal", "network", "admin", "head_office"):
        if not isinstance(tables.get(table, {}), dict):
            raise ProvisionError(f"{path}: {table}: must be a table")
    return tables


def chance() -> Chance:
    """Draw a terminal's tokens."""
    return Chance(admin=secrets.token_urlsafe(_TOKEN_BYTES), token=secrets.token_urlsafe(_TOKEN_BYTES))


def make(order: Order, progress: Callable[[int, int], None]) -> tuple[int, int]:
    """Make the files that are not there yet; returns how many were made, and how many were there.

    Args:
        order: What is to be made.
        progress: Told how many files of how many are written.

    Raises:
        ProvisionError: Rows have faults, all of which are named, or a file cannot be written.
        SignatureError: The key is none.
    """
    private = private_key(order.key)
    rows = _rows(order.sites)
    new = _planned(order, rows, template_of(order.template, private))
    claims = {row["id"]: row for row in _claims(order.out / CLAIMS)}
    texts: list[tuple[Path, str]] = []
    for one in new:
        code = new_code() if order.sealed else ""
        document = seal(lasting(one.document, order.days), code) if code else one.document
        claims[document.terminal.id] = _claim(one, code)
        texts.append((one.path, sign(commented(document), private)))
        progress(len(texts), len(new))
    if new:
        _write_claims(order.out, list(claims.values()))  # before the files: no file is without its code
    for path, text in texts:
        write(path, text)
    return len(new), len(rows) - len(new)


def _open_days(order: Order) -> int:
    """Return for how long a file may be used before its secrets are sealed."""
    return min(order.days, LONGEST_OPEN.days) if order.sealed else order.days


def _planned(order: Order, rows: list[tuple[int, dict[str, str]]], template: dict[str, Any]) -> list[_New]:
    """Return what is to be written, once no row has a fault."""
    faults: list[str] = []
    lines: dict[str, int] = {}
    new: list[_New] = []
    issued = datetime.now(UTC).replace(microsecond=0)
    for line, row in rows:
        drawn = chance()
        values = {COLUMNS[column]: value for column, value in row.items()}
        document, found = made(template, values, issued, _open_days(order), drawn)
        before = lines.setdefault(row.get("id", "").lower(), line)
        if before != line:
            found = (*found, f"terminal.id: is that of line {before}, too")
        path = order.out / f"{row.get('id')}.toml"
        if not found and path.exists():
            if not same_terminal(document_of(path), document):
                found = (f"terminal.id: {path} was made before, and says otherwise; remove it to have it made anew",)
        elif not found:
            new.append(_New(path, document, drawn))
        faults += [f"{order.sites}:{line}: {fault}" for fault in found]
    if faults:
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise ProvisionError(f"{order.sites}: {len(faults)} fault(s), nothing was written:\n{listed}", tuple(faults))
    return new


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a list, each with its line; those that are blank are left out."""
    text = normalised(content(path), str(path))
    separator = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    try:
        header = [name.strip() for name in next(reader)]
        rows = [(reader.line_num, [value.strip() for value in row]) for row in reader]
    except csv.Error as error:
        raise ProvisionError(f"{path}:{reader.line_num}: is no CSV: {error}") from error
    strange = [name for name in header if name not in COLUMNS]
    if strange or len(set(header)) != len(header) or "id" not in header:
        raise ProvisionError(
            f"{path}:1: the columns must be of {', '.join(COLUMNS)}, each once, and id among them; "
            f"found {', '.join(header)}"
        )
    uneven = [
        f"{path}:{line}: has {len(row)} columns, and the header {len(header)}"
        for line, row in rows
        if any(row) and len(row) != len(header)
    ]
    if uneven:
        raise ProvisionError("\n".join(uneven), tuple(uneven))
    return [(line, dict(zip(header, row, strict=True))) for line, row in rows if any(row)]


def _claim(new: _New, code: str) -> dict[str, str]:
    terminal, office, admin = new.document.terminal, new.document.head_office, new.document.admin
    return {
        "id": terminal.id,
        "site": terminal.site,
        "door": terminal.door,
        "claim_code": grouped(code),
        "admin_token": new.chance.admin if admin and admin.token_hash else "",
        "certificate_token": office.token if office else "",
    }


def _claims(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    return list(csv.DictReader(io.StringIO(normalised(content(path), str(path)))))


def _write_claims(folder: Path, claims: list[dict[str, str]]) -> None:
    text = io.StringIO()
    table = csv.DictWriter(text, _FIELDS, lineterminator="\n")
    table.writeheader()
    table.writerows(claims)
    write(folder / CLAIMS, text.getvalue())
    if coded := [one for one in claims if one["claim_code"]]:
        write(
            folder / SHEET,
            "".join(["<!doctype html><meta charset=utf-8><title>Claim codes</title>\n", *map(_card, coded)]),
        )


def _card(claim: dict[str, str]) -> str:
    code = segno.make(PREFIX + claim["claim_code"].replace(" ", ""), error="m", micro=False)
    words = "<br>".join(_escaped(claim[key]) for key in ("id", "site", "door", "claim_code"))
    return f'<section style="break-inside:avoid;margin:2em">{code.svg_inline(scale=4)}<p>{words}</p></section>\n'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
