"""A line's name in the configuration, found on the gpiochips of this machine, and what to say when it is not there."""

from __future__ import annotations

import errno
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import gpiod

from hw.base import HardwareError

if TYPE_CHECKING:
    from collections.abc import Iterator

DEV = Path("/dev")
CONSUMER = "door-terminal"
_NOT_PERMITTED = "not permitted; let this user read and write /dev/gpiochip* (group gpio)"
_NAMED = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line is.

    Attributes:
        chip: The chip's device, such as "/dev/gpiochip0".
        offset: The line's number on it, from 0.
    """

    chip: str
    offset: int


@dataclass(frozen=True, slots=True)
class _Chip:
    path: str
    label: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{Path(self.path).name} [{self.label}]"


def find(name: str) -> Place:
    """Return where the line called `name` is: a line's own name, or chip and offset as in "gpiochip0:17".

    The chip is given as "gpiochip0", "/dev/gpiochip0" or by its label, which outlives another order of the drivers.

    Raises:
        HardwareError: There is no such line, more than one, or no chip that this user may open.
    """
    if not name:  # a line without a name of its own would answer to it
        raise HardwareError("no line is named; name one such as GPIO17 or gpiochip0:17")
    chip, colon, offset = name.rpartition(":")
    if colon and offset.isdecimal():
        return _numbered(chip, int(offset))
    if name.isdecimal():
        raise HardwareError(f"a number alone names no line: name its chip too, such as gpiochip0:{name}")
    chips = _chips()
    places = [Place(chip.path, at) for chip in chips for at, known in enumerate(chip.names) if known == name]
    if not places:
        raise HardwareError(f"no such line on this machine; {_known(chips)}")
    if len(places) > 1:
        where = " and ".join(f"{Path(place.chip).name}:{place.offset}" for place in places)
        raise HardwareError(f"more than one line is called so: {where}; set one of these instead of the name")
    return places[0]


def explained(error: Exception, what: str, line: str) -> HardwareError:
    """Say what was wrong with a line, where, and what to do about it."""
    if isinstance(error, HardwareError):
        return HardwareError(f"{what} {line!r}: {error}")
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EBUSY:
        advice = f"the line is in use{_by_whom(line)}; give each part its own line, and stop what else drives it"
    elif code in {errno.EACCES, errno.EPERM}:
        advice = _NOT_PERMITTED
    elif code in {errno.ENODEV, errno.ENXIO, errno.ENOENT}:
        advice = "its GPIO chip is gone; plug it in again, and see what the kernel's log says of it"
    else:
        advice = "the line does not answer; look at the wiring and at what else uses the GPIO"
    return HardwareError(f"{what} {line!r}: {advice} ({type(error).__name__}: {error})")


def _numbered(word: str, offset: int) -> Place:
    chips = _chips()
    path = str((DEV / word).resolve())  # also a link, such as the one that a Pi 5 keeps for an older number
    found = [chip for chip in chips if chip.path == path or chip.label == word]
    if not found:
        raise HardwareError(f"there is no GPIO chip {word!r} on this machine; {_known(chips)}")
    if len(found) > 1:
        raise HardwareError(f"more than one chip is labelled {word!r}: set one of {', '.join(map(str, found))} by name")
    if offset >= len(found[0].names):
        raise HardwareError(f"{found[0]} has lines 0 to {len(found[0].names) - 1} only")
    return Place(found[0].path, offset)


def _chips() -> list[_Chip]:
    """Every chip once, whatever links lead to it; those that this user may not open only when no other is there."""
    paths = sorted({str(path.resolve()) for path in DEV.glob("gpiochip*") if gpiod.is_gpiochip_device(str(path))})
    if not paths:
        raise HardwareError(
            f"this machine has no GPIO chip: no {DEV}/gpiochip*; set board to the kind of machine this is"
        )
    chips, refused = list[_Chip](), list[str]()
    for path in paths:
        try:
            with gpiod.Chip(path) as chip:
                chips.append(_Chip(path, chip.get_info().label, tuple(_names(chip))))
        except OSError as error:
            refused.append(f"{path}: {error}")
    if not chips:
        raise HardwareError(f"{_NOT_PERMITTED} ({'; '.join(refused)})")
    return chips


def _names(chip: gpiod.Chip) -> Iterator[str]:
    for offset in range(chip.get_info().num_lines):
        yield chip.get_line_info(offset).name or ""


def _known(chips: list[_Chip]) -> str:
    said = []
    for chip in chips:
        names = [name for name in chip.names if name]
        more = f", … {names[-1]}" if len(names) > _NAMED else ""
        called = f", called {', '.join(names[:_NAMED])}{more}" if names else ", none with a name"
        said.append(f"{chip} has lines 0 to {len(chip.names) - 1}{called}")
    return "; ".join(said)


def _by_whom(line: str) -> str:
    with suppress(HardwareError, OSError):
        place = find(line)
        with gpiod.Chip(place.chip) as chip:
            return f' by "{chip.get_line_info(place.offset).consumer}"'
    return ""
