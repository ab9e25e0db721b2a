"""Who may sign: thresholds, keys that are replaced, lost or stolen, and clients that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Timestamp

from edge.errors import OtaError
from edge.ota.manifest import set_custom
from edge.ota.publishing import roles
from edge.ota.publishing.aims import EVERYBODY
from edge.ota.publishing.roles import Holders
from edge.ota.publishing.signing import sign
from tests.unit.plain_client import PlainClient
from tests.unit.repository_site import RepositorySite, a_key

if TYPE_CHECKING:
    from pathlib import Path

    from securesystemslib.signer import Key

    from edge.ota.manifest import SetCustom
    from edge.ota.publishing.change import Change

SET = EVERYBODY.path


@pytest.fixture
def site(tmp_path: Path) -> RepositorySite:
    return RepositorySite(tmp_path)


@pytest.fixture
def client(site: RepositorySite, tmp_path: Path) -> PlainClient:
    return PlainClient(site.folder, tmp_path / "client", site.root_json)


def nothing(change: Change) -> None:
    del change


def seen(client: PlainClient, site: RepositorySite, path: str = SET) -> SetCustom | None:
    info = client.look(path, site.now)
    return None if info is None else set_custom(info.custom, path)


def test_one_of_two_signatures_is_not_enough_and_the_same_key_twice_is_one(
    site: RepositorySite, client: PlainClient
) -> None:
    new = Holders((a_key("dora").public_key,))
    repository = site.repository("anna", "targets", "bundles", "sets", "online")
    done = repository.apply(lambda change: roles.rotate(change, "root", new.keys, ("cleo",), None))
    assert not done.published
    (lack,) = done.missing
    assert (lack.role, lack.version, lack.needed) == ("root", 2, 1)
    assert [name[:4] for name in lack.signed] == ["anna"]
    assert site.repository("anna", "online").apply(nothing, renew=True).missing == (lack,)
    assert not (site.folder / "metadata" / "2.root.json").exists()
    assert seen(client, site) is None
    assert site.repository("bert", "online").apply(nothing, renew=True).published


def test_what_waits_can_be_changed_again_and_is_then_signed_anew(site: RepositorySite, client: PlainClient) -> None:
    for name in ("dora", "emil"):
        site.keys[name] = a_key(name)
        new = site.public(name)

        def step(change: Change, new: tuple[Key, ...] = new) -> None:
            roles.rotate(change, "root", new, (), None)

        assert not site.repository("anna", "online").apply(step).published
    assert site.repository("bert", "online").apply(nothing, renew=True).published
    assert seen(client, site) is None
    _, change = site.repository().look()
    assert len(change.see_root().roles["root"].keyids) == 5


def test_a_strangers_signature_is_not_published(site: RepositorySite) -> None:
    site.repository("anna").apply(lambda change: roles.renew(change, ("root",)))
    stranger = a_key("mallory")
    sign(site.folder / "waiting" / "root.json", [stranger], ())
    assert site.repository("bert", "online").apply(nothing, renew=True).published
    assert stranger.public_key.keyid.encode() not in (site.folder / "metadata" / "2.root.json").read_bytes()


def test_a_key_twice_in_a_role_and_a_threshold_out_of_reach_are_refused(site: RepositorySite) -> None:
    anna = site.public("anna")
    with pytest.raises(OtaError, match=r"anna .* is there twice"):
        site.repository().apply(lambda change: roles.rotate(change, "root", anna, (), None))
    with pytest.raises(OtaError, match="4 signatures of 3 keys cannot be had"):
        site.repository().apply(lambda change: roles.rotate(change, "root", (), (), 4))
    with pytest.raises(OtaError, match="nobody is no key of it"):
        site.repository().apply(lambda change: roles.rotate(change, "root", (), ("nobody",), None))


def test_an_online_key_may_sign_nothing_that_matters(site: RepositorySite) -> None:
    online = site.public("online")
    for role in ("root", "targets", "bundles-embedder", "sets-stable-any-all"):

        def step(change: Change, role: str = role) -> None:
            roles.rotate(change, role, online, (), None)

        with pytest.raises(OtaError, match="is an online key"):
            site.repository().apply(step)


def test_root_is_rotated_by_its_old_and_new_keys_and_old_clients_follow(
    site: RepositorySite, client: PlainClient
) -> None:
    site.publish("one")
    for name in ("dora", "emil"):
        site.keys[name] = a_key(name)
    new = site.public("dora", "emil")

    def rotated(change: Change) -> None:
        roles.rotate(change, "root", new, ("anna", "bert", "cleo"), None)

    def renewed(change: Change) -> None:
        roles.renew(change, ("root",))

    assert not site.repository("dora", "emil", "online").apply(rotated).published
    assert not site.repository("anna", "online").apply(nothing, renew=True).published
    assert site.repository("bert", "online").apply(nothing, renew=True).published
    said = seen(client, site)
    assert said is not None
    assert said.name == "one"
    assert not site.repository("anna", "bert", "online").apply(renewed, renew=True).published
    assert site.repository("dora", "emil", "online").apply(renewed, renew=True).published
    assert seen(client, site) == said


@pytest.mark.parametrize(
    ("role", "lost"),
    [
        ("targets", False),
        ("online", False),
        ("bundles-embedder", True),
        ("sets-stable-any-all", True),
        *(
            pytest.param(*one, marks=pytest.mark.long)
            for one in (
                ("targets", True),
                ("online", True),
                ("bundles-embedder", False),
                ("sets-stable-any-all", False),
            )
        ),
    ],
)
def test_any_key_is_replaced_whether_the_old_one_is_there_or_lost(
    site: RepositorySite, client: PlainClient, role: str, *, lost: bool
) -> None:
    site.publish("one")
    before = seen(client, site)
    old = role.partition("-")[0]
    site.keys["new"] = a_key("new")
    here = [name for name in site.keys if not (lost and name == old)]
    done = site.repository(*here).apply(lambda change: roles.rotate(change, role, site.public("new"), (old,), None))
    assert done.published
    assert seen(client, site) == before
    del site.keys[old]
    if old in {"bundles", "online"}:
        site.renew()
    else:
        site.keys[old] = site.keys["new"]
        site.widen(100)
    assert seen(client, site) == before


def test_a_thief_of_the_online_key_who_ran_ahead_is_overtaken_by_its_rotation(
    site: RepositorySite, client: PlainClient
) -> None:
    site.publish("one")
    path = site.folder / "metadata" / "timestamp.json"
    ours = path.read_bytes()
    stolen = Metadata[Timestamp].from_bytes(ours)
    stolen.signed.version = 1_000_000
    stolen.sign(site.keys["online"])
    path.write_bytes(stolen.to_bytes())
    assert seen(client, site)
    path.write_bytes(ours)
    with pytest.raises(RepositoryError, match="must be >= 1000000"):
        seen(client, site)
    thief = site.keys.pop("online")
    site.keys["new"] = a_key("new")
    site.repository().apply(lambda change: roles.rotate(change, "online", site.public("new"), ("online",), None))
    assert seen(client, site)
    stolen.signatures.clear()
    stolen.sign(thief)
    path.write_bytes(stolen.to_bytes())
    with pytest.raises(RepositoryError, match="was signed by 0/1 keys"):
        seen(client, site)
