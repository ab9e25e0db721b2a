"""Head office's limits travel with the provisioning file, or it is said that there are none."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app.first_boot import apply
from edge.cli.provision.check import Checked
from tests.provisioning import device

if TYPE_CHECKING:
    from datetime import datetime

    from tests.e2e.conftest import Typed

OWN = ("terminal.id=b-1", "terminal.site=Berlin", "terminal.door=Main", "terminal.time_zone=Europe/Berlin")
DOOR = 'board = "gpiochip"\n[exit_button]\nline = "GPIO5"\non_fault = "ignore"\n'
"""What a door has, which a file may leave open."""
LIMITS = 'version = 3\nissued = 2026-11-01\n\n[decision]\nvotes = 2 # "at least"\n'


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Typed) -> Path:
    """Head office's folder, with limits that it signed, and a second office's key."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    for folder in (".", "other"):
        assert typed("limits", "keygen", folder).code == 0
    (tmp_path / "limits.toml").write_text(LIMITS)
    assert typed("limits", "sign", "limits.toml", "--key", "head-office.key").code == 0
    return tmp_path


def new(typed: Typed, *more: str, key: str = "head-office.key") -> tuple[int, str, str]:
    own = [word for one in OWN for word in ("--set", one)]
    if "--template" not in more:
        Path("door.toml").write_text(DOOR)
        own += ["--template", "door.toml"]
    done = typed("provision", "new", "t.toml", "--key", key, *own, *more)
    return done.code, done.out, done.err


def checked(typed: Typed) -> Checked:
    return msgspec.json.decode(typed("provision", "check", "t.toml", "--json").out, type=Checked)


@pytest.mark.parametrize(
    ("door", "said"),
    [('board = "pc"\n', 'board: "pc" simulates its lock'), ('board = "gpiochip"\n', "exit_button.line: none is named")],
    ids=["a desk's machine", "no button"],
)
def test_s10_a_door_that_is_none_or_has_no_button_is_noticed_before_it_hangs_on_a_wall(
    office: Path, typed: Typed, door: str, said: str
) -> None:
    (office / "less.toml").write_text(door)
    code, out, err = new(typed, "--limits", "limits.toml", "--template", "less.toml")
    assert (code, err) == (0, "")
    assert f"note: {said}" in out
    assert [note.startswith(said) for note in checked(typed).notes] == [True]
    assert said in booted(office, issued(office))


def booted(office: Path, moment: datetime) -> str:
    """Provision a device by the file; returns its log."""
    here = device(office / "device", moment)
    (here.boot / "terminal.toml").write_bytes((office / "t.toml").read_bytes())
    apply(here)
    return (here.boot / "provision.log").read_text()


def issued(office: Path) -> datetime:
    found: datetime = tomllib.loads((office / "t.toml").read_text())["terminal"]["issued"]
    return found


def test_the_limits_travel_with_the_file_and_come_into_force_at_the_first_boot(office: Path, typed: Typed) -> None:
    code, out, _ = new(typed, "--limits", "limits.toml")
    assert (code, "note:" in out) == (0, False)
    assert (checked(typed).faults, checked(typed).notes) == ((), ())
    assert "limits: " not in booted(office, issued(office))
    home = office / "device/root/etc/door-terminal"
    assert (home / "limits.toml").read_text() == LIMITS
    assert (home / "limits.toml.sig").read_bytes() == (office / "limits.toml.sig").read_bytes()
    assert (home / "head-office.pub").read_bytes() == (office / "head-office.pub").read_bytes()


def test_s3_limits_of_another_key_or_changed_ones_make_no_file(office: Path, typed: Typed) -> None:
    code, _, err = new(typed, "--limits", "limits.toml", key="other/head-office.key")
    assert (code, "sign the limits with the key that signs this file" in err) == (3, True)
    (office / "limits.toml").write_text(LIMITS.replace("= 2", "= 1"))
    assert new(typed, "--limits", "limits.toml")[0] == 3
    (office / "limits.toml.sig").unlink()
    code, _, err = new(typed, "--limits", "limits.toml")
    assert (code, "sign the limits first" in err) == (14, True)
    assert not (office / "t.toml").exists()


def test_s9_a_configuration_that_the_limits_forbid_makes_no_file(office: Path, typed: Typed) -> None:
    (office / "template.toml").write_text(f"{DOOR}[decision]\nvotes = 1\n")
    code, _, err = new(typed, "--limits", "limits.toml", "--template", "template.toml")
    assert (code, "decision.votes = 1 is laxer than head office's limit 2" in err) == (14, True)


def test_a_file_without_limits_is_right_and_says_so_wherever_it_is_looked_at(office: Path, typed: Typed) -> None:
    code, out, _ = new(typed)
    assert (code, "note: limits: the file brings head office's key and no limits" in out) == (0, True)
    found = checked(typed)
    assert (found.faults, len(found.notes)) == ((), 1)
    assert "note: limits: the file brings" in typed("provision", "check", "t.toml").out
    assert "limits: the file brings head office's key and no limits" in booted(office, issued(office))


def test_a_terminal_that_is_under_limits_already_needs_no_line(office: Path, typed: Typed) -> None:
    new(typed)
    here = device(office / "device", issued(office))
    home = here.root / "etc/door-terminal"
    for name in ("limits.toml", "limits.toml.sig", "head-office.pub"):
        (home / name).write_bytes((office / name).read_bytes())
    assert "limits: " not in booted(office, issued(office))
