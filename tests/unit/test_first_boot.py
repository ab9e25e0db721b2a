"""The first boot: a signed file on the card makes the terminal, or nothing changes and everybody can see why."""

from __future__ import annotations

import dataclasses
import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from edge import config, keys
from edge.app import resetting
from edge.app.boot_state import FAILED, SEALED, WAITING, state
from edge.app.first_boot import apply
from edge.app.in_force import in_force
from edge.cli import edge
from edge.errors import EdgeError, JournalError, ProvisionError, SignatureError
from edge.provision import HeadOffice, intents, opened, plan, seal
from edge.provision.claim_code import new_code
from tests.bench.provision_crashes import run
from tests.provisioning import NOW, PASSPHRASE, TOKEN, device, document, signed, tree

if TYPE_CHECKING:
    from pathlib import Path

KEY = keys.new_pair()[0]


def log(folder: Path) -> str:
    return (folder / "boot/provision.log").read_bytes().decode()


def test_a_card_makes_the_terminal_and_is_emptied(tmp_path: Path) -> None:
    restarted: list[str] = []
    here = device(tmp_path, restart=restarted.extend)
    (here.boot / "TERMINAL.TOML").write_bytes(signed(document(), KEY))
    assert apply(here) == "done"
    home = here.root / "etc/door-terminal"
    assert config.load(home / "terminal.toml") == document().config
    assert (here.root / "etc/hostname").read_text() == "berlin-1\n"
    assert str((here.root / "etc/localtime").readlink()) == "/usr/share/zoneinfo/Europe/Berlin"
    connection = here.root / plan.CONNECTION
    assert connection.stat().st_mode & 0o777 == 0o600
    assert f"psk={PASSPHRASE}\n" in connection.read_text()
    assert "ssid=100;111;111;114;59;32;110;101;116;\n" in connection.read_text()  # "door; net"
    assert {one.name for one in (home / "tls").iterdir()} >= {"device.key", "device.csr", "device.crt"}
    assert (home / "keys/device.key").exists()
    assert {one.name for one in here.boot.iterdir()} == {"provision.log", "wiring.toml"}
    assert restarted == ["edge-door.service", "edge-terminal.service", "edge-ota.timer"]
    assert state(here.root) == "done"


def test_who_becomes_a_terminal_looks_for_models_soon_and_who_stays_one_looks_when_it_would(tmp_path: Path) -> None:
    restarted: list[str] = []
    here = device(tmp_path, restart=restarted.extend)
    assert apply(here) == WAITING
    assert "edge-ota.timer" not in restarted, "there is nobody to look for"
    (here.boot / "terminal.toml").write_bytes(signed(document(), KEY))
    assert apply(here) == "done"
    assert restarted.count("edge-ota.timer") == 1
    assert apply(here) == "done"
    assert restarted.count("edge-ota.timer") == 1, "nothing changed"
    (here.boot / "terminal.toml").write_bytes(signed(document(issued=NOW, door="Yard"), KEY))
    assert apply(here) == "done"
    assert restarted.count("edge-ota.timer") == 2, "another configuration may name another repository"


def test_a_check_for_models_that_cannot_be_ordered_is_told_and_stops_nothing(tmp_path: Path) -> None:
    def restart(services: tuple[str, ...]) -> None:
        if "edge-ota.timer" in services:
            raise ProvisionError("edge-ota.timer: does not start")

    here = device(tmp_path, restart=restart)
    (here.boot / "terminal.toml").write_bytes(signed(document(), KEY))
    assert apply(here) == "done"
    assert "LATER: newer models are looked for at the timer's next time (edge-ota.timer: does not start)" in log(
        tmp_path
    )
    assert "DONE: this is berlin-1 now." in log(tmp_path)


def test_s10_door_and_terminal_may_read_what_a_strict_umask_made(tmp_path: Path) -> None:
    here = device(tmp_path)
    office = HeadOffice(token=TOKEN, url="https://ca.example/est")
    told = dataclasses.replace(document(), head_office=office)
    (here.boot / "terminal.toml").write_bytes(signed(told, KEY))
    before = os.umask(0o077)  # of the unit: its secrets are nobody else's
    try:
        apply(here)
    finally:
        os.umask(before)
    home = here.root / "etc/door-terminal"
    for name in ("terminal.toml", "identity.toml", "tls/claim.toml", "../hostname"):
        assert (home / name).stat().st_mode & 0o777 == 0o644, name
        assert (home / name).parent.stat().st_mode & 0o005 == 0o005, name
    for name in (plan.TOKEN, plan.CONNECTION):
        assert (here.root / name).stat().st_mode & 0o777 == 0o600, name


