"""Programs of the machine that are asked while a terminal is made: what they wrote, or why not."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from edge.errors import ProvisionError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Run = Callable[[Sequence[str], bytes], bytes]

_LONGEST_S = 60.0


def run(words: Sequence[str], given: bytes = b"") -> bytes:
    """Run a program; returns what it wrote.

    Args:
        words: The program and what it is told.
        given: What it reads.

    Raises:
        ProvisionError: It is not there, or failed.
    """
    try:
        done = subprocess.run(words, input=given, capture_output=True, check=False, timeout=_LONGEST_S)  # noqa: S603 - our words
    except (OSError, subprocess.SubprocessError) as error:
        raise ProvisionError(f"{words[0]} cannot be run: {error}") from error
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).decode(errors="replace").split())
        raise ProvisionError(f"{' '.join(words[:2])} failed ({done.returncode}): {said}")
    return done.stdout
