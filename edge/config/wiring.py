"""What is wrong with how the door's parts are wired: lines used twice, faults without an answer, locks open at rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.door import DoorSettings, ResetSettings
    from edge.config.settings import Config
    from hw.base import KeypadSettings, LockSettings

_INPUTS = ("exit_button", "contact", "fire", "tamper", "reset")
_OTHER = {"no": "nc", "nc": "no"}
_OPERATOR_S = 2.0


def wiring(config: Config) -> Iterator[tuple[frozenset[str], str]]:
    """Yield each fault: the sections it lies between, and the fault, which begins with its key."""
    yield from _twice(config)
    yield from _unanswered(config)
    for section, faults in (
        ("lock", _lock(config.lock)),
        ("door", _door(config.door)),
        ("keypad", _keypad(config.keypad)),
        ("reset", _reset(config.reset)),
    ):
        yield from ((frozenset({section}), fault) for fault in faults)
    if config.osdp.device and not config.osdp.key_file:
        yield frozenset({"osdp"}), "osdp.key_file: is missing; the secure channel needs a place for its key"


def _lock(lock: LockSettings) -> Iterator[str]:
    if (lock.fail == "secure") != (lock.contact == "no"):
        other = f'wire it to the other one, and set "{_OTHER[lock.contact]}"'
        yield f"lock.contact: a fail-{lock.fail} lock on it is open whenever no process drives the relay; {other}"


def _door(door: DoorSettings) -> Iterator[str]:
    if door.prealarm_s >= door.held_alarm_s:
        yield "door.prealarm_s: must be less than door.held_alarm_s"
    if door.automatic and door.open_grace_s < _OPERATOR_S:
        yield f"door.open_grace_s: an automatic door needs at least {_OPERATOR_S:g} s to begin to open"


def _keypad(keypad: KeypadSettings) -> Iterator[str]:
    if keypad.device and keypad.rows:
        yield "keypad.device: is a USB keypad, and keypad.rows a matrix; there is one keypad"
    if bool(keypad.rows) != bool(keypad.columns):
        yield "keypad.columns: a matrix has rows and columns"
    elif keypad.rows and [len(row) for row in keypad.keys] != [len(keypad.columns)] * len(keypad.rows):
        yield "keypad.keys: must have a row for each of keypad.rows, and in it a key for each of keypad.columns"


def _reset(reset: ResetSettings) -> Iterator[str]:
    if reset.stuck_s <= reset.hold_s:
        yield "reset.stuck_s: must be more than reset.hold_s, or nobody could let go in time"


def lines(config: Config) -> Iterator[tuple[str, str]]:
    """Yield (key, line) of every line that is configured."""
    yield "lock.line", config.lock.line
    for name in _INPUTS:
        yield f"{name}.line", getattr(config, name).line
        yield f"{name}.complement", getattr(config, name).complement
    yield from indicator_lines(config)
    yield from (("keypad.rows", line) for line in config.keypad.rows)
    yield from (("keypad.columns", line) for line in config.keypad.columns)


def indicator_lines(config: Config) -> Iterator[tuple[str, str]]:
    """Yield (key, line) of the lamps and the beeper; a line is empty where there is none."""
    for name in ("red", "green", "blue", "beeper"):
        yield f"indicator.{name}", getattr(config.indicator, name)


def _twice(config: Config) -> Iterator[tuple[frozenset[str], str]]:
    taken: dict[str, str] = {}
    for key, line in lines(config):
        if not line:
            continue
        if line in taken:
            sections = frozenset({key.partition(".")[0], taken[line].partition(".")[0]})
            yield sections, f"{key}: is {taken[line]} already; give each its own line"
        taken.setdefault(line, key)


def _unanswered(config: Config) -> Iterator[tuple[frozenset[str], str]]:
    for name in _INPUTS:
        settings = getattr(config, name)
        if settings.complement and not settings.line:
            yield frozenset({name}), f"{name}.complement: is the second wire of {name}.line, which is missing"
        if settings.line and not settings.on_fault:
            choices = {
                "exit_button": '"open" or "ignore"',
                "fire": '"open" or "alarm"',
                "reset": '"alarm" or "ignore"',
            }
            allowed = choices.get(name, '"alarm" or "lock-down"')
            yield (
                frozenset({name}),
                f"{name}.on_fault: is missing; say what a cut, stuck or bouncing wire does: {allowed}",
            )
