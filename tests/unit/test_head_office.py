"""A terminal under head office's limits trusts only what head office signed, and never an older issue again."""

from __future__ import annotations

import dataclasses
import stat
from operator import attrgetter
from typing import TYPE_CHECKING

import pytest

from edge.app import head_office
from edge.app.head_office import newest_seen, remember, require_within, trusted
from edge.app.places import Places, places
from edge.config import Config, DoorSettings, RuleSettings
from edge.config.limits import BOUNDS
from edge.config.rules import TwoPerson
from edge.errors import ConfigError, EdgeError, SignatureError
from edge.link.messages import Terms

if TYPE_CHECKING:
    from pathlib import Path

STRICT = "version = {version}\nissued = 2026-11-22\n[decision]\nfpir = 0.001\n[liveness]\nmode = 'passive'\n"


@pytest.fixture
def here(tmp_path: Path) -> Places:
    """A device's folders, without limits."""
    (tmp_path / "etc").mkdir()
    device = places(tmp_path / "data", tmp_path / "etc")
    return dataclasses.replace(device, limits_seen=tmp_path / "data" / "limits.seen")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Head office's private key; its public one lies beside it."""
    (tmp_path / "office").mkdir()
    return head_office.new_key(tmp_path / "office")[0]


def issue(here: Places, key: Path, version: int = 1, text: str = STRICT) -> None:
    """Sign limits and put them on the terminal."""
    file = here.head_office / head_office.LIMITS
    file.write_text(text.format(version=version))
    head_office.sign(file, key)
    (here.head_office / head_office.PUBLIC_KEY).write_bytes((key.parent / head_office.PUBLIC_KEY).read_bytes())


def lax() -> Config:
    plain = Config().without_liveness()
    return dataclasses.replace(plain, decision=dataclasses.replace(plain.decision, fpir=0.01))


def test_a_machine_without_head_office_s_key_has_no_limits(here: Places) -> None:
    assert require_within(lax(), here) is None
    (here.head_office / head_office.LIMITS).write_text(STRICT.format(version=1))
    assert require_within(lax(), here) is None


def test_signed_limits_hold_and_every_laxer_setting_is_named(here: Places, key: Path) -> None:
    issue(here, key)
    found = require_within(Config(), here)
    assert found is not None
    assert (found.version, dict(found.laxest)) == (1, {"decision.fpir": 0.001, "liveness.mode": "passive"})
    with pytest.raises(ConfigError, match=r"decision\.fpir = 0\.01 .*; liveness\.mode") as caught:
        require_within(lax(), here)
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize("name", [head_office.LIMITS, head_office.LIMITS + ".sig"])
def test_with_the_key_alone_nothing_starts(name: str, here: Places, key: Path) -> None:
    issue(here, key)
    (here.head_office / name).unlink()
    with pytest.raises(SignatureError, match=rf"etc/{name}: is missing, and .*head-office\.pub is here: put .* beside"):
        require_within(Config(), here)


def test_limits_that_were_loosened_by_hand_are_refused(here: Places, key: Path) -> None:
    issue(here, key)
    file = here.head_office / head_office.LIMITS
    file.write_text(file.read_text().replace("0.001", "0.01"))
    with pytest.raises(SignatureError, match=r"limits\.toml: is not what head office signed .*copy .* again"):
        trusted(here)


def test_limits_that_somebody_else_signed_are_refused(here: Places, key: Path, tmp_path: Path) -> None:
    issue(here, key)
    (tmp_path / "branch").mkdir()
    own, _ = head_office.new_key(tmp_path / "branch")
    head_office.sign(here.head_office / head_office.LIMITS, own)
    with pytest.raises(SignatureError, match="is not what head office signed"):
        trusted(here)


@pytest.mark.parametrize("content", ["", "no key\n"])
def test_a_key_that_is_none_is_named(content: str, here: Places, key: Path) -> None:
    issue(here, key)
    (here.head_office / head_office.PUBLIC_KEY).write_text(content)
    with pytest.raises(
        SignatureError, match=r"head-office\.pub: not a public key in PEM.*copy head-office\.pub from head office again"
    ):
        trusted(here)


def test_signed_limits_with_faults_are_refused_when_they_are_read_and_when_they_are_signed(
    here: Places, key: Path
) -> None:
    issue(here, key)
    file = here.head_office / head_office.LIMITS
    file.write_text("version = 2\n")
    with pytest.raises(ConfigError, match="issued: is missing"):
        head_office.sign(file, key)
    assert not (key.parent / "limits.toml.sig").exists()


def test_s12_an_older_issue_is_never_in_force_again(here: Places, key: Path) -> None:
    for version in (2, 3, 3):
        issue(here, key, version)
        remember(require_within(Config(), here), here)
        assert newest_seen(here) == version
    issue(here, key, 2, STRICT.replace("0.001", "0.1"))
    with pytest.raises(SignatureError, match=r"version 2, and version 3 was in force here: get .* newest"):
        trusted(here)
    issue(here, key, 4)
    assert trusted(here) is not None


def test_s12_what_was_seen_is_no_lower_after_an_older_issue_was_shown(here: Places, key: Path) -> None:
    issue(here, key, 3)
    newest = trusted(here)
    remember(newest, here)
    assert newest is not None
    remember(dataclasses.replace(newest, version=2), here)
    remember(None, here)
    assert newest_seen(here) == 3


