"""What a set of models must have shown on this device before anything depends on it, and the record that it did (S8).

`edge.app.gating` measures, `edge.ota.judging` judges. A record counts for the board, the runtime's version and the very
bundles that it was made with: anything else is measured again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from edge.vision.manifest import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from edge.ota.manifest import BundleCustom
    from edge.vision.manifest import Role

GATE = "gate.json"
"""The file in a slot's folder that says what the gate measured."""

_LIMIT_BYTES = 256 * 1024

Name = Literal[
    "complete",
    "role",
    "size",
    "board",
    "runtime",
    "firmware",
    "disk",
    "ends",
    "survives",
    "runs",
    "shapes",
    "finite",
    "zero",
    "constant",
    "collapsed",
    "parity",
    "memory",
    "latency",
    "together",
]
"""What is looked at, in the order in which it is judged: the first that fails is what stopped a set."""


class Check(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that was looked at.

    Attributes:
        name: What.
        passed: Whether it is as it must be.
        value: What was found; latency in milliseconds, memory in MB, size in bytes.
        limit: What it is judged by, in the same unit.
        words: What it means, for people; of one that failed, what is wrong and where.
        role: Of which bundle; empty for the whole set.
    """

    name: Name
    passed: bool
    value: float | str
    limit: float | str
    words: str
    role: str = ""


class GateReport(Struct, frozen=True, forbid_unknown_fields=True):
    """All that was looked at.

    Attributes:
        passed: Whether nothing failed.
        checks: In the order in which they were judged.
    """

    passed: bool
    checks: tuple[Check, ...]

    @property
    def stopped_by(self) -> Check | None:
        """The first check that failed."""
        return next((check for check in self.checks if not check.passed), None)

    @property
    def why(self) -> str:
        """What is wrong, in one sentence a fault; empty when nothing is."""
        return "; ".join(check.words for check in self.checks if not check.passed)


class GateRecord(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The content of `gate.json`.

    Attributes:
        schema: Of this file.
        board: The kind of machine that it was measured on.
        runtime: The package that ran the models there, and its version.
        at: When, seconds since the epoch.
        manifests: The sha256 of each bundle's manifest, by role.
        report: What was found.
    """

    schema: Literal[1] = 1
    board: str
    runtime: tuple[str, str]
    at: float
    manifests: dict[str, str]
    report: GateReport


@dataclass(frozen=True, slots=True)
class Papers:
    """What the publisher signed about a set that is to be tried.

    Attributes:
        bundles: Of each bundle, by role.
        minimum_firmware: The least version of this software that can run the set; empty for any.
    """

    bundles: Mapping[Role, BundleCustom]
    minimum_firmware: str = ""


def report_of(checks: list[Check]) -> GateReport:
    """Return the report of all that was looked at."""
    return GateReport(bool(checks) and all(check.passed for check in checks), tuple(checks))


def manifests_of(folder: Path) -> dict[str, str]:
    """Return the sha256 of each bundle's manifest in a slot's folder, by role.

    Raises:
        OSError: One cannot be read.
    """
    return {
        path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob(f"*/{MANIFEST}"))
    }


def why_not_here(folder: Path, board: str, runtime: tuple[str, str]) -> str:
    """Return why a slot does not count as having passed the gate here, in one sentence; empty if it does.

    Args:
        folder: Of the slot.
        board: The kind of this machine.
        runtime: The package that runs models here, and its version.
    """
    path, again = folder / GATE, f"try it with `edge ota gate {folder}`"
    try:
        record, now = _read(path), manifests_of(folder)
    except OSError as error:
        return f"{error.filename or path}: cannot be read: {error.strerror}; {again}"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"{path}: not what the gate writes: {error}; {again}"
    fault = _fault_of(record, board, runtime) or ("" if record.manifests == now else "its bundles are others now")
    return f"{path}: {fault}; {again}" if fault else ""


def judged_here(folder: Path, board: str, runtime: tuple[str, str]) -> bool:
    """Whether a slot was tried on this kind of board, with this very runtime, as it lies there, however that ended.

    One that was only not done in time was not: that may have been for want of time, at a start above all.
    """
    try:
        record, now = _read(folder / GATE), manifests_of(folder)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return False
    late = any(one.name == "ends" and not one.passed for one in record.report.checks)
    return not late and (record.board, record.runtime, record.manifests) == (board, runtime, now)


def _read(path: Path) -> GateRecord:
    with path.open("rb") as file:
        return msgspec.json.decode(file.read(_LIMIT_BYTES), type=GateRecord)


def _fault_of(record: GateRecord, board: str, runtime: tuple[str, str]) -> str:
    if not record.report.passed or not record.report.checks or record.report.stopped_by is not None:
        return f"it did not pass the gate: {record.report.why or 'nothing was looked at'}"
    if record.board != board:
        return f"it passed the gate of another board ({record.board}, and this is {board})"
    if record.runtime != runtime:
        return f"it passed the gate of another runtime ({' '.join(record.runtime)}, and here is {' '.join(runtime)})"
    return ""
