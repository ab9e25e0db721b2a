"""A real nginx that serves a repository's files, over HTTP and with good, foreign and expired certificates."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

WAIT_S = 10.0
_HERE = ("localhost", "127.0.0.1")
_CONF = """
daemon off; {user} worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  root {folder}/www;
  {servers}
}}
"""
_SERVER = """
  server {{
    listen 127.0.0.1:{port}{tls};
    {certificate}
    location / {{
      if (-f {folder}/down) {{ return 503; }}
      limit_rate {rate};
    }}
  }}
"""


def find_nginx() -> str | None:
    """Where nginx is; Debian puts it beside the programs of root."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")


@dataclass(frozen=True)
class Served:
    """What runs.

    Attributes:
        folder: Its files; `down` there makes every answer 503.
        ports: By "http", "slow", "good", "foreign", "expired", "elsewhere".
        authority: The certificate of who signed "good", "expired" and "elsewhere".
    """

    folder: Path
    ports: Mapping[str, int]
    authority: Path

    def url(self, name: str) -> str:
        scheme = "http" if name in {"http", "slow"} else "https"
        return f"{scheme}://localhost:{self.ports[name]}"

    def put(self, files: Mapping[str, bytes]) -> None:
        """Serve these files, by their paths."""
        for name, raw in files.items():
            path = self.folder / "www" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)


@contextmanager
def served(folder: Path, slow_rate: str = "200k") -> Iterator[Served]:
    """Run nginx; it is gone at the end."""
    program = find_nginx()
    assert program is not None
    (folder / "www").mkdir(parents=True)
    names = ("http", "slow", "good", "foreign", "expired", "elsewhere")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    authority = Authority("ours")
    foreign = Authority("foreign")
    certificates = {
        "good": authority.certificate(folder / "good"),
        "foreign": foreign.certificate(folder / "foreign"),
        "expired": authority.certificate(folder / "expired", days=-1),
        "elsewhere": authority.certificate(folder / "elsewhere", names=("updates.example",)),
    }
    servers = "".join(
        _SERVER.format(
            folder=folder,
            port=port,
            tls=" ssl" if name in certificates else "",
            certificate=certificates.get(name, ""),
            rate=slow_rate if name == "slow" else "0",
        )
        for name, port in ports.items()
    )
    (folder / "nginx.conf").write_text(
        _CONF.format(user="user root;" if os.geteuid() == 0 else "", folder=folder, servers=servers)
    )
    (folder / "authority.pem").write_bytes(authority.pem)
    process = subprocess.Popen([program, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        _until_it_listens(ports["http"], process)
        yield Served(folder, ports, folder / "authority.pem")
    finally:
        process.terminate()
        process.wait(WAIT_S)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    end = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=WAIT_S)
    while dt.datetime.now(dt.UTC) < end:
        assert process.poll() is None, "nginx ended at once"
        with suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 1.0).close()
            return
    raise AssertionError("nginx does not listen")


class Authority:
    """Signs certificates of servers."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._builder(self._name, self._key.public_key(), 3650)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
            decipher_only=False,
        )  # fmt: skip
        certificate = made.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.pem = certificate.public_bytes(serialization.Encoding.PEM)

    def certificate(self, path: Path, *, names: tuple[str, ...] = _HERE, days: int = 30) -> str:
        """Write a server's certificate and key; returns nginx's words for them."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        known = [x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names]
        made = self._builder(subject, key.public_key(), days).add_extension(
            x509.SubjectAlternativeName(known), critical=False
        )
        signed = made.sign(self._key, hashes.SHA256())
        path.with_suffix(".pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        path.with_suffix(".key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return f"ssl_certificate {path}.pem; ssl_certificate_key {path}.key;"

    def _builder(self, subject: x509.Name, public: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=10))
            .not_valid_after(now + dt.timedelta(days=days))
        )
