"""How `active.toml` is written and read: whatever stands in it that a step would not leave is named. Pure."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, get_args

import msgspec

from edge.errors import OtaError
from edge.ota.active import FACTORY, MOST_REFUSED, NOBODY, Active, Phase, Refused, faults, is_slot

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = 1
_HIGHEST = 2**53
_HEAD = "# Written by `edge ota`, and by the terminal when it starts: which set of models decides. Not to be edited.\n"


def dump(active: Active) -> bytes:
    """Return the file's content."""
    values = asdict(active)
    refused = values.pop("refused")
    lines = [f"schema = {SCHEMA}", *(f"{key} = {_toml(value)}" for key, value in values.items())]
    for one in refused:
        lines += ["", "[[refused]]", *(f"{key} = {_toml(value)}" for key, value in one.items())]
    return (_HEAD + "\n".join(lines) + "\n").encode()


def parse(raw: bytes, where: str) -> Active:
    """Read a file's content, whoever wrote it.

    Args:
        raw: The content.
        where: The file, for messages.

    Raises:
        OtaError: It is not what a step leaves; the message names every fault.
    """
    try:
        table = msgspec.toml.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OtaError(f"{where}: is no TOML: {error}") from error
    found = [*_unknown(table, {"schema", *_names(Active)}), *_slots(table), *_numbers(table), *_refusals(table)]
    if table.get("schema") != SCHEMA:
        found.append(f"schema = {table.get('schema')!r}: this program knows {SCHEMA} only")
    if table.get("phase") not in get_args(Phase):
        found.append(f"phase = {table.get('phase')!r} is none of {', '.join(get_args(Phase))}")
    if not found:
        table.pop("schema")
        read = Active(**{**table, "refused": tuple(_one(one) for one in table.get("refused", ()))})
        found = list(faults(read))
    if found:
        raise OtaError(f"{where}: {'; '.join(found)}")
    return read


def _one(table: dict[str, object]) -> Refused:
    return msgspec.convert(table, Refused)


def _names(kind: type[Active | Refused]) -> set[str]:
    return {one.name for one in fields(kind)}


def _unknown(table: dict[str, object], known: set[str]) -> Iterator[str]:
    yield from (f"{key!r} is nothing that belongs here" for key in sorted(set(table) - known))


def _slots(table: dict[str, object]) -> Iterator[str]:
    for key, others in (("running", FACTORY), ("previous", FACTORY), ("good", FACTORY), ("candidate", NOBODY)):
        name = table.get(key)
        if not isinstance(name, str) or (name != others and not is_slot(name)):
            yield f"{key} = {name!r} is the name of no set"


def _numbers(table: dict[str, object]) -> Iterator[str]:
    for key in ("starts", "serial"):
        number = table.get(key)
        if type(number) is not int or not 0 <= number <= _HIGHEST:
            yield f"{key} = {number!r} is no count"


def _refusals(table: dict[str, object]) -> Iterator[str]:
    listed = table.get("refused", [])
    if not isinstance(listed, list) or len(listed) > MOST_REFUSED:
        yield f"refused is no list of at most {MOST_REFUSED} sets"
        return
    for number, one in enumerate(listed, start=1):
        try:
            read = _one(one)
        except msgspec.ValidationError as error:
            yield f"refused, the {number}.: {error}"
            continue
        yield from _unknown(one, _names(Refused))
        if not is_slot(read.slot) or not 0 <= read.serial <= _HIGHEST or not math.isfinite(read.at):
            yield f"refused, the {number}.: no set is {read.slot!r} with serial {read.serial} at {read.at}"


def _toml(value: str | float) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
