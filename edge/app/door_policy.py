"""What the configuration demands of the door, as its rules take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.access.state import Policy
from edge.app.clocks import zone
from edge.config import Wiring

if TYPE_CHECKING:
    from edge.config import Config
    from hw.base import Board


def policy(config: Config, board: Board) -> Policy:
    """Return what the door demands.

    Raises:
        ConfigError: The time zone is not known; a configuration that was read from a file has a known one.
    """
    return Policy(
        door=config.door,
        rules=config.rules,
        zone=zone(config.rules.time_zone),
        physical_lock=board.physical_lock,
        exit_button=config.exit_button,
        contact=config.contact,
        fire=config.fire,
        tamper=config.tamper,
        provisioned=not isinstance(config, Wiring),
    )


def rewired(before: Config, after: Config) -> tuple[str, ...]:
    """Return the sections that say otherwise how the door's parts are wired: they need a restart of the process."""
    parts = ("board", "lock", "indicator", "keypad", "osdp", "journal")
    wired = tuple(part for part in parts if getattr(before, part) != getattr(after, part))
    inputs = [name for name in ("contact", "fire", "tamper") if _wiring(before, name) != _wiring(after, name)]
    exits = () if _exit(before) == _exit(after) else ("exit_button",)
    resets = () if before.reset == after.reset else ("reset",)
    return (*wired, *inputs, *exits, *resets)


def _wiring(config: Config, name: str) -> object:
    return getattr(config, name).wiring()


def _exit(config: Config) -> object:
    button = config.exit_button
    return button.line, button.active_low, button.pull, button.debounce_s, button.complement, button.bounce_s
