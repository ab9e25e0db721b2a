"""A change of a repository: new versions of some roles' metadata, which are published together or not at all.

What is published, and what waits from before, is given; nothing is read or written here. A new version counts once as
many keys signed it as its role's threshold says; signatures may come one at a time, on different machines.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct
from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata, Root, Targets

from edge.errors import OtaError
from edge.ota.publishing import keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from securesystemslib.signer import Key, Signer
    from tuf.api.metadata import Role, Signed, VerificationResult

    from edge.ota.publishing.settings import Settings

ROOT = Root.type
TARGETS = Targets.type
_NONE = "there is no repository yet; `edge ota repo init` makes one"


class Missing(Struct, frozen=True):
    """A new version that lacks signatures.

    Attributes:
        role: Whose.
        version: Which.
        needed: How many more signatures.
        signed: Who has signed.
        may: Who may sign and has not.
    """

    role: str
    version: int
    needed: int
    signed: tuple[str, ...]
    may: tuple[str, ...]


@dataclass(slots=True)
class Change:
    """What is to be published.

    Attributes:
        root: As it is served; None before there is any.
        served: The targets metadata that are served, by role.
        pending: New versions, by role.
        settings: The publisher's.
        now: The time.
        content: Reads a served target, by its path with its hash.
        earlier: Reads an earlier version of a role's metadata that was served.
        files: Targets to serve beside it, by their path with their hash.
    """

    root: Metadata[Root] | None
    served: dict[str, Metadata[Targets]]
    pending: dict[str, Metadata[Any]]
    settings: Settings
    now: datetime
    content: Callable[[str], bytes]
    earlier: Callable[[str, int], Targets]
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def roles(self) -> tuple[str, ...]:
        """All roles that have targets metadata, served or new: the top one, then its delegations, in order."""
        rest = sorted((self.served.keys() | self.pending.keys()) - {ROOT, TARGETS})
        return (TARGETS, *rest)

    def see_root(self) -> Root:
        """Return the newest root; it is not to be changed."""
        newest = self.pending.get(ROOT, self.root)
        if newest is None:
            raise OtaError(_NONE)
        return cast("Root", newest.signed)

    def see(self, role: str = TARGETS) -> Targets:
        """Return the newest targets metadata of a role; they are not to be changed.

        Raises:
            OtaError: There is no such role.
        """
        newest = self.pending.get(role) or self.served.get(role)
        if newest is None:
            known = ", ".join(self.roles)
            raise OtaError(f"this repository has no role {role}; it has {known}; `edge ota repo delegate` makes one")
        return cast("Targets", newest.signed)

    def edit_root(self) -> Root:
        """Return root's new version, to be changed."""
        return cast("Root", self._edit(ROOT, self.root))

    def edit(self, role: str = TARGETS) -> Targets:
        """Return the new version of a role's targets metadata, to be changed.

        Raises:
            OtaError: There is no such role.
        """
        self.see(role)
        return cast("Targets", self._edit(role, self.served.get(role)))

    def begin(self, role: str, signed: Signed) -> None:
        """Begin with a role's first version."""
        signed.expires = self.expiry(role)
        self.pending[role] = Metadata(signed)

    def expiry(self, role: str) -> datetime:
        """Return until when a role's next version will be believed."""
        return self.now.replace(microsecond=0) + timedelta(days=self.settings.days.of(role))

    def sign(self, signers: Sequence[Signer]) -> None:
        """Sign every new version with those keys that may; signatures of others are taken away.

        Raises:
            OtaError: A key does not sign.
        """
        for role, new in self.pending.items():
            allowed = self._keyids(role)
            for stranger in new.signatures.keys() - allowed:
                del new.signatures[stranger]
            for signer in signers:
                if signer.public_key.keyid in allowed:
                    signed_by(new, signer)

    def missing(self) -> tuple[Missing, ...]:
        """Return which new versions lack signatures."""
        return tuple(lack for role in self.pending if (lack := self._lack(role)) is not None)

    def unsigned(self) -> tuple[str, ...]:
        """Return the roles whose served metadata the newest keys no longer vouch for, and that have no new version."""
        newest = self.see_root()
        wrong = []
        for role in set(self.served) - set(self.pending):
            delegator: Root | Targets = newest if role == TARGETS else self.see()
            found = self.served[role]
            if not delegator.get_verification_result(role, found.signed_bytes, found.signatures).verified:
                wrong.append(role)
        return tuple(sorted(wrong))

    def _edit(self, role: str, served: Metadata[Any] | None) -> Signed:
        new = self.pending.get(role)
        if new is None:
            if served is None:
                raise OtaError(_NONE)
            new = Metadata(copy.deepcopy(served.signed))
            new.signed.version += 1
            self.pending[role] = new
        new.signatures.clear()
        new.signed.expires = self.expiry(role)
        return cast("Signed", new.signed)

    def _results(self, role: str) -> tuple[VerificationResult, ...]:
        new = self.pending[role]
        payload = new.signed_bytes
        if role == ROOT:
            root = cast("Root", new.signed)
            both = root.get_root_verification_result(
                None if self.root is None else self.root.signed, payload, new.signatures
            )
            return both.first, both.second
        delegator: Root | Targets = self.see_root() if role == TARGETS else self.see()
        return (delegator.get_verification_result(role, payload, new.signatures),)

    def _keyids(self, role: str) -> set[str]:
        """Return the keys that may sign; those that could so far, too, for clients that do not know the new root."""
        allowed = {keyid for found in self._results(role) for keyid in (*found.signed, *found.unsigned)}
        if role == TARGETS and self.root is not None:
            allowed |= set(self.root.signed.roles[TARGETS].keyids)
        return allowed

    def _lack(self, role: str) -> Missing | None:
        results = self._results(role)
        if all(found.verified for found in results):
            return None
        signed: dict[str, Key] = {}
        may: dict[str, Key] = {}
        for found in results:
            signed |= found.signed
            if not found.verified:
                may |= found.unsigned
        return Missing(
            role=role,
            version=self.pending[role].signed.version,
            needed=max(found.missing for found in results),
            signed=tuple(sorted(map(keys.name, signed.values()))),
            may=tuple(sorted(map(keys.name, may.values()))),
        )


