"""Whether two builds came out the same: every artefact by its hash, and where its bytes begin to differ."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from image.build.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_BLOCK = 4096
_TIMES = "spent"
"""What `build.json` says and what no two builds share."""

ELSEWHERE = {"TZ": "Asia/Kathmandu", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"}
"""What the environment of a second build has instead: whatever gets into the image from there is seen."""

_UMASK = 0o077


@dataclass(frozen=True, slots=True)
class Verdict:
    """One artefact of two builds.

    Attributes:
        name: What it is.
        same: Whether it is the same, byte for byte.
        said: Its hash; or how it differs.
    """

    name: str
    same: bool
    said: str


def compare(first: Path, second: Path) -> tuple[Verdict, ...]:
    """Compare two builds, and what they say of themselves.

    Args:
        first: The folder of one, with its `build.json`.
        second: The folder of the other.

    Raises:
        ImageError: A folder has no build.
    """
    one, other = _read(first), _read(second)
    found = []
    for name in sorted(one["files"].keys() | other["files"].keys()):
        both = ((first, one["files"].get(name)), (second, other["files"].get(name)))
        pair = [folder / file["path"] for folder, file in both if file is not None]
        if len(pair) == 1:
            found.append(Verdict(name, same=False, said=f"only {pair[0]} is there"))
        elif one["files"][name]["sha256"] == other["files"][name]["sha256"]:
            found.append(Verdict(name, same=True, said=one["files"][name]["sha256"]))
        else:
            found.append(Verdict(name, same=False, said=differences(*pair)))
    facts = (one.keys() | other.keys()) - {"files", _TIMES}
    return (
        *found,
        *(
            Verdict(name, same=False, said=f"{one.get(name)!r} and {other.get(name)!r}")
            for name in sorted(facts)
            if one.get(name) != other.get(name)
        ),
    )


def differences(first: Path, second: Path) -> str:
    """Say how two files differ, in blocks of 4 KiB: a person looks there next."""
    sizes = [path.stat().st_size for path in (first, second)]
    with first.open("rb") as one, second.open("rb") as other:
        whole = range(-(-max(sizes) // _BLOCK))
        blocks = [number for number in whole if one.read(_BLOCK) != other.read(_BLOCK)]
    where = f"the first block of 4 KiB that differs is at byte {blocks[0] * _BLOCK}" if blocks else "no block differs"
    length = "" if sizes[0] == sizes[1] else f"{sizes[0]} and {sizes[1]} bytes; "
    return f"{length}{len(blocks)} blocks differ; {where}: cmp -l {first} {second}"


def text(verdicts: Sequence[Verdict]) -> str:
    """The comparison for a person."""
    lines = [f"{'same' if one.same else 'DIFFERS':8}{one.name:9} {one.said}\n" for one in verdicts]
    different = sum(not one.same for one in verdicts)
    return "".join(lines) + (f"{different} differ\n" if different else f"all {len(verdicts)} are the same\n")


def again(words: Sequence[str]) -> None:
    """Build once more, in a process of its own: another umask, time zone, language and hash seed than this one's.

    Args:
        words: For `python -m image`.

    Raises:
        ImageError: That build failed; it has said why.
    """
    environment = {**os.environ, **ELSEWHERE}
    done = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, "-m", "image", *words],
        env=environment,
        umask=_UMASK,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        check=False,
    )
    if done.returncode:
        raise ImageError(f"the second build ended with {done.returncode}; the first one is whole")


def _read(folder: Path) -> dict[str, Any]:
    path = folder / "build.json"
    if not path.is_file():
        raise ImageError(
            f"{path} is not there: there is no build to compare with (scripts/image FLAVOUR --out {folder})"
        )
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return said
