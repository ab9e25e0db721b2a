"""What head office makes loses no secret and no code, and is a file that its terminal takes."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from edge.provision import opened, unseal
from edge.provision.making import hash_of
from tests.head_office import OFFICE, PASSPHRASE, SITES, TEMPLATE, WIFI, batch, new, printed, read, resigned

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed


def test_every_token_that_is_drawn_is_printed_also_when_the_template_is_a_file_made_before(
    office: Path, typed: Typed
) -> None:
    (office / "template.toml").write_text(TEMPLATE + OFFICE)
    assert new(typed, "1.toml", "--set", "terminal.serial=1000abcd")[0] == 0
    code, out, _ = new(typed, "2.toml", template="1.toml")
    assert code == 0
    first, second = read(office / "1.toml"), read(office / "2.toml")
    assert second["admin"]["token_hash"] == hash_of(printed(out, "administrator's token"))
    assert second["head_office"]["token"] == printed(out, "certificate's token") != first["head_office"]["token"]
    assert "serial" not in second["terminal"]
    assert "terminal.serial" in printed(out, "note: 1.toml: left out")


def test_a_file_made_before_gives_another_terminal_no_host_name(office: Path, typed: Typed) -> None:
    assert new(typed, "1.toml")[0] == 0
    assert new(typed, "2.toml", "--set", "terminal.id=b-2", template="1.toml")[0] == 0
    assert read(office / "2.toml")["terminal"]["hostname"] == "b-2"


def test_a_token_or_its_hash_that_is_given_stays_and_none_is_printed(office: Path, typed: Typed) -> None:
    (office / "template.toml").write_text(TEMPLATE + OFFICE + 'token = "one-time-token-4711"\n')
    code, out, _ = new(typed, "1.toml", "--set", f"admin.token_hash={hash_of('mine')}")
    assert (code, "token, once" in out) == (0, False)
    found = read(office / "1.toml")
    assert (found["admin"]["token_hash"], found["head_office"]["token"]) == (hash_of("mine"), "one-time-token-4711")


def test_a_sealed_file_is_no_template(office: Path, typed: Typed) -> None:
    assert new(typed, "1.toml", "--seal")[0] == 0
    code, _, err = new(typed, "2.toml", template="1.toml")
    assert (code, "1.toml: is a sealed file" in err, (office / "2.toml").exists()) == (14, True, False)


def test_a_batch_refuses_a_token_that_would_be_every_terminals(office: Path, typed: Typed) -> None:
    (office / "template.toml").write_text(TEMPLATE + WIFI + OFFICE + 'token = "one-time-token-4711"\n')
    code, _, err = batch(typed)
    assert (code, "head_office.token: works once" in err, (office / "out").exists()) == (14, True, False)


@pytest.mark.long
@pytest.mark.parametrize("sealed", [(), ("--seal",)])
def test_a_passphrase_that_was_corrected_is_not_passed_over(
    sealed: tuple[str, ...], office: Path, typed: Typed
) -> None:
    assert batch(typed, *sealed)[0] == 0
    (office / "sites.csv").write_text(SITES.replace("Back;correct", "Back;another"))
    code, _, err = batch(typed, *sealed)
    assert code == 14
    assert "sites.csv:3: terminal.id: out/b-2.toml was made before, and says otherwise in network.passphrase" in err
    assert "b-1" not in err
    (office / "out/b-2.toml").unlink()
    code, out, _ = batch(typed, *sealed)
    assert (code, "kept, being as they would be made now: b-1" in out) == (0, True)


def test_a_file_that_is_there_and_is_not_as_ordered_is_named(office: Path, typed: Typed) -> None:
    assert batch(typed)[0] == 0
    code, _, err = batch(typed, "--seal")
    assert (code, err.count("is not sealed, and this batch is")) == (14, 2)
    resigned(office / "out/b-1.toml", days_ago=30)
    path = office / "out/b-2.toml"
    path.write_text(path.read_text().replace('"Back"', '"Side"'))
    code, _, err = batch(typed)
    assert code == 14
    assert "sites.csv:2: terminal.id: out/b-1.toml was made before, and expired on" in err
    assert "sites.csv:3: terminal.id: out/b-2.toml was made before, and is not to be believed" in err


def test_a_terminal_without_a_secret_stays_unsealed_with_a_note(office: Path, typed: Typed) -> None:
    (office / "template.toml").write_text(TEMPLATE)
    (office / "sites.csv").write_text(
        "id,site,door,ssid,country,passphrase\nb-1,B,M,doors,DE,correct horse\nb-2,B,N,,,\n"
    )
    code, out, _ = batch(typed, "--seal", "--days", "90")
    assert code == 0
    assert "note: sites.csv:3: b-2 has no secret, and is not sealed" in out
    rows = {row["id"]: row for row in csv.DictReader((office / "out/claims.csv").read_text().splitlines())}
    public = (office / "head-office.pub").read_bytes()
    told = {name: opened((office / f"out/{name}.toml").read_bytes(), name, [public]).document for name in rows}
    assert unseal(told["b-1"], rows["b-1"]["claim_code"]).network.passphrase == PASSPHRASE
    assert (told["b-2"].sealed, rows["b-2"]["claim_code"]) == (None, "")
    assert told["b-2"].terminal.expires - told["b-2"].terminal.issued == timedelta(days=90)
    assert batch(typed, "--seal", "--days", "90")[1].startswith("0 made, 2 kept")


def test_claims_that_a_spreadsheet_saved_are_read_and_what_was_noted_in_them_is_kept(
    office: Path, typed: Typed
) -> None:
    assert batch(typed)[0] == 0
    path = office / "out/claims.csv"
    before = list(csv.DictReader(path.read_text().splitlines()))
    lines = path.read_text().replace(",", ";").splitlines()
    path.write_text("\ufeff" + "\r\n".join([lines[0] + ";note", lines[1] + ";sent by post", lines[2] + ";"]) + "\r\n")
    (office / "sites.csv").write_text(SITES + "b-3;Berlin;Side;correct horse\n")
    assert batch(typed)[0] == 0
    after = list(csv.DictReader(path.read_text().splitlines()))
    assert [row["note"] for row in after] == ["sent by post", "", ""]
    assert [{key: row[key] for key in before[0]} for row in after[:2]] == before


@pytest.mark.parametrize("text", ["name,code\nb-1,1\n", "id,id\nb-1,1\n", "id,site\nb-1\n", "id\nb-1\nb-1\n", ""])
def test_claims_that_are_none_are_refused_and_left(text: str, office: Path, typed: Typed) -> None:
    (office / "out").mkdir()
    (office / "out/claims.csv").write_text(text)
    code, _, err = batch(typed)
    assert (code, "out/claims.csv" in err) == (14, True)
    assert {path.name for path in (office / "out").iterdir()} == {"claims.csv"}
    assert (office / "out/claims.csv").read_text() == text


def test_two_terminals_with_one_host_name_address_or_board_are_faults(office: Path, typed: Typed) -> None:
    head, rest = "id;site;door;hostname;serial;address;gateway;dns\n", ";192.0.2.1;192.0.2.1\n"
    (office / "sites.csv").write_text(
        f"{head}b-1;B;M;gate;1000;192.0.2.7/24{rest}b-2;B;N;GATE;1000;192.0.2.7/25{rest}b-3;C;M;;;192.0.2.7/24{rest}"
    )
    code, _, err = batch(typed)
    assert code == 14
    assert [line.split()[:2] for line in err.splitlines()[1:]] == [
        ["sites.csv:3:", "terminal.hostname:"],
        ["sites.csv:3:", "terminal.serial:"],
        ["sites.csv:3:", "network.address:"],
    ]
    (office / "sites.csv").write_text(f"{head}b-1;B;M;;;192.0.2.7/24{rest}b-3;C;M;;;192.0.2.7/24{rest}")
    code, out, _ = batch(typed)
    assert (code, "note: sites.csv:3: network.address: is that of line 2, at another site" in out) == (0, True)


def test_a_batch_brings_the_limits_or_says_once_that_there_are_none(office: Path, typed: Typed) -> None:
    code, out, err = batch(typed)
    assert (code, out.count("note: limits: "), err) == (0, 1, "")  # how far it is, is for a person at a terminal
    for path in (office / "out").iterdir():
        path.unlink()
    (office / "limits.toml").write_text("version = 3\nissued = 2026-11-01\n\n[decision]\nvotes = 2\n")
    assert typed("limits", "sign", "limits.toml", "--key", "head-office.key").code == 0
    code, out, _ = batch(typed, "--limits", "limits.toml")
    assert (code, "note: limits: " in out) == (0, False)
    assert "votes = 2" in read(office / "out/b-2.toml")["limits"]["text"]


def test_a_list_says_all_that_is_wrong_with_it(office: Path, typed: Typed) -> None:
    for text, words in (
        ("", "it should be CSV"),
        ("id,site,door\n", "has a header and no row"),
        ("id,site,door,nonsense\nb,B,M,1\n", "nonsense: unknown column"),
    ):
        (office / "sites.csv").write_text(text)
        code, _, err = batch(typed)
        assert (code, words in err, "card" in err) == (14, True, False)
    (office / "sites.csv").write_text("id,site,door\nb-1,B\nb_2,B,M\n")
    err = batch(typed)[2]
    assert [line.split()[0] for line in err.splitlines()[1:]] == ["sites.csv:2:", "sites.csv:3:", "sites.csv:3:"]


def test_several_name_servers_may_have_any_of_the_usual_signs_between_them(office: Path, typed: Typed) -> None:
    (office / "sites.csv").write_text('id;site;door;dns\nb-1;B;M;"192.0.2.1;192.0.2.2"\n')
    assert batch(typed)[0] == 0
    assert read(office / "out/b-1.toml")["network"]["dns"] == ["192.0.2.1", "192.0.2.2"]


def test_any_key_can_be_set_and_what_cannot_is_a_wrong_word(office: Path, typed: Typed) -> None:
    code, _, err = new(typed, "1.toml", "--set", "board=pi", "--set", "network.hidden=true")
    assert (code, err) == (0, "")
    found = read(office / "1.toml")
    assert (found["board"], found["network"]["hidden"]) == ("pi", True)
    for word in ("board", "=pi", "terminal.issued=2026-11-01T00:00:00Z", "terminal.expires=2026-12-01T00:00:00Z"):
        assert new(typed, "2.toml", "--set", word)[0] == 2
    code, _, err = new(typed, "2.toml", "--set", "network.hidden=yes")
    assert (code, "network.hidden: must be as TOML writes it" in err) == (14, True)


def test_a_file_without_a_secret_that_is_to_be_sealed_is_named_and_not_made(office: Path, typed: Typed) -> None:
    (office / "template.toml").write_text(TEMPLATE)
    code, _, err = new(typed, "2.toml", "--seal")
    assert (code, "2.toml: has no secret to seal" in err, (office / "2.toml").exists()) == (14, True, False)
