"""What goes wrong while an image is built: one sentence for a person, and every fault by itself."""

from __future__ import annotations

from edge.errors import EdgeError


class ImageError(EdgeError):
    """An image cannot be built; nothing half-made is left under a finished name.

    Attributes:
        faults: Each fault by itself.
    """

    exit_code = 2

    def __init__(self, message: str, faults: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults or (message,)
