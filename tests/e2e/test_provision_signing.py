"""`edge provision sign | seal | check`: what no terminal would take is not signed, and each fault is told once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge.provision.signature import sign, split
from tests.head_office import checked, new, resigned

if TYPE_CHECKING:
    from tests.e2e.conftest import Typed


def test_an_expired_file_is_not_signed_and_one_that_was_changed_is_named(office: Path, typed: Typed) -> None:
    assert new(typed, "1.toml")[0] == 0
    path = office / "1.toml"
    for word, door in (("sign", "Back"), ("seal", "Side")):
        path.write_text(path.read_text().replace('door = "', f'door = "{door} '))
        done = typed("provision", word, "1.toml", "--key", "head-office.key")
        assert (done.code, "was changed after it was signed" in done.err) == (0, True)
    (office / "1.toml").unlink()
    assert new(typed, "1.toml")[0] == 0
    resigned(path, days_ago=30)
    before = path.read_bytes()
    for word in ("sign", "seal"):
        done = typed("provision", word, "1.toml", "--key", "head-office.key")
        assert (done.code, "1.toml: terminal.expires: it expired on" in done.err) == (14, True)
    assert path.read_bytes() == before


def test_a_link_to_a_file_stays_one_when_the_file_is_signed(office: Path, typed: Typed) -> None:
    assert new(typed, "1.toml")[0] == 0
    (office / "1.toml").rename(office / "kept.toml")
    (office / "1.toml").symlink_to("kept.toml")
    assert typed("provision", "sign", "1.toml", "--key", "head-office.key").code == 0
    assert (office / "1.toml").readlink() == Path("kept.toml")
    assert (office / "kept.toml").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_sealed_is_named_with_its_file(office: Path, typed: Typed) -> None:
    assert new(typed, "1.toml", "--seal")[0] == 0
    before = (office / "1.toml").read_bytes()
    done = typed("provision", "seal", "1.toml", "--key", "head-office.key")
    assert (done.code, "1.toml: is sealed already" in done.fault) == (14, True)
    assert (office / "1.toml").read_bytes() == before


def test_a_fault_of_the_text_is_not_taken_for_a_strange_key(office: Path, typed: Typed) -> None:
    assert new(typed, "1.toml")[0] == 0
    path, good = office / "1.toml", (office / "1.toml").read_text()
    wrong = split(good, "")[0].replace('id = "b-1"', 'id = "B_1"', 1)
    path.write_text(sign(wrong, (office / "head-office.key").read_bytes()))
    code, found = checked(typed, "1.toml")
    assert (code, len(found.faults), found.key is None) == (14, 1, False)
    path.write_text(good.replace("[terminal]", "[terminal"))
    code, found = checked(typed, "1.toml")
    assert (code, len(found.faults), any("who signed it" in note for note in found.notes)) == (14, 1, True)


def test_a_key_in_the_others_place_is_said_to_be_one(office: Path, typed: Typed) -> None:
    assert new(typed, "1.toml")[0] == 0
    assert (office / "1.toml").exists()
    done = typed("provision", "check", "1.toml", "--public", "head-office.key")
    assert (done.code, "head-office.key: is a private key" in done.err) == (3, True)
    done = typed("provision", "sign", "1.toml", "--key", "head-office.pub")
    assert (done.code, "head-office.pub: is a public key" in done.fault) == (3, True)
    done = typed("provision", "sign", "1.toml", "--key", "sites.csv")
    assert (done.code, "sites.csv: is no private key" in done.fault) == (3, True)


def test_letters_are_shown_as_they_are(office: Path, typed: Typed) -> None:
    _, _, err = new(typed, "1.toml", "--set", "terminal.hostname=Köln")
    assert ('"Köln" is no host name' in err, (office / "1.toml").exists()) == (True, False)


def test_an_order_to_reset_is_known_as_one_and_judged(office: Path, typed: Typed) -> None:
    words = ("--key", "head-office.key", "--terminal", "b-1", "--why", "moved")
    assert typed("provision", "order-reset", "reset.toml", *words).code == 0
    code, found = checked(typed, "reset.toml", "--public", "head-office.pub")
    assert (code, found.faults, found.key is None) == (0, (), False)
    assert found.would[0] == "an order to reset the terminal b-1, once: moved"
    path = office / "reset.toml"
    path.write_text(path.read_text().replace("b-1", "b-2"))
    code, found = checked(typed, "reset.toml", "--public", "head-office.pub")
    assert (code, len(found.faults), "was changed" in found.faults[0]) == (3, 1, True)
    path.write_text("[reset]\nwhy = 1\n")
    code, found = checked(typed, "reset.toml")
    assert (code, any("reset.terminal: is missing" in one for one in found.faults)) == (14, True)
