"""Honest repositories: rotation, recovery, what is fetched and what is not, and what a cut or full disk leaves."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from edge.errors import FetchError, OtaError
from edge.ota import proof, trusted
from edge.ota.active import Active
from edge.ota.chain import Chain
from edge.ota.fetcher import RESUMED
from edge.ota.manifest import ROLES, SET_FILE, parse_set, set_target
from tests.unit.cut_disk import OUTCOMES, CutDisk, Outcome, PowerCutError
from tests.unit.ota_site import Site
from tests.unit.repository_simulator import NOW, SET, archive, broken_after, whole

if TYPE_CHECKING:
    from pathlib import Path


def bundles_asked(site: Site) -> list[str]:
    return [path.split("/")[2] for path in site.sim.asked if path.startswith("targets/bundles/")]


def test_fast_forward_is_mended_by_another_timestamp_and_snapshot_key(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.release()
    site.sim.timestamp.version = site.sim.snapshot.version = 900_000
    site.sim.publish()
    site.took()
    site.sim.timestamp.version = site.sim.snapshot.version = 10
    for role in ("timestamp", "snapshot"):
        site.sim.rotate(role)
    site.sim.publish_root()
    site.release("two", 2)
    assert site.took().startswith("two-")


def test_a_device_that_slept_through_many_rotations_follows_them_all(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for _ in range(30):
        site.sim.rotate("root")
        site.sim.rotate("targets")
        site.sim.publish_root()
    site.release()
    slot = site.took()
    assert slot.startswith("one-")
    kept = sorted(path.name for path in (site.data / "ready" / proof.PROOF).glob("*.root.json"))
    assert len(kept) == 30
    assert proof.proven(site.data / "ready", site.root)


def test_an_expired_root_between_two_that_are_not_is_no_obstacle(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.sim.root.expires = NOW - timedelta(days=1)
    site.sim.publish_root()
    site.sim.root.expires = NOW + timedelta(days=365)
    site.sim.publish_root()
    site.release()
    assert site.took()


def test_a_new_root_is_remembered_although_the_rest_was_refused(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.sim.rotate("timestamp")
    site.sim.publish_root()
    assert "timestamp was signed by 0/1 keys" in site.refusal()
    rotated = site.sim.files["metadata/2.root.json"]
    assert (site.data / "metadata" / "root_history" / "2.root.json").read_bytes() == rotated
    site.release()
    assert site.took()


def test_only_what_changed_is_fetched(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.release("one", 1)
    site.took()
    (site.data / "ready").rename(tmp_path / "installed")
    site.client = type(site.client)(
        site.client.source, site.client.folder, tuple(tmp_path / "installed" / role for role in ROLES)
    )
    raw = archive(tmp_path / "newer", "embedder", 5000)
    site.bundles["embedder"] = site.sim.add_bundle("embedder", raw, "embedder-3")
    site.release("two", 2)
    site.sim.asked.clear()
    answer = site.check()
    assert answer.fetched is not None
    assert answer.fetched.fetched == ("embedder",)
    assert bundles_asked(site) == ["embedder"]


def test_a_bundle_that_lies_here_damaged_is_fetched(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.release()
    folder = tmp_path / "published" / "embedder"
    (folder / "model.tflite").write_bytes(b"damaged")
    site.client = type(site.client)(site.client.source, site.client.folder, (folder,))
    site.took()
    assert "embedder" in bundles_asked(site)


def test_a_check_that_broke_off_does_not_fetch_twice_what_it_had(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.release()
    path = next(name for name in site.sim.files if name.startswith("targets/bundles/liveness"))
    kept = site.sim.files.pop(path)
    with pytest.raises(FetchError, match="404"):
        site.check()
    site.sim.files[path] = kept
    site.sim.asked.clear()
    site.took()
    assert bundles_asked(site) == ["liveness"]


def test_a_download_that_broke_goes_on_where_it_was(tmp_path: Path) -> None:
    site = Site(tmp_path)
    raw = archive(tmp_path / "large", "embedder", 400_000)
    site.bundles["embedder"] = site.sim.add_bundle("embedder", raw, "large-1")
    site.release()
    path = next(name for name in site.sim.files if name.endswith("large-1.tar"))
    site.sim.acts[path] = lambda offset: (
        broken_after(raw, RESUMED + 1, offset) if offset < 300_000 else whole(raw, offset)
    )
    site.took()
    assert site.fetcher.tally.broken == 5
    assert site.fetcher.tally.bytes < len(raw) + 60_000


def test_a_group_s_set_comes_before_everybody_s(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.device = type(site.device)(
        id="device-1", board="fake", runtime=("ai_edge_litert", "2.1.0"), firmware="0.1.0", groups=("berlin",)
    )
    site.release("one", 1)
    path = set_target("stable", "fake", "berlin")
    site.sim.delegate("sets-stable-fake-berlin", [path])
    site.sim.add_set("ours", 2, site.bundles, by="sets-stable-fake-berlin", path=path)
    site.sim.publish()
    assert site.took().startswith("ours-")
    assert (site.data / "ready" / proof.PROOF / proof.TARGET).read_text().strip() == path != SET


def test_s8_an_installed_set_is_proven_years_later_and_without_any_server(tmp_path: Path) -> None:
    site = Site(tmp_path)
    raw = site.release()
    site.took()
    found = proof.examined(site.data / "ready", site.root)
    assert found.content.name == "one"
    assert (site.data / "ready" / SET_FILE).read_bytes() == raw
    for role in ROLES:
        manifest = (site.data / "ready" / role / "manifest.toml").read_bytes()
        assert found.manifests[role] == hashlib.sha256(manifest).hexdigest()


def test_s8_another_repository_s_root_proves_nothing(tmp_path: Path) -> None:
    site, other = Site(tmp_path / "one"), Site(tmp_path / "other")
    site.release()
    site.took()
    with pytest.raises(OtaError, match="not signed by those who may"):
        proof.proven(site.data / "ready", other.root)
    other.sim.publish_root()  # signed by all of its own keys, and as the next one of the terminal's root
    other.release()
    other.took()
    with pytest.raises(OtaError, match=r"2\.root\.json: not signed by those who may"):
        proof.proven(other.data / "ready", site.root)


def test_s8_who_may_sign_one_model_cannot_sign_which_four_belong_together(tmp_path: Path) -> None:
    """A role of bundles may sign any file below its own path, also one that reads like a set: it is none there."""
    site = Site(tmp_path)
    site.release()
    site.took()
    ready, forged = site.data / "ready", "bundles/liveness/any/forged.tar"
    raw = site.sim.add_set("forged", 2, site.bundles, by="bundles-liveness", path=forged)
    site.sim.publish()
    newest = {f"{name}.json": f"{content.version}.{name}.json" for name, content in site.sim.targets.items()}
    newest |= {"snapshot.json": f"{site.sim.snapshot.version}.snapshot.json", "timestamp.json": "timestamp.json"}
    chain = Chain(site.root, lambda name: site.sim.files.get(f"metadata/{newest.get(name, name)}"))
    (ready / SET_FILE).write_bytes(raw)
    for name, content in proof.files(chain, parse_set(raw, forged), forged).items():
        (ready / proof.PROOF / name).write_bytes(content)
    with pytest.raises(OtaError, match="no path of a set"):
        proof.proven(ready, site.root)


def test_s8_no_file_of_an_installed_set_can_be_changed_or_taken_away(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.sim.rotate("timestamp")
    site.sim.publish_root()
    site.release()
    site.took()
    for path in sorted(path for path in (site.data / "ready").rglob("*") if path.is_file()):
        raw = path.read_bytes()
        for changed in (
            raw[:-2],
            raw + b"x",
            raw.replace(b'"version":', b'"version":9', 1) if b'"version":' in raw else b"",
        ):
            path.write_bytes(changed)
            with pytest.raises(OtaError):
                proof.proven(site.data / "ready", site.root)
        path.unlink()
        with pytest.raises(OtaError):
            proof.proven(site.data / "ready", site.root)
        path.write_bytes(raw)
    assert proof.proven(site.data / "ready", site.root)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=str)
def test_s7_a_power_cut_while_trusted_metadata_are_kept_leaves_each_file_old_or_new(
    tmp_path: Path, outcome: Outcome
) -> None:
    lasting, work = tmp_path / "lasting", tmp_path / "work"
    (work / "root_history").mkdir(parents=True)
    lasting.mkdir()
    names = ("timestamp.json", "snapshot.json", "targets.json")
    for name in names:
        (lasting / name).write_bytes(b"old " + name.encode())
        (work / name).write_bytes(b"new " + name.encode())
    for step in range(1, 30):
        disk = CutDisk(lasting, step)
        try:
            trusted.keep(work, lasting, disk)
        except PowerCutError:
            disk.settle(outcome)
            states = [(lasting / name).read_bytes()[:3] for name in names]
            assert states == sorted(states), "the newest are written first"
            for name in names:
                assert (lasting / name).read_bytes()[4:] == name.encode()
        else:
            assert all((lasting / name).read_bytes() == b"new " + name.encode() for name in names)
            return
    pytest.fail("it never ended")


def test_an_older_serial_than_accepted_is_refused_also_when_another_path_offers_it(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.release("one", 3)
    site.active = Active(serial=4)
    with pytest.raises(OtaError, match="release it again, with a higher serial"):
        site.check()
