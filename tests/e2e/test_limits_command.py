"""`edge limits`, and what every command makes of limits, with the real files where a PC has them."""

from __future__ import annotations

import signal
import stat
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app.doctor_door import Check
from edge.cli.limits import LimitsReport
from edge.cli.settings import CheckReport
from edge.values import Occasion
from tests.e2e.commands import AGREED, Running, edge, journal, limited, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed

LAX = '[decision]\nfpir = 0.01\n[liveness]\nmode = "off"\n'
WORDS = "decision.fpir = 0.01 is laxer than head office's limit 0.001 (limits.toml)"
UNDER_LIMITS = [
    ("terminal",),
    ("run",),
    ("identify", "nobody.png"),
    ("verify", "--id", "bo", "nobody.png"),
    ("enrol", *AGREED, "--id", "bo", "--name", "Bo", "nobody.png"),
    ("config", "check"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This PC's folder for configuration and limits."""
    for kind in ("CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    place = tmp_path / "config" / "door-terminal"
    place.mkdir(parents=True)
    return place


@pytest.fixture
def office(tmp_path: Path, typed: Typed) -> Path:
    """Head office's folder: its keys, and the template of its limits, signed."""
    place = tmp_path / "office"
    place.mkdir()
    assert typed("limits", "keygen", place).code == 0
    (place / "limits.toml").write_text(typed("limits", "template").out)
    sign(place, typed)
    return place


def sign(office: Path, typed: Typed) -> None:
    done = typed("limits", "sign", office / "limits.toml", "--key", office / "head-office.key")
    assert (done.code, done.err) == (0, "")
    assert "limits.toml.sig: version " in done.out


def send(office: Path, folder: Path, *names: str) -> None:
    """Copy what head office sends to its terminals."""
    for name in names or ("head-office.pub", "limits.toml", "limits.toml.sig"):
        (folder / name).write_bytes((office / name).read_bytes())


def test_a_key_is_made_once_and_is_its_owner_s_alone(office: Path, typed: Typed) -> None:
    assert stat.S_IMODE((office / "head-office.key").stat().st_mode) == 0o600
    again = typed("limits", "keygen", office)
    assert (again.code, "File exists: no key was made" in again.fault) == (1, True)


def test_limits_with_a_fault_are_not_signed(office: Path, typed: Typed) -> None:
    (office / "limits.toml").write_text("version = 1\n[decision]\nfpri = 0.1\n")
    done = typed("limits", "sign", office / "limits.toml", "--key", office / "head-office.key")
    assert done.code == 2
    assert [line.partition("limits.toml")[2][:3] for line in done.err.splitlines()[1:]] == [": i", ":3:"]


def test_on_a_full_disk_the_old_signature_stays_whole(office: Path) -> None:
    before = {path.name: path.read_bytes() for path in office.iterdir()}
    done = limited(10, "limits", "sign", office / "limits.toml", "--key", office / "head-office.key")
    assert (done.code, "limits.toml.sig: cannot be written: File too large" in done.fault) == (3, True)
    assert {path.name: path.read_bytes() for path in office.iterdir()} == before


def test_what_holds_for_purposes_is_shown_and_who_is_laxer_does_not_start(
    office: Path, folder: Path, typed: Typed
) -> None:
    (office / "limits.toml").write_text(
        'version = 1\nissued = 2026-11-30\n[[purposes]]\nname = "*"\nattempts = 1\nliveness = "active"\n'
    )
    sign(office, typed)
    send(office, folder)
    (folder / "terminal.toml").write_text('[[purposes]]\nname = "vault"\n')
    found = msgspec.json.decode(typed("limits", "show", "--json").out, type=LimitsReport)
    assert [(one.key, one.limit, one.configured, one.laxer) for one in found.limits] == [
        ("purposes[1].liveness", "active", "passive", True),
        ("purposes[1].attempts", 1, 1, False),
    ]
    checked = typed("config", "check")
    assert (checked.code, 'purposes[1].liveness = "passive" (purpose "vault")' in checked.fault) == (2, True)


def test_what_holds_on_this_machine_is_shown_to_people_and_machines(office: Path, folder: Path, typed: Typed) -> None:
    assert "nothing limits what is configured here" in typed("limits", "show").out
    free = msgspec.json.decode(typed("limits", "show", "--json").out, type=LimitsReport)
    assert free == LimitsReport(str(folder), None, None, ())
    send(office, folder)
    (folder / "terminal.toml").write_text(LAX)
    done = typed("limits", "show")
    assert (done.code, done.out.count("too lax")) == (0, 2)
    report = msgspec.json.decode(typed("limits", "show", "--json").out, type=LimitsReport)
    assert report.version == 1
    assert [one.key for one in report.limits if one.laxer] == ["decision.fpir", "liveness.mode"]
    (one,) = (one for one in report.limits if one.key == "decision.fpir")
    assert (one.bound, one.limit, one.configured) == ("at most", 0.001, 0.01)


@pytest.mark.parametrize("command", UNDER_LIMITS, ids=" ".join)
def test_a_laxer_setting_is_refused_by_every_command_that_recognises(
    command: tuple[str, ...], office: Path, folder: Path, typed: Typed, tmp_path: Path
) -> None:
    send(office, folder)
    (folder / "terminal.toml").write_text(LAX)
    done = typed(*command, "--data", tmp_path / "people")
    fault = done.err.splitlines()[-1]
    assert done.code == 2
    assert WORDS in fault
    assert "liveness.mode" in fault
    assert not (tmp_path / "people" / "people.sqlite3").exists()


@pytest.mark.parametrize("command", UNDER_LIMITS, ids=" ".join)
@pytest.mark.parametrize("broken", ["missing", "tampered"])
def test_limits_that_cannot_be_trusted_are_unsafe(
    broken: str, command: tuple[str, ...], office: Path, folder: Path, typed: Typed, tmp_path: Path
) -> None:
    send(office, folder)
    if broken == "missing":
        (folder / "limits.toml.sig").unlink()
    else:
        (folder / "limits.toml").write_text((folder / "limits.toml").read_text().replace("0.001", "0.1"))
    done = typed(*command, "--data", tmp_path / "people")
    assert done.code == 3
    assert ("limits.toml.sig: is missing" if broken == "missing" else "is not what head office signed") in done.err


def test_no_liveness_on_the_command_line_is_as_lax_as_in_the_file(
    office: Path, folder: Path, typed: Typed, tmp_path: Path
) -> None:
    send(office, folder)
    done = typed("run", "--board", "fake", "--no-liveness", "--data", tmp_path / "people")
    assert (done.code, 'liveness.mode = "off" is laxer' in done.err.splitlines()[-1]) == (2, True)


def test_a_machine_is_told_the_same(office: Path, folder: Path, typed: Typed) -> None:
    send(office, folder)
    (folder / "terminal.toml").write_text(LAX)
    done = typed("config", "check", "--json")
    report = msgspec.json.decode(done.out, type=CheckReport)
    assert (done.code, len(report.faults)) == (2, 2)
    assert report.faults[0] == f"{folder / 'terminal.toml'}: {WORDS}"
    (folder / "limits.toml.sig").write_bytes(bytes(64))
    done = typed("config", "check", "--json")
    report = msgspec.json.decode(done.out, type=CheckReport)
    assert (done.code, len(report.faults)) == (3, 1)


def test_the_doctor_looks_at_the_limits(office: Path, folder: Path, typed: Typed) -> None:
    def look() -> Check:
        done = typed("doctor", "--board", "fake", "--json")
        (found,) = (one for one in msgspec.json.decode(done.out, type=list[Check]) if one.name == "limits")
        assert bool(found.mend) == (found.state != "ok")
        return found

    assert look().state == "ok"
    send(office, folder, "limits.toml", "limits.toml.sig")
    assert (look().state, "nobody vouches for it" in look().found) == ("warning", True)
    send(office, folder)
    assert (look().state, "version 1 of " in look().found) == ("ok", True)
    (folder / "terminal.toml").write_text(LAX)
    assert (look().state, WORDS in look().found) == ("fault", True)
    (folder / "limits.toml").unlink()
    assert (look().state, "limits.toml: is missing" in look().found) == ("fault", True)


def test_the_doctor_asks_the_running_door_what_it_goes_by(
    office: Path, folder: Path, typed: Typed, tmp_path: Path
) -> None:
    def look() -> Check:
        done = typed("doctor", "--board", "fake", "--json", "--data", data)
        (found,) = (one for one in msgspec.json.decode(done.out, type=list[Check]) if one.name == "limits")
        return found

    send(office, folder)
    data, lax = tmp_path / "people", tmp_path / "lax.toml"
    lax.write_text("[door]\npulse_s = 6.0\n")
    door = Running(tmp_path / "door", "-m", "edge", "door", "--board", "fake", "--data", data, "--config", lax)
    try:
        until(lambda: look().state == "fault")
        found = look()
        assert "the running door process: door.pulse_s = 6.0 is laxer than head office's limit 5.0" in found.found
        assert found.mend.startswith("restart `edge door`")
        assert door.end(signal.SIGTERM) == 0
        assert look().state == "ok"
    finally:
        door.kill()


def test_s10_the_door_asks_for_no_limits(office: Path, folder: Path, tmp_path: Path) -> None:
    send(office, folder, "head-office.pub")
    (folder / "terminal.toml").write_text(LAX)
    data = tmp_path / "people"
    door = Running(tmp_path / "door", "-m", "edge", "door", "--board", "fake", "--data", data)
    try:
        until(lambda: any(one.occasion is Occasion.DOOR_STARTED for one in journal(data)))
        assert door.end(signal.SIGTERM) == 0
    finally:
        door.kill()


def test_somebody_can_be_removed_and_the_journal_read_under_any_limits(
    office: Path, folder: Path, typed: Typed, tmp_path: Path
) -> None:
    send(office, folder, "head-office.pub")
    (folder / "terminal.toml").write_text(LAX)
    assert "fpir = 0.01" in typed("config", "show").out
    assert typed("people", "list", "--data", tmp_path / "people").code == 5
    assert typed("journal", "verify", "--data", tmp_path / "people").code != 3


@pytest.mark.pictures
def test_s12_a_terminal_that_ran_under_newer_limits_refuses_older_ones(
    office: Path, folder: Path, typed: Typed, pictures: Path, tmp_path: Path
) -> None:
    data, old = tmp_path / "people", (office / "limits.toml").read_text()
    frames = tmp_path / "frames"
    frames.mkdir()
    (frames / "stranger.jpg").symlink_to(pictures / "biden.jpg")
    run = ("run", "--board", "pc", "--source", frames, "--data", data)
    (office / "limits.toml").write_text(old.replace("version = 1 ", "version = 2 "))
    sign(office, typed)
    send(office, folder)
    assert typed(*run).code == 0
    (office / "limits.toml").write_text(old)
    sign(office, typed)
    send(office, folder)
    done = edge(*run)
    assert (done.code, "version 1, and version 2 was in force here" in done.err) == (3, True)
    (folder / "head-office.pub").unlink()
    done = typed("identify", pictures / "obama.jpg", "--data", data)
    assert (done.code, "head-office.pub: is missing" in done.fault) == (3, True)
