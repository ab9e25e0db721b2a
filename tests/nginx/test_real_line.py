"""Updates from a real nginx over lines that are slow, break, lie about who they are, or lead through a proxy."""

from __future__ import annotations

import base64
import shutil
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge.errors import FetchError
from edge.ota import clock
from edge.ota.active import Active
from edge.ota.client import Client
from edge.ota.fetcher import Fetcher, Limits, Pace
from edge.ota.repository import source_at
from edge.ota.transport import Http
from tests.nginx.line import Line, dripping, running
from tests.unit.ota_site import DEVICE, Site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.ota.client import Answer
    from tests.nginx.server import Served

pytestmark = pytest.mark.long
SIZE = 120_000


class Device:
    """A device that fetches from a real server; its waits are short."""

    def __init__(self, folder: Path, server: Served) -> None:
        self.site = Site(folder / "site", size=SIZE)
        self.site.release()
        self.folder = folder / "device"
        shutil.rmtree(server.folder / "www", ignore_errors=True)
        server.put(self.site.sim.files)
        self.waits: list[float] = []
        self.when_it_waits: Callable[[], None] = lambda: None
        self.limits = Limits(rate_bytes_s=100_000_000, patience_s=600.0)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.when_it_waits()

    def check(self, url: str, *, timeout_s: float = 5.0, proxy: str = "", ca_file: str = "") -> Answer:
        transport = Http(timeout_s=timeout_s, proxy=proxy, ca_file=ca_file)
        self.fetcher = Fetcher(transport, self.limits, Pace(wait=self.wait, chance=lambda: 0.0))
        client = Client(source_at(url, self.site.root, self.folder / "metadata"), self.folder)
        believed = clock.believe(time.time(), 0.0, synchronised=True)
        with closing(transport):
            return client.check(DEVICE, Active(), self.fetcher, believed)

    def took(self, url: str, *, proxy: str = "", ca_file: str = "") -> None:
        answer = self.check(url, proxy=proxy, ca_file=ca_file)
        assert answer.fetched is not None, answer.why
        assert answer.fetched.slot.startswith("one-")

    def refusal(self, url: str, *, timeout_s: float = 5.0, proxy: str = "", ca_file: str = "") -> str:
        with pytest.raises(FetchError) as caught:
            self.check(url, timeout_s=timeout_s, proxy=proxy, ca_file=ca_file)
        assert not (self.folder / "ready").exists()
        return str(caught.value)


@pytest.fixture
def device(tmp_path: Path, server: Served) -> Device:
    return Device(tmp_path, server)


def test_a_set_comes_over_http_and_over_tls(device: Device, server: Served) -> None:
    device.took(server.url("http"))
    assert device.fetcher.tally.broken == 0
    device.took(server.url("good"), ca_file=str(server.authority))


def test_a_throttled_server_is_waited_for(device: Device, server: Served) -> None:
    device.took(server.url("slow"))


@pytest.mark.parametrize(
    ("name", "known", "why"),
    [
        ("foreign", True, "unable to get local issuer certificate"),
        ("good", False, "unable to get local issuer certificate"),
        ("expired", True, "certificate has expired"),
        ("elsewhere", True, "Hostname mismatch"),
    ],
)
def test_a_certificate_that_is_not_right_is_refused_at_once(
    device: Device, server: Served, name: str, known: bool, why: str
) -> None:
    said = device.refusal(server.url(name), ca_file=str(server.authority) if known else "")
    assert "its TLS certificate is not believed" in said
    assert why in said
    assert "clock is right" in said
    assert device.waits == []


def test_plain_http_on_a_port_for_tls_is_no_connection(device: Device, server: Served) -> None:
    url = server.url("http").replace("http:", "https:")
    assert "the TLS connection broke" in device.refusal(url, ca_file=str(server.authority))


def test_a_server_that_is_down_for_a_moment_is_tried_again(device: Device, server: Served) -> None:
    down = server.folder / "down"
    down.touch()
    device.when_it_waits = lambda: down.unlink() if len(device.waits) == 3 else None
    device.took(server.url("http"))
    assert device.fetcher.tally.broken == 3


def test_a_server_that_stays_down_is_given_up(device: Device, server: Served) -> None:
    (server.folder / "down").touch()
    assert "the server answered 503; given up after 6 tries" in device.refusal(server.url("http"))


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "truncated"])
def test_a_connection_that_breaks_half_way_is_gone_on_with(device: Device, server: Served, reset: bool) -> None:
    with running(Line(server.ports["http"], cut_every=100_000, cuts=2, reset=reset)) as line:
        device.took(f"http://localhost:{line.port}")
    assert device.fetcher.tally.broken == 2


def test_a_line_that_is_cut_again_and_again_still_brings_a_set(device: Device, server: Served) -> None:
    with running(Line(server.ports["http"], cut_every=80_000)) as line:
        device.took(f"http://localhost:{line.port}")
    assert device.fetcher.tally.broken >= 4
    assert device.fetcher.tally.bytes < 2 * 4 * SIZE


def test_a_cut_tls_connection_is_gone_on_with(device: Device, server: Served) -> None:
    with running(Line(server.ports["good"], cut_every=100_000, cuts=2)) as line:
        device.took(f"https://localhost:{line.port}", ca_file=str(server.authority))


def test_tls_goes_through_a_proxy_that_wants_to_know_who_asks(device: Device, server: Served) -> None:
    password = base64.b64encode(b"door:se cret").decode()
    with running(Line(server.ports["good"], proxy=True, password=password)) as line:
        device.took(
            server.url("good"), proxy=f"http://door:se%20cret@localhost:{line.port}", ca_file=str(server.authority)
        )
        assert line.asked[0].startswith(f"CONNECT localhost:{server.ports['good']} ")
        said = device.refusal(server.url("good"), proxy=f"http://localhost:{line.port}", ca_file=str(server.authority))
    assert "proxy" in said
    assert "407" in said


def test_a_proxy_that_is_not_there_is_told(device: Device, server: Served) -> None:
    with running(Line(0)) as line:
        port = line.port
    assert "proxy" in device.refusal(server.url("good"), proxy=f"http://localhost:{port}")


def test_a_proxy_that_reads_along_is_refused_by_its_certificate(device: Device, server: Served) -> None:
    with running(Line(server.ports["foreign"], proxy=True)) as line:
        said = device.refusal(server.url("good"), proxy=f"http://localhost:{line.port}", ca_file=str(server.authority))
    assert "its TLS certificate is not believed" in said


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_whoever_drips_an_answer_is_cut_off_when_patience_ends(device: Device, head: bytes) -> None:
    device.limits = Limits(rate_bytes_s=1_000_000, patience_s=1.0)
    with dripping(head) as port:
        said = device.refusal(f"http://localhost:{port}")
    assert "took longer than" in said


def test_whoever_says_nothing_is_given_up(device: Device) -> None:
    with running(Line(0)) as line:
        line.proxy = True  # it waits for more than it is told
        said = device.refusal(f"http://localhost:{line.port}", timeout_s=0.2)
    assert "given up" in said


def test_a_name_that_nobody_knows_is_told(device: Device) -> None:
    assert "not known" in device.refusal("https://updates.invalid")
