"""The claim codes and tokens of a batch's terminals, which head office keeps: a list, and a sheet of QR codes."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import segno

from edge.app.provisioning_files import write
from edge.app.provisioning_lists import listed
from edge.errors import ProvisionError
from edge.provision.claim_code import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CLAIMS = "claims.csv"
SHEET = "claims.html"
_FIELDS = ("id", "site", "door", "claim_code", "admin_token", "certificate_token")


class Claims:
    """What `claims.csv` says by terminal; columns that somebody added are kept."""

    def __init__(self, folder: Path) -> None:
        """Read the list in a folder; one that is not there is empty.

        Raises:
            ProvisionError: It is there, and cannot be read as such a list: nothing of it may be lost.
        """
        self._folder = folder
        self._rows: dict[str, dict[str, str]] = {}
        self._fields: tuple[str, ...] = _FIELDS
        path = folder / CLAIMS
        if not path.exists():
            return
        found = listed(path)
        faults = list(found.faults)
        for line, row in found.rows:
            if self._rows.setdefault(row["id"], row) is not row:
                faults.append(f"{path}:{line}: the terminal {row['id']} stands in it twice; take one of them out")
        if faults:
            raise ProvisionError("\n".join(faults), tuple(faults))
        self._fields = (*_FIELDS, *(name for name in found.header if name not in _FIELDS))

    def code(self, terminal: str) -> str:
        """Return a terminal's claim code; empty where none is known."""
        return self._rows.get(terminal, {}).get("claim_code", "")

    def add(self, values: dict[str, str]) -> None:
        """Say what a terminal has now: a value for each of the list's own columns."""
        self._rows[values["id"]] = self._rows.get(values["id"], {}) | values

    def write(self) -> None:
        """Write the list, and the sheet where there are codes.

        Raises:
            ProvisionError: One cannot be written.
        """
        text = io.StringIO()
        table = csv.DictWriter(text, self._fields, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(self._rows.values())
        write(self._folder / CLAIMS, text.getvalue())
        if coded := [one for one in self._rows.values() if one.get("claim_code")]:
            write(self._folder / SHEET, "".join(_sheet(coded)))


def _sheet(claims: Iterable[dict[str, str]]) -> Iterable[str]:
    yield "<!doctype html><meta charset=utf-8><title>Claim codes</title>\n"
    for claim in claims:
        code = segno.make(PREFIX + claim["claim_code"].replace(" ", ""), error="m", micro=False)
        words = "<br>".join(_escaped(claim.get(key, "")) for key in ("id", "site", "door", "claim_code"))
        yield f'<section style="break-inside:avoid;margin:2em">{code.svg_inline(scale=4)}<p>{words}</p></section>\n'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
