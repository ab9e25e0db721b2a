"""What is wrong in a provisioning file beyond the kind of each value, or wrong together. Pure."""

from __future__ import annotations

import base64
import json
import re
from binascii import Error as NoBase64
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from edge import keys
from edge.config import limits, zone_of
from edge.errors import ConfigError, SignatureError
from edge.keys.pem import certificates
from edge.provision.names import is_host, is_label, quoted
from edge.provision.networks import network_faults
from edge.provision.secret_keys import LONGEST, LONGEST_OPEN, SECRETS, secrets_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.settings import Config
    from edge.provision.tables import Admin, Document, HeadOffice, Mqtt, SignedLimits, Terminal, UpdateRoot

_PHC = re.compile(r"^\$argon2id\$v=19\$m=\d{1,8},t=\d{1,4},p=\d{1,3}\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$")
_WORDS = re.compile(r"^[^\x00-\x1f\x7f]{1,64}$")
_LEAST_BOX = 28
"""The bytes of a sealed text of no length: its nonce and its tag."""
_LARGEST_BOX = 8192
_SALT_BYTES = 16


def contradictions(document: Document) -> Iterator[str]:
    """Yield each fault, which begins with its key."""
    sealed = frozenset(document.sealed.keys if document.sealed else ())
    if document.terminal:  # None where its own keys are faulty
        yield from _terminal(document.terminal)
        yield from _lasting(document)
    yield from network_faults(document.network, sealed)
    if document.admin:
        yield from _admin(document.admin)
    if document.head_office:
        yield from _head_office(document.head_office, sealed)
    if document.mqtt:
        yield from _mqtt(document.mqtt, sealed)
    if document.update_root:
        yield from _update_root(document.update_root)
    if document.limits:
        public = document.head_office.public_key if document.head_office else ""
        yield from limits_faults(document.limits, document.config, public.encode())
    yield from _sealed(document)
    zone = document.config.rules.time_zone
    if document.terminal and zone not in {"", document.terminal.time_zone}:
        yield "rules.time_zone: is another than terminal.time_zone; leave it out, and the terminal's holds"


def limits_faults(signed: SignedLimits, config: Config, public: bytes) -> Iterator[str]:
    """Yield what is wrong with limits.

    Args:
        signed: The limits.
        config: What they must allow.
        public: The key that must have signed them, PEM; empty for one that is not known yet.
    """
    try:
        signature = base64.b64decode(signed.signature, validate=True)
        if public:
            keys.verify(signed.text.encode(), signature, public)
        found = limits.parse(signed.text, "limits.toml")
    except NoBase64:
        yield "limits.signature: is no base64"
    except SignatureError as error:
        yield f"limits.signature: {error}: sign the limits with head office's key, `edge limits sign`"
    except ConfigError as error:
        yield from (f"limits.text: {fault}" for fault in error.faults)
    else:
        yield from limits.laxer(config, found)


def _terminal(terminal: Terminal) -> Iterator[str]:
    for key in ("site", "door"):
        text = getattr(terminal, key)
        if not _WORDS.match(text) or not text.strip():
            yield f"terminal.{key}: must be 1 to 64 characters in one line, not spaces alone"
    if not is_label(terminal.id) or terminal.id != terminal.id.lower():
        yield "terminal.id: must be 1 to 63 small letters, digits and hyphens, no hyphen at an end"
    if not is_label(terminal.hostname):
        yield (
            f"terminal.hostname: {quoted(terminal.hostname)} is no host name: 1 to 63 letters, digits and hyphens, "
            f"no hyphen at an end, and no dot"
        )
    if not terminal.time_zone:
        yield 'terminal.time_zone: must be named, as "Europe/Berlin"'
    else:
        try:
            zone_of(terminal.time_zone, "terminal.time_zone")
        except ConfigError as error:
            yield str(error).partition(', and ""')[0]
    if terminal.serial and not re.match(r"^[0-9A-Za-z-]{4,64}$", terminal.serial):
        yield "terminal.serial: must be 4 to 64 letters, digits and hyphens, as /proc/device-tree/serial-number has it"


def _lasting(document: Document) -> Iterator[str]:
    terminal, lasting = document.terminal, document.terminal.expires - document.terminal.issued
    shown = secrets_of(document)
    if terminal.expires <= terminal.issued:
        yield "terminal.expires: must be after terminal.issued"
    elif shown and lasting > LONGEST_OPEN:
        yield (
            f"terminal.expires: is {lasting.days} days after terminal.issued; a file that shows {', '.join(shown)} may "
            f"be used for {LONGEST_OPEN.days} at most: seal it to a claim code, or let it expire sooner"
        )
    elif lasting > LONGEST:
        yield f"terminal.expires: is {lasting.days} days after terminal.issued; {LONGEST.days} at most"


