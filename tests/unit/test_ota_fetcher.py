"""Downloads that are bounded in size, rate, time and number; no test waits, for time is a value here."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError, SlowRetrievalError

from edge.errors import OtaError
from edge.ota.fetcher import PIECE, RESUMED, Fetcher, Limits, check_address
from edge.ota.transport import Http, LineError
from tests.unit.ota_site import Time
from tests.unit.repository_simulator import BASE, Answer, Simulator, broken_after, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SIM = Simulator()
PATH = "targets/x"
URL = f"{BASE}/{PATH}"


def fetcher(act: Callable[[int], Answer], *, rate: int = 1_000_000, patience_s: float = 900.0) -> tuple[Fetcher, Time]:
    """One whose server does this for every request."""
    time = Time()
    SIM.acts = {PATH: act}
    SIM.asked.clear()
    return Fetcher(SIM, Limits(rate_bytes_s=rate, patience_s=patience_s), time.pace()), time


@pytest.mark.parametrize("spare", [0, 1, 5000])
def test_a_file_of_the_allowed_length_comes_whole(spare: int) -> None:
    raw = bytes(range(256)) * 300
    asks, _ = fetcher(lambda offset: whole(raw, offset))
    assert asks.download_bytes(URL, len(raw) + spare) == raw


@given(st.integers(0, 200_000), st.integers(0, 100_000))
def test_law_no_more_is_taken_than_is_allowed(size: int, limit: int) -> None:
    asks, _ = fetcher(lambda _offset: Answer(200, chain(repeat(b"x" * 1000, size // 1000), [b"x" * (size % 1000)])))
    if size <= limit:
        assert len(asks.download_bytes(URL, limit)) == size
    else:
        with pytest.raises(DownloadLengthMismatchError):
            asks.download_bytes(URL, limit)
        assert asks.tally.bytes <= limit + PIECE


@given(st.integers(1_000, 2_000_000), st.integers(1, 400_000))
def test_law_a_file_takes_as_long_as_its_rate_says(rate: int, size: int) -> None:
    raw = b"x" * size
    asks, time = fetcher(lambda offset: whole(raw, offset), rate=rate)
    began = time.now
    asks.download_bytes(URL, size)
    assert time.now - began == pytest.approx(size / rate)


@given(st.lists(st.integers(1, 200_000), min_size=1, max_size=5), st.integers(1, 400_000))
def test_law_however_a_line_breaks_the_file_is_right_or_there_is_none(cuts: list[int], size: int) -> None:
    raw = bytes(number * number % 251 for number in range(1000)) * (size // 1000 + 1)
    left = iter(cuts)

    def act(offset: int) -> Answer:
        cut = next(left, None)
        return whole(raw, offset) if cut is None else broken_after(raw, cut, offset)

    asks, _ = fetcher(act)
    assert asks.download_bytes(URL, len(raw)) == raw
    assert asks.tally.broken == len(cuts)
    assert asks.tally.bytes <= len(raw) + sum(min(cut, RESUMED) for cut in cuts)


def test_what_is_short_begins_again_and_what_is_long_goes_on() -> None:
    asked: list[int] = []
    raw = b"x" * 200_000

    def act(offset: int) -> Answer:
        asked.append(offset)
        return (
            broken_after(raw, [RESUMED - 1, RESUMED, 10][len(asked) - 1], offset)
            if len(asked) < 4
            else whole(raw, offset)
        )

    asks, _ = fetcher(act)
    assert asks.download_bytes(URL, len(raw)) == raw
    assert asked == [0, 0, RESUMED, RESUMED + 10]


def test_a_server_that_sends_all_of_it_again_is_understood() -> None:
    raw = b"abcdefgh" * 20_000
    answers = iter([broken_after(raw, 100_000), whole(raw)])
    asks, _ = fetcher(lambda _offset: next(answers))
    assert asks.download_bytes(URL, len(raw)) == raw


def test_a_server_that_has_no_such_rest_is_asked_for_all_of_it() -> None:
    raw = b"abcdefgh" * 20_000
    answers = iter([broken_after(raw, 100_000), Answer(416, iter(())), whole(raw)])
    asks, _ = fetcher(lambda _offset: next(answers))
    assert asks.download_bytes(URL, len(raw)) == raw


def test_tries_are_further_and_further_apart_and_end() -> None:
    asks, time = fetcher(lambda _offset: Answer(503, iter(())))
    with pytest.raises(DownloadError, match="the server answered 503; given up after 6 tries in a row"):
        asks.download_bytes(URL, 100)
    assert time.waits == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_whatever_makes_progress_is_not_given_up_for_its_number_of_tries() -> None:
    raw = b"x" * (RESUMED * 40)
    asks, _ = fetcher(
        lambda offset: broken_after(raw, RESUMED, offset) if offset < RESUMED * 39 else whole(raw, offset)
    )
    assert asks.download_bytes(URL, len(raw)) == raw
    assert asks.tally.broken == 39


def test_patience_ends_a_check_between_tries_too() -> None:
    asks, time = fetcher(lambda _offset: Answer(503, iter(())), patience_s=5.0)
    with pytest.raises(DownloadError, match=r"ota\.patience_s is over"):
        asks.download_bytes(URL, 100)
    assert time.now <= 1005.0


def test_a_byte_now_and_then_ends_with_patience() -> None:
    def drips() -> Iterator[bytes]:
        while True:
            time.now += 19.0
            yield b"x"

    asks, time = fetcher(lambda _offset: Answer(200, drips()))
    with pytest.raises(SlowRetrievalError, match="took longer than its 900 s"):
        asks.download_bytes(URL, 1_000_000)
    assert time.now <= 1000.0 + 900.0 + 19.0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_an_answer_that_stays_as_it_is_is_asked_for_once(status: int) -> None:
    asks, time = fetcher(lambda _offset: Answer(status, iter(())))
    with pytest.raises(DownloadHTTPError) as caught:
        asks.download_bytes(URL, 100)
    assert (caught.value.status_code, len(SIM.asked), time.waits) == (status, 1, [])


def test_a_lasting_fault_of_the_line_is_not_tried_again() -> None:
    def act(_offset: int) -> Answer:
        raise LineError("its TLS certificate is not believed", lasting=True)

    asks, time = fetcher(act)
    with pytest.raises(DownloadError, match="certificate is not believed"):
        asks.download_bytes(URL, 100)
    assert time.waits == []


def test_a_redirection_of_the_same_kind_is_followed() -> None:
    SIM.files["targets/y"] = b"there"
    asks, _ = fetcher(lambda _offset: Answer(302, iter(()), {"Location": f"{BASE}/targets/y"}))
    assert asks.download_bytes(URL, 100) == b"there"


@pytest.mark.parametrize(
    "url", ["https://updates.example/", "http://localhost:8080/x", "http://127.0.0.2/", "http://[::1]:80/"]
)
def test_https_and_this_machine_may_be_asked(url: str) -> None:
    check_address(url, plain_http=False)


@pytest.mark.parametrize(
    "url", ["http://updates.example/", "http://localhost.example/", "http://10.0.0.1/", "http://127.0.0.1.example/"]
)
def test_another_machine_is_asked_without_tls_only_when_that_was_allowed(url: str) -> None:
    check_address(url, plain_http=True)
    with pytest.raises(OtaError, match=r"ota\.plain_http"):
        check_address(url, plain_http=False)


@pytest.mark.parametrize(
    "url", ["", "updates.example", "ftp://updates.example/", "file:///etc", "https://", "https://[x/"]
)
def test_what_is_no_address_of_a_repository_is_refused(url: str) -> None:
    with pytest.raises(OtaError, match="no address of a repository"):
        check_address(url, plain_http=True)


def test_certificates_and_proxies_that_are_none_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(OtaError, match=r"ota\.ca_file: .*ca\.pem"):
        Http(timeout_s=1.0, ca_file=str(tmp_path / "ca.pem"))
    with pytest.raises(OtaError, match=r"ota\.ca_file"):
        Http(timeout_s=1.0, ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(OtaError, match=r"ota\.proxy"):
        Http(timeout_s=1.0, proxy="socks5://proxy")
