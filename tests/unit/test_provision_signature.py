"""Only what head office signed counts; secrets open with their code alone; no older file takes the place of a newer."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import keys
from edge.errors import EdgeError, ProvisionError, SignatureError
from edge.provision import Document, Here, InForce, acceptable, dump, opened, parse, seal, unseal
from edge.provision.claim_code import DIGITS, PREFIX, checked, grouped, new_code
from tests.provisioning import NOW, PASSPHRASE, document, signed

PRIVATE, PUBLIC = keys.new_pair()
OTHER_PRIVATE, OTHER_PUBLIC = keys.new_pair()
FILE = signed(document(), PRIVATE)
CODE = new_code()


def refused(content: bytes, *trusted: bytes) -> EdgeError:
    with pytest.raises(EdgeError) as caught:
        opened(content, "terminal.toml", trusted)
    return caught.value


def test_a_signed_file_is_believed_and_its_key_returned_to_be_pinned() -> None:
    first = opened(FILE, "terminal.toml", [])
    assert (first.public, first.first_use) == (PUBLIC, True)
    later = opened(FILE, "terminal.toml", [OTHER_PUBLIC, PUBLIC])
    assert (later.public, later.first_use, later.document.terminal) == (PUBLIC, False, document().terminal)


@pytest.mark.parametrize(
    "edited",
    [
        b"\xef\xbb\xbf" + FILE,
        FILE.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + FILE.replace(b"\n", b"\r\n"),
        FILE.rstrip(b"\n"),
        FILE + b"\r\n\n",
    ],
    ids=["mark", "crlf", "both", "no end", "more ends"],
)
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(edited: bytes) -> None:
    found = opened(edited, "terminal.toml", [PUBLIC])
    assert found.document == opened(FILE, "terminal.toml", [PUBLIC]).document


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty (0 bytes)"),
        (b"\n\r\n", "is empty"),
        (b"#" * (1 << 20) + b"\n", "is longer than 1048576 bytes"),
        (FILE.decode().encode("utf-16"), "UTF-16"),
        (FILE[:400] + b"\0" * 512, "zero bytes"),
        (b"# one\n# \xff\n" + FILE, "terminal.toml:2: is not text in UTF-8"),
    ],
    ids=["empty", "blank", "long", "utf-16", "pulled", "latin"],
)
def test_what_is_no_such_text_is_refused_by_name(content: bytes, words: str) -> None:
    error = refused(content, PUBLIC)
    assert isinstance(error, ProvisionError)
    assert words in str(error)


@pytest.mark.parametrize(
    ("content", "trusted", "words"),
    [
        (FILE, [OTHER_PUBLIC], "is signed by the key"),
        (FILE.replace(b"doors", b"doorz").replace(b"berlin-1", b"berlin-2"), [PUBLIC], "was changed"),
        (FILE + b"board = 'pi'\n", [PUBLIC], "something follows"),
        (FILE[: FILE.rindex(b"# sig")], [PUBLIC], "is not signed"),
        (FILE[:-10], [PUBLIC], "cut short"),
        (dump(document()).encode(), [], "names none"),
        (FILE.replace(keys.key_id(PUBLIC).encode(), keys.key_id(OTHER_PUBLIC).encode()), [OTHER_PUBLIC], "was changed"),
    ],
    ids=["other key", "changed", "more", "unsigned", "short", "first unnamed", "renamed"],
)
def test_what_head_office_did_not_sign_is_refused(content: bytes, trusted: list[bytes], words: str) -> None:
    error = refused(content, *trusted)
    assert isinstance(error, SignatureError)
    assert words in str(error)


def test_at_first_use_the_named_key_alone_counts() -> None:
    body = FILE[: FILE.rindex(b"# sig")].decode()
    line = signed(document(), OTHER_PRIVATE).decode().splitlines()[-1]
    assert isinstance(refused(f"{body}{line}\n".encode()), SignatureError)


@given(st.integers(0, len(FILE.rstrip()) - 1), st.integers(1, 255))
def test_any_byte_that_is_changed_is_found_out(place: int, by: int) -> None:
    changed = bytearray(FILE)
    changed[place] ^= by
    error = refused(bytes(changed), PUBLIC)
    assert isinstance(error, SignatureError | ProvisionError)


def test_sealed_secrets_open_with_their_code_and_no_other() -> None:
    closed = seal(document(), CODE)
    assert PASSPHRASE not in dump(closed)
    assert parse(dump(closed), "terminal.toml") == closed
    assert unseal(closed, grouped(CODE)) == document()
    with pytest.raises(ProvisionError, match="is not that of this file"):
        unseal(closed, new_code())
    with pytest.raises(ProvisionError, match="sealed already"):
        seal(closed, CODE)


def test_a_box_opens_in_no_other_terminals_file() -> None:
    moved = dataclasses.replace(seal(document(), CODE), terminal=document(id="berlin-2").terminal)
    with pytest.raises(ProvisionError, match="is not that of this file"):
        unseal(moved, CODE)


def test_a_secret_that_is_sealed_and_stands_there_too_is_a_fault() -> None:
    closed = seal(document(), CODE)
    both = dataclasses.replace(closed, network=document().network)
    with pytest.raises(ProvisionError, match=r"network\.passphrase: is sealed, and stands here, too"):
        parse(dump(both), "terminal.toml")


@given(st.integers(0, DIGITS - 1), st.integers(1, 9))
def test_one_wrong_digit_of_a_code_is_found_before_any_work(place: int, by: int) -> None:
    wrong = CODE[:place] + str((int(CODE[place]) + by) % 10) + CODE[place + 1 :]
    with pytest.raises(ProvisionError, match="digit"):
        checked(wrong)


def test_a_code_is_read_as_people_and_pictures_write_it() -> None:
    assert {checked(text) for text in (CODE, grouped(CODE), f" {PREFIX}{CODE}\n", "-".join(CODE))} == {CODE}
    for text in ("", "1234", CODE + "0", "x" * DIGITS, "\u0663" * DIGITS):
        with pytest.raises(ProvisionError, match="16 digits"):
            checked(text)


DIGEST = "a" * 64
FORCE = InForce(id="berlin-1", issued=NOW, digest=DIGEST)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("told", "digest", "here", "key"),
    [
        (document(), "b", Here(now=NOW), ""),
        (document(), "b", Here(now=NOW + 6 * DAY), "expires"),
        (document(), "b", Here(now=NOW - 999 * DAY, floor=NOW + 6 * DAY), "expires"),
        (document(issued=NOW + 2 * DAY), "b", Here(now=NOW), ""),
        (document(issued=NOW + 2 * DAY), "b", Here(now=NOW, synchronised=True), "issued"),
        (document(serial="AB12"), "b", Here(now=NOW, serial="ab12"), ""),
        (document(serial="AB12"), "b", Here(now=NOW, serial="ab13"), "serial"),
        (document(serial="AB12"), "b", Here(now=NOW), "serial"),
        (document(), "b", Here(now=NOW, in_force=FORCE), "issued"),
        (document(issued=NOW), "b", Here(now=NOW, in_force=FORCE), "issued"),
        (document(issued=NOW), DIGEST, Here(now=NOW, in_force=FORCE), ""),
        (document(issued=NOW + timedelta(seconds=1)), "b", Here(now=NOW, in_force=FORCE), ""),
        (document(issued=NOW + timedelta(seconds=1), id="berlin-2"), "b", Here(now=NOW, in_force=FORCE), "id"),
        (document(id="berlin-2"), "b", Here(now=NOW), ""),
    ],
)
def test_an_expired_an_older_and_another_boards_file_may_not_be_used(
    told: Document, digest: str, here: Here, key: str
) -> None:
    reasons = acceptable(told, digest, here)
    assert [one.partition(":")[0] for one in reasons] == ([f"terminal.{key}"] if key else [])
