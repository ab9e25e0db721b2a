"""The protocol as one printed page: what was not proven comes first. Pure."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from edge.values import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.app.acceptance.protocol import Outcome, Protocol

WIDTH = 80
LINES = 60
"""Of a page of 66 lines, with margins."""
_NAME = 19
_MEASURED_BY_MACHINE = frozenset({"edge-door", "this machine"})


def printed(protocol: Protocol, digest: str) -> str:
    """Return the page; what does not fit on it is cut with "…", and stands whole in the signed file.

    Args:
        protocol: What was proven so far.
        digest: The signed file's SHA-256, so that the paper says which file it is of.
    """
    foot = [
        "",
        "The signed original is acceptance.json, SHA-256",
        digest,
        "",
        "Installer: ______________________________  Customer: _________________________",
    ]
    body = [*_head(protocol), *_items(protocol, _whole)]
    if len(body) + len(foot) > LINES:
        body = [*_head(protocol), *_items(protocol, _cut)]
    room = LINES - len(body) - len(foot)
    return "\n".join((*body, *_earlier(protocol, room), *foot)) + "\n"


def _head(protocol: Protocol) -> Iterator[str]:
    people = dict.fromkeys(one.by for one in protocol.outcomes if one.by not in _MEASURED_BY_MACHINE)
    confirmed = f"by {', '.join(people)}" if people else "nobody had to confirm anything yet"
    times = [one.at for one in protocol.outcomes]
    yield f"ACCEPTANCE TEST: {protocol.result.upper()}"
    yield from _cut(f"Device key {protocol.device}; {confirmed}")
    if times:
        yield f"From {min(times)} to {max(times)}"


def _items(protocol: Protocol, shape: Callable[[str], list[str]]) -> Iterator[str]:
    last = {one.name: one for one in protocol.outcomes}
    tries = {name: sum(one.name == name for one in protocol.outcomes) for name in last}
    if protocol.missing:
        yield ""
        yield f"STILL TO COME ({len(protocol.missing)})"
        yield from _folded(", ".join(protocol.missing))
    passed = [name for name, one in last.items() if one.result == "pass"]
    for title, names in (("SKIPPED", protocol.skipped), ("FAILED", protocol.failed), ("PASSED", passed)):
        if names:
            yield ""
            yield f"{title} ({len(names)})"
        for name in names:
            again = f"[attempt {tries[name]}] " if tries[name] > 1 else ""
            yield from shape(_row(last[name], again))


def _earlier(protocol: Protocol, room: int) -> Iterator[str]:
    """Name the attempts that a later one took the place of, as far as there is room."""
    last = {one.name: number for number, one in enumerate(protocol.outcomes)}
    before = [one for number, one in enumerate(protocol.outcomes) if last[one.name] != number]
    if not before:
        return
    shown = before[: max(0, room - 3)]
    if room > 3:
        yield ""
        yield f"EARLIER ATTEMPTS ({len(before)})"
        for one in shown:
            yield from _cut(_row(one, f"{one.result}: "))
    if len(shown) < len(before):
        yield f"  {counted(len(before) - len(shown), 'earlier attempt')} more: acceptance.json"


def _row(one: Outcome, again: str) -> str:
    return f"  {one.name:<{_NAME}}{again}{one.measured or 'yes, as asked'}"


def _flat(line: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in line)


def _cut(line: str) -> list[str]:
    flat = _flat(line)
    return [flat if len(flat) <= WIDTH else f"{flat[: WIDTH - 1]}…"]


def _whole(line: str) -> list[str]:
    """Return a line as it is, or as several; the page has room for some that are long."""
    flat = _flat(line)
    return [flat] if len(flat) <= WIDTH else wrap(flat, WIDTH, subsequent_indent=" " * (_NAME + 2))


def _folded(text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ")
