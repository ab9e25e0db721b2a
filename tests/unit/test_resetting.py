"""A reset makes a terminal nobody's: what goes, what stays, who may order it, and that nothing is done by half."""

from __future__ import annotations

import dataclasses
import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from edge import config, keys
from edge.app import asks, card_wiring
from edge.app.boot_state import FAILED, WAITING, state
from edge.app.first_boot import apply
from edge.app.in_force import in_force
from edge.app.last_reset import last_reset
from edge.app.resetting import Reset, do
from edge.config import Config, ExitSettings, KeySettings, ResetSettings
from edge.errors import EdgeError, JournalError, ProvisionError, SignatureError
from edge.provision import card, intents, plan
from edge.provision.keyholding import STORE
from edge.values import Occasion
from hw.base import LockSettings
from tests.bench.provision_crashes import run
from tests.provisioning import NOW, PASSPHRASE, device, document, signed, tree
from tests.resetting import GONE, SECRET, STAYS, leftovers, order, terminal

if TYPE_CHECKING:
    from pathlib import Path

    from edge.config.keys import Holder

KEY = keys.new_pair()[0]
ROOT = Reset(who="root, by hand", why="it goes back")


def kept(root: Path) -> dict[str, str]:
    return tree(root / "etc") | tree(root / "var")


def log(folder: Path) -> str:
    return (folder / "boot/provision.log").read_text()


def test_s6_a_reset_leaves_nothing_of_people_network_or_configuration(tmp_path: Path) -> None:
    here = terminal(tmp_path, KEY)
    do(here, ROOT)
    assert leftovers(here.root) == []
    assert leftovers(here.root, PASSPHRASE) == []
    assert [name for name in GONE if (here.root / name).exists()] == []
    assert in_force(here.root) is None
    assert not (here.root / plan.CONFIG).exists()
    assert not (here.root / plan.CONNECTION).exists()
    assert not (here.root / "etc/door-terminal/tls").exists()
    assert "berlin-1" not in (here.root / "etc/hostname").read_text() + (here.root / "etc/hosts").read_text()


def test_s12_the_journal_and_who_was_removed_stay_and_so_does_whose_terminal_it_is(tmp_path: Path) -> None:
    here = terminal(tmp_path, KEY)
    device_key = (here.root / "etc/door-terminal/keys/device.key").read_bytes()
    do(here, ROOT)
    assert {(here.root / name).read_text() for name in STAYS} == {"it stays"}
    assert (here.root / "etc/door-terminal/keys/device.key").read_bytes() == device_key
    (here.boot / card.NAME).write_bytes(signed(document(issued=NOW), keys.new_pair()[0]))
    with pytest.raises(SignatureError, match="is signed by the key"):
        apply(here)


def test_a_reset_is_journaled_and_only_the_door_is_started_again(tmp_path: Path) -> None:
    said, restarted, stopped = [], list[str](), list[str]()
    here = terminal(tmp_path, KEY, on_record=lambda *words: said.append(words))
    here = dataclasses.replace(here, restart=restarted.extend, stop=stopped.extend)
    do(here, ROOT)
    ((occasion, who, words),) = said
    assert (occasion, who) == (Occasion.FACTORY_RESET, "root, by hand")
    assert words.startswith("berlin-1: it goes back (reset ")
    assert stopped[0] == "edge-terminal.service"
    assert restarted == ["edge-door.service"]
    assert apply(here) == WAITING
    assert (len(said), restarted) == (1, ["edge-door.service"])


def test_s10_the_wiring_is_on_the_card_before_anything_is_erased_and_brings_no_rules(tmp_path: Path) -> None:
    here = device(tmp_path)
    wired = dataclasses.replace(
        Config(),
        board="gpiochip",
        lock=LockSettings(line="gpiochip0:5"),
        exit_button=ExitSettings(line="gpiochip0:6", on_fault="open"),
        reset=ResetSettings(line="gpiochip0:7", on_fault="ignore"),
        door=dataclasses.replace(Config().door, pulse_s=9.0),
    )
    (here.boot / card.NAME).write_bytes(signed(dataclasses.replace(document(), config=wired), KEY))
    apply(here)
    do(here, ROOT)
    found = card_wiring.read(here.boot / "wiring.toml", None)
    assert (found.board, found.lock, found.exit_button.line) == ("gpiochip", wired.lock, "gpiochip0:6")
    assert (found.reset.line, found.reset.on_fault) == ("gpiochip0:7", "alarm")
    assert found.door == Config().door


