"""What a provisioning file makes of a device's files: a list of changes, each of which may be made again. Pure."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec

from edge.config import dump
from edge.config.file import written
from edge.provision.connection import keyfile
from edge.provision.keyholding import DROP_INS, drop_ins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.provision.opening import Opened
    from edge.provision.tables import Document, Network

HOME = "etc/door-terminal"
IDENTITY = f"{HOME}/identity.toml"
CONFIG = f"{HOME}/terminal.toml"
PIN = f"{HOME}/provisioning.pub"
TOKEN = f"{HOME}/tls/claim-token"
CLAIM = f"{HOME}/tls/claim.toml"
CA = f"{HOME}/tls/ca.crt"
CONNECTION = "etc/NetworkManager/system-connections/door-terminal.nmconnection"
_ADMIN, _MQTT, _PROXY = f"{HOME}/admin.toml", f"{HOME}/mqtt.toml", f"{HOME}/proxy.env"
_FETCH_PROXY = "etc/systemd/system/edge-ota-fetch.service.d/50-proxy.conf"
_TIME_SERVERS = "etc/systemd/timesyncd.conf.d/50-door-terminal.conf"
_COUNTRY = "etc/modprobe.d/door-terminal-regulatory.conf"
MANAGED = (CONNECTION, _ADMIN, _MQTT, _PROXY, _FETCH_PROXY, _TIME_SERVERS, _COUNTRY, CLAIM, TOKEN, CA, *DROP_INS)
"""What a newer file takes away when it says nothing of it."""


class Put(msgspec.Struct, frozen=True, tag="put"):
    """A file that is to have this content.

    Attributes:
        path: Below the root of the file system.
        content: Of the file.
        mode: Its permissions.
    """

    path: str
    content: bytes
    mode: int = 0o644


class Link(msgspec.Struct, frozen=True, tag="link"):
    """A symbolic link that is to lead there."""

    path: str
    target: str


class Drop(msgspec.Struct, frozen=True, tag="drop"):
    """A file that is to be none."""

    path: str


class Erase(msgspec.Struct, frozen=True, tag="erase"):
    """A file that is to be overwritten and gone, or a folder that is to be empty.

    Attributes:
        path: Below the root of the file system.
        keep: What stays of a folder, relative to it.
    """

    path: str
    keep: tuple[str, ...] = ()


class Forget(msgspec.Struct, frozen=True, tag="forget"):
    """A TPM that is to keep no wrapping key any more, nor a place for one.

    Attributes:
        tcti: How it is reached.
        index: Its first NV index.
        auth: The file that opens it, below the root.
    """

    tcti: str
    index: int
    auth: str


Change = Put | Link | Drop | Erase | Forget


class Plan(msgspec.Struct, frozen=True):
    """All that one file changes, or a reset.

    Attributes:
        digest: SHA-256 of the file's normalised text, hexadecimal; empty for a reset.
        terminal: The terminal's id.
        changes: In the order in which they are made; the last one says that the file is in force.
        reset: Whether it makes the terminal nobody's.
    """

    digest: str
    terminal: str
    changes: tuple[Change, ...]
    reset: bool = False


def planned(opened: Opened, hosts: str, *, under_limits: bool) -> Plan:
    """Return what a file that may be used makes of the device.

    Args:
        opened: The file; its secrets are open.
        hosts: What /etc/hosts says now.
        under_limits: Whether head office's limits are here already.
    """
    document = opened.document
    puts = tuple(_puts(opened, hosts, under_limits=under_limits))
    there = {one.path for one in puts}
    drops = tuple(Drop(path) for path in MANAGED if path not in there)
    zone = Link("etc/localtime", f"/usr/share/zoneinfo/{document.terminal.time_zone}")
    return Plan(opened.digest, document.terminal.id, (*drops, zone, *puts))


def _puts(opened: Opened, hosts: str, *, under_limits: bool) -> Iterator[Put]:
    document = opened.document
    terminal = document.terminal
    yield Put("etc/hostname", f"{terminal.hostname}\n".encode())
    yield Put("etc/hosts", named(hosts, terminal.hostname).encode())
    yield Put("etc/timezone", f"{terminal.time_zone}\n".encode())
    yield from _network(document.network, terminal.id)
    yield from _belongings(document)
    yield Put(PIN, opened.public)
    if document.limits:
        yield Put(f"{HOME}/limits.toml", document.limits.text.encode())
        yield Put(f"{HOME}/limits.toml.sig", base64.b64decode(document.limits.signature))
    if document.limits or under_limits:  # whoever has the key without limits starts no terminal
        yield Put(f"{HOME}/head-office.pub", opened.public)
    yield from (Put(path, text.encode()) for path, text in drop_ins(document.config.keys))
    yield Put(CONFIG, dump(document.config).encode())
    yield Put(IDENTITY, written(_identity(opened)).encode())


def _identity(opened: Opened) -> dict[str, object]:
    terminal = opened.document.terminal
    return {
        "site": terminal.site,
        "door": terminal.door,
        "id": terminal.id,
        "hostname": terminal.hostname,
        "language": terminal.language,
        "issued": terminal.issued.isoformat(),
        "sha256": opened.digest,
    }


def _network(network: Network, terminal_id: str) -> Iterator[Put]:
    yield Put(CONNECTION, keyfile(network, terminal_id).encode(), 0o600)
    if network.ntp:
        yield Put(_TIME_SERVERS, f"[Time]\nNTP={' '.join(network.ntp)}\n".encode())
    if network.country:
        yield Put(_COUNTRY, f"options cfg80211 ieee80211_regdom={network.country}\n".encode())
    if network.proxy:
        yield Put(_PROXY, f'HTTPS_PROXY="{network.proxy}"\nHTTP_PROXY="{network.proxy}"\n'.encode(), 0o600)
        yield Put(_FETCH_PROXY, f"[Service]\nEnvironmentFile=-/{_PROXY}\n".encode())


def _belongings(document: Document) -> Iterator[Put]:
    if document.admin:
        yield Put(_ADMIN, written(msgspec.to_builtins(document.admin)).encode(), 0o600)
    if document.mqtt:
        yield Put(_MQTT, written(msgspec.to_builtins(document.mqtt)).encode(), 0o600)
    if document.update_root:
        yield Put(f"{HOME}/ota/root.json", document.update_root.root.encode())
    office = document.head_office
    if office and office.ca:
        yield Put(CA, office.ca.encode())
    if office and office.url:
        yield Put(CLAIM, written({"url": office.url, "id": document.terminal.id}).encode())
    if office and office.token:
        yield Put(TOKEN, office.token.encode(), 0o600)


def named(before: str, hostname: str) -> str:
    """Return /etc/hosts with this machine's name in the line that Debian keeps for it."""
    lines = [line for line in before.splitlines() if line.split()[:1] != ["127.0.1.1"]]
    if not any("localhost" in line.split()[1:] for line in lines):
        lines.insert(0, "127.0.0.1\tlocalhost")
    return "\n".join((*lines, f"127.0.1.1\t{hostname}")) + "\n"
