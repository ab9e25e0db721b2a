"""Reads where the faces of pictures are: a CSV table, or the text file that comes with WIDER FACE."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from edge.errors import PictureError
from edge.values import Box
from edge.vision.picture import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS = ("file", "left", "top", "width", "height")
_SHOWN_FAULTS = 5
_WIDER_INVALID = 7
"""The number, counted from 0, that marks a face of WIDER FACE as one not to be counted."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The faces of one picture.

    Attributes:
        file: The picture, below the folder of pictures.
        faces: Those that are to be found; a picture may have none.
        ignored: Those that may be found or not: neither is a miss or a false alarm.
    """

    file: str
    faces: tuple[Box, ...] = ()
    ignored: tuple[Box, ...] = ()


def read_boxes(file: Path) -> tuple[Truth, ...]:
    """Return the faces of every picture that a file names, in its order.

    A table has the columns file,left,top,width,height in pixels, a row a face; a row with nothing but a file is a
    picture without a face. The text file of WIDER FACE has a line with a picture's file, one with the number of its
    faces, and a line a face that begins with left, top, width and height; it is known by its second line, a number.

    Raises:
        PictureError: The file cannot be read, or lines of it are wrong; they are named with their numbers.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PictureError(f"{file}: cannot be read as text in UTF-8: {error}") from error
    faults: list[str] = []
    wider = len(lines) > 1 and "," not in lines[0] and lines[1].strip().isdigit()
    rows = _wider(lines, faults) if wider else _table(lines, faults)
    faces: dict[str, list[Box]] = {}
    ignored: dict[str, list[Box]] = {}
    for name, box, counts in rows:
        kept = (faces if counts else ignored).setdefault(name, [])
        faces.setdefault(name, [])
        kept += [box] if box else []
    if faults or not faces:
        more = f"; and {len(faults) - _SHOWN_FAULTS} more" if len(faults) > _SHOWN_FAULTS else ""
        raise PictureError(f"{file}: {'; '.join(faults[:_SHOWN_FAULTS]) or 'names no picture'}{more}")
    return tuple(Truth(name, tuple(boxes), tuple(ignored.get(name, ()))) for name, boxes in faces.items())


def _table(lines: list[str], faults: list[str]) -> Iterator[tuple[str, Box | None, bool]]:
    rows = csv.DictReader(lines, skipinitialspace=True)
    if not set(COLUMNS) <= set(rows.fieldnames or ()):
        faults.append(f"line 1: needs the columns {','.join(COLUMNS)}")
        return
    for row in rows:
        name, *numbers = ((row[column] or "").strip() for column in COLUMNS)
        box = _box(numbers) if any(numbers) else None
        if not name:
            faults.append(f"line {rows.line_num}: names no file")
        elif any(numbers) and box is None:
            faults.append(f"line {rows.line_num}: {','.join(numbers)} is no box: {_WANTED}")
        else:
            yield name, box, True


def _wider(lines: list[str], faults: list[str]) -> Iterator[tuple[str, Box | None, bool]]:
    place = 0
    while place < len(lines):
        name, count = lines[place].strip(), "".join(lines[place + 1 : place + 2]).strip()
        if not name:
            place += 1
            continue
        if PurePosixPath(name).suffix.lower() not in SUFFIXES or not count.isdigit():
            faults.append(f"line {place + 1}: wants a picture's file, and the number of its faces on the next line")
            return
        rows = lines[place + 2 : place + 2 + int(count)]
        yield name, None, True
        for number, row in enumerate(rows, start=place + 3):
            words = row.split()
            box = _box(words[:4], empty=True)
            if box is None:
                faults.append(f"line {number}: {row[:60]!r} is no box: {_WANTED}")
                return
            marked = len(words) > _WIDER_INVALID and words[_WIDER_INVALID] == "1"
            yield name, box, not marked and box.area > 0
        if len(rows) < int(count):
            faults.append(f"line {place + 2}: says {count} faces, and {len(rows)} lines follow")
        place += 2 + len(rows)
        # A picture without a face is followed by a line of zeros.
        if not rows and place < len(lines) and set(lines[place].split()) == {"0"}:
            place += 1


_WANTED = "left, top, width and height in pixels"


def _box(words: list[str], *, empty: bool = False) -> Box | None:
    """Return the box that four words stand for; None where they stand for none."""
    try:
        left, top, width, height = map(float, words)
    except ValueError:
        return None
    least = 0 if empty else 1e-6
    if not (all(map(math.isfinite, (left, top, width, height))) and min(width, height) >= least):
        return None
    return Box(left, top, left + width, top + height)
