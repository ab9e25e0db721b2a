"""`edge journal`: what a security officer sees of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from edge.cli.journal import group
from edge.errors import JournalError
from edge.journal.events import Event
from edge.journal.log import Journal
from edge.keys import new_pair
from edge.values import Handle, Occasion, Reason

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.write(Event(occasion=Occasion.DOOR_STARTED, at=1.0, wall=1e9, sentence="a\x1b[31mred\nline"))
    journal.write(Event(occasion=Occasion.GRANTED, at=2.0, wall=1e9, reason=Reason.GRANTED, handle=Handle("h")))
    journal.close()
    (tmp_path / "terminal.toml").write_text('board = "fake"\n')
    return tmp_path


def ran(data: Path, *arguments: str) -> Result:
    places = ["--config", str(data / "terminal.toml"), "--data", str(data)]
    return CliRunner().invoke(group, [*arguments, *places], catch_exceptions=False)


def run(data: Path, *arguments: str, code: int = 0) -> str:
    result = ran(data, *arguments)
    assert result.exit_code == code
    return result.output


def test_show_prints_a_line_an_event_and_lets_no_control_character_through(data: Path) -> None:
    first, second = run(data, "show").splitlines()
    assert "door-started" in first
    assert "a\ufffd[31mred\ufffdline" in first
    assert second.endswith("['h']")


def test_show_names_the_operator_of_an_order(data: Path) -> None:
    journal = Journal(data / "journal.jsonl")
    journal.write(Event(occasion=Occasion.ORDERED, at=3.0, wall=1e9, sentence="lock-down: a drill", operator="eve"))
    journal.close()
    (line,) = run(data, "show", "--last", "1").splitlines()
    assert line.endswith("lock-down: a drill (by eve)")


def test_show_prints_json_and_only_the_last(data: Path) -> None:
    (line,) = run(data, "show", "--json", "--last", "1").splitlines()
    assert json.loads(line) == {"occasion": "granted", "at": 2.0, "wall": 1e9, "reason": "granted", "handle": "h"}


def digest(data: Path) -> str:
    return str(json.loads((data / "journal.jsonl").read_bytes().splitlines()[-1])["hash"])


def test_verify_says_how_long_the_chain_is_where_it_ends_and_that_nothing_proves_it(data: Path) -> None:
    first, second, third = run(data, "verify", code=1).splitlines()
    assert first.endswith("journal.jsonl: 2 events, lines 1 to 2")
    assert second == f"the chain is whole; its end is 2:{digest(data)}"
    assert third.startswith("NOT PROVEN: no signature")


def test_verify_names_the_first_changed_line(data: Path) -> None:
    path = data / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"h"', b'"x"'))
    with pytest.raises(JournalError, match=r"journal\.jsonl, line 2: its hash is not that of its text"):
        run(data, "verify")


def test_verify_tells_a_torn_last_line_from_a_changed_one(data: Path) -> None:
    with (data / "journal.jsonl").open("ab") as file:
        file.write(b'{"hash":"12')
    assert "a last line of 11 bytes is not finished" in run(data, "verify", code=1)


def test_what_is_signed_is_proven_and_what_comes_after_is_not(data: Path) -> None:
    assert run(data, "sign").endswith("signed up to line 2, 2 of them new\n")
    assert run(data, "sign").endswith("nothing new since line 2\n")
    assert "proven up to line 2, signed at 20" in run(data, "verify")
    another(data)
    assert "not proven, for it is not signed yet: 1 line since 2001-09-09 01:46:40" in run(data, "verify")


def another(data: Path) -> None:
    journal = Journal(data / "journal.jsonl")
    journal.write(Event(occasion=Occasion.ORDERED, at=3.0, wall=1e9, sentence="lock-down: a drill", operator="eve"))
    journal.close()


def test_a_copy_of_the_folder_is_verified_elsewhere_with_the_key_that_was_kept(data: Path, tmp_path: Path) -> None:
    run(data, "sign")
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("journal.jsonl", "journal.signatures"):
        (copy / name).write_bytes((data / name).read_bytes())
    assert "proven up to line 2" in run(data, "verify", str(copy), "--key", str(data / "keys" / "device.pub"))
    other = tmp_path / "other.pub"
    other.write_bytes(new_pair()[1])
    with pytest.raises(JournalError, match=r"journal\.signatures, line 1: the signature is not this key's"):
        run(data, "verify", str(copy), "--key", str(other))


def test_a_head_that_was_kept_finds_what_was_cut_off_behind_the_last_signature(data: Path) -> None:
    run(data, "sign")
    another(data)
    path, kept = data / "journal.jsonl", f"3:{digest(data)}"
    assert "proven up to line 3, as you kept it" in run(data, "verify", "--head", kept)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    run(data, "verify")
    with pytest.raises(JournalError, match="ends with line 2, and the head that was given is of line 3"):
        run(data, "verify", "--head", kept)
    assert "64 hexadecimal digits" in run(data, "verify", "--head", "3:zz", code=2)


def test_verify_says_it_all_for_machines(data: Path) -> None:
    run(data, "sign")
    told = json.loads(run(data, "verify", "--json"))
    assert told["last"] == {"number": 2, "digest": digest(data)}
    assert (told["first"], told["proven"], told["unproven"], told["findings"], told["signatures"]) == (1, 2, 0, [], 1)


def test_an_export_verifies_and_nothing_can_be_taken_from_it_or_added(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert "exported: lines 1 to 2 of the journal" in run(data, "export", "--out", str(out), "--operator", "eve")
    assert "proven up to line 2" in run(data, "verify", str(out))
    assert run(data, "show", "--last", "1").rstrip().endswith("(by eve)")
    whole = out.read_bytes().splitlines(keepends=True)
    changes = {
        r"it begins with line 2, and line 1 was signed with it": whole[1:],
        r"lines were cut off": [whole[0], whole[2]],
        r"line 2, its last one, is not the one that was signed|lines are added": [*whole[:2], whole[1], whole[2]],
        r"its hash is not that of its text": [whole[0].replace(b"door-started", b"door-stopped"), *whole[1:]],
    }
    for words, lines in changes.items():
        out.write_bytes(b"".join(lines))
        with pytest.raises(JournalError, match=words):
            run(data, "verify", str(out))
    out.write_bytes(b"".join(whole[:2]))
    assert "NOT PROVEN" in run(data, "verify", str(out), code=1)


def test_an_export_is_of_a_time_and_overwrites_nothing(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with pytest.raises(JournalError, match="nothing was written down at that time"):
        run(data, "export", "--out", str(out), "--since", "2001-09-11")
    assert not out.exists()
    run(data, "export", "--out", str(out), "--since", "2001-09-08", "--until", "2001-09-10T12:00:00")
    with pytest.raises(JournalError, match=r"out\.jsonl: File exists"):
        run(data, "export", "--out", str(out))
    assert len(out.read_bytes().splitlines()) == 3


def test_a_journal_that_is_not_as_it_was_signed_is_signed_past_and_reported(data: Path) -> None:
    run(data, "sign")
    path = data / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b"door-started", b"door-stopped"))
    another(data)
    with pytest.raises(JournalError, match=r"not as it was written:\n  journal\.jsonl, line 1: its hash"):
        run(data, "sign")
    with pytest.raises(JournalError, match=r"journal\.jsonl, line 1"):
        run(data, "verify")


def test_signatures_of_another_key_are_not_added_to(data: Path) -> None:
    run(data, "sign")
    (data / "keys" / "device.key").write_bytes(new_pair()[0])
    with pytest.raises(JournalError, match="move this file away and keep it"):
        run(data, "sign")


def test_what_cannot_be_read_is_one_clear_sentence(data: Path) -> None:
    (data / "journal.signatures").mkdir()
    with pytest.raises(JournalError, match=r"journal\.signatures: Is a directory"):
        run(data, "verify")
    with pytest.raises(JournalError, match=r"journal\.signatures: Is a directory"):
        run(data, "sign")
    with pytest.raises(JournalError, match=r"journal\.jsonl: the journal cannot be read: No such file"):
        run(data, "verify", str(data / "journal.signatures"))
