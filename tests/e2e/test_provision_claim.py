"""Head office gives a terminal its certificate: a real server, real TLS, EST's simple enrolment (RFC 7030)."""

from __future__ import annotations

import base64
import dataclasses
import ssl
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from typing import TYPE_CHECKING, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates
from cryptography.x509.oid import NameOID

from edge import keys
from edge.app.first_boot import apply
from edge.provision import HeadOffice, plan
from tests.provisioning import NOW, TOKEN, device, document, signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = keys.new_pair()[0]


class Authority:
    """Head office's certificate authority."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.issue(_name("head office"), self.key.public_key(), ca=True)

    def issue(self, name: x509.Name, public: ec.EllipticCurvePublicKey, *, ca: bool = False) -> x509.Certificate:
        made = x509.CertificateBuilder(_name("head office"), name, public, x509.random_serial_number())
        made = made.not_valid_before(NOW - timedelta(days=400)).not_valid_after(NOW + timedelta(days=4000))
        made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        return made.add_extension(here, critical=False).sign(self.key, hashes.SHA256())

    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@contextmanager
def served(authority: Authority, folder: Path) -> Iterator[tuple[str, set[str]]]:
    """Serve EST; yields its address, and the tokens that were spent."""
    spent: set[str] = set()

    class Est(BaseHTTPRequestHandler):
        words: ClassVar = f"Basic {base64.b64encode(f'claim:{TOKEN}'.encode()).decode()}"

        def do_POST(self) -> None:
            body = base64.b64decode(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/.well-known/est/simpleenroll" or self.headers["Authorization"] != self.words or spent:
                self.send_response(401)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            spent.add(TOKEN)
            request = x509.load_der_x509_csr(body)
            public = request.public_key()
            assert isinstance(public, ec.EllipticCurvePublicKey)
            given = authority.issue(request.subject, public)
            answer = base64.encodebytes(serialize_certificates([authority.certificate, given], Encoding.DER))
            self.send_response(200)
            self.send_header("Content-Type", "application/pkcs7-mime; smime-type=certs-only")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    key = ec.generate_private_key(ec.SECP256R1())
    certificate = authority.issue(_name("127.0.0.1"), key.public_key()).public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(private + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    server = HTTPServer(("127.0.0.1", 0), Est)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/.well-known/est", spent
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def card_for(url: str, ca: str) -> bytes:
    office = HeadOffice(url=url, token=TOKEN, ca=ca)
    return signed(dataclasses.replace(document(), head_office=office), KEY)


def test_a_terminal_claims_its_certificate_once_and_forgets_the_token(tmp_path: Path) -> None:
    here, authority = device(tmp_path), Authority()
    with served(authority, tmp_path) as (url, spent):
        (here.boot / "terminal.toml").write_bytes(card_for(url, authority.pem()))
        assert apply(here) == "done"
        assert apply(here) == "done"  # a second start asks for nothing: the server would refuse
    given = x509.load_pem_x509_certificate((here.root / "etc/door-terminal/tls/device.crt").read_bytes())
    given.verify_directly_issued_by(authority.certificate)
    assert spent == {TOKEN}
    assert not (here.root / plan.TOKEN).exists()
    assert "LATER" not in (here.boot / "provision.log").read_text()


def test_s10_head_office_out_of_reach_is_told_and_stops_nothing(tmp_path: Path) -> None:
    here, authority = device(tmp_path), Authority()
    with served(authority, tmp_path) as (url, _):
        pass
    (here.boot / "terminal.toml").write_bytes(card_for(url, authority.pem()))
    assert apply(here) == "done"
    log = (here.boot / "provision.log").read_text()
    assert "LATER: " in log
    assert "it is asked for again at the next start" in log
    assert TOKEN not in log
    own = x509.load_pem_x509_certificate((here.root / "etc/door-terminal/tls/device.crt").read_bytes())
    own.verify_directly_issued_by(own)  # its own, until head office gives one
    assert (here.root / plan.TOKEN).read_text() == TOKEN


def test_s3_a_server_of_another_authority_gets_no_token(tmp_path: Path) -> None:
    here, authority = device(tmp_path), Authority()
    with served(authority, tmp_path) as (url, spent):
        (here.boot / "terminal.toml").write_bytes(card_for(url, Authority().pem()))
        assert apply(here) == "done"
    assert not spent
    assert "CERTIFICATE_VERIFY_FAILED" in (here.boot / "provision.log").read_text()
