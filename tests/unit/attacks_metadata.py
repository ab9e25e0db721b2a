"""Attacks by who serves the metadata, or has some of the keys that sign them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Targets

from tests.unit.attack_table import attack
from tests.unit.repository_simulator import NOW, SETS, Answer, whole

if TYPE_CHECKING:
    from tests.unit.ota_site import Site

TIMESTAMP = "metadata/timestamp.json"


@attack("rollback: an older timestamp", "New timestamp version 2 must be >= 3")
def older_timestamp(site: Site) -> None:
    old = site.sim.files[TIMESTAMP]
    site.release("two", 2)
    site.took()
    site.clear()
    site.sim.files[TIMESTAMP] = old


@attack("rollback: a newer timestamp that names an older snapshot", "New snapshot version must be >= 3")
def older_snapshot(site: Site) -> None:
    old = site.sim.timestamp.snapshot_meta
    site.release("two", 2)
    site.took()
    site.clear()
    site.sim.timestamp.snapshot_meta = old
    site.sim.publish_timestamp()


@attack("rollback: a newer snapshot that names older targets", "targets.json version")
def older_targets(site: Site) -> None:
    old = site.sim.snapshot.meta["targets.json"]
    site.release("two", 2)
    site.took()
    site.clear()
    site.sim.snapshot.meta["targets.json"] = old
    site.sim.publish_snapshot()


@attack("rollback: a newer snapshot that names an older set role", f"{SETS}.json version")
def older_delegated(site: Site) -> None:
    old = site.sim.snapshot.meta[f"{SETS}.json"]
    site.release("two", 2)
    site.took()
    site.clear()
    site.sim.snapshot.meta[f"{SETS}.json"] = old
    site.sim.publish_snapshot()


@attack("rollback: a snapshot that no longer names a role", f"is missing info for '{SETS}.json'")
def forgotten_role(site: Site) -> None:
    del site.sim.snapshot.meta[f"{SETS}.json"]
    site.sim.publish_snapshot()


@attack("rollback: an older root as the next one", "Expected root version 2 instead got version 1")
def older_root(site: Site) -> None:
    site.sim.files["metadata/2.root.json"] = site.sim.files["metadata/1.root.json"]


@attack("rollback: an older set under a newer signature", "and 5 was accepted here before")
def older_serial(site: Site) -> None:
    site.release("five", 5)
    site.took()
    site.clear()
    site.release("old", 4)


@attack("freeze: the same timestamp for ever", "the repository's timestamp metadata expired on 2026-12-31 12:00 UTC")
def frozen(site: Site) -> None:
    site.wall += timedelta(days=31).total_seconds()


@attack("freeze: with the device's clock turned back", "before the newest proven time")
def frozen_clock(site: Site) -> None:
    site.proven = (NOW + timedelta(days=31)).timestamp()


@attack("freeze: an expired snapshot under a fresh timestamp", "the repository's snapshot metadata expired")
def frozen_snapshot(site: Site) -> None:
    site.wall += timedelta(days=31).total_seconds()
    site.sim.timestamp.expires = NOW + timedelta(days=40)
    site.sim.publish_timestamp()


@attack("freeze: an expired set role", f"the repository's {SETS} metadata expired")
def frozen_set(site: Site) -> None:
    site.sim.targets[SETS].expires = NOW - timedelta(days=1)
    site.release("two", 2)


@attack("an expired root, and no newer one", "the repository's root metadata expired on 2027-12-01 12:00 UTC")
def expired_root(site: Site) -> None:
    site.wall += timedelta(days=366).total_seconds()
    for role in (site.sim.timestamp, site.sim.snapshot, *site.sim.targets.values()):
        role.expires = NOW + timedelta(days=400)
    site.release("two", 2)


@attack("fast-forward: versions near the largest number, then honest ones", "New timestamp version 3 must be >= 900000")
def fast_forward(site: Site) -> None:
    site.sim.timestamp.version = 900_000 - 1
    site.sim.publish_timestamp()
    site.check()
    site.clear()
    site.sim.timestamp.version = 2
    site.sim.publish_timestamp()


@attack("mix and match: a snapshot of another time under its name", "does not match expected hash")
def mixed(site: Site) -> None:
    old = site.sim.files["metadata/2.snapshot.json"]
    site.release("two", 2)
    site.sim.files["metadata/3.snapshot.json"] = old


@attack("mix and match: targets of another time under their name", "does not match expected hash")
def mixed_targets(site: Site) -> None:
    old = site.sim.files["metadata/2.targets.json"]
    site.release("two", 2)
    site.sim.files["metadata/3.targets.json"] = old


@attack("below threshold: a root signed by one of two", "was signed by 1/2 keys")
def below_threshold(site: Site) -> None:
    site.sim.publish_root(site.sim.signers["root"][:1])


@attack("duplicate signatures: one of two root keys signs twice", "Multiple signatures found for key")
def twice(site: Site) -> None:
    site.sim.publish_root(site.sim.signers["root"][:1])
    content = json.loads(site.sim.files["metadata/2.root.json"])
    content["signatures"] *= 2
    site.sim.files["metadata/2.root.json"] = json.dumps(content).encode()


@attack("duplicate key ids: the threshold names one key twice", "Nonunique keyids")
def duplicate_ids(site: Site) -> None:
    site.sim.publish_root()
    content = json.loads(site.sim.files["metadata/2.root.json"])
    role = content["signed"]["roles"]["root"]
    role["keyids"] = [role["keyids"][0]] * 2
    site.sim.files["metadata/2.root.json"] = json.dumps(content).encode()


@attack("unknown keys: a timestamp signed by a stranger", "timestamp was signed by 0/1 keys")
def stranger(site: Site) -> None:
    site.sim.signers["timestamp"] = [CryptoSigner.generate_ed25519()]
    site.release("two", 2)


@attack("a role's key signs for another role", "targets was signed by 0/1 keys")
def wrong_role(site: Site) -> None:
    site.sim.signers["targets"] = site.sim.signers["timestamp"]
    site.release("two", 2)


@attack("root rotation signed by the new keys alone", "root was signed by 0/2 keys")
def new_keys_alone(site: Site) -> None:
    old = list(site.sim.signers["root"])
    for signer in old:
        site.sim.root.revoke_key(signer.public_key.keyid, "root")
    site.sim.signers["root"] = [CryptoSigner.generate_ed25519(), CryptoSigner.generate_ed25519()]
    for signer in site.sim.signers["root"]:
        site.sim.root.add_key(signer.public_key, "root")
    site.sim.publish_root()


@attack("root rotation signed by the old keys alone", "root was signed by 0/2 keys")
def old_keys_alone(site: Site) -> None:
    old = list(site.sim.signers["root"])
    for signer in old:
        site.sim.root.revoke_key(signer.public_key.keyid, "root")
        site.sim.root.add_key(CryptoSigner.generate_ed25519().public_key, "root")
    site.sim.publish_root(old)


@attack("root rotation that skips a version", "Expected root version 2 instead got version 3")
def skipped(site: Site) -> None:
    site.sim.root.version = 2
    site.sim.publish_root()
    site.sim.files["metadata/2.root.json"] = site.sim.files["metadata/3.root.json"]


@attack("a revoked timestamp key goes on signing", "timestamp was signed by 0/1 keys")
def revoked(site: Site) -> None:
    old = list(site.sim.signers["timestamp"])
    site.sim.rotate("timestamp")
    site.sim.publish_root()
    site.sim.signers["timestamp"] = old
    site.release("two", 2)


@attack("truncated metadata", "Failed to deserialize JSON")
def truncated(site: Site) -> None:
    site.sim.files[TIMESTAMP] = site.sim.files[TIMESTAMP][:-40]


@attack("metadata of another type", "Expected 'timestamp', got 'snapshot'")
def another_type(site: Site) -> None:
    site.sim.files[TIMESTAMP] = site.sim.files["metadata/2.snapshot.json"]


@attack("JSON as deep as it goes", "Failed to deserialize JSON")
def deep(site: Site) -> None:
    site.sim.files[TIMESTAMP] = b"[" * 8000 + b"]" * 8000


@attack("a number of thousands of digits as version", "Failed to deserialize JSON")
def large_number(site: Site) -> None:
    raw = site.sim.files[TIMESTAMP]
    site.sim.files[TIMESTAMP] = raw.replace(b'"version":2', b'"version":' + b"9" * 5000)


@attack("half a character and words that are none", "refused")
def surrogates(site: Site) -> None:
    site.sim.files[TIMESTAMP] = site.sim.files[TIMESTAMP].replace(b'"timestamp"', b'"time\\ud800stamp"')


@attack("bytes that are no text", "refused")
def no_text(site: Site) -> None:
    site.sim.files[TIMESTAMP] = b"\xff\xfe" + site.sim.files[TIMESTAMP]


@attack("a metadata file that is huge", "more than the 16384 bytes")
def huge(site: Site) -> None:
    site.sim.files[TIMESTAMP] = b" " * 10_000_000


@attack("a repository that vanishes between timestamp and snapshot", "3.snapshot.json: the server answered 404")
def vanishes(site: Site) -> None:
    site.release("two", 2)
    stays = ("metadata/2.root.json", TIMESTAMP)
    site.sim.files = {name: raw for name, raw in site.sim.files.items() if name in stays}


@attack("a repository that is not there at all", "timestamp.json: the server answered 404")
def gone(site: Site) -> None:
    site.sim.files = {}


@attack("a signature over other metadata", "timestamp was signed by 0/1 keys")
def grafted(site: Site) -> None:
    good = Metadata[Targets].from_bytes(site.sim.files["metadata/2.targets.json"]).signatures
    found = Metadata.from_bytes(site.sim.files[TIMESTAMP])
    (keyid,) = found.signatures
    found.signatures[keyid].signature = next(iter(good.values())).signature
    raw = found.to_bytes()
    site.sim.acts[TIMESTAMP] = lambda offset: whole(raw, offset)


@attack("every answer is a login page", "Failed to deserialize JSON")
def captive(site: Site) -> None:
    page = b"<html>Please log in</html>"
    site.sim.acts["metadata/2.root.json"] = lambda _offset: Answer(404, iter(()))
    site.sim.acts[TIMESTAMP] = lambda offset: whole(page, offset)
