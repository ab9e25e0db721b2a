"""Where a door's configuration comes from in these stories: one file, of which no copy is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.config import Config, load

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Filed:
    """A configuration file."""

    path: Path

    def read(self) -> Config:
        return load(self.path)

    def keep(self, config: Config) -> None:
        """No copy is kept."""
