"""Lists as spreadsheets save them: CSV with commas or with semicolons, a header, and one row a line."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.app.provisioning_files import text_of
from edge.errors import ProvisionError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says.

    Attributes:
        header: The columns' names.
        rows: Those that are not blank and fit the header, each with its line; by column.
        faults: Of the others, each beginning with the file and its line.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    faults: tuple[str, ...]


def listed(path: Path) -> Listed:
    """Read a list, whose rows are known by the column id.

    Raises:
        ProvisionError: It cannot be read, is no CSV, or has no column id, or one twice.
    """
    text = text_of(path, "it should be CSV, with a header of columns' names, and one row a terminal")
    separator = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    try:
        header = tuple(name.strip() for name in next(reader))
        rows = [(reader.line_num, [value.strip() for value in row]) for row in reader]
    except csv.Error as error:
        raise ProvisionError(f"{path}:{reader.line_num}: is no CSV: {error}") from error
    if len(set(header)) != len(header) or "id" not in header:
        raise ProvisionError(
            f"{path}:1: each column must have a name of its own, and one of them id; found {', '.join(header)}"
        )
    filled = [(line, row) for line, row in rows if any(row)]
    uneven = [(line, row) for line, row in filled if len(row) != len(header)]
    return Listed(
        header,
        tuple((line, dict(zip(header, row, strict=True))) for line, row in filled if len(row) == len(header)),
        tuple(f"{path}:{line}: has {len(row)} columns, and the header {len(header)}" for line, row in uneven),
    )
