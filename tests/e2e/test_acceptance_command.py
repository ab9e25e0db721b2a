"""`edge doctor --acceptance NAME`, as typed: its exit codes, its page, its JSON and its list; nobody is at the door."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import msgspec
import pytest
from click.testing import CliRunner

from edge.app.acceptance.items import ITEMS
from edge.app.acceptance.protocol import FILE, PRINTED, Book, Outcome, Protocol, Signed
from edge.app.identity import device_public
from edge.app.places import places
from edge.cli import edge
from edge.cli.acceptance import NAMES
from edge.errors import EdgeError, IncompleteError, SignatureError, StoreError
from tests.e2e.commands import Running, until

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def doctor(folder: Path, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(edge, ["doctor", "--data", str(folder), *words], input=typed)


def book(folder: Path, **results: str) -> Book:
    """Write a protocol in which everything passed but what is named otherwise."""
    made = Book(folder / "acceptance", places(folder), NAMES)
    for name in NAMES:
        result = results.get(name.replace(" ", "_"), "pass")
        made.outcomes += (
            msgspec.convert({"name": name, "result": result, "measured": "so", "by": "Ann", "at": "now"}, Outcome),
        )
    made.keep()
    return made


def test_a_test_of_which_all_passed_is_accepted_and_has_exit_code_0(tmp_path: Path) -> None:
    book(tmp_path)
    done = doctor(tmp_path, "--acceptance", "Ann")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "ACCEPTANCE TEST: ACCEPTED")


def test_a_failed_item_is_exit_code_1_and_a_skipped_one_15_and_both_are_named(tmp_path: Path) -> None:
    book(tmp_path / "failed", relay="fail", keypad="skipped")
    failed = doctor(tmp_path / "failed", "--acceptance", "Ann").exception
    assert isinstance(failed, EdgeError)
    assert (failed.exit_code, "relay" in str(failed), "--repeat failed" in str(failed)) == (1, True, True)
    book(tmp_path / "skipped", keypad="skipped")
    skipped = doctor(tmp_path / "skipped", "--acceptance", "Ann").exception
    assert isinstance(skipped, IncompleteError)
    assert (skipped.exit_code, str(skipped)) == (15, "the acceptance test is incomplete: skipped: keypad")


def test_the_command_that_goes_on_can_be_typed_as_it_is_printed(tmp_path: Path) -> None:
    book(tmp_path, relay="fail")
    failed = str(doctor(tmp_path, "--acceptance", "J. Weber").exception)
    assert failed.endswith("mend it, and `edge doctor --acceptance 'J. Weber' --repeat failed`")


def test_a_page_that_nobody_confirmed_says_so(tmp_path: Path) -> None:
    done = doctor(tmp_path, "--acceptance", "J. Weber")
    assert "; nobody had to confirm anything yet" in done.stdout
    assert "by nobody" not in done.stdout


def test_a_protocol_that_is_not_there_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "device.pub").write_bytes(device_public(places(tmp_path)))
    done = verified(tmp_path, tmp_path / "device.pub")
    assert str(done.exception) == f"{tmp_path / 'acceptance' / FILE}: cannot be read: No such file or directory"
    assert getattr(done.exception, "exit_code", 0) == 5


def test_whoever_goes_away_leaves_it_incomplete_and_the_repeated_item_keeps_both_attempts(tmp_path: Path) -> None:
    book(tmp_path, relay="fail", keypad="skipped")
    done = doctor(tmp_path, "--acceptance", "Ann", "--repeat", "failed", "--repeat", "keypad", "--json", typed="y\n")
    found = msgspec.json.decode(msgspec.json.decode(done.stdout, type=Signed).protocol, type=Protocol)
    assert [one.result for one in found.outcomes if one.name == "relay"] == ["fail", "pass"]
    assert (found.result, found.skipped) == ("incomplete", ("keypad",))  # nobody answered there any more
    assert isinstance(done.exception, IncompleteError)


def test_a_changed_protocol_is_exit_code_3_and_nobody_is_asked_anything(tmp_path: Path) -> None:
    book(tmp_path, relay="fail")
    path = tmp_path / "acceptance" / FILE
    path.write_bytes(path.read_bytes().replace(b'"fail"', b'"pass"'))
    done = doctor(tmp_path, "--acceptance", "Ann")
    assert isinstance(done.exception, SignatureError)
    assert (done.exception.exit_code, done.output) == (3, "")


@pytest.mark.long
def test_whoever_interrupts_it_while_it_waits_gets_the_page_and_exit_code_15(tmp_path: Path) -> None:
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would have it ignored
    waits = Running(tmp_path / "doctor", "-m", "edge", "doctor", "--acceptance", "Ann", "--data", tmp_path / "data")
    signal.signal(signal.SIGINT, usual)
    until(lambda: "door process" in waits.err)
    assert waits.end(signal.SIGINT) == 15
    assert waits.out.startswith("ACCEPTANCE TEST: INCOMPLETE")


def verified(folder: Path, key: Path) -> Result:
    """Check the protocol of a folder as somebody does who has nothing but the file and the key."""
    return doctor(folder / "elsewhere", "--verify", str(folder / "acceptance" / FILE), "--key", str(key))


def test_a_protocol_is_checked_elsewhere_by_the_file_and_the_key_alone(tmp_path: Path) -> None:
    for name, results, code in (("whole", {}, 0), ("open", {"keypad": "skipped"}, 15), ("bad", {"relay": "fail"}, 1)):
        folder = tmp_path / name
        book(folder, **results)
        key = folder / "device.pub"
        key.write_bytes(device_public(places(folder)))
        done = verified(folder, key)
        assert done.stdout == (folder / "acceptance" / PRINTED).read_text()
        assert (getattr(done.exception, "exit_code", 0), (folder / "elsewhere").exists()) == (code, False)


def test_a_protocol_that_was_changed_or_is_another_device_s_is_exit_code_3_and_shows_nothing(tmp_path: Path) -> None:
    book(tmp_path / "one", relay="fail")
    book(tmp_path / "another")
    for name in ("one", "another"):
        (tmp_path / name / "device.pub").write_bytes(device_public(places(tmp_path / name)))
    path = tmp_path / "one" / "acceptance" / FILE
    strange = verified(tmp_path / "one", tmp_path / "another" / "device.pub")
    path.write_bytes(path.read_bytes().replace(b'"fail"', b'"pass"'))
    for done in (strange, verified(tmp_path / "one", tmp_path / "one" / "device.pub")):
        assert isinstance(done.exception, SignatureError)
        assert (done.exception.exit_code, done.stdout) == (3, "")


def test_a_protocol_without_a_key_is_exit_code_2_and_a_file_that_is_none_5(tmp_path: Path) -> None:
    book(tmp_path)
    assert doctor(tmp_path, "--verify", str(tmp_path / "acceptance" / FILE)).exit_code == 2
    (tmp_path / "device.pub").write_bytes(device_public(places(tmp_path)))
    (tmp_path / "acceptance" / FILE).write_text("{}")
    none = verified(tmp_path, tmp_path / "device.pub").exception
    assert isinstance(none, StoreError)
    assert none.exit_code == 5


def test_an_item_that_there_is_not_is_exit_code_2(tmp_path: Path) -> None:
    done = doctor(tmp_path, "--acceptance", "Ann", "--repeat", "lift")
    assert isinstance(done.exception, EdgeError)
    assert (done.exception.exit_code, "--list" in str(done.exception)) == (2, True)


def test_the_list_names_every_item_and_what_became_of_it_and_writes_nothing(tmp_path: Path) -> None:
    fresh = doctor(tmp_path, "--list")
    assert (fresh.exit_code, len(fresh.stdout.splitlines())) == (0, len(ITEMS))
    assert all(line.startswith("missing") for line in fresh.stdout.splitlines())
    assert list(tmp_path.iterdir()) == []
    book(tmp_path, keypad="skipped")
    rows = msgspec.json.decode(doctor(tmp_path, "--list", "--json").stdout, type=list[dict[str, str]])
    assert [row["name"] for row in rows if row["result"] == "skipped"] == ["keypad"]
