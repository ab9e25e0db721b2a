"""Which pictures a measurement looks at: a folder of people, each a folder of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.errors import PictureError
from edge.vision.picture import SUFFIXES, walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of somebody known.

    Attributes:
        file: Where it is.
        person: Who it shows: the name of the folder it lies in.
    """

    file: Path
    person: str


def of_people(folder: Path) -> tuple[Picture, ...]:
    """Return the pictures PERSON/*.jpg of a folder, ordered by person and name; a person's folder may be a link.

    Raises:
        PictureError: The folder cannot be read, a picture lies in no person's folder or in a folder inside one, or
            fewer than two people have any.
    """
    pictures: list[Picture] = []
    for entry in _entries(folder):
        if entry.is_dir():
            pictures += (Picture(file, entry.name) for file in _of_one(entry))
        elif entry.suffix.lower() in SUFFIXES:
            raise PictureError(
                f"{entry}: lies in no person's folder; {folder} is to hold a folder for each person with their pictures"
            )
    if len({one.person for one in pictures}) < 2:
        raise PictureError(f"{folder}: needs pictures of at least two people, each in a folder of their own")
    return tuple(pictures)


def _of_one(person: Path) -> Iterator[Path]:
    """Yield a person's pictures; a link that leads nowhere is one, and fails as one that cannot be read."""
    for entry in _entries(person):
        if not entry.is_dir():
            if entry.suffix.lower() in SUFFIXES:
                yield entry
        elif (deeper := next(walk([entry]), None)) is not None:
            raise PictureError(
                f"{deeper}: lies in a folder inside {person}, which is taken for a person's; put all pictures of a "
                f"person into one folder"
            )


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise PictureError(f"{folder}: cannot be read as a folder of pictures: {error.strerror}") from error
