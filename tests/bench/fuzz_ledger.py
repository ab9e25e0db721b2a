"""Throws at the ledger of what was used whatever may befall its file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from edge.errors import EdgeError
from edge.people.spent import Spent
from tests.unit.code_builders import NOW

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence


def ledger(draw: random.Random, names: Sequence[str]) -> str:
    """A ledger that is used, opened anew, damaged and cut off: nothing is new twice."""
    with tempfile.TemporaryDirectory() as folder:
        path, used, now = Path(folder) / "spent", dict[str, float](), [NOW]
        most = draw.choice([8, 1000])
        opened = Spent(path, now=lambda: now[0], most=most)
        for _ in range(draw.randrange(1, 40)):
            now[0] += draw.choice([-500.0, 0.0, 1.0, 400.0])
            name = draw.choice([*names, f"n{draw.randrange(30)}"])
            if draw.random() < 0.1:
                opened = Spent(path, now=lambda: now[0], most=most)
            if draw.random() < 0.05:
                data = bytearray(path.read_bytes())
                data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
                path.write_bytes(data[: draw.randrange(len(data) + 1)] if draw.random() < 0.5 else data)
                return _damaged(path, used, lambda: now[0])
            try:
                until = used.get(name, now[0] + draw.randrange(1, 900))  # a name and its end are signed together
                first = opened.spend(name, until, "note") is None
            except EdgeError:
                continue
            if first and name in used:
                return f"{name!r} was new twice"
            used.setdefault(name, until)
    return ""


def _damaged(path: Path, used: dict[str, float], now: Callable[[], float]) -> str:
    """Open a damaged ledger: it is refused, or only the last line is gone."""
    try:
        opened = Spent(path, now=now)
        again = [name for name in used if opened.spend(name, 1e12) is None]
    except EdgeError:
        return ""
    return "" if len(again) <= len(used) else "more was new than was ever used"
