"""The program's Python packages for the device: wheels for its architecture, by hash, with bytecode beforehand."""

from __future__ import annotations

import csv
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from image.build import environment
from image.build.errors import ImageError
from image.build.running import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from image.build.flavour import Flavour
    from image.build.running import Bench
    from image.layout import Kind

PROGRAM = environment.PROGRAM
SCRIPT = f"#!{PROGRAM}/bin/python3\nimport sys\n\nfrom edge.cli import main\n\nsys.exit(main())\n"
UNUSED = {"setuptools"}
"""Named by a package that needs it for its own building alone (colorzero)."""

_LOCKED = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)((?: --hash=sha256:[0-9a-f]{64})+)$")


def target(flavour: Flavour) -> list[str]:
    """Words for pip: what runs on the device, and nothing that would have to be built there."""
    python = flavour.python
    words = ["--only-binary=:all:", "--implementation=cp", f"--python-version={python.version}"]
    words += [f"--abi={abi}" for abi in (f"cp{python.version.replace('.', '')}", "abi3", "none")]
    return words + [f"--platform={platform}" for platform in python.platforms]


def pip(bench: Bench, *words: str | Path) -> str:
    """Run this project's own pip."""
    return run(bench, [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words])


def read_lock(path: Path) -> dict[str, str]:
    """Name and version of every locked wheel.

    Raises:
        ImageError: It is missing, or a line has no hash.
    """
    if not path.is_file():
        raise ImageError(f"{path} is missing, and without it no wheel is pinned: scripts/image FLAVOUR --relock")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    faults = [f"{path}: not name==version --hash=sha256:…: {line}" for line in lines if not _LOCKED.match(line)]
    if faults:
        raise ImageError("; ".join(faults), tuple(faults))
    return {found[1]: found[2] for line in lines if (found := _LOCKED.match(line))}


def fetch(bench: Bench, flavour: Flavour, lock: Path) -> Path:
    """Download every locked wheel into the cache; pip checks the hashes, of kept ones too.

    Returns:
        The folder they are in.
    """
    kept = bench.cache / "wheels" / flavour.architecture
    kept.mkdir(parents=True, exist_ok=True)
    pip(bench, "download", "--no-deps", "--require-hashes", *target(flavour), "-d", kept, "-r", lock)
    return kept


def own(bench: Bench, project: Path) -> Path:
    """Build the project's own wheel.

    Raises:
        ImageError: It does not build.
    """
    out = bench.work / "own"
    pip(bench, "wheel", "--no-deps", "--no-build-isolation", "-w", out, project)
    return next(iter(sorted(out.glob("door_terminal-*.whl"))))


def install(bench: Bench, flavour: Flavour, lock: Path, wheel: Path, seen: Kind) -> Path:
    """Lay the program out as a virtual environment for the device.

    Args:
        bench: Where the build works.
        flavour: Which image.
        lock: Its wheels.
        wheel: The program's own.
        seen: What its kind of machine needs: whether apt's Python packages are seen.

    Returns:
        A folder that becomes /opt/door-terminal.
    """
    venv = bench.work / "program"
    packages = venv / f"lib/python{flavour.python.version}/site-packages"
    kept = bench.cache / "wheels" / flavour.architecture
    common = ["install", "--no-deps", "--no-compile", "--no-index", "--target", str(packages), *target(flavour)]
    pip(bench, *common, "--find-links", kept, "--require-hashes", "-r", lock)
    pip(bench, *common, "--upgrade", wheel)
    for leftover in [packages / "bin", packages / "share"]:
        if leftover.is_dir():
            run(bench, ["rm", "-r", leftover])
    for noise in [*packages.glob("*.dist-info/direct_url.json"), *packages.glob("*.dist-info/REQUESTED")]:
        noise.unlink()
    for record in packages.glob("*.dist-info/RECORD"):
        record.write_text(recorded(record.read_text(encoding="utf-8"), packages), encoding="utf-8")
    (venv / "bin").mkdir()
    (venv / "bin/python3").symlink_to(f"/usr/bin/python{flavour.python.version}")
    (venv / "bin/python").symlink_to("python3")
    (venv / "bin/edge").write_text(SCRIPT, encoding="utf-8")
    (venv / "bin/edge").chmod(0o755)
    (venv / "pyvenv.cfg").write_text(environment.settings(flavour, seen), encoding="utf-8")
    return venv


