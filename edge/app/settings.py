"""Finds the configuration file of this machine."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from edge.config import Config, load

DEVICE_FILE = Path("/etc/door-terminal/terminal.toml")
"""Where a device keeps its configuration; a machine that has its folder is a device."""


def config_file() -> Path | None:
    """Return the configuration file of this machine: a device's, or the user's (XDG); None when there is none."""
    user = Path(platformdirs.user_config_dir("door-terminal")) / DEVICE_FILE.name
    path = DEVICE_FILE if DEVICE_FILE.parent.exists() else user
    return path if path.exists() else None


def load_config(path: Path | None) -> Config:
    """Read the named configuration file, else this machine's, else take the defaults.

    Raises:
        ConfigError: The file cannot be read or has faults.
    """
    path = path or config_file()
    return load(path) if path else Config()
