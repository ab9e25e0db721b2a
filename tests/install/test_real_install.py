"""scripts/install in a real Debian 12: apt, pip, users and units are the real ones. scripts/check-install makes it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.install.debian import CHECKOUT, WHEELS, Debian, lacking

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(lacking()), reason=lacking())]

APTS = re.compile(
    r"/var/(cache|log|lib/(apt|dpkg|systemd))(/|$)|/etc/(passwd|group|shadow|gshadow)-?$|/etc/\.pwd\.lock$|.*/__pycache__"
)
"""What apt and the tables of users leave behind; both are looked at by themselves."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Debian:
    """A Debian with the terminal on it, which nobody changes any more."""
    debian = Debian(tmp_path_factory.mktemp("installed"))
    done = debian.install()
    assert done.code == 0, done.err
    return debian


@pytest.fixture
def later(installed: Debian, tmp_path: Path) -> Debian:
    """The same machine, to change."""
    return Debian(tmp_path / "later", installed.changed)


@pytest.fixture
def fresh(tmp_path: Path) -> Debian:
    """A Debian that knows nothing of the terminal."""
    return Debian(tmp_path / "fresh")


def test_a_look_says_what_would_be_done_and_changes_nothing(fresh: Debian) -> None:
    done = fresh.install("--dry-run", "--json")
    assert done.code == 0, done.err
    said = json.loads(done.out)
    steps = "\n".join(said["steps"])
    assert said["kind"] == "debian"
    assert "install by apt: python3-venv" in steps
    assert "enable edge-door.service" in steps
    assert "/opt/door-terminal.d/" in steps
    assert [path for path in (fresh.folder / "upper").rglob("*") if not path.is_dir()] == []


def test_a_second_run_changes_nothing_and_says_so(later: Debian) -> None:
    before = later.listing()
    done = later.install()
    assert (done.code, done.out, done.err) == (0, "nothing to change\n", "")
    assert later.listing() == before


def test_the_program_runs_as_its_users(later: Debian) -> None:
    for user, words in (
        ("door-lock", ["door", "--help"]),
        ("door-terminal", ["models", "verify"]),
        ("door-ota", ["ota", "--help"]),
    ):
        done = later.run("runuser", "-u", user, "--", "/opt/door-terminal/bin/edge", *words)
        assert done.code == 0, (user, done.err)
    assert "apt" not in later.run("/opt/door-terminal/bin/python", "-c", "import gpiod, sys; print(sys.prefix)").err


def test_bytecode_is_there_before_the_first_start(later: Debian) -> None:
    script = (
        "import importlib.util as u, pathlib, sys, edge; f = pathlib.Path(edge.__file__).parent; "
        "print(sum(not pathlib.Path(u.cache_from_source(str(p))).exists() for p in f.rglob('*.py')))"
    )
    assert later.run("/opt/door-terminal/bin/python", "-B", "-c", script).out == "0\n"


def test_s10_systemd_finds_nothing_to_say_about_any_unit(later: Debian) -> None:
    units = [f"/etc/systemd/system/{path.name}" for path in units_of(later)]
    assert len(units) > 10
    done = later.run("systemd-analyze", "verify", "--man=no", *units)
    assert (done.code, done.out, done.err) == (0, "", "")


def test_s10_the_door_is_wanted_in_every_state_and_the_terminal_only_when_it_is_somebody(later: Debian) -> None:
    said = later.run("systemctl", "is-enabled", *[path.name for path in units_of(later)]).out.split()
    assert set(said) == {"enabled", "static"}
    for target in ("basic", "rescue", "emergency"):
        assert later.run("test", "-e", f"/etc/systemd/system/{target}.target.wants/edge-door.service").code == 0
    condition = later.run("cat", "/etc/systemd/system/edge-terminal.service").out
    assert "ConditionPathExists=/etc/door-terminal/terminal.toml" in condition


def test_cloud_init_takes_the_template(later: Debian) -> None:
    done = later.run("cloud-init", "schema", "--config-file", f"{CHECKOUT}/image/cloud-init/user-data")
    assert done.code == 0, done.err + done.out
    assert "Valid" in done.out
    broken = "#cloud-config\nwrite_files:\n  - content: x\n    mode: 3\n"
    told = later.run("bash", "-c", f"printf '%s' '{broken}' >/tmp/u && cloud-init schema --config-file /tmp/u")
    assert told.code != 0, "this schema finds nothing"


