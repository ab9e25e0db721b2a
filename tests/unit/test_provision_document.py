"""A provisioning file becomes one document; every fault is named at once, with key and line."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import keys
from edge.config import Config, DecisionSettings, RuleSettings
from edge.errors import ProvisionError
from edge.provision import Admin, Document, HeadOffice, Mqtt, Network, dump, parse
from edge.provision.commented import commented
from edge.provision.schema import schema
from tests.provisioning import NOW, document

GOOD = dump(document())
HASH = "$argon2id$"
PUBLIC = keys.new_pair()[1].decode()


def faults(text: str) -> list[str]:
    with pytest.raises(ProvisionError) as caught:
        parse(text, "terminal.toml")
    return list(caught.value.faults)


def fault(text: str) -> str:
    (one,) = faults(text)
    return one


def with_network(**changes: object) -> Document:
    return dataclasses.replace(document(), network=Network(**changes))  # type: ignore[arg-type]


def test_what_is_dumped_is_read_back() -> None:
    assert parse(GOOD, "terminal.toml") == document()


WORDS = st.text(
    st.characters(min_codepoint=0x20, exclude_characters="\x7f", codec="utf-8"), min_size=1, max_size=64
).filter(str.strip)
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def documents(draw: st.DrawFn) -> Document:
    issued = draw(MOMENTS)
    lasting = timedelta(seconds=draw(st.integers(1, 14 * 86_400)))
    told = document(
        site=draw(WORDS),
        door=draw(WORDS),
        id=draw(LABELS),
        hostname=draw(LABELS),
        issued=issued,
        expires=issued + lasting,
    )
    passphrase = draw(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=8, max_size=63))
    network = Network(
        ssid="doors",
        passphrase=passphrase,
        country="DE",
        dns=tuple(map(str, draw(st.lists(st.ip_addresses(), max_size=3)))),
    )
    office = draw(st.sampled_from([None, HeadOffice(), HeadOffice(public_key=PUBLIC)]))
    mqtt = draw(
        st.none() | st.builds(Mqtt, host=LABELS.filter(lambda text: not text.isdigit()), port=st.integers(1, 65_535))
    )
    config = Config(decision=DecisionSettings(votes=draw(st.integers(1, 4))), board=draw(st.sampled_from(["pc", "pi"])))
    return dataclasses.replace(told, network=network, head_office=office, mqtt=mqtt, config=config)


@given(documents())
def test_any_document_is_read_back_equal_with_comments_or_without(told: Document) -> None:
    assert parse(dump(told), "terminal.toml") == told
    assert parse(commented(told), "terminal.toml") == told


def test_every_fault_is_named_at_once_with_its_key_and_line() -> None:
    text = (
        "bord = 1\n[terminal]\nsite = 'S'\ndoor = 'D'\nid = 'A b'\nhostname = '-x'\ntime_zone = 'Europe/Berln'\n"
        "issued = 2026-11-29T12:00:00Z\nexpires = 2026-11-29T11:00:00Z\n[network]\nssid = 'w'\npassphrase = 'short'\n"
        "[decision]\nvotes = 9\nwindow_frames = 2\n[nonsense]\n"
    )
    found = faults(text)
    assert [one.split(" ")[:2] for one in found] == [
        ["terminal.toml:1:", "bord:"],
        ["terminal.toml:16:", "nonsense:"],
        ["terminal.toml:14:", "decision.votes:"],
        ["terminal.toml:5:", "terminal.id:"],
        ["terminal.toml:6:", "terminal.hostname:"],
        ["terminal.toml:7:", "terminal.time_zone:"],
        ["terminal.toml:9:", "terminal.expires:"],
        ["terminal.toml:12:", "network.passphrase:"],
        ["terminal.toml:10:", "network.country:"],
    ]
    assert '"Europe/Berlin"' in found[5]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[terminal]", "[terminal_]", "terminal: is missing"),
        ('id = "berlin-1"\n', "", "terminal.id: is missing"),
        ('id = "berlin-1"\n', 'id = "berlin-1"\nid = "berlin-1"\n', "not valid TOML: id stands there twice"),
        ("[admin]", "[terminal]", "not valid TOML"),
        ("language = ", "lnguage = ", "terminal.lnguage: unknown key"),
        ('passphrase = "', 'passphrase = "\\n', "network.passphrase: "),
        ("2026-12-04", "2026-12-24", "seal it to a claim code"),
        ("2026-12-04T12:00:00+00:00", "2026-12-04T12:00:00", "is a time without a zone"),
    ],
)
def test_what_is_missing_twice_or_unknown_is_named(old: str, new: str, words: str) -> None:
    assert old in GOOD
    assert any(words in one for one in faults(GOOD.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("network", "key"),
    [
        (with_network(address="192.0.2.7", gateway="192.0.2.1", dns=("192.0.2.1",)), "address"),
        (with_network(address="192.0.2.255/24", gateway="192.0.2.1", dns=("192.0.2.1",)), "address"),
        (with_network(address="127.0.0.1/8", gateway="127.0.0.2", dns=("192.0.2.1",)), "address"),
        (with_network(address="192.0.2.7/24", gateway="198.51.100.1", dns=("192.0.2.1",)), "gateway"),
        (with_network(address="192.0.2.7/24", gateway="192.0.2.7", dns=("192.0.2.1",)), "gateway"),
        (with_network(address="192.0.2.7/24", dns=("192.0.2.1",)), "gateway"),
        (with_network(address="192.0.2.7/24", gateway="192.0.2.1"), "dns"),
        (with_network(gateway="192.0.2.1"), "address"),
        (with_network(dns=("192.0.2",)), "dns"),
        (with_network(ntp=("a b",)), "ntp"),
        (with_network(proxy="proxy:3128"), "proxy"),
        (with_network(proxy="http://proxy:99999"), "proxy"),
        (with_network(ssid="w", country="DE"), "passphrase"),
        (with_network(ssid="w", country="de", passphrase="x" * 8), "country"),
        (with_network(ssid="w" * 33, country="DE", passphrase="x" * 8), "ssid"),
        (with_network(passphrase="x" * 8), "ssid"),
        (with_network(ssid="w", country="DE", passphrase="x" * 64), "passphrase"),
    ],
)
def test_a_network_that_nobody_could_join_is_refused(network: Document, key: str) -> None:
    assert f" network.{key}: " in fault(dump(network))


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"admin": Admin()}, "admin.password_hash"),
        ({"admin": Admin(token_hash="0" * 64, password_hash=HASH)}, "admin.password_hash"),
        ({"admin": Admin(token_hash="0" * 63)}, "admin.token_hash"),
        ({"head_office": HeadOffice(public_key="no key")}, "head_office.public_key"),
        ({"head_office": HeadOffice(url="http://ca.example", token="t" * 16)}, "head_office.url"),
        ({"head_office": HeadOffice(url="https://ca.example")}, "head_office.token"),
        ({"head_office": HeadOffice(token="t" * 16)}, "head_office.url"),
        ({"head_office": HeadOffice(ca="-----BEGIN CERTIFICATE-----")}, "head_office.ca"),
        ({"mqtt": Mqtt(host="a b")}, "mqtt.host"),
        ({"config": Config(rules=RuleSettings(time_zone="Europe/Paris"))}, "rules.time_zone"),
    ],
)
def test_what_is_wrong_in_a_table_is_refused(changes: dict[str, object], key: str) -> None:
    told = dataclasses.replace(document(), **changes)  # type: ignore[arg-type]
    assert any(f" {key}: " in one for one in faults(dump(told)))


def test_a_line_is_found_behind_text_that_looks_like_tables() -> None:
    text = f"[head_office]\nca = '''\n[admin]\nname = 1\n'''\n{GOOD}".replace("Europe/Berlin", "Nowhere")
    number = text.split("\n").index('time_zone = "Nowhere"') + 1
    assert any(one.startswith(f"terminal.toml:{number}: terminal.time_zone") for one in faults(text))


def test_a_file_may_last_for_a_year_only_without_an_open_secret() -> None:
    told = dataclasses.replace(document(expires=NOW + timedelta(days=300)), network=Network())
    assert parse(dump(told), "terminal.toml") == told
    longer = dataclasses.replace(document(expires=NOW + timedelta(days=400)), network=Network())
    assert "terminal.expires" in fault(dump(longer))


def test_the_schema_knows_every_table_and_no_other_key() -> None:
    made = schema()
    assert set(made["properties"]) == {*dump_tables(), "head_office", "mqtt", "update_root", "limits", "sealed"}
    assert made["required"] == ["terminal"]
    assert made["$defs"]["Terminal"]["additionalProperties"] is False
    assert set(made["$defs"]["Network"]["properties"]) == {one.name for one in dataclasses.fields(Network)}


def dump_tables() -> set[str]:
    return {"terminal", "network", "admin", *(one.name for one in dataclasses.fields(Config))}
