"""What `edge people migrate --json` prints."""

from __future__ import annotations

from msgspec import Struct


class OnTheWay(Struct, frozen=True):
    """Somebody who was here lately and has no template of the new model yet.

    Attributes:
        id: Who.
        days: On how many days they walked by so that it counts.
    """

    id: str
    days: int


class FromPictures(Struct, frozen=True):
    """What came of somebody's kept pictures.

    Attributes:
        id: Whose they are.
        templates: How many templates were made of them.
        why: Why none was; empty where some were.
    """

    id: str
    templates: int
    why: str


class MigrationReport(Struct, frozen=True):
    """`edge people migrate`.

    Attributes:
        old: The embedding space that people were enrolled in.
        new: The one that they are on the way to.
        committed: Whether the new model decides and was confirmed.
        active: How many people were here lately.
        migrated: How many of them have a template of the new model.
        share: The share that this is; 1 when nobody is active.
        required: The share that a cut-over waits for.
        days: On how many days somebody must walk by before a template is made of that.
        waiting: Who of them has none yet.
        absent: Who has none and was not here lately: they show something else than their face once.
        pictures: What came of the pictures that are kept.
        forgotten: How many templates of the old model were deleted.
    """

    old: str
    new: str
    committed: bool
    active: int
    migrated: int
    share: float
    required: float
    days: int
    waiting: list[OnTheWay]
    absent: list[str]
    pictures: list[FromPictures]
    forgotten: int
