"""How far provisioning is: one word for the other processes, and the board's own lamp for whoever stands before it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from edge.disk import DISK, replace

if TYPE_CHECKING:
    from pathlib import Path

WAITING, SEALED, WORKING, FAILED, DONE = "waiting", "sealed", "working", "failed", "done"
WRONG = "wrong"
"""As sealed, and the code that was typed last was not this file's."""
LOCKED = "The door stays locked; its exit button works, where its wiring names one."
_STATE = "run/door-terminal-provision/state"
_LED = "sys/class/leds/ACT"
_BLINK_MS = {WAITING: (100, 1900), SEALED: (900, 100), WRONG: (200, 200), WORKING: (500, 500), FAILED: (100, 100)}
"""How long the board's lamp is on and off."""


def state(root: Path) -> str:
    """Return the word that is shown; empty before the first."""
    try:
        return (root / _STATE).read_text().strip()
    except OSError:
        return ""


def show(root: Path, word: str) -> None:
    """Show a state, to the other processes and by the board's own lamp; that none can be shown stops nothing."""
    path = root / _STATE
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(DISK, path, f"{word}\n".encode())
        path.chmod(0o644)
    led = root / _LED
    if not led.is_dir():
        return
    with suppress(OSError):
        if word == DONE:
            (led / "trigger").write_text("heartbeat")
            return
        on, off = _BLINK_MS[word]
        (led / "trigger").write_text("timer")
        (led / "delay_on").write_text(str(on))
        (led / "delay_off").write_text(str(off))