def test_s3_a_new_version_that_does_not_install_leaves_the_one_that_runs(later: Debian) -> None:
    newer(later, "raise RuntimeError('a version that does not load')\n")
    runs = later.run("readlink", "/opt/door-terminal").out
    done = later.install(checkout="/newer")
    assert done.code == 1
    assert "does not load" in done.err
    assert later.run("readlink", "/opt/door-terminal").out == runs
    assert later.run("/opt/door-terminal/bin/edge", "--version").code == 0


def test_s2_a_cut_while_a_version_is_made_leaves_the_one_that_runs_and_the_next_run_ends_it(later: Debian) -> None:
    newer(later, "")
    runs = later.run("readlink", "/opt/door-terminal").out
    cut = (
        f"/newer/scripts/install --wheels {WHEELS} & "
        "until [ $(find /opt/door-terminal.d -maxdepth 5 -name site-packages | wc -l) = 2 ]; do :; done; "
        "kill -9 $!; wait"
    )
    later.run("bash", "-c", cut)
    assert later.run("readlink", "/opt/door-terminal").out == runs
    done = later.install(checkout="/newer")
    assert done.code == 0, done.err
    assert later.run("readlink", "/opt/door-terminal").out != runs
    assert later.run("/opt/door-terminal/bin/edge", "--version").code == 0
    assert len(later.run("ls", "/opt/door-terminal.d").out.split()) == 2, "the one before stays, to go back to"


def test_what_was_removed_is_as_before_and_people_stay_unless_purged(later: Debian, fresh: Debian) -> None:
    later.run("install", "-d", "/var/lib/door-terminal")
    later.run("cp", "/etc/hostname", "/var/lib/door-terminal/people.db")
    done = later.install("--uninstall")
    assert done.code == 0, done.err
    assert "apt-get purge" in done.err
    left = differences(fresh, later)
    assert left == ["/var/lib/door-terminal", "/var/lib/door-terminal/people.db"], left
    assert later.run("getent", "passwd", "door-terminal").code == 0, "whose the people are"
    assert later.install("--uninstall").out == "nothing to change\n"


def test_a_purge_leaves_nothing_but_apts_packages(later: Debian, fresh: Debian) -> None:
    later.run("install", "-d", "/var/lib/door-terminal/models", "/var/lib/door-lock", "/etc/door-terminal/keys")
    done = later.install("--uninstall", "--purge")
    assert done.code == 0, done.err
    assert differences(fresh, later) == []
    for name in ("passwd", "group"):
        more = accounts(later, name) - accounts(fresh, name)
        assert more <= {"systemd-timesync"}, more


def units_of(debian: Debian) -> list[Path]:
    """The units that were laid out."""
    return sorted(path for layer in debian.changed for path in layer.glob("etc/systemd/system/edge-*.*"))


def accounts(debian: Debian, table: str) -> set[str]:
    """Names of users or groups."""
    return {line.partition(":")[0] for line in debian.run("cat", f"/etc/{table}").out.splitlines()}


def newer(debian: Debian, added: str) -> None:
    """Lay a checkout out that differs from the one that was installed."""
    copied = (
        f"mkdir /newer && cd {CHECKOUT} && cp -r edge hw models image scripts pyproject.toml README.md LICENSE /newer"
    )
    debian.run("bash", "-c", copied)
    source = debian.folder / "upper/newer/edge/__init__.py"
    source.write_text(f"{source.read_text()}{added}# newer\n")


def differences(before: Debian, after: Debian) -> list[str]:
    """Every path that is not as it was, but for the files of packages, which stay."""
    was, now = before.listing(), after.listing()
    more = packages(after) - packages(before)
    apts = set(after.run("dpkg", "-L", *more).out.splitlines()) if more else set()
    paths = {path for path in was.keys() | now.keys() if was.get(path) != now.get(path)} - apts
    return sorted(path for path in paths if not APTS.match(path))


def packages(debian: Debian) -> set[str]:
    """What apt has installed."""
    return set(debian.run("dpkg-query", "-W", "-f", "${Package}\n").out.split())
