"""A publisher with keys in memory and small bundles: a ready repository of files, made as the commands make it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from securesystemslib.signer import CryptoSigner

from edge.ota.manifest import ROLES
from edge.ota.publishing import roles, sets
from edge.ota.publishing.aims import EVERYBODY, Aim
from edge.ota.publishing.keys import NAME
from edge.ota.publishing.repository import Outcome, Repository
from edge.ota.publishing.roles import Holders, Plan
from edge.ota.publishing.sets import Makers, Release
from edge.ota.publishing.settings import FIRST
from edge.vision.bundle import find
from edge.vision.manifest import MANIFEST, Accuracy, Against, Manifest, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from securesystemslib.signer import Key, Signer

    from edge.ota.publishing.change import Change
    from edge.vision.manifest import Role

FACTORY: dict[Role, str] = {
    "detector": "blazeface-dynamic-1",
    "landmarks": "facemesh-dynamic-1",
    "embedder": "mobilefacenet-dynamic-1",
    "liveness": "passive-liveness-dynamic-1",
}
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@cache
def factory(role: Role) -> Manifest:
    """What the shipped bundle of a role says of itself."""
    return parse((find(FACTORY[role]) / MANIFEST).read_bytes())


def a_bundle(folder: Path, role: Role, version: str = "2", **changes: object) -> Path:
    """A bundle with the papers of the shipped one of its role, another version and a model of a few bytes.

    Args:
        folder: Where its own folder is made.
        role: Which.
        version: Its own.
        changes: Of the manifest.
    """
    model = f"a small {role}, {version}".encode()
    own = {"version": version, "sha256": hashlib.sha256(model).hexdigest(), "bytes": len(model)}
    manifest = msgspec.structs.replace(factory(role), **(own | changes))
    place = folder / f"{manifest.name}-{version}"
    place.mkdir(parents=True)
    (place / MANIFEST).write_bytes(toml(manifest))
    (place / "model.tflite").write_bytes(model)
    (place / "CARD.md").write_text(f"# {manifest.name}\n", encoding="utf-8")
    (place / "parity.npz").write_bytes(b"the publisher's numbers")
    return place


def points(rows: Sequence[Accuracy], by: float, spread: float = 0.005, old: Manifest | None = None) -> list[Accuracy]:
    """The accuracy of an embedder that accepts so many points more than another, compared on the same pictures."""
    old = old or factory("embedder")
    beside = Against(
        f"{old.name}-{old.version}", old.sha256, 1623, by / 100, by / 100 - spread, by / 100 + spread, 1000
    )
    return [
        msgspec.structs.replace(
            row, true_accepts=min(row.genuine, round(row.true_accepts + by / 100 * row.genuine)), against=beside
        )
        for row in rows
    ]


def toml(manifest: Manifest) -> bytes:
    """A manifest's file; JSON's strings, numbers and arrays are TOML's, tables are written inline."""
    content = msgspec.to_builtins(manifest)
    return "\n".join(f"{key} = {_inline(value)}" for key, value in content.items() if value is not None).encode()


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_inline(one)}" for key, one in value.items() if one is not None) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return msgspec.json.encode(value).decode()


def a_key(name: str) -> CryptoSigner:
    """A key in memory."""
    made = CryptoSigner.generate_ed25519()
    made.public_key.unrecognized_fields[NAME] = name
    return made


@dataclass
class RepositorySite:
    """A repository, its publisher's keys and clock.

    Attributes:
        folder: What a web server serves is in its `metadata/` and `targets/`.
        keys: Of root (two of which have to sign), targets, online, bundles and sets; all are at hand.
        now: The time.
        parity: Makes what bundles lack.
        embedders: The factory's and all that were made here.
    """

    base: Path
    now: datetime = NOW
    keys: dict[str, CryptoSigner] = field(default_factory=dict)
    parity: Callable[..., bytes] = lambda _bundle: b"numbers made here"
    embedders: list[Manifest] = field(default_factory=lambda: [factory("embedder")])

    def __post_init__(self) -> None:
        self.folder = self.base / "repository"
        for name in ("anna", "bert", "cleo", "targets", "online", "bundles", "sets"):
            self.keys[name] = a_key(name)
        repository = self.repository()
        repository.files.note(FIRST.encode())
        made = repository.apply(lambda change: roles.begin(change, self.plan))
        assert made.published

    @property
    def plan(self) -> Plan:
        """Who may sign for what."""
        return Plan(
            root=Holders(self.public("anna", "bert", "cleo"), 2),
            targets=Holders(self.public("targets")),
            online=Holders(self.public("online")),
            bundles=Holders(self.public("bundles")),
            sets=Holders(self.public("sets")),
        )

    def public(self, *names: str) -> tuple[Key, ...]:
        """The public halves of some keys."""
        return tuple(self.keys[name].public_key for name in names)

    def repository(self, *names: str, signers: Iterable[Signer] | None = None) -> Repository:
        """The repository with some keys; with all of them if none is named."""
        here = signers or [self.keys[name] for name in names or self.keys]
        return Repository(self.folder, lambda: self.now, tuple(here))

    @property
    def root_json(self) -> bytes:
        """What a terminal is provisioned with: the first root metadata."""
        return (self.folder / "metadata" / "1.root.json").read_bytes()

    @property
    def makers(self) -> Makers:
        """What a release needs."""
        return Makers(self.parity, factory("embedder"))

    def bundles(self, version: str = "2", **changes: object) -> list[str]:
        """The folders of four small bundles of a version; unless it is said, the embedder is as good as any."""
        rows = factory("embedder").accuracy
        accuracy = [row for old in self.embedders for row in points(rows, 0.0, old=old)]
        folders = []
        for role in ROLES:
            own = {"accuracy": accuracy} | changes if role == "embedder" else {}
            folders.append(str(a_bundle(self.base / "built", role, version, **own)))
            if role == "embedder":
                self.embedders.append(parse((Path(folders[-1]) / MANIFEST).read_bytes()))
        return folders

    def publish(
        self,
        name: str,
        sources: Sequence[str] = (),
        aim: Aim = EVERYBODY,
        percent: float = 100,
        serial: int | None = None,
    ) -> Outcome:
        """Release a set of new small bundles, or of those that are named."""
        wanted = Release(name=name, aim=aim, percent=percent, serial=serial)
        files = list(sources) or self.bundles(name)
        return self.repository().apply(lambda change: sets.release(change, wanted, files, self.makers))

    def again(self, name: str, aim: Aim = EVERYBODY, percent: float = 100) -> Outcome:
        """Release an earlier set again."""
        wanted = Release(name=name, aim=aim, percent=percent)
        return self.repository().apply(lambda change: sets.again(change, wanted))

    def widen(self, percent: float, aim: Aim = EVERYBODY) -> Outcome:
        """Have the set go to more devices."""
        return self.repository().apply(lambda change: sets.widen(change, aim, percent))

    def halt(self, aim: Aim = EVERYBODY) -> Outcome:
        """Let no other device begin with the set."""
        return self.repository().apply(lambda change: sets.halt(change, aim))

    def withdraw(self, aim: Aim = EVERYBODY) -> Outcome:
        """Have every device that runs the set go back."""
        return self.repository().apply(lambda change: sets.withdraw(change, aim))

    def renew(self, *names: str) -> Outcome:
        """Publish a new timestamp, with some keys or all."""
        return self.repository(*names).apply(_nothing, renew=True)

    def pass_days(self, days: float) -> None:
        """Let time pass."""
        self.now += timedelta(days=days)


def _nothing(change: Change) -> None:
    del change
