"""The publisher's own file, `publisher.toml`: how long signatures are believed, and what each board's bundles must do.

It is not served, and nothing in it is secret.
"""

from __future__ import annotations

import tomllib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from edge.errors import OtaError
from edge.ota.manifest import Board, Firmware, Gates
from edge.vision.manifest import Role

_Days = Annotated[int, Meta(ge=1, le=3660)]

FIRST = """\
# How this repository is kept; see `edge ota repo --help`. It is not served.
schema = 1

# Until when signatures are believed, in days. A terminal that cannot fetch a younger timestamp than that takes no
# updates, and goes on with what it runs; `edge ota repo renew`, once a day, keeps timestamp and snapshot young.
[days]
root = 365
targets = 365
bundles = 365
sets = 365
snapshot = 30
timestamp = 7

# The least version of each runtime package that bundles are published for; a terminal needs one of them.
[runtime]
ai_edge_litert = "2.0"
tflite_runtime = "2.14"

# What a bundle must do on the device before anything depends on it, by board and role; bundles for one board only need
# gates of their own.
[gates.any.detector]
min_cosine = 0.97
max_ms = 150.0
max_memory_mb = 128
max_bytes = 2_000_000

[gates.any.landmarks]
min_cosine = 0.97
max_ms = 150.0
max_memory_mb = 128
max_bytes = 4_000_000

[gates.any.embedder]
min_cosine = 0.97
max_ms = 400.0
max_memory_mb = 128
max_bytes = 8_000_000

[gates.any.liveness]
min_cosine = 0.97
max_ms = 250.0
max_memory_mb = 128
max_bytes = 4_000_000
"""
"""What `publisher.toml` says at first."""


class Days(Struct, frozen=True, forbid_unknown_fields=True):
    """Until when signatures are believed, by what they are of."""

    root: _Days = 365
    targets: _Days = 365
    bundles: _Days = 365
    sets: _Days = 365
    snapshot: _Days = 30
    timestamp: _Days = 7

    def of(self, role: str) -> int:
        """Return it for a role, delegated ones included."""
        days: int = getattr(self, role.partition("-")[0])
        return days


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `publisher.toml`.

    Attributes:
        days: Until when signatures are believed.
        runtime: The least version of each runtime package that bundles are published for.
        gates: What a bundle must do on the device, by board and role.
    """

    schema: Literal[1]
    days: Days
    runtime: dict[str, Firmware]
    gates: dict[Board, dict[Role, Gates]]

    def gates_of(self, board: Board, role: Role) -> Gates:
        """Return what a bundle must do on a board.

        Raises:
            OtaError: Nobody said so.
        """
        try:
            return self.gates[board][role]
        except KeyError:
            raise OtaError(
                f"board {board} has no gates for {role} models: say in publisher.toml, below [gates.{board}.{role}], "
                "what it must do there (min_cosine, max_ms, max_memory_mb, max_bytes)"
            ) from None


def parse(raw: bytes, where: str) -> Settings:
    """Read `publisher.toml`.

    Raises:
        OtaError: It is none.
    """
    try:
        return msgspec.convert(tomllib.loads(raw.decode()), Settings)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise OtaError(f"{where}: {error}; mend it, nothing was changed") from error
