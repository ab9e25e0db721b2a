"""What our commands publish, python-tuf's own client takes; whatever is rotated, waits, expires or is cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tuf.api.exceptions import ExpiredMetadataError, RepositoryError

from edge.errors import OtaError
from edge.ota.active import FURTHEST
from edge.ota.manifest import parse_set, set_custom
from edge.ota.publishing import bundles, roles
from edge.ota.publishing.aims import EVERYBODY, Aim
from edge.ota.publishing.roles import Holders
from edge.ota.publishing.status import report
from tests.unit.plain_client import PlainClient
from tests.unit.repository_site import RepositorySite

if TYPE_CHECKING:
    from pathlib import Path

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


def test_a_released_set_and_its_bundles_reach_a_client(site: RepositorySite, client: PlainClient) -> None:
    assert seen(client, site) is None
    assert site.publish("one", percent=5).published
    said = seen(client, site)
    assert said is not None
    assert (said.name, said.serial, said.rollout.percent, said.minimum_firmware) == ("one", 1, 5, "0.1.0")
    content = parse_set(client.fetch(SET, site.now), SET)
    for ref in content.bundles().values():
        assert len(client.fetch(ref.target, site.now)) == ref.bytes


def test_widening_halting_and_withdrawing_change_what_is_said_and_not_the_file(
    site: RepositorySite, client: PlainClient
) -> None:
    site.publish("one", percent=1)
    file, first = client.fetch(SET, site.now), seen(client, site)
    site.widen(25)
    wider = seen(client, site)
    site.halt()
    halted = seen(client, site)
    site.widen(25)
    on = seen(client, site)
    site.withdraw()
    gone = seen(client, site)
    assert first
    assert wider
    assert halted
    assert on
    assert gone
    assert {one.serial for one in (first, wider, halted, on, gone)} == {1}
    assert {one.rollout.salt for one in (first, wider, halted, on, gone)} == {first.rollout.salt}
    assert [one.rollout.percent for one in (first, wider, halted, on)] == [1, 25, 25, 25]
    assert [one.rollout.halted for one in (wider, halted, on)] == [False, True, False]
    assert gone.rollout.withdrawn
    assert client.fetch(SET, site.now) == file


def test_a_rollout_is_never_narrowed_and_a_withdrawn_set_never_widened(site: RepositorySite) -> None:
    site.publish("one", percent=25)
    with pytest.raises(OtaError, match="goes to 25 % already; a rollout is never narrowed"):
        site.widen(5)
    site.withdraw()
    with pytest.raises(OtaError, match="is withdrawn; release it again"):
        site.widen(100)


def test_the_way_back_is_the_earlier_sets_own_file_with_a_higher_serial(
    site: RepositorySite, client: PlainClient
) -> None:
    site.publish("one")
    file = client.fetch(SET, site.now)
    site.publish("two")
    assert client.fetch(SET, site.now) != file
    site.again("one")
    said = seen(client, site)
    assert said is not None
    assert (said.name, said.serial) == ("one", 3)
    assert client.fetch(SET, site.now) == file


def test_a_serial_that_no_terminal_would_take_is_not_published(site: RepositorySite, client: PlainClient) -> None:
    site.publish("one", serial=7)
    with pytest.raises(OtaError, match=f"serial {FURTHEST + 8} is too far above 7, the last one of this repository"):
        site.publish("two", serial=FURTHEST + 8)
    assert site.publish("three", serial=FURTHEST + 7).published
    said = seen(client, site)
    assert said is not None
    assert said.serial == FURTHEST + 7


def test_sets_of_one_group_are_not_those_of_another_and_share_one_row_of_serials(
    site: RepositorySite, client: PlainClient
) -> None:
    branch = Aim("stable", "pi", "branch-7")
    site.publish("one")
    with pytest.raises(OtaError, match="no role sets-stable-pi-branch-7"):
        site.publish("two", aim=branch)
    holders = Holders(site.public("sets"))
    site.repository().apply(lambda change: roles.delegate(change, branch, holders))
    names = [one.custom.name for one in _bundles(site)]
    site.publish("two", names, aim=branch)
    there, everybody = seen(client, site, branch.path), seen(client, site)
    assert there is not None
    assert everybody is not None
    assert (there.name, there.serial, everybody.name, everybody.serial) == ("two", 2, "one", 1)


@pytest.mark.parametrize("words", ["Branch 7", "../../x", "", "a" * 65])
def test_a_group_that_no_terminal_can_be_in_is_refused(words: str) -> None:
    with pytest.raises(OtaError, match="lower-case letters"):
        Aim("stable", "pi", words)


def test_an_outdated_timestamp_is_refused_and_a_renewal_helps(site: RepositorySite, client: PlainClient) -> None:
    site.publish("one")
    site.pass_days(6.9)
    assert seen(client, site)
    site.pass_days(0.2)
    with pytest.raises(ExpiredMetadataError):
        seen(client, site)
    site.renew("online")
    assert seen(client, site)


@pytest.mark.long
def test_renewals_by_the_online_key_alone_keep_a_repository_for_a_year(
    site: RepositorySite, client: PlainClient
) -> None:
    site.publish("one")
    for _ in range(17):
        site.pass_days(20)
        assert site.renew("online").published
    assert seen(client, site)
    site.pass_days(26)
    site.renew("online")
    with pytest.raises(ExpiredMetadataError):
        seen(client, site)
    offline = ("targets", "bundles-detector", "bundles-landmarks", "bundles-embedder", "bundles-liveness", "root")
    every = (*offline, "sets-stable-any-all", "sets-canary-any-all")
    assert site.repository().apply(lambda change: roles.renew(change, every), renew=True).published
    assert seen(client, site)


def test_metadata_that_a_stranger_changed_are_never_signed_on(site: RepositorySite) -> None:
    site.publish("one", percent=1)
    path = site.folder / "metadata" / "2.sets-stable-any-all.json"
    path.write_bytes(path.read_bytes().replace(b'"1.0"', b'"100.0"'))
    with pytest.raises(OtaError, match="sets-stable-any-all: the served metadata are not signed by who may"):
        site.widen(100)


@pytest.mark.parametrize("name", ["2.snapshot.json", "1.root.json", "timestamp.json", "1.targets.json"])
def test_damaged_metadata_are_named(site: RepositorySite, name: str) -> None:
    site.publish("one")
    path = site.folder / "metadata" / name
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(OtaError, match=f"{name}: damaged"):
        site.renew()


def test_a_client_is_not_served_an_older_set_by_putting_old_files_back(
    site: RepositorySite, client: PlainClient
) -> None:
    site.publish("one")
    old = (site.folder / "metadata" / "timestamp.json").read_bytes()
    site.publish("two")
    assert seen(client, site)
    (site.folder / "metadata" / "timestamp.json").write_bytes(old)
    with pytest.raises(RepositoryError, match="New timestamp version 2 must be >= 3"):
        seen(client, site)


def test_a_second_command_waits_for_the_first(site: RepositorySite) -> None:
    with site.repository().files.alone(), pytest.raises(OtaError, match="another command changes this repository"):
        site.halt()


def test_what_is_published_and_who_may_sign_is_told(site: RepositorySite) -> None:
    site.publish("one", percent=5)
    site.repository("anna").apply(lambda change: roles.renew(change, ("root",)))
    served, change = site.repository().look()
    told = report("R", served, change)
    by_role = {role.role: role for role in told.roles}
    assert (by_role["root"].threshold, len(by_role["root"].keys), by_role["timestamp"].days_left) == (2, 3, 7)
    assert [(one.name, one.percent) for one in told.sets] == [("one", 5)]
    assert len(told.bundles) == 4
    assert [(lack.role, lack.needed) for lack in told.waiting] == [("root", 1)]
    assert told.root == "R/metadata/1.root.json"


def _bundles(site: RepositorySite) -> list[bundles.Bundled]:
    _, change = site.repository().look()
    (info,) = change.see(EVERYBODY.role).targets.values()
    content = parse_set(bundles.contents(change, info), SET)
    return [bundles.resolved(change, ref, role) for role, ref in content.bundles().items()]
