"""Which pictures a measurement looks at: a folder of people, each a folder of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.errors import PictureError
from edge.vision.picture import walk

if TYPE_CHECKING:
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
    """Return the pictures PERSON/*.jpg below a folder, ordered by person and name.

    Raises:
        PictureError: There is no such folder, a picture lies in no person's folder, or fewer than two people have any.
    """
    pictures = tuple(Picture(file, file.parent.name) for file in walk([folder]))
    loose = [one.file for one in pictures if one.file.parent in (folder, folder.parent)]
    if loose:
        raise PictureError(
            f"{loose[0]}: lies in no person's folder; {folder} is to hold a folder for each person with their pictures"
        )
    if len({one.person for one in pictures}) < 2:
        raise PictureError(f"{folder}: needs pictures of at least two people, each in a folder of their own")
    return pictures
