"""The doctor's look at the door: its parts, claimed one by one, or what the process says that holds them."""

from __future__ import annotations

import contextlib
import pwd
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from edge.config.wiring import indicator_lines
from edge.errors import LinkError
from edge.link import asking
from edge.values import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.app.places import Places
    from edge.config import Config
    from hw.base import Board, InputSettings

    Look = Callable[[], "Check"]

State = Literal["ok", "warning", "fault"]

_WELL = frozenset({Status.LOCKED, Status.UNLOCKED, Status.OPEN, Status.FREE_ACCESS})


class Check(Struct, frozen=True):
    """One thing the doctor looked at (`edge doctor --json`, a list of these).

    Attributes:
        name: What was looked at.
        state: "ok", "warning" or "fault".
        found: What was found.
        mend: What to do about it; empty when nothing is wrong.
    """

    name: str
    state: State
    found: str
    mend: str = ""


def door_checks(config: Config, board: Board, here: Places) -> Iterator[tuple[str, Look]]:
    """Yield what is to be looked at, and how; what is not configured is left out, but for the way out and the door."""
    yield "lock", partial(_lock, config, board, here)
    yield "exit button", partial(_exit_button, config, board, here)
    inputs = {"fire": config.fire, "contact": config.contact, "tamper": config.tamper}
    for name, settings in inputs.items():
        if settings.line:
            yield f"input: {name}", partial(_input, f"input: {name}", settings.wiring(), board, here)
    if config.reset.line:
        yield "input: reset", partial(_input, "input: reset", config.reset, board, here)
    if any(line for _, line in indicator_lines(config)):
        yield "lamp and beeper", partial(_indicator, config, board, here)
    if config.osdp.device:
        yield "controller", partial(_controller, config, board, here)
    if here.socket.exists():
        yield "door", partial(_door, here)


def _lock(config: Config, board: Board, here: Places) -> Check:
    """Where there is a socket a door process should hold the line; otherwise it is claimed, locked, and released."""
    if here.socket.exists():
        return _held("lock", config.lock.line, here)
    board.open_lock(config.lock).close()
    if board.physical_lock:
        return Check("lock", "ok", f"{config.lock.line} can be claimed; the door process is not running")
    return Check("lock", "warning", f"{config.lock.line} is simulated: no door will move", "board pi, at a door")


def _held(name: str, line: str, here: Places) -> Check:
    """A socket alone proves nothing: it outlives a process that was killed."""
    try:
        asking.terms(here.socket, 1.0)
    except LinkError as error:
        return Check(name, "fault", str(error), "start `edge door`; while it hangs or is dead nobody gets in")
    return Check(name, "ok", f"{line}, held by the door process ({here.socket})")


def _exit_button(config: Config, board: Board, here: Places) -> Check:
    if not config.exit_button.line:
        state: State = "fault" if board.physical_lock else "warning"
        mend = "exit_button.line; and one that cuts the lock's current"
        return Check("exit button", state, "none is configured", mend)
    return _input("exit button", config.exit_button, board, here)


def _input(name: str, settings: InputSettings, board: Board, here: Places) -> Check:
    if here.socket.exists():
        return _held(name, settings.line, here)
    with contextlib.closing(board.open_input(settings)) as opened:
        if opened.fault:
            return Check(name, "fault", f"{settings.line}: {opened.fault}", "look at its wires")
        if opened.read():
            word = "pressed" if name == "exit button" else "active"
            mend = "stuck, or wired the wrong way" if name == "exit button" else "if it should not be, turn its contact"
            return Check(name, "fault" if name == "exit button" else "warning", f"{settings.line} is {word}", mend)
    word = "pressed" if name == "exit button" else "active"
    return Check(name, "ok", f"{settings.line}, not {word}")


def _indicator(config: Config, board: Board, here: Places) -> Check:
    named = ", ".join(f"{key.partition('.')[2]} {line}" for key, line in indicator_lines(config) if line)
    if here.socket.exists():
        return _held("lamp and beeper", named, here)
    board.open_indicator(config.indicator).close()
    return Check("lamp and beeper", "ok", named)


def _controller(config: Config, board: Board, here: Places) -> Check:
    if foreign := _key_of_another(Path(config.osdp.key_file), here):
        return foreign
    if here.socket.exists():
        return _held("controller", config.osdp.device, here)
    with contextlib.closing(board.open_controller(config.osdp)):
        return Check("controller", "ok", f"{config.osdp.device}, address {config.osdp.address}")


def _key_of_another(key: Path, here: Places) -> Check | None:
    """A device's door had the terminal's user once, and its controller's key may still be that user's."""
    folder = here.journal.parent
    try:
        door, owner = folder.stat().st_uid, key.stat().st_uid
    except FileNotFoundError:  # what does not open the controller says
        return None
    except OSError as error:
        return Check("controller", "fault", f"osdp.key_file {key}: {error.strerror}", "`edge doctor` as root")
    if here.data != folder and any(key.resolve().is_relative_to(one) for one in (here.data, here.wrapping_key.parent)):
        found = f"osdp.key_file {key} lies where the door process may not look"
        return Check("controller", "fault", found, f"move it to {folder}, and set osdp.key_file")
    if owner == door:
        return None
    found = f"osdp.key_file {key} belongs to {_user(owner)}; the door runs as {_user(door)}, and cannot read it"
    return Check("controller", "fault", found, f"chown {_user(door)} {key}")


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _door(here: Places) -> Check:
    """What the running door says of itself."""
    report = asking.report(here.socket, 1.0)
    alarms = "; ".join(report.alarms.values())
    found = f"{report.status}{f' ({report.lock_down})' if report.lock_down else ''}{f': {alarms}' if alarms else ''}"
    well = report.status in _WELL and not alarms
    return Check(
        "door", "ok" if well else "warning", found, "" if well else "`edge control status`, `edge control --help`"
    )