def test_s10_without_a_place_for_the_wiring_nothing_is_stopped_and_nothing_erased(tmp_path: Path) -> None:
    stopped = list[str]()
    here = dataclasses.replace(terminal(tmp_path, KEY), stop=stopped.extend)
    (here.boot / "wiring.toml").unlink()
    (here.boot / "wiring.toml").mkdir()
    before = kept(here.root)
    with pytest.raises(ProvisionError, match=r"the exit button would not work after the reset\. Nothing was erased"):
        do(here, ROOT)
    assert (kept(here.root), stopped) == (before, [])


def test_s3_a_terminal_that_cannot_be_stopped_is_not_reset_and_works_on(tmp_path: Path) -> None:
    restarted = list[str]()

    def fails(services: tuple[str, ...]) -> None:
        raise ProvisionError(f"{services[0]}: does not stop")

    here = dataclasses.replace(terminal(tmp_path, KEY), stop=fails, restart=restarted.extend)
    before = kept(here.root)
    with pytest.raises(ProvisionError, match="does not stop"):
        do(here, ROOT)
    assert (kept(here.root), restarted) == (before, ["edge-terminal.service"])


def test_head_offices_order_on_the_card_is_obeyed_once(tmp_path: Path) -> None:
    here = terminal(tmp_path, KEY)
    (here.boot / "RESET.TOML").write_bytes(order(KEY))
    assert apply(here) == WAITING
    assert in_force(here.root) is None
    assert sorted(one.name for one in here.boot.iterdir()) == ["provision.log", "wiring.toml"]
    (here.boot / card.NAME).write_bytes(signed(document(), KEY))
    assert apply(here) == "done"
    (here.boot / "reset.toml").write_bytes(order(KEY))
    assert apply(here) == "done"
    assert in_force(here.root) is not None
    assert "was obeyed already" in log(tmp_path)
    assert not (here.boot / "reset.toml").exists()


def test_an_order_and_a_new_file_on_one_card_make_a_new_terminal_of_it(tmp_path: Path) -> None:
    here = terminal(tmp_path, KEY)
    (here.boot / "reset.toml").write_bytes(order(KEY))
    (here.boot / card.NAME).write_bytes(signed(document(issued=NOW, door="Yard"), KEY))
    assert apply(here) == "done"
    assert 'door = "Yard"' in (here.root / plan.IDENTITY).read_text()
    assert leftovers(here.root) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b'[reset]\nterminal = "berlin-1"\n', "is not signed"),
        (order(keys.new_pair()[0]), "is signed by the key"),
        (order(KEY).replace(b"moves", b"burns"), "was changed after it was signed"),
        (order(KEY, terminal="berlin-2"), "it is for berlin-2, and this is berlin-1"),
        (order(KEY, expires=NOW), "it expired on"),
        (order(KEY, expires=NOW + timedelta(days=15)), "more than 14 days after"),
        (order(KEY, serial="1000"), "it is for the board 1000"),
        (order(KEY, issued=NOW - timedelta(hours=2)), "came after it"),
        (signed(document(issued=NOW), KEY), "unknown table"),
    ],
    ids=["0 bytes", "unsigned", "another key", "changed", "another", "expired", "long", "board", "old", "other file"],
)
def test_s3_an_order_that_is_not_head_offices_for_this_terminal_and_now_erases_nothing(
    tmp_path: Path, content: bytes, said: str
) -> None:
    here = terminal(tmp_path, KEY)
    (here.boot / "reset.toml").write_bytes(content)
    before = kept(here.root)
    with pytest.raises(EdgeError):
        apply(here)
    assert kept(here.root) == before
    assert state(here.root) == FAILED
    assert said in log(tmp_path)


def test_a_terminal_that_trusts_nobody_obeys_no_order(tmp_path: Path) -> None:
    here = device(tmp_path)
    (here.boot / "reset.toml").write_bytes(order(KEY))
    with pytest.raises(SignatureError, match="trusts no key yet"):
        apply(here)


def test_what_the_door_asks_for_is_done_once(tmp_path: Path) -> None:
    here = terminal(tmp_path, KEY)
    (here.root / asks.FOLDER).mkdir(parents=True)
    assert asks.ask(here.root, asks.RESET)
    assert apply(here) == WAITING
    reset = last_reset(here.root)
    assert reset
    assert (reset.who, reset.terminal) == ("reset button", "berlin-1")
    assert not any((here.root / asks.FOLDER).iterdir())


@pytest.mark.parametrize("what", ["link", "pipe", "folder"])
def test_what_is_no_plain_file_asks_for_nothing(tmp_path: Path, what: str) -> None:
    here = terminal(tmp_path, KEY)
    path = here.root / asks.FOLDER / asks.RESET
    path.parent.mkdir(parents=True)
    match what:
        case "link":
            path.symlink_to(here.root / plan.IDENTITY)
        case "pipe":
            os.mkfifo(path)
        case _:
            path.mkdir()
    assert apply(here) == "done"
    assert in_force(here.root)


