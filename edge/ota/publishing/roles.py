"""Who may sign for what: the first roles of a repository, further ones, and other keys in the place of old ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuf.api.metadata import DelegatedRole, Delegations, Root, Targets

from edge.errors import OtaError
from edge.ota.manifest import ROLES
from edge.ota.publishing import keys
from edge.ota.publishing.aims import Aim
from edge.ota.publishing.bundles import delegated_role
from edge.ota.publishing.change import ROOT, TARGETS, add_keys, check_threshold
from edge.ota.publishing.repository import ONLINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from securesystemslib.signer import Key

    from edge.ota.publishing.change import Change

ONLINE_ROLE = "online"
"""Snapshot and timestamp: signed by the same keys, which are on a machine that renews them by itself."""


@dataclass(frozen=True, slots=True)
class Holders:
    """Who may sign for a role.

    Attributes:
        keys: Theirs.
        threshold: How many of them have to.
    """

    keys: tuple[Key, ...]
    threshold: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who may sign for what in a new repository.

    Attributes:
        root: For who may sign; offline.
        targets: For the delegations; offline.
        online: For snapshot and timestamp.
        bundles: For the bundles of each model's role.
        sets: For the first sets.
        aims: Which sets these are for.
    """

    root: Holders
    targets: Holders
    online: Holders
    bundles: Holders
    sets: Holders
    aims: tuple[Aim, ...] = (Aim("stable"), Aim("canary"))


def begin(change: Change, plan: Plan) -> None:
    """Make the first version of everything.

    Raises:
        OtaError: There is a repository already, or the plan's thresholds cannot be reached.
    """
    if change.root is not None or ROOT in change.pending:
        raise OtaError("there is a repository in this folder already; take another folder")
    change.pending.clear()  # of a beginning that was cut short
    root = Root(consistent_snapshot=True)
    for role, holders in ((ROOT, plan.root), (TARGETS, plan.targets), *((one, plan.online) for one in ONLINE)):
        add_keys(root, role, holders.keys, holders.threshold)
    change.begin(ROOT, root)
    change.begin(TARGETS, Targets(delegations=Delegations(keys={}, roles={})))
    for model in ROLES:
        _delegate(change, delegated_role(model), f"bundles/{model}/*/*", plan.bundles)
    for aim in plan.aims:
        delegate(change, aim, plan.sets)
    _require_apart(change)


def delegate(change: Change, aim: Aim, holders: Holders) -> None:
    """Let keys sign for the sets of one more channel, board and group.

    Raises:
        OtaError: There is such a role already, or the threshold cannot be reached.
    """
    if aim.role in change.roles:
        raise OtaError(f"there is a role {aim.role} already; `edge ota repo rotate` changes who may sign")
    _delegate(change, aim.role, aim.path, holders)
    _require_apart(change)


def rotate(change: Change, role: str, new: Sequence[Key], gone: Sequence[str], threshold: int | None) -> None:
    """Change who may sign for a role; what it signs is to be signed anew.

    Args:
        change: To what.
        role: "root", "targets", "online", or a delegated one.
        new: Keys that may sign from now on.
        gone: Those that may no longer: what people call them, or the first digits of their ids.
        threshold: How many keys have to sign; None for as many as before.

    Raises:
        OtaError: There is no such role or key, or the threshold cannot be reached.
    """
    delegator: Root | Targets
    if role in {ROOT, TARGETS, ONLINE_ROLE}:
        delegator = change.edit_root()
    else:
        change.see(role)
        delegator = change.edit()
    for one in ONLINE if role == ONLINE_ROLE else (role,):
        found = delegator.get_delegated_role(one)
        for called in gone:
            delegator.revoke_key(_meant(delegator, found.keyids, called, role), one)
        add_keys(delegator, one, new)
        check_threshold(found, role, threshold)
    if role not in {ROOT, ONLINE_ROLE}:
        change.edit(role)
    _require_apart(change)


def renew(change: Change, roles: Sequence[str]) -> None:
    """Have roles signed anew as they are, so that they are believed for longer.

    Raises:
        OtaError: There is no such role.
    """
    for role in roles:
        if role == ROOT:
            change.edit_root()
        elif role not in {*ONLINE, ONLINE_ROLE}:  # these are renewed anyway
            change.edit(role)


def _delegate(change: Change, role: str, path: str, holders: Holders) -> None:
    targets = change.edit()
    if targets.delegations is None or targets.delegations.roles is None:
        raise OtaError("these targets metadata delegate nothing; they are not of `edge ota repo init`")
    targets.delegations.roles[role] = DelegatedRole(role, [], 1, terminating=True, paths=[path])
    add_keys(targets, role, holders.keys, holders.threshold)
    change.begin(role, Targets())


def _require_apart(change: Change) -> None:
    """Refuse a key that is online and could sign more than that nothing is new."""
    root, targets = change.see_root(), change.see()
    online = {keyid for role in ONLINE for keyid in root.roles[role].keyids}
    others = {keyid for role in (ROOT, TARGETS) for keyid in root.roles[role].keyids}
    if targets.delegations is not None:
        others |= targets.delegations.keys.keys()
    for keyid in sorted(online & others):
        raise OtaError(
            f"{keys.name(root.get_key(keyid))} is an online key, which lies on a machine that is always on: it may not "
            "sign for root, targets, bundles or sets, too; take another key for one of them"
        )


def _meant(delegator: Root | Targets, keyids: Sequence[str], called: str, role: str) -> str:
    found = [
        keyid
        for keyid in keyids
        if (len(called) >= 8 and keyid.startswith(called))
        or delegator.get_key(keyid).unrecognized_fields.get(keys.NAME) == called
    ]
    if len(found) != 1:
        known = ", ".join(keys.name(delegator.get_key(keyid)) for keyid in keyids)
        raise OtaError(f"role {role}: {called} is no key of it, or not only one; it has {known}")
    return found[0]
