"""Asking head office for a certificate: EST, simple enrolment (RFC 7030, 4.2), with a token that works once."""

from __future__ import annotations

import base64
import http.client
import ssl
from urllib.parse import urlsplit

from edge.errors import ProvisionError

_LONGEST = 1 << 18
_TIMEOUT_S = 20.0
_OK, _LATER = 200, 202
_USER = "claim"


def claim(url: str, ca: str, token: str, request: bytes) -> bytes:
    """Return head office's answer to a request for a certificate, as it came.

    Args:
        url: Of its EST, as "https://ca.example/.well-known/est".
        ca: The certificates that its server is believed by, PEM; empty for those of the system.
        token: What it knows this terminal by; the password of HTTP basic.
        request: PKCS #10, DER.

    Raises:
        ProvisionError: It is not reached, not believed, or refuses; the message never holds the token.
    """
    parts = urlsplit(url)
    words = base64.b64encode(f"{_USER}:{token}".encode()).decode()
    headers = {"Content-Type": "application/pkcs10", "Content-Transfer-Encoding": "base64"}
    try:
        trust = ssl.create_default_context(cadata=ca or None)
        line = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_S, context=trust)
        line.request(
            "POST",
            f"{parts.path.rstrip('/')}/simpleenroll",
            base64.b64encode(request),
            headers | {"Authorization": f"Basic {words}"},
        )
        answer = line.getresponse()
        content = answer.read(_LONGEST)
        line.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ProvisionError(f"{url}: no certificate yet: {error}; it is asked for again at the next start") from error
    if answer.status == _LATER:
        raise ProvisionError(f"{url}: head office has not decided yet; it is asked again at the next start")
    if answer.status != _OK:
        raise ProvisionError(f"{url}: head office gives no certificate: {answer.status} {answer.reason}")
    return content