def recorded(text: str, packages: Path) -> str:
    """A list of a package's files without those that are not there: pip's starters name this machine's Python."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if (packages / next(csv.reader([line]))[0]).is_file())


def compiler(bench: Bench, flavour: Flavour, locked: Mapping[str, str]) -> tuple[str, str]:
    """The Python that bytecode is made by: the device's own release where this machine has it.

    Another release of the same Python makes bytecode that runs as well, and is not the same in some modules.

    Args:
        bench: Where the build works.
        flavour: Which Python.
        locked: The versions of Debian's packages; the device's Python is one.

    Returns:
        Its path, and its release.

    Raises:
        ImageError: None here makes bytecode that the device reads.
    """
    device = locked.get(f"python{flavour.python.version}", "").partition("-")[0]
    found = {}
    for path in (sys.executable, f"/usr/bin/python{flavour.python.version}"):
        if Path(path).is_file():
            release = run(bench, [path, "-S", "-c", "import platform; print(platform.python_version())"]).strip()
            found[release] = path
    fitting = {release: path for release, path in found.items() if release.startswith(f"{flavour.python.version}.")}
    if not fitting:
        raise ImageError(
            f"the device runs Python {flavour.python.version}, and its bytecode cannot be made by {', '.join(found)}: "
            f"apt-get install python{flavour.python.version}, or build with Python {flavour.python.version}"
        )
    release = device if device in fitting else next(iter(fitting))
    return fitting[release], release


def compile_for(bench: Bench, python: str, folder: Path, at: str) -> None:
    """Compile a folder's modules for the device.

    The bytecode is by the source's hash and believed unchecked: the root's files all have one date, and an emulated
    device takes minutes to compile what it imports. One process in one order: what marshal writes depends on both.

    Args:
        bench: Where the build works.
        python: By what, as `compiler` found it.
        folder: Which modules.
        at: Where they are on the device.
    """
    words = [python, "-S", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", folder, "-p", at]
    run(bench, ["sh", "-c", '"$@" || test $? = 1', "sh", *map(str, [*words, folder])])


def wanted(project: Path, flavour: Flavour) -> list[str]:
    """What the program and the flavour require, as pip's words."""
    table = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    return [*table["project"]["dependencies"], *flavour.python.requirements]


def resolved(bench: Bench, flavour: Flavour, project: Path, seen: Kind) -> list[Path]:
    """Download what pip would install today, within the constraints of the kind of machine.

    Raises:
        ImageError: It cannot be had; or this is another Python, by which pip would judge what the packages ask for.
    """
    version = "{}.{}".format(*sys.version_info)
    if version != flavour.python.version:
        raise ImageError(
            f"the device runs Python {flavour.python.version}, and pip judges what its packages need by its own, "
            f"{version}: apt-get install python{flavour.python.version}, and remove .venv-image"
        )
    kept, bounds = bench.work / "wheels", bench.work / "constraints.txt"
    bounds.write_text("".join(f"{line}\n" for line in seen.constraints), encoding="utf-8")
    pip(bench, "download", *target(flavour), "-d", kept, "-c", bounds, *wanted(project, flavour))
    return sorted(kept.glob("*.whl"))


def lock_lines(wheels: Iterable[Path], digest: dict[str, str]) -> list[str]:
    """The lines of a lock.

    Args:
        wheels: What pip would install.
        digest: SHA-256 by file name.
    """
    lines = []
    for wheel in sorted(wheels, key=lambda one: one.name.lower()):
        name, version = wheel.name.split("-")[:2]
        name = name.replace("_", "-")
        if name not in UNUSED:
            lines.append(f"{name}=={version} --hash=sha256:{digest[wheel.name]}")
    return lines