def test_s12_what_was_seen_belongs_to_the_machine_and_not_to_the_folder_of_its_data(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for folder in ("etc", "no-etc"):
        one, other = (places(data, tmp_path / folder) for data in (None, tmp_path / "elsewhere"))
        assert one.limits_seen == other.limits_seen == one.data / "limits.seen"
        assert one.data != other.data


def test_a_file_that_is_too_long_is_neither_cut_nor_signed(here: Places, key: Path) -> None:
    issue(here, key)
    file = here.head_office / head_office.LIMITS
    signature = file.with_name("limits.toml.sig").read_bytes()
    file.write_text(file.read_text() + "#" * (1 << 20))
    for look in (lambda: head_office.sign(file, key), lambda: trusted(here)):
        with pytest.raises(SignatureError, match=r"limits\.toml: is longer than 1048576 bytes"):
            look()
    assert file.with_name("limits.toml.sig").read_bytes() == signature


@pytest.mark.parametrize("key_", [one for one in BOUNDS if one.startswith(("door.", "rules."))])
def test_the_terms_of_a_door_hold_every_setting_of_its_that_can_be_limited(key_: str) -> None:
    attrgetter(key_)(Terms.of(DoorSettings(), RuleSettings()))


def test_s9_a_door_is_held_to_its_own_limits_and_to_no_others(here: Places, key: Path) -> None:
    own = "[door]\npulse_s = 5.0\nextended_pulse_s = 15.0\n[rules.two_person]\ngroups = ['vault']\n"
    issue(here, key, text=STRICT.replace("0.001", "0.0001") + own)
    found = trusted(here)
    rules = RuleSettings(two_person=TwoPerson(groups=("vault",)))
    head_office.require_door_within(found, Terms.of(DoorSettings(), rules))
    head_office.require_door_within(None, Terms.of(DoorSettings(pulse_s=255.0), RuleSettings()))
    for terms, said in (
        (Terms.of(DoorSettings(pulse_s=5.1), rules), r"door\.pulse_s = 5\.1 is laxer"),
        (Terms.of(DoorSettings(extended_pulse_s=16.0), rules), r"door\.extended_pulse_s = 16\.0 is laxer"),
        (Terms.of(DoorSettings(), RuleSettings()), r"rules\.two_person\.groups"),
    ):
        with pytest.raises(ConfigError, match=f"running door process .*{said}.*restart it") as caught:
            head_office.require_door_within(found, terms)
        assert len(caught.value.faults) == 1


def test_looking_remembers_nothing(here: Places, key: Path) -> None:
    issue(here, key, 5)
    trusted(here)
    assert not here.data.exists()
    assert newest_seen(here) == 0


def test_taking_the_key_away_frees_nobody(here: Places, key: Path) -> None:
    issue(here, key)
    remember(trusted(here), here)
    (here.head_office / head_office.PUBLIC_KEY).unlink()
    with pytest.raises(SignatureError, match=r"head-office\.pub: is missing, .*limits \(version 1\): put it back"):
        require_within(Config(), here)


@pytest.mark.parametrize("content", [b"", b"-1\n", b"two\n", b"1.5\n", b"9" * 5000])
def test_a_damaged_memory_is_refused(content: bytes, here: Places, key: Path) -> None:
    issue(here, key)
    remember(trusted(here), here)
    (here.data / "limits.seen").write_bytes(content)
    with pytest.raises(SignatureError, match=r"limits\.seen: is damaged"):
        trusted(here)


def test_a_memory_that_cannot_be_written_is_refused(here: Places, key: Path) -> None:
    issue(here, key)
    here.data.write_text("a file where a folder should be")
    with pytest.raises(SignatureError, match=r"limits\.seen: cannot be"):
        remember(trusted(here), here)


def test_a_folder_in_place_of_a_file_is_one_clear_line(here: Places, key: Path) -> None:
    issue(here, key)
    file = here.head_office / head_office.LIMITS
    file.unlink()
    file.mkdir()
    with pytest.raises(SignatureError, match=r"limits\.toml: cannot be read: Is a directory"):
        trusted(here)


def test_the_private_key_is_its_owner_s_alone_and_is_never_replaced(key: Path) -> None:
    before = key.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(EdgeError, match=r"head-office\.key: File exists: no key was made"):
        head_office.new_key(key.parent)
    assert key.read_bytes() == before


def test_half_a_pair_is_never_left_behind(key: Path, tmp_path: Path) -> None:
    key.unlink()
    with pytest.raises(EdgeError, match=r"head-office\.pub: File exists"):
        head_office.new_key(key.parent)
    assert not key.exists()
    with pytest.raises(EdgeError, match="no key was made"):
        head_office.new_key(tmp_path / "office" / "head-office.pub" / "in a file")


def test_what_cannot_be_signed_is_named(here: Places, key: Path, tmp_path: Path) -> None:
    file = here.head_office / head_office.LIMITS
    with pytest.raises(SignatureError, match=r"limits\.toml: there is no such file"):
        head_office.sign(file, key)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        head_office.sign(file, key)
    file.write_text(STRICT.format(version=1))
    with pytest.raises(SignatureError, match=r"office\.key: there is no such file"):
        head_office.sign(file, tmp_path / "head-office.key")
    with pytest.raises(SignatureError, match=r"head-office\.pub: not a private key"):
        head_office.sign(file, key.parent / head_office.PUBLIC_KEY)
    assert not list(here.head_office.glob("*.sig"))