def test_the_log_is_read_on_windows_and_holds_no_secret(tmp_path: Path) -> None:
    here = device(tmp_path)
    (here.boot / "terminal.toml").write_bytes(signed(document(), KEY))
    apply(here)
    assert "DONE: this is berlin-1 now.\r\n" in log(tmp_path)
    assert log(tmp_path).count("\n") == log(tmp_path).count("\r\n")
    assert PASSPHRASE not in log(tmp_path)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    here = device(tmp_path)
    text = signed(document(), KEY).replace(b"\n", b"\r\n")
    (here.boot / "terminal.toml").write_bytes(b"\xef\xbb\xbf" + text)
    assert apply(here) == "done"


def test_without_a_file_nothing_changes(tmp_path: Path) -> None:
    here = device(tmp_path)
    before = tree(here.root / "etc")
    assert apply(here) == WAITING
    assert tree(here.root / "etc") == before
    assert "Waiting" in log(tmp_path)


GOOD = signed(document(), KEY)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"terminal.toml": b""}, "is empty"),
        ({"terminal.toml": GOOD[: len(GOOD) // 2]}, "`edge provision sign`. The door stays locked;"),
        ({"terminal.toml": GOOD, "terminal(1).toml": GOOD}, "there are 2 provisioning files"),
        ({"terminal.toml.txt": GOOD}, "rename it to terminal.toml"),
        ({"terminal.toml": GOOD[: len(GOOD) // 2]}, "not signed"),
        ({"terminal.toml": GOOD[:-9]}, "terminal.toml"),
        ({"terminal.toml": GOOD.replace(b"Main", b"Back")}, "changed after it was signed"),
        ({"terminal.toml": signed(document(expires=NOW - timedelta(minutes=1)), KEY)}, "expired"),
        ({"terminal.toml": signed(document(serial="1000"), KEY)}, "terminal.serial"),
        ({"terminal.toml": signed(document(time_zone="Europe/Paris"), KEY)}, "time_zone"),
    ],
    ids=[
        "0 bytes",
        "two sentences",
        "a second file",
        "another name",
        "half",
        "cut",
        "changed",
        "expired",
        "another board",
        "zone",
    ],
)
def test_s3_a_file_that_is_refused_changes_nothing_and_everybody_sees_it(
    tmp_path: Path, files: dict[str, bytes], said: str
) -> None:
    here = device(tmp_path)
    (here.root / plan.PIN).write_bytes(keys.public_of(KEY))
    for name, content in files.items():
        (here.boot / name).write_bytes(content)
    before = tree(here.root / "etc")
    with pytest.raises(EdgeError):
        apply(here)
    assert tree(here.root / "etc") == before
    assert state(here.root) == FAILED
    assert "FAILED" in log(tmp_path)
    assert said in log(tmp_path)
    assert (here.root / "sys/class/leds/ACT/delay_on").read_text() == "100"


def test_s3_only_the_pinned_key_replaces_a_configuration(tmp_path: Path) -> None:
    here = device(tmp_path)
    (here.boot / "terminal.toml").write_bytes(signed(document(), KEY))
    apply(here)
    (here.boot / "terminal.toml").write_bytes(signed(document(issued=NOW), keys.new_pair()[0]))
    with pytest.raises(SignatureError, match="is signed by the key"):
        apply(here)


def test_a_newer_file_replaces_the_configuration_and_an_older_one_does_not(tmp_path: Path) -> None:
    here = device(tmp_path)
    (here.boot / "terminal.toml").write_bytes(signed(document(), KEY))
    apply(here)
    (here.root / "var/lib/door-terminal").mkdir(parents=True)
    (here.root / "var/lib/door-terminal/people.sqlite3").write_bytes(b"people")
    cabled = dataclasses.replace(document(issued=NOW, door="Yard"), network=type(document().network)())
    (here.boot / "terminal.toml").write_bytes(signed(cabled, KEY))
    apply(here)
    assert 'door = "Yard"' in (here.root / plan.IDENTITY).read_text()
    assert PASSPHRASE not in (here.root / plan.CONNECTION).read_text()
    assert not (here.root / "etc/systemd/timesyncd.conf.d/50-door-terminal.conf").exists()
    assert (here.root / "var/lib/door-terminal/people.sqlite3").read_bytes() == b"people"
    (here.boot / "terminal.toml").write_bytes(signed(document(), KEY))
    with pytest.raises(ProvisionError, match="only a newer one"):
        apply(here)
    assert 'door = "Yard"' in (here.root / plan.IDENTITY).read_text()


def test_s3_another_terminals_file_is_refused_until_a_reset_and_nobody_stays_enrolled_for_it(tmp_path: Path) -> None:
    here, other = device(tmp_path), signed(document(id="berlin-2", hostname="berlin-2"), KEY)  # of the same batch
    (here.boot / "terminal.toml").write_bytes(GOOD)
    apply(here)
    people = here.root / "var/lib/door-terminal/people.sqlite3"
    people.parent.mkdir(parents=True)
    people.write_bytes(b"people")
    before = tree(here.root / "etc")
    for moved in (NOW, NOW - timedelta(hours=1)):
        told = document(id="berlin-2", hostname="berlin-2", issued=moved)
        (here.boot / "terminal.toml").write_bytes(signed(told, KEY))
        with pytest.raises(ProvisionError, match="it is for berlin-2, and this terminal is berlin-1: take the card to"):
            apply(here)
        assert tree(here.root / "etc") == before
    assert people.exists()
    resetting.do(here, resetting.Reset(who="root", why="the cards were mixed up"))
    (here.boot / "terminal.toml").write_bytes(other)
    assert apply(here) == "done"
    assert not people.exists()
    assert (here.root / "etc/hostname").read_text() == "berlin-2\n"


def test_sealed_secrets_wait_for_the_claim_code(tmp_path: Path) -> None:
    here, code = device(tmp_path), new_code()
    office = dataclasses.replace(document(), sealed=None)
    (here.boot / "terminal.toml").write_bytes(signed(seal(office, code), KEY))
    before = tree(here.root / "etc")
    assert apply(here) == SEALED
    assert tree(here.root / "etc") == before
    assert apply(dataclasses.replace(here, code=code)) == "done"
    assert f"psk={PASSPHRASE}\n" in (here.root / plan.CONNECTION).read_text()


def test_s7_what_was_begun_is_ended_by_the_next_start_without_the_card(tmp_path: Path) -> None:
    whole, cut = device(tmp_path / "whole"), device(tmp_path / "cut")
    (whole.boot / "terminal.toml").write_bytes(GOOD)
    apply(whole)
    intents.record(cut.root, plan.planned(opened(GOOD, "terminal.toml", []), "", under_limits=False))
    assert in_force(cut.root) is None
    assert apply(cut) == "done"
    assert tree(cut.root) == tree(whole.root)


def test_s3_a_full_disk_is_named_and_nothing_changes(tmp_path: Path) -> None:
    here = device(tmp_path)
    (here.boot / "terminal.toml").write_bytes(GOOD)
    (here.root / "etc/door-terminal/.provision.plan.new").symlink_to("/dev/full")
    with pytest.raises(ProvisionError, match="No space left on device; nothing was changed"):
        apply(here)
    assert "No space left" in log(tmp_path)
    assert in_force(here.root) is None


def test_it_is_journaled_and_a_journal_that_fails_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    here = device(tmp_path / "told", journal=said.append)
    (here.boot / "terminal.toml").write_bytes(GOOD)
    apply(here)
    assert said[0].startswith("berlin-1, by the file of 2026-11-29")

    def fails(_: str) -> None:
        raise JournalError("the disk is full")

    here = device(tmp_path / "failing", journal=fails)
    (here.boot / "terminal.toml").write_bytes(GOOD)
    assert apply(here) == "done"
    assert "NOT IN THE JOURNAL: the disk is full" in log(tmp_path / "failing")


def test_the_command_provisions_a_tree(tmp_path: Path) -> None:
    here = device(tmp_path, datetime.now(UTC))
    told = document(issued=datetime.now(UTC) - timedelta(hours=1), expires=datetime.now(UTC) + timedelta(days=1))
    (here.boot / "terminal.toml").write_bytes(signed(told, KEY))
    words = ["provision", "apply", "--root", str(here.root), "--boot", str(here.boot), "--json"]
    result = CliRunner().invoke(edge, words)
    assert json.loads(result.stdout) == {"state": "done", "terminal": "berlin-1"}


@pytest.mark.long
def test_s7_a_kill_at_any_call_ends_provisioned_or_as_before() -> None:
    figures = run(every=5, stories=("the first file", "a newer file"))
    assert sum(figures.points.values()) > 50
    assert figures.faults == []


def test_a_camera_that_is_not_seen_is_visible_and_undoes_nothing(tmp_path: Path) -> None:
    here = dataclasses.replace(device(tmp_path), examine=lambda: ("camera: none is there",))
    (here.boot / "terminal.toml").write_bytes(GOOD)
    assert apply(here) == FAILED
    assert state(here.root) == FAILED
    assert "CHECK: camera: none is there\r\n" in log(tmp_path)
    assert in_force(here.root) is not None


def test_s7_the_folder_above_is_made_to_last_but_never_the_root_which_a_squashfs_refuses(tmp_path: Path) -> None:
    assert intents.above(tmp_path, tmp_path / "etc/localtime") is None
    assert intents.above(tmp_path, tmp_path / "etc/door-terminal/terminal.toml") == tmp_path / "etc"
    inner = tmp_path / "etc/systemd/system/edge-ota-fetch.service.d/50-proxy.conf"
    assert intents.above(tmp_path, inner) == tmp_path / "etc/systemd/system"
