"""Reads a systemd unit file, whose keys may be repeated, and the times in it."""

from __future__ import annotations

import re
from pathlib import Path

IMAGE = Path(__file__).parents[2] / "image"
SYSTEMD = IMAGE / "systemd"
_SECONDS = {"": 1.0, "s": 1.0, "ms": 1e-3, "min": 60.0}


class UnitFile:
    """A unit file's values, in order, by section and key."""

    def __init__(self, path: Path) -> None:
        self._values: dict[tuple[str, str], list[str]] = {}
        section = ""
        for line in path.read_text().splitlines():
            if line.startswith("["):
                section = line.strip("[]")
            elif line and not line.startswith(("#", ";")):
                key, equals, value = line.partition("=")
                assert equals, f"{path}: {line!r} is no assignment"
                assert not value.endswith("\\"), f"{path}: this reader knows no continued lines"
                self._values.setdefault((section, key), []).append(value)

    def all(self, section: str, key: str) -> list[str]:
        """Return every value given to a key."""
        return self._values.get((section, key), [])

    def words(self, section: str, key: str) -> list[str]:
        """Return the words of every value given to a key."""
        return " ".join(self.all(section, key)).split()

    def one(self, section: str, key: str) -> str:
        """Return the value of a key that is given once."""
        (value,) = self.all(section, key)
        return value

    def seconds(self, section: str, key: str) -> float:
        """Return a time."""
        match = re.fullmatch(r"([\d.]+)(ms|s|min|)", self.one(section, key))
        assert match, f"{key}: no time"
        return float(match[1]) * _SECONDS[match[2]]

    def keys(self, section: str) -> set[str]:
        """Return the keys that a section gives."""
        return {key for where, key in self._values if where == section}


def unit(name: str) -> UnitFile:
    """Read one of the image's units."""
    return UnitFile(SYSTEMD / name)
