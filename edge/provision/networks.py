"""What is wrong with how a terminal is to get into its network. Pure."""

from __future__ import annotations

import re
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from edge.provision.names import is_address, is_host, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.provision.tables import Network

_LONGEST_SSID = 32
_WPA = re.compile(r"[ -~]{8,63}|[0-9A-Fa-f]{64}")


def network_faults(network: Network, sealed: frozenset[str]) -> Iterator[str]:
    """Yield each fault, which begins with its key.

    Args:
        network: The table.
        sealed: The keys whose values are sealed elsewhere in the file.
    """
    yield from _wifi(network, sealed)
    yield from _addresses(network)
    for key, texts, right, kind in (
        ("dns", network.dns, is_address, "an address"),
        ("ntp", network.ntp, is_host, "a host's name or address"),
    ):
        yield from (
            f"network.{key}: {quoted(text)} is not {kind}; several have spaces between them in a list of sites"
            for text in texts
            if not right(text)
        )
    if network.proxy and not _is_proxy(network.proxy):
        yield 'network.proxy: must be "http://host:port" or "https://host:port"'


def _wifi(network: Network, sealed: frozenset[str]) -> Iterator[str]:
    has_passphrase = bool(network.passphrase) or "network.passphrase" in sealed
    if network.passphrase and not _WPA.fullmatch(network.passphrase):
        yield (
            f"network.passphrase: has {len(network.passphrase)} characters; a Wi-Fi passphrase has 8 to 63 of the "
            f"Latin keyboard, or is 64 hexadecimal digits"
        )
    if network.country and not re.fullmatch("[A-Z]{2}", network.country):
        yield 'network.country: must be the two capital letters of a country, as "DE"'
    if not network.ssid:
        if has_passphrase or network.hidden:
            yield "network.ssid: is missing: it is the Wi-Fi that the passphrase is of"
        return
    if len(network.ssid.encode()) > _LONGEST_SSID or not network.ssid.isprintable():
        yield f"network.ssid: must be 1 to {_LONGEST_SSID} bytes in one line"
    if not has_passphrase:
        yield "network.passphrase: is missing: a terminal joins no Wi-Fi that is open to everybody"
    if not network.country:
        yield 'network.country: is missing: without it the radio stays off; two letters, as "DE"'


def _addresses(network: Network) -> Iterator[str]:
    if not network.address:
        if network.gateway:
            yield "network.address: is missing: network.gateway goes with a fixed address"
        return
    interface = _interface(network.address)
    if not interface:
        yield (
            f"network.address: {quoted(network.address)} is no address with the length of its network's prefix, "
            f'as "192.0.2.7/24"'
        )
        return
    if fault := _unusable(interface):
        yield f"network.address: {fault}"
    if not network.dns:
        yield "network.dns: is missing: with a fixed address nobody else tells the terminal a name server"
    yield from _gateway(network.gateway, interface)


def _gateway(gateway: str, interface: IPv4Interface | IPv6Interface) -> Iterator[str]:
    if not gateway:
        yield "network.gateway: is missing: with a fixed address nobody else tells the terminal the way out"
    elif not is_address(gateway):
        yield f"network.gateway: {quoted(gateway)} is not an address"
    else:
        found = ip_address(gateway)
        if found == interface.ip:
            yield "network.gateway: is the terminal's own address"
        elif found.version != interface.version or not (found in interface.network or found.is_link_local):
            yield f"network.gateway: {gateway} is not in the terminal's network {interface.network}"


def _interface(text: str) -> IPv4Interface | IPv6Interface | None:
    try:
        return ip_interface(text) if "/" in text else None
    except ValueError:
        return None


def _unusable(interface: IPv4Interface | IPv6Interface) -> str:
    """Return why nobody can have an address; empty when somebody can."""
    its, network = interface.ip, interface.network
    if its.is_multicast or its.is_loopback or its.is_unspecified:
        return f"{its} can be no machine's address"
    ends = interface.version == 4 and network.prefixlen < 31
    if ends and its in {network.network_address, network.broadcast_address}:
        return f"{its} is the network's own address, or everybody's, in {network}"
    return ""


def _is_proxy(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in {"http", "https"}
            and is_host(parts.hostname or "")
            and parts.port is not None
            and parts.path in {"", "/"}
        )
    except ValueError:
        return False
