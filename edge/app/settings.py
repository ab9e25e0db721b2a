"""Finds the configuration file of this machine."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from edge.config import Config, load

DEVICE_FILE = Path("/etc/door-terminal/terminal.toml")
"""Where a device keeps its configuration."""


def config_file() -> Path | None:
    """Return the configuration file of this machine: the device's, else the user's (XDG); None when there is none."""
    candidates = (DEVICE_FILE, Path(platformdirs.user_config_dir("door-terminal")) / "terminal.toml")
    return next((path for path in candidates if path.exists()), None)


def load_config(path: Path | None) -> Config:
    """Read the named configuration file, else this machine's, else take the defaults.

    Raises:
        ConfigError: The file cannot be read or has faults.
    """
    path = path or config_file()
    return load(path) if path else Config()
