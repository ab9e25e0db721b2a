"""A disk with tests and pytest, for a machine of the test image: what is tested there is the program that it has."""

from __future__ import annotations

import compileall
import importlib.metadata
import shutil
import subprocess
from pathlib import Path
from py_compile import PycInvalidationMode

PROJECT = Path(__file__).resolve().parents[2]
ROOMS = (".", "contract", "e2e", "gpiosim")
CARRIED = ("pytest", "pluggy", "iniconfig", "packaging")
"""What pytest is made of: nothing but Python, so this machine's own will do."""


def disk_of_tests(out: Path) -> Path:
    """Make a squashfs of the tests and of this environment's pytest, compiled beforehand."""
    folder = out.with_suffix(".folder")
    shutil.rmtree(folder, ignore_errors=True)
    tests = [path for room in ROOMS for path in sorted((PROJECT / "tests" / room).glob("*.py"))]
    for path in (*tests, PROJECT / "tests/gpiosim/guest-run", PROJECT / "pyproject.toml"):
        _copy(path, folder / path.relative_to(PROJECT))
    for name in CARRIED:
        for file in importlib.metadata.files(name) or ():
            if file.suffix != ".pyc" and not str(file).startswith(".."):
                _copy(Path(str(file.locate())), folder / "site-packages" / file)
    compileall.compile_dir(folder, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    out.unlink(missing_ok=True)
    subprocess.run(["mksquashfs", folder, out, "-quiet", "-no-progress", "-all-root"], check=True)
    shutil.rmtree(folder)
    return out


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
