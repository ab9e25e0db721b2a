"""cloud-init's template: the provisioning file is copied for as long as it is needed, and no longer."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

TEMPLATE = Path(__file__).parents[2] / "image/cloud-init/user-data"
COPIES = (
    "var/lib/cloud/instance/user-data.txt",
    "var/lib/cloud/instance/user-data.txt.i",
    "var/lib/cloud/instance/cloud-config.txt",
    "var/lib/cloud/instance/obj.pkl",
    "var/lib/cloud/seed/nocloud/user-data",
    "boot/firmware/user-data",
)
"""Where cloud-init 22.4.2 was seen to have it."""
FILE, DONE = "run/door-terminal-install/terminal.toml", "run/door-terminal-install/done"


def script(root: Path) -> str:
    """Return the shell script of the template, for a machine below a root."""
    text = TEMPLATE.read_text().split("    - -ec\n    - |\n")[1].split("\n\n")[0]
    for folder in ("/var/lib", "/boot", "/run", "/usr/local"):
        text = text.replace(folder, f"{root}{folder}")
    return dedent(text)


def machine(root: Path, *, clones: bool, installs: bool) -> None:
    """Make what cloud-init has made of a machine when the script begins, and a git and an install for it."""
    for name in (*COPIES, FILE):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("passphrase")
    install = root / "usr/local/src/door-terminal/scripts/install"
    for path, words in (
        (root / "bin/git", f"exit {0 if clones else 128}"),
        (install, f'[ -s "$2" ] && exit {0 if installs else 1}'),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{words}\n")
        path.chmod(0o755)


def run(root: Path) -> int:
    path = f"{root}/bin:{os.environ['PATH']}"
    return subprocess.run(["/bin/sh", "-ec", script(root)], env={"PATH": path}, check=False).returncode


def test_s6_what_was_installed_leaves_no_copy_of_the_provisioning_file(tmp_path: Path) -> None:
    machine(tmp_path, clones=True, installs=True)
    assert run(tmp_path) == 0
    assert [name for name in COPIES if (tmp_path / name).read_text()] == []
    assert not (tmp_path / FILE).exists()
    assert (tmp_path / DONE).exists()
    assert f"condition: test -e /{DONE}" in TEMPLATE.read_text()


@pytest.mark.parametrize(("clones", "installs"), [(False, True), (True, False)], ids=["clone", "install"])
def test_a_step_that_fails_leaves_all_as_it_is_for_another_try(tmp_path: Path, *, clones: bool, installs: bool) -> None:
    machine(tmp_path, clones=clones, installs=installs)
    assert run(tmp_path) != 0
    assert {(tmp_path / name).read_text() for name in (*COPIES, FILE)} == {"passphrase"}
    assert not (tmp_path / DONE).exists(), "the machine is not started again"
