"""Stands in for the `gpiod` package and `gpiod.line`: two chips and a link to one, and a record of what is asked."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from types import SimpleNamespace
from typing import Self

CHIPS = {
    "gpiochip0": ("pinctrl-rp1", [f"GPIO{number}" for number in range(28)]),
    "gpiochip1": ("expander", ["LOCK", "GPIO3", "", "FREE"]),
}
calls: list[str] = []
denied: list[str] = []
taken: dict[tuple[str, int], str] = {("gpiochip1", 3): "lamp"}
requests: list[Request] = []


class Bias(Enum):
    PULL_UP, PULL_DOWN, DISABLED, AS_IS = auto(), auto(), auto(), auto()


class Direction(Enum):
    INPUT, OUTPUT = auto(), auto()


class Edge(Enum):
    NONE, BOTH = auto(), auto()


class Value(Enum):
    INACTIVE, ACTIVE = 0, 1


@dataclass
class LineSettings:
    direction: Direction
    active_low: bool
    bias: Bias
    output_value: Value = Value.INACTIVE
    edge_detection: Edge = Edge.NONE


class Event:
    """An edge of a line."""

    class Type(Enum):
        RISING_EDGE, FALLING_EDGE = auto(), auto()

    def __init__(self, *, active: bool, at: float) -> None:
        self.event_type = self.Type.RISING_EDGE if active else self.Type.FALLING_EDGE
        self.timestamp_ns = round(at * 1e9)


def is_gpiochip_device(path: str) -> bool:
    return Path(path).resolve().name in CHIPS


class Chip:
    def __init__(self, path: str) -> None:
        self._name = Path(path).resolve().name
        if self._name in denied:
            raise PermissionError(errno.EACCES, "Permission denied")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def get_info(self) -> SimpleNamespace:
        label, names = CHIPS[self._name]
        return SimpleNamespace(label=label, num_lines=len(names))

    def get_line_info(self, offset: int) -> SimpleNamespace:
        return SimpleNamespace(name=CHIPS[self._name][1][offset], consumer=taken.get((self._name, offset), ""))

    def request_lines(self, config: dict[int, LineSettings], consumer: str) -> Request:
        ((offset, settings),) = config.items()
        if (self._name, offset) in taken:
            raise OSError(errno.EBUSY, "Device or resource busy")
        level = settings.output_value.name if settings.direction is Direction.OUTPUT else "INPUT"
        polarity = "low" if settings.active_low else "high"
        calls.append(f"{consumer}:{self._name}:{offset}:{level}:active-{polarity}:{settings.bias.name}")
        request = Request((self._name, offset))
        taken[self._name, offset] = consumer
        requests.append(request)
        return request


@dataclass
class Request:
    """One claimed line; `broken` is what goes wrong with it, and each event makes its file descriptor readable."""

    place: tuple[str, int]
    value: Value = Value.INACTIVE
    broken: OSError | None = None
    events: list[Event] = field(default_factory=list)
    fd: int = field(default_factory=lambda: os.eventfd(0))

    def set_value(self, _offset: int, value: Value) -> None:
        if self.broken:
            raise self.broken
        calls.append(value.name)
        self.value = value

    def get_value(self, _offset: int) -> Value:
        return self.value

    def happen(self, *, active: bool, at: float) -> None:
        self.value = Value.ACTIVE if active else Value.INACTIVE
        self.events.append(Event(active=active, at=at))
        os.eventfd_write(self.fd, 1)

    def read_edge_events(self) -> list[Event]:
        if self.broken:
            raise self.broken
        os.eventfd_read(self.fd)
        events, self.events = self.events, []
        return events

    def release(self) -> None:
        if taken.pop(self.place, None):
            calls.append("release")
