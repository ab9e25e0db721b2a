"""Names of machines, as the network has them (RFC 952, RFC 1123). Pure."""

from __future__ import annotations

import json
import re
from ipaddress import ip_address

_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LONGEST = 253


def is_label(text: str) -> bool:
    """Whether this is one part of a machine's name: what a hostname without a domain is."""
    return bool(_LABEL.fullmatch(text))


def is_host(text: str) -> bool:
    """Whether this names a machine: by name, or by an IPv4 or IPv6 address."""
    if is_address(text):
        return True
    parts = text.removesuffix(".").split(".")
    return len(text) <= _LONGEST and all(map(is_label, parts)) and not parts[-1].isdigit()


def is_address(text: str) -> bool:
    """Whether this is an IPv4 or IPv6 address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def quoted(text: str) -> str:
    """Return a value as a message shows it: in quotes, with letters as they are and what is invisible escaped."""
    return json.dumps(text, ensure_ascii=False)