def signed_by(metadata: Metadata[Any], signer: Signer) -> None:
    """Add a key's signature; one that it made before stays as it is.

    Raises:
        OtaError: The key does not sign.
    """
    if signer.public_key.keyid in metadata.signatures:
        return
    try:
        metadata.sign(signer, append=True)
    except UnsignedMetadataError as error:
        raise OtaError(f"key {keys.name(signer.public_key)} does not sign: {error}") from error


def add_keys(delegator: Root | Targets, role: str, new: Sequence[Key], threshold: int | None = None) -> None:
    """Let keys sign for a role.

    Args:
        delegator: Root, or the targets that delegate to the role.
        role: Which.
        new: The keys.
        threshold: How many of the role's keys have to sign; None for as many as before.

    Raises:
        OtaError: The same key twice, or fewer keys than have to sign.
    """
    for key in new:
        if key.keyid in delegator.get_delegated_role(role).keyids:
            raise OtaError(f"role {role}: {keys.name(key)} is there twice; a threshold counts different keys")
        delegator.add_key(key, role)
    check_threshold(delegator.get_delegated_role(role), role, threshold)


def check_threshold(found: Role, role: str, threshold: int | None) -> None:
    """Set how many keys of a role have to sign.

    Raises:
        OtaError: There are fewer.
    """
    if threshold is not None:
        found.threshold = threshold
    if not 1 <= found.threshold <= len(found.keyids):
        raise OtaError(
            f"role {role}: {found.threshold} signatures of {len(found.keyids)} keys cannot be had; "
            "add keys, or ask for fewer signatures"
        )
