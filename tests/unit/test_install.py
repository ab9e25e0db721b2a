"""scripts/install into a tree that does not run: once, twice, and off again; and what stands against it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from image.install import record
from image.install.machine import Machine, faults, look
from image.install.removing import removals

PROJECT = Path(__file__).parents[2]
CONFIG = "dtparam=audio=on\n[cm4]\notg_mode=1\n"
CMDLINE = "console=tty1 root=PARTUUID=1-02 rootwait panic=10\n"
ACCOUNTS = {".pwd.lock", *(f"{name}{end}" for name in ("passwd", "group", "shadow", "gshadow") for end in ("", "-"))}

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-sysusers") is None or os.geteuid() != 0, reason="it takes systemd's programs, and root"
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The tree of a Raspberry Pi OS."""
    for path, text in (
        ("boot/firmware/config.txt", CONFIG),
        ("boot/firmware/cmdline.txt", CMDLINE),
        ("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n"),
        ("etc/group", "root:x:0:\nvideo:x:44:pi\n"),
        (
            "usr/lib/systemd/system/dphys-swapfile.service",
            "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=a.target\n",
        ),
        ("etc/systemd/journald.conf.d/50-door-terminal.conf", "# somebody's own\n"),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def install(root: Path, *words: str, checkout: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [checkout / "scripts/install", "--root", root, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def content(root: Path) -> dict[str, str]:
    """Every file, folder and link, but for the tables of users."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.name not in ACCOUNTS:
            said = str(path.readlink()) if path.is_symlink() else path.read_text() if path.is_file() else "folder"
            found[str(path.relative_to(root))] = f"{path.lstat().st_mode:o} {said}"
    return found


def test_a_tree_is_laid_out_once_and_taken_back_without_a_trace(tree: Path) -> None:
    before = content(tree)
    assert install(tree, "--board", "raspberrypi", "--dry-run").returncode == 0
    assert content(tree) == before, "a look changes nothing"
    done = install(tree, "--board", "raspberrypi")
    assert done.returncode == 0, done.stderr
    assert "GPIO17" in done.stderr
    assert "panic=10" in done.stderr
    laid = content(tree)
    assert laid["etc/systemd/system/basic.target.wants/edge-door.service"].endswith("edge-door.service")
    assert laid["etc/systemd/system/dphys-swapfile.service"].endswith("/dev/null"), "no swap on a card"
    assert "[all]" in laid["boot/firmware/config.txt"]
    assert "door-lock" in (tree / "etc/passwd").read_text()
    again = install(tree, "--board", "raspberrypi")
    assert (again.returncode, again.stdout) == (0, "nothing to change\n")
    assert content(tree) == laid
    gone = install(tree, "--uninstall", "--purge")
    assert gone.returncode == 0, gone.stderr
    assert content(tree) == before
    assert "door" not in (tree / "etc/passwd").read_text() + (tree / "etc/group").read_text()


def test_what_a_person_changed_since_is_left_and_told(tree: Path) -> None:
    install(tree, "--board", "raspberrypi")
    rules = tree / "etc/udev/rules.d/60-door-terminal.rules"
    rules.write_text("# mine now\n")
    done = install(tree, "--uninstall")
    assert "leave /etc/udev/rules.d/60-door-terminal.rules: it was changed since" in done.stderr
    assert rules.read_text() == "# mine now\n"


def test_s10_an_installation_that_was_cut_short_is_undone_by_what_it_noted_first(tree: Path) -> None:
    before = content(tree)
    (tree / "boot/firmware/.config.txt.new").mkdir()  # the fourth last step fails
    cut = install(tree, "--board", "raspberrypi")
    assert cut.returncode == 1
    assert "config.txt" in cut.stderr
    assert (tree / "boot/firmware/config.txt").read_text() == CONFIG
    (tree / "boot/firmware/.config.txt.new").rmdir()
    assert install(tree, "--uninstall", "--purge").returncode == 0
    assert content(tree) == before


def test_a_file_that_is_no_part_any_more_goes(tree: Path) -> None:
    install(tree, "--board", "jetson")
    jetson = tree / "etc/systemd/system/edge-terminal.service.d/edge-terminal.conf"
    assert jetson.exists()
    done = install(tree, "--board", "debian", "--json")
    assert (
        "remove /etc/systemd/system/edge-terminal.service.d/edge-terminal.conf, which is no part any more"
        in json.loads(done.stdout)["steps"]
    )
    assert not jetson.exists()


def test_a_provisioning_file_is_laid_once_and_not_again_when_it_is_in_force(tree: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b"[terminal]\r\n")
    install(tree, "--board", "raspberrypi", "--provision", str(file))
    laid = tree / "boot/firmware/terminal.toml"
    assert laid.read_bytes() == b"[terminal]\r\n"
    laid.unlink()
    digest = hashlib.sha256(b"[terminal]\n").hexdigest()
    (tree / "etc/door-terminal/identity.toml").write_text(f'sha256 = "{digest}"\n')
    done = install(tree, "--board", "raspberrypi", "--provision", str(file))
    assert done.stdout == "nothing to change\n"
    assert not laid.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--purge"], "goes with --uninstall"),
        (["--uninstall", "--start"], "--uninstall goes with"),
        (["--provision", "/nowhere.toml", "--wheels", "/nowhere"], "/nowhere.toml: is no file; /nowhere: is no folder"),
    ],
)
def test_words_that_make_no_sense_change_nothing(tree: Path, words: list[str], said: str) -> None:
    before = content(tree)
    done = install(tree, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert content(tree) == before


def test_a_pi_without_its_boot_partition_or_with_an_old_system_is_refused(tree: Path) -> None:
    (tree / "boot/firmware/cmdline.txt").unlink()
    done = install(tree, "--board", "raspberrypi")
    assert (done.returncode, "first partition mounted" in done.stderr) == (2, True)
    (tree / "boot/firmware/config.txt").rename(tree / "boot/config.txt")
    assert "older than Debian 12" in install(tree, "--board", "raspberrypi").stderr


def test_a_machine_is_known_by_what_it_says(tmp_path: Path) -> None:
    assert look(tmp_path, None).kind == "debian"
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_text("Raspberry Pi 5 Model B Rev 1.0\0")
    assert look(tmp_path, None).kind == "debian", "a Pi with another system has no picamera2"
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/rpi-issue").write_text("Raspberry Pi reference 2025-05-13\n")
    assert (look(tmp_path, None).kind, look(tmp_path, None).model) == ("raspberrypi", "Raspberry Pi 5 Model B Rev 1.0")
    (tmp_path / "etc/nv_tegra_release").write_text("# R38\n")
    assert look(tmp_path, None).kind == "jetson"
    assert look(tmp_path, "debian").kind == "debian", "a person knows better"


def test_a_tree_that_is_none_is_refused(tmp_path: Path) -> None:
    assert faults(Machine(tmp_path / "none", "debian", "", booted=False)) == [f"{tmp_path / 'none'} is no folder"]


def test_a_damaged_record_is_told_and_nothing_guessed(tree: Path) -> None:
    place = tree / record.PLACE.lstrip("/")
    place.parent.mkdir(parents=True)
    place.write_text("{")
    done = install(tree, "--uninstall")
    assert (done.returncode, "is damaged" in done.stderr) == (2, True)


def test_nothing_was_installed_so_nothing_is_removed(tree: Path) -> None:
    assert install(tree, "--uninstall").stdout == "nothing to change\n"
    assert removals(Machine(tree, "debian", "", booted=False), None, None, purge=False) == []  # type: ignore[arg-type]


def test_an_interpreter_that_is_too_old_is_told_with_the_one_to_add(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.10.12 && exit 0\nexit 1\n')
    old.chmod(0o755)
    for name in ("bash", "env", "dirname", "grep", "cat"):
        found = shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    done = subprocess.run(
        [PROJECT / "scripts/install"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tmp_path)},
        timeout=20,
    )
    assert done.returncode == 2
    assert "Python 3.10.12" in done.stderr
    assert "python3.11" in done.stderr


def test_help_teaches(tmp_path: Path) -> None:
    done = subprocess.run(
        [PROJECT / "scripts/install", "--help"], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=20
    )
    assert done.returncode == 0
    for words in ("--dry-run", "--uninstall --purge", "exit codes:", "JetPack 6", "--provision"):
        assert words in done.stdout
