"""What NetworkManager reads of a provisioning file's [network]: one keyfile, for the cable or for the Wi-Fi. Pure."""

from __future__ import annotations

import re
import uuid
from ipaddress import ip_address, ip_interface
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.provision.tables import Network

_NAMESPACE = uuid.UUID("8f0f2c3e-6a0e-5d0b-9f5e-0d0a7c1b7e39")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]*[A-Za-z0-9]")


def keyfile(network: Network, terminal_id: str) -> str:
    """Return the connection as NetworkManager's keyfile; the same network gives the same text.

    Args:
        network: How the terminal gets into the network.
        terminal_id: What the connection's UUID is made of.
    """
    return "\n".join(_lines(network, str(uuid.uuid5(_NAMESPACE, terminal_id)))) + "\n"


def _lines(network: Network, name: str) -> Iterator[str]:
    kind = "wifi" if network.ssid else "ethernet"
    yield from ("[connection]", "id=door-terminal", f"uuid={name}", f"type={kind}", "autoconnect=true")
    yield from ("autoconnect-retries=0", "")  # 0: for ever; a router that is switched on later is found
    if network.ssid:
        yield from ("[wifi]", "mode=infrastructure", f"ssid={_ssid(network.ssid)}", "powersave=2")
        yield from (("hidden=true", "") if network.hidden else ("",))
    if network.passphrase:
        yield from ("[wifi-security]", "key-mgmt=wpa-psk", f"psk={_value(network.passphrase)}", "")
    yield from _addresses(network)


def _addresses(network: Network) -> Iterator[str]:
    fixed = ip_interface(network.address).version if network.address else 0
    for version in (4, 6):
        yield f"[ipv{version}]"
        if fixed == version:
            yield from ("method=manual", f"address1={network.address}")
            yield from ((f"gateway={network.gateway}",) if network.gateway else ())
        else:
            yield from ("method=auto", "may-fail=true")
        servers = [one for one in network.dns if ip_address(one).version == version]
        yield from ((f"dns={''.join(f'{one};' for one in servers)}", "ignore-auto-dns=true") if servers else ())
        yield ""


def _ssid(text: str) -> str:
    """Return a network's name: as its bytes where a keyfile would take a sign in it for its own."""
    return text if _PLAIN.fullmatch(text) else "".join(f"{byte};" for byte in text.encode())


def _value(text: str) -> str:
    """Return a value as GLib's key files escape it."""
    text = text.replace("\\", "\\\\")
    inner = text.lstrip(" ")
    return "\\s" * (len(text) - len(inner)) + inner