def test_after_a_reset_the_same_file_or_a_newer_one_may_be_used_and_no_older_one(tmp_path: Path) -> None:
    here = terminal(tmp_path, KEY)
    do(here, ROOT)
    (here.boot / card.NAME).write_bytes(signed(document(issued=NOW - timedelta(days=1)), KEY))
    with pytest.raises(ProvisionError, match="was in force before the reset"):
        apply(here)
    (here.boot / card.NAME).write_bytes(signed(document(), KEY))
    assert apply(here) == "done"


def test_a_journal_that_fails_is_told_and_tried_again(tmp_path: Path) -> None:
    said: list[str] = []

    def fails(*_: object) -> None:
        raise JournalError("the disk is full")

    here = terminal(tmp_path, KEY, on_record=fails)
    do(here, ROOT)
    assert "NOT IN THE JOURNAL: the disk is full" in log(tmp_path)
    apply(dataclasses.replace(here, on_record=lambda occasion, *_: said.append(occasion)))
    assert said == [Occasion.FACTORY_RESET]


def test_s7_a_reset_takes_the_place_of_a_file_that_cannot_be_gone_on_with(tmp_path: Path) -> None:
    here = terminal(tmp_path, KEY)
    blocked = plan.Plan("", "berlin-1", (plan.Put("etc/hostname/in a file", PASSPHRASE.encode()),))
    intents.record(here.root, blocked)
    do(here, ROOT)
    assert intents.pending(here.root) is None
    assert leftovers(here.root, PASSPHRASE) == []


@pytest.mark.parametrize("named", ["tpm", "file", "nothing that can be read"])
def test_s6_a_tpm_that_does_not_answer_holds_up_nothing_and_what_opens_it_goes(
    tmp_path: Path, named: str, caplog: pytest.LogCaptureFixture
) -> None:
    here = terminal(tmp_path, KEY)
    told = dataclasses.replace(config.load(here.root / plan.CONFIG), keys=KeySettings(tpm="device:/dev/no such chip"))
    told = dataclasses.replace(told, keys=dataclasses.replace(told.keys, holder="tpm" if named == "tpm" else "file"))
    (here.root / plan.CONFIG).write_text("board =" if named.startswith("nothing") else config.dump(told))
    auth = here.root / "etc/door-terminal/keys/wrapping.auth"
    auth.write_text("what opens it")
    do(here, ROOT)
    assert not auth.exists()
    for said in (log(tmp_path), caplog.text):
        assert "CHECK: the TPM did not forget its key" in said
        assert "`tpm2_nvundefine 0x180d000` and `tpm2_nvundefine 0x180d001`" in said
    assert leftovers(here.root) == []


def test_a_terminal_that_never_used_a_tpm_asks_for_none(tmp_path: Path) -> None:
    here = terminal(tmp_path, KEY)
    told = dataclasses.replace(config.load(here.root / plan.CONFIG), keys=KeySettings(holder="tpm"))
    (here.root / plan.CONFIG).write_text(config.dump(told))
    do(here, ROOT)
    assert "CHECK" not in log(tmp_path)


@pytest.mark.parametrize("named", ["credential", "file"])
def test_s6_the_credential_goes_whoever_is_to_keep_the_key_by_now(tmp_path: Path, named: Holder) -> None:
    here = terminal(tmp_path, KEY)
    told = dataclasses.replace(config.load(here.root / plan.CONFIG), keys=KeySettings(holder=named))
    (here.root / plan.CONFIG).write_text(config.dump(told))
    credential = here.root / STORE / told.keys.credential
    credential.parent.mkdir(parents=True)
    for path in (credential, here.root / "etc/door-terminal/keys/wrapping.sealed"):
        path.write_text(SECRET)
    do(here, ROOT)
    assert not credential.exists()
    assert leftovers(here.root) == []


def test_s6_a_terminal_whose_identity_is_damaged_can_be_reset(tmp_path: Path) -> None:
    here = terminal(tmp_path, KEY)
    (here.root / plan.IDENTITY).write_text("id = ")
    do(here, ROOT)
    assert leftovers(here.root) == []


@pytest.mark.long
def test_s7_a_kill_at_any_call_of_a_reset_leaves_a_whole_terminal_or_none() -> None:
    figures = run(every=7, stories=("a reset",))
    assert sum(figures.points.values()) > 50
    assert figures.faults == []
