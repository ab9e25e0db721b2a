"""Running the machine's own programs: what failed is said in one sentence, with the end of what it said."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from image.install.errors import InstallError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SEARCHED = f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"
_SHOWN = 800


def run(words: Sequence[str | Path]) -> str:
    """Run a program to its end, and return what it wrote.

    Raises:
        InstallError: It is not there, or failed.
    """
    code, told = ask(words)
    if code != 0:
        raise InstallError(f"`{' '.join(map(str, words))}` failed with {code}: {told.strip()[-_SHOWN:]}")
    return told


def ask(words: Sequence[str | Path]) -> tuple[int, str]:
    """Run a program that may well say no.

    Returns:
        Its exit code, and what it wrote: its output, else its complaints.

    Raises:
        InstallError: It is not there.
    """
    program = shutil.which(str(words[0]), path=SEARCHED)
    if program is None:
        raise InstallError(f"{words[0]} is not on this machine")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "PATH": SEARCHED}
    done = subprocess.run(  # noqa: S603 - the installation's own words
        [program, *map(str, words[1:])],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout if done.returncode == 0 else done.stderr or done.stdout
