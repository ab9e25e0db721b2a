"""A repository of updates in memory, with every key at hand: what an attacker who has some of them could publish.

The idea is that of python-tuf's own simulator; it speaks to our transport's protocol, so that what is under test is all
of our fetch path but the socket.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from msgspec import convert, structs
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from edge.ota.archive import pack
from edge.ota.manifest import (
    ROLES,
    BundleCustom,
    BundleRef,
    Gates,
    Rollout,
    SetCustom,
    SetFile,
    bundle_target,
    dump_set,
    set_target,
    signable,
)
from edge.ota.transport import LineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from edge.vision.manifest import Role

Kind = TypeVar("Kind", Root, Timestamp, Snapshot, Targets)
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
BASE = "https://updates.example/terminal"
SETS = "sets-stable-any-all"
SET = set_target("stable", "any", "all")
TOP = ("root", "timestamp", "snapshot", "targets")


@dataclass
class Answer:
    """What the server says; `pieces` may raise, or let time pass."""

    status: int
    pieces: Iterator[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)

    def piece(self, limit: int) -> bytes:
        found = next(self.pieces, b"")
        assert len(found) <= limit
        return found


def whole(data: bytes, offset: int = 0) -> Answer:
    """All of a file, or the rest of it."""
    rest = data[offset:]
    headers = {"Content-Range": f"bytes {offset}-{len(data) - 1}/{len(data)}"} if offset else {}
    pieces = (rest[at : at + 16_384] for at in range(0, len(rest), 16_384))
    return Answer(206 if offset else 200, iter(pieces), headers)


def broken_after(data: bytes, count: int, offset: int = 0) -> Answer:
    """So many bytes, and then the line breaks."""

    def pieces() -> Iterator[bytes]:
        sent = data[offset : offset + count]
        yield from (sent[at : at + 16_384] for at in range(0, len(sent), 16_384))
        raise LineError("the answer ended before its end")

    return Answer(206 if offset else 200, pieces(), {"Content-Range": f"bytes {offset}-"} if offset else {})


class Simulator:
    """Publishes what it is told, and serves it.

    Attributes:
        signers: Whose signatures each role's metadata get.
        former: Who signs the next root besides, because they might before.
        files: What is served, by the path below the repository's URL.
        acts: What the server does instead when it is asked for a path.
        asked: What it was asked for, in order.
    """

    def __init__(self, now: datetime = NOW) -> None:
        self.signers = {name: [CryptoSigner.generate_ed25519()] for name in TOP}
        self.signers["root"].append(CryptoSigner.generate_ed25519())
        self.former: list[CryptoSigner] = []
        self.files: dict[str, bytes] = {}
        self.acts: dict[str, Callable[[int], Answer]] = {}
        self.asked: list[str] = []
        self.expires = now + timedelta(days=30)
        # Versions begin at 1, and every publishing adds one: the first must begin from 0.
        self.root = Root(expires=now + timedelta(days=365), consistent_snapshot=True)
        for name in TOP:
            for signer in self.signers[name]:
                self.root.add_key(signer.public_key, name)
        self.root.roles["root"].threshold = 2
        self.timestamp = Timestamp(expires=self.expires)
        self.snapshot = Snapshot(expires=self.expires)
        self.targets = {"targets": Targets(expires=self.expires)}
        for signed in (self.root, self.timestamp, self.snapshot, self.targets["targets"]):
            signed.version = 0
        for role in ROLES:
            self.delegate(f"bundles-{role}", [f"bundles/{role}/*/*"])
        self.delegate(SETS, [SET])
        self.publish_root()
        self.publish()

    # what is published

    def delegate(
        self, name: str, paths: list[str], *, by: str = "targets", first: bool = False, terminating: bool = False
    ) -> None:
        """Let a role of its own key sign some paths."""
        self.signers.setdefault(name, [CryptoSigner.generate_ed25519()])
        parent = self.targets[by]
        if parent.delegations is None:
            parent.delegations = Delegations(keys={}, roles={})
        roles = parent.delegations.roles
        assert roles is not None
        made = {name: DelegatedRole(name, [], 1, terminating=terminating, paths=paths)}
        parent.delegations.roles = {**made, **roles} if first else {**roles, **made}
        for signer in self.signers[name]:
            parent.add_key(signer.public_key, name)
        if name not in self.targets:
            self.targets[name] = Targets(expires=self.expires)
            self.targets[name].version = 0

    def add(self, role: str, path: str, content: bytes, custom: Mapping[str, object] | None = None) -> None:
        """Have a role sign a target."""
        info = TargetFile.from_data(path, content, ["sha256"])
        if custom is not None:
            info.unrecognized_fields["custom"] = custom
        self.targets[role].targets[path] = info
        folder, _, name = path.rpartition("/")
        self.files[f"targets/{folder}/{info.hashes['sha256']}.{name}"] = content

    def add_bundle(self, role: Role, content: bytes, name: str = "", *, by: str = "", **said: object) -> BundleRef:
        """Have a bundle signed, of which something else may be said; returns what a set says of it."""
        name = name or f"{role}-2"
        custom = BundleCustom(
            role=role,
            name=name,
            board="any",
            runtime={"ai_edge_litert": "2.0"},
            unpacked_bytes=len(content),
            gates=Gates(0.9, 100.0, 200, 10_000_000),
        )
        custom = structs.replace(custom, **said)
        target = bundle_target(role, "any", name)
        self.add(by or f"bundles-{role}", target, content, signable(custom))
        manifest = hashlib.sha256(b"manifest of " + role.encode()).hexdigest()
        return BundleRef(target, hashlib.sha256(content).hexdigest(), manifest, len(content))

    def add_set(
        self, name: str, serial: int, bundles: Mapping[Role, BundleRef], *, by: str = SETS, path: str = SET
    ) -> bytes:
        """Have a set signed; returns its file."""
        words: dict[str, object] = {"name": name, "serial": serial, **{str(role): ref for role, ref in bundles.items()}}
        raw = dump_set(convert(words, SetFile))
        self.add(by, path, raw, signable(set_custom(name, serial)))
        return raw

    def publish(self) -> None:
        """Sign everything but root anew, with higher versions."""
        for name, targets in self.targets.items():
            targets.version += 1
            raw = self.signed(name, targets)
            self.files[f"metadata/{targets.version}.{name}.json"] = raw
            self.snapshot.meta[f"{name}.json"] = MetaFile.from_data(targets.version, raw, ["sha256"])
        self.publish_snapshot()

    def publish_snapshot(self) -> None:
        self.snapshot.version += 1
        raw = self.signed("snapshot", self.snapshot)
        self.files[f"metadata/{self.snapshot.version}.snapshot.json"] = raw
        self.timestamp.snapshot_meta = MetaFile.from_data(self.snapshot.version, raw, ["sha256"])
        self.publish_timestamp()

    def publish_timestamp(self) -> None:
        self.timestamp.version += 1
        self.files["metadata/timestamp.json"] = self.signed("timestamp", self.timestamp)

    def publish_root(self, signers: list[CryptoSigner] | None = None) -> None:
        """Sign root anew: by those who may now and those who might before, or by whom is given."""
        self.root.version += 1
        raw = self.signed("root", self.root, [*self.former, *self.signers["root"]] if signers is None else signers)
        self.former.clear()
        self.files[f"metadata/{self.root.version}.root.json"] = raw

    def rotate(self, role: str) -> None:
        """Give a top-level role another key; the root is still to be published."""
        old, new = self.signers[role][-1], CryptoSigner.generate_ed25519()
        if role == "root":
            self.former.append(old)
        self.root.revoke_key(old.public_key.keyid, role)
        self.root.add_key(new.public_key, role)
        self.signers[role] = [*self.signers[role][:-1], new]

    def signed(
        self,
        role: str,
        content: Kind,
        signers: list[CryptoSigner] | None = None,
    ) -> bytes:
        """Return metadata as they are served."""
        made = Metadata(content)
        for signer in self.signers[role] if signers is None else signers:
            made.sign(signer, append=True)
        return made.to_bytes()

    @property
    def first_root(self) -> bytes:
        return self.files["metadata/1.root.json"]

    # what is served

    @contextmanager
    def get(self, url: str, *, offset: int, within_s: float) -> Iterator[Answer]:
        """See `edge.ota.transport.Transport.get`."""
        assert within_s > 0
        path = url.removeprefix(f"{BASE}/")
        self.asked.append(path)
        if path in self.acts:
            yield self.acts[path](offset)
        elif path in self.files:
            yield whole(self.files[path], offset)
        else:
            yield Answer(404, iter((b"not here",)))


def set_custom(name: str, serial: int, percent: float = 100.0, **words: bool) -> SetCustom:
    """What is signed about a set."""
    return SetCustom(
        name=name, serial=serial, minimum_firmware="0.1.0", rollout=Rollout(percent=percent, salt="x", **words)
    )


def archive(folder: Path, role: str, size: int = 2000) -> bytes:
    """A bundle's archive, made where it is told: what is in it nobody loads here."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.toml").write_bytes(b"manifest of " + role.encode())
    (folder / "model.tflite").write_bytes(hashlib.sha256(role.encode()).digest() * (size // 32))
    return pack(folder)
