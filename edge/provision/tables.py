"""The tables of a provisioning file beside its configuration: frozen dataclasses, each key with its meaning. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from edge.config.settings import Config

Moment = Annotated[datetime, Meta(tz=True)]
Port = Annotated[int, Meta(ge=1, le=65_535)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Which terminal this is, and how long the file may be used.

    Attributes:
        site: The site, for people: "Berlin, Lindenstr. 4".
        door: The door, for people: "Main entrance".
        id: What this terminal is called everywhere, and no other: small letters, digits and hyphens.
        hostname: Its name in the network.
        time_zone: Where it hangs, by the zone's IANA name, as "Europe/Berlin".
        language: The language of the people there, "en" or "de"; what the door speaks is `prompt.language`.
        issued: When the file was made; a terminal takes no file that is older than the one in force.
        expires: From when on nobody may use it any more.
        serial: The serial number of the one board that may use it; empty for any.
    """

    site: str
    door: str
    id: str
    hostname: str
    time_zone: str
    language: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,39}$")] = "en"
    issued: Moment
    expires: Moment
    serial: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How the terminal gets into the network; with nothing set it takes what the cable gives it (DHCP).

    Attributes:
        ssid: The name of the Wi-Fi; empty for the cable.
        passphrase: Of the Wi-Fi (WPA2/WPA3): 8 to 63 characters, or 64 hexadecimal digits. A secret.
        country: The two letters of the country whose radio rules hold, "DE"; Wi-Fi needs it.
        hidden: Whether the Wi-Fi does not tell its name.
        address: A fixed address with the length of its network's prefix, "192.0.2.7/24"; empty for DHCP.
        gateway: The way out of that network.
        dns: The addresses of name servers; a fixed address needs one.
        proxy: Of the proxy, "http://proxy.example:3128"; a secret where it names a user. Empty for none.
        ntp: Time servers, by name or address; empty for those of the system, or of DHCP.
    """

    ssid: str = ""
    passphrase: str = ""
    country: str = ""
    hidden: bool = False
    address: str = ""
    gateway: str = ""
    dns: Annotated[tuple[str, ...], Meta(max_length=3)] = ()
    proxy: str = ""
    ntp: Annotated[tuple[str, ...], Meta(max_length=8)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """Who administers the terminal first; one of the two hashes, never what it is of.

    Attributes:
        name: Of the first administrator.
        password_hash: Argon2id of a password, as a PHC string ("$argon2id$v=19$m=…").
        token_hash: SHA-256 of a token that works once, 64 hexadecimal digits.
    """

    name: str = "admin"
    password_hash: str = ""
    token_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadOffice:
    """Whose terminal it is, and where it gets its certificate.

    Attributes:
        public_key: Head office's public key (Ed25519, PEM), which signs this file and the limits. A terminal that
            knows none yet believes this one from then on.
        url: Where certificates are given out: EST (RFC 7030), "https://…/.well-known/est"; empty for none.
        token: What this terminal asks for its certificate with, once. A secret.
        ca: The certificates (PEM) of those that `url` and the broker are believed by.
    """

    public_key: str = ""
    url: str = ""
    token: str = ""
    ca: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mqtt:
    """The broker that the fleet is heard at.

    Attributes:
        host: Of the broker.
        port: Of the broker; MQTT over TLS.
        user: Under which name; empty where the certificate says it.
        password: Of that name. A secret.
        ca: The certificates (PEM) that the broker is believed by; empty for those of `head_office.ca`.
    """

    host: str
    port: Port = 8883
    user: str = ""
    password: str = ""
    ca: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRoot:
    """Who may sign updates.

    Attributes:
        root: The repository's root of trust, `root.json` of The Update Framework, as text.
    """

    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedLimits:
    """Head office's limits on what may be configured; a terminal that has its key does not start without.

    Attributes:
        text: `limits.toml`, as `edge limits sign` signed it.
        signature: Of the text, base64.
    """

    text: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The secrets of the file, sealed to a claim code that travels another way than the card.

    Attributes:
        keys: Which keys are in the box.
        salt: Of the key that is made of the code (scrypt), base64.
        box: The secrets (AES-256-GCM), base64.
    """

    keys: tuple[str, ...]
    salt: str
    box: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """All that a provisioning file says; in the file, `config` is every table that is none of the others.

    Attributes:
        terminal: Which terminal this is, and how long the file may be used.
        network: How it gets into the network.
        admin: Who administers it first; None for nobody.
        head_office: Whose it is; None for a terminal that stands alone.
        mqtt: The broker; None for none.
        update_root: Who may sign updates; None for the one that the terminal has.
        limits: Head office's limits; None for those that the terminal has.
        sealed: The secrets, where they are sealed.
        config: The configuration.
    """

    terminal: Terminal
    network: Network = field(default_factory=Network)
    admin: Admin | None = None
    head_office: HeadOffice | None = None
    mqtt: Mqtt | None = None
    update_root: UpdateRoot | None = None
    limits: SignedLimits | None = None
    sealed: Sealed | None = None
    config: Config = field(default_factory=Config)