def _admin(admin: Admin) -> Iterator[str]:
    if not is_label(admin.name):
        yield "admin.name: must be 1 to 63 letters, digits and hyphens"
    if bool(admin.password_hash) == bool(admin.token_hash):
        yield "admin.password_hash: one of admin.password_hash and admin.token_hash is needed, and only one"
    if admin.password_hash and not _PHC.match(admin.password_hash):
        yield (
            'admin.password_hash: is no Argon2id hash as a PHC string, "$argon2id$v=19$m=…"; leave it out and take the '
            "token that `edge provision new` prints, or make one with Debian's package argon2: "
            '`argon2 "$(openssl rand -hex 16)" -id -m 16 -t 3 -p 1 -e`'
        )
    if admin.token_hash and not re.match(r"^[0-9a-f]{64}$", admin.token_hash):
        yield "admin.token_hash: is no SHA-256: 64 hexadecimal digits in small letters"


def _head_office(office: HeadOffice, sealed: frozenset[str]) -> Iterator[str]:
    if office.public_key:
        try:
            keys.load_public(office.public_key.encode())
        except SignatureError as error:
            yield f"head_office.public_key: {error}"
    if office.url:
        yield from _url("head_office.url", office.url)
    if office.token and not re.match(r"^[!-~]{16,512}$", office.token):
        yield "head_office.token: must be 16 to 512 characters without spaces: it is all that others do not know"
    has_token = bool(office.token) or "head_office.token" in sealed
    if has_token and not office.url:
        yield "head_office.url: is missing: it is where head_office.token is shown"
    if office.url and not has_token:
        yield "head_office.token: is missing: head_office.url gives no certificate without"
    yield from _certificates("head_office.ca", office.ca)


def _url(key: str, url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        right = parts.scheme == "https" and is_host(parts.hostname or "") and (parts.port is None or parts.port > 0)
    except ValueError:
        right = False
    if not right:
        yield f"{key}: must be an https address with a host's name, https://head-office.example/.well-known/est"
    elif parts.username is not None:
        yield f"{key}: must name no user: it is no secret"


def _mqtt(mqtt: Mqtt, sealed: frozenset[str]) -> Iterator[str]:
    if not is_host(mqtt.host):
        yield f"mqtt.host: {quoted(mqtt.host)} is neither a host's name nor an address"
    if (mqtt.password or "mqtt.password" in sealed) and not mqtt.user:
        yield "mqtt.user: is missing: it is whose mqtt.password is"
    yield from _certificates("mqtt.ca", mqtt.ca)


def _certificates(key: str, text: str) -> Iterator[str]:
    if text:
        try:
            certificates(text.encode())
        except SignatureError as error:
            yield f"{key}: {error}"


def _update_root(root: UpdateRoot) -> Iterator[str]:
    try:
        read = json.loads(root.root)
    except (ValueError, RecursionError) as error:
        yield f"update_root.root: is no JSON: {error}"
        return
    signed = read.get("signed") if isinstance(read, dict) else None
    if not isinstance(signed, dict) or signed.get("_type") != "root" or not read.get("signatures"):
        yield "update_root.root: is no root.json of The Update Framework; `edge ota repo` makes one"


def _sealed(document: Document) -> Iterator[str]:
    if not document.sealed:
        return
    if unknown := [key for key in document.sealed.keys if key not in SECRETS]:
        yield f"sealed.keys: {quoted(unknown[0])} is no secret; {', '.join(SECRETS)} are"
    if len(set(document.sealed.keys)) != len(document.sealed.keys) or not document.sealed.keys:
        yield "sealed.keys: must name at least one key, and each once"
    for key in document.sealed.keys:
        table, _, name = key.partition(".")
        if key in SECRETS and getattr(document, table) is None:
            yield f"sealed.keys: {key} is sealed, and there is no table [{table}]"
        elif key in SECRETS and getattr(getattr(document, table), name):
            yield f"{key}: is sealed, and stands here, too: take it out"
    for key, text, least, most in (
        ("salt", document.sealed.salt, _SALT_BYTES, _SALT_BYTES),
        ("box", document.sealed.box, _LEAST_BOX, _LARGEST_BOX),
    ):
        try:
            size = len(base64.b64decode(text, validate=True))
        except NoBase64:
            size = 0
        if not least <= size <= most:
            yield f"sealed.{key}: is cut short or changed; copy the file again"
