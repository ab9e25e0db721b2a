"""Downloads that are bounded in size, rate, time and number: what stands between the update client and any server.

A server, or whoever poses as one, may send too much, too slowly, nothing, errors or redirections. Whatever it does, one
check ends within its patience, holds no more on the disk than the metadata allow, and takes no more of the line than
configured. What was sent is judged by the metadata's signatures alone, never here.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import IO, TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError, SlowRetrievalError
from tuf.ngclient import FetcherInterface

from edge.errors import OtaError
from edge.ota.transport import LineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.ota.transport import Reply, Transport

PIECE = 16 * 1024
"""So many bytes are read at once, at most."""

RESUMED = 64 * 1024
"""So many bytes are worth going on from when a download broke.

What goes on must not have changed meanwhile. Long files never do, for their names hold a version or a hash; the one
that does, `timestamp.json`, is shorter.
"""

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_TRIES = 6
_REDIRECTS = 3
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""The answers of a server that may say something else in a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one check may take.

    Attributes:
        rate_bytes_s: Bytes a second, on average over a file.
        patience_s: How long it may last, with all tries, from the making of its fetcher on.
        plain_http: Whether other machines than this one may be asked without TLS.
        resumed_from: From so many bytes on a download that broke goes on where it was; what is shorter begins again.
    """

    rate_bytes_s: int
    patience_s: float
    plain_http: bool = False
    resumed_from: int = RESUMED


@dataclass(slots=True)
class Tally:
    """What was asked for and what came, so far.

    Attributes:
        bytes: Of files, without headers; also of tries that failed.
        requests: How often a server was asked.
        broken: How many of these did not bring all of a file.
    """

    bytes: int = 0
    requests: int = 0
    broken: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """What time is to a fetcher; tests bring their own.

    Attributes:
        monotonic: Monotonic seconds.
        wait: Lets so many seconds pass.
        chance: Draws from 0 to 1.
    """

    monotonic: Callable[[], float] = time.monotonic
    wait: Callable[[float], object] = field(default_factory=lambda: threading.Event().wait)
    chance: Callable[[], float] = random.random


class Fetcher(FetcherInterface):
    """Fetches files for the update client.

    Attributes:
        tally: What was asked for and what came.
        metadata: The newest metadata files as they came, by the last part of their address; not yet believed.
    """

    def __init__(
        self,
        transport: Transport,
        limits: Limits,
        pace: Pace | None = None,
        heard: Callable[[Tally], None] | None = None,
    ) -> None:
        """Begin one check: its patience counts from now.

        Args:
            transport: Asks servers.
            limits: What the check may take.
            pace: What time is; None for the machine's.
            heard: Is told of what came, piece by piece.
        """
        self._heard = heard or (lambda _tally: None)
        self.tally = Tally()
        self.metadata: dict[str, bytes] = {}
        self._transport = transport
        self._limits = limits
        self._pace = pace or Pace()
        self._until = self._pace.monotonic() + limits.patience_s

    @property
    def plain_http(self) -> bool:
        """Whether other machines than this one may be asked without TLS."""
        return self._limits.plain_http

    @contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        """Download a file, with as many tries as patience allows.

        Args:
            url: Of the file.
            max_length: More than so many bytes are never taken.

        Raises:
            DownloadError: It cannot be had; the message says what happened last.
        """
        with tempfile.TemporaryFile() as file:
            self._all(url, max_length, file)
            file.seek(0)
            yield file

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """Download a metadata file; see `download_file`."""
        with self.download_file(url, max_length) as file:
            data = file.read()
        self.metadata[url.rpartition("/")[2]] = data
        return data

    def _fetch(self, url: str) -> Iterator[bytes]:
        """Not used: tries that go on where the last one broke need the file that holds what came."""
        raise NotImplementedError(url)

    def _all(self, url: str, limit: int, file: IO[bytes]) -> None:
        """Try until all of it is there."""
        tries, had = 0, 0
        while True:
            tries += 1
            try:
                self._once(url, limit, file)
            except LineError as error:
                self.tally.broken += 1
                have = file.tell()
                if have >= had + self._limits.resumed_from:
                    tries, had = 1, have
                self._pause_or_give_up(url, error, tries)
            else:
                return

    def _pause_or_give_up(self, url: str, error: LineError, tries: int) -> None:
        kind = SlowRetrievalError if error.slow else DownloadError
        if error.lasting:
            raise kind(f"{url}: {error}") from error
        if tries >= _TRIES:
            raise kind(f"{url}: {error}; given up after {tries} tries in a row") from error
        longest = min(_FIRST_PAUSE_S * 2 ** (tries - 1), _LONGEST_PAUSE_S)
        pause = longest * (0.5 + self._pace.chance() / 2)
        if self._left(url) <= pause:
            raise kind(f"{url}: {error}; given up, for ota.patience_s is over") from error
        self._pace.wait(pause)

    def _once(self, url: str, limit: int, file: IO[bytes]) -> None:
        """One try, which leaves in the file what the next one may go on from, and the file's place at its end."""
        have = file.tell()
        if have < self._limits.resumed_from:
            have = 0
        file.seek(have)
        file.truncate()
        for _ in range(_REDIRECTS + 1):
            self._allowed(url)
            self.tally.requests += 1
            with self._transport.get(url, offset=have, within_s=self._left(url)) as reply:
                further = _elsewhere(reply, url)
                if not further:
                    self._begin(reply, url, have, file)
                    self._take(reply, url, limit, file)
                    return
            url = further
        raise LineError(f"it only sends to other addresses, in the end to {url}", lasting=True)

    def _begin(self, reply: Reply, url: str, have: int, file: IO[bytes]) -> None:
        """See that the answer is the file, from the byte on that was asked for or from its beginning."""
        status = reply.status
        if status == 206 and have and reply.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            return
        file.seek(0)
        file.truncate()
        if status in _PASSING or status in {206, 416}:
            raise LineError(f"the server answered {status}")
        if status != 200:
            raise DownloadHTTPError(f"{url}: the server answered {status}", status)

    def _take(self, reply: Reply, url: str, limit: int, file: IO[bytes]) -> None:
        """Write what comes into the file, no more and no faster than allowed."""
        began, came = self._pace.monotonic(), 0
        while piece := reply.piece(PIECE):
            came += len(piece)
            self.tally.bytes += len(piece)
            self._heard(self.tally)
            if file.tell() + len(piece) > limit:
                raise DownloadLengthMismatchError(
                    f"{url}: the server sends more than the {limit} bytes that it may have"
                )
            file.write(piece)
            self._left(url)
            ahead = began + came / self._limits.rate_bytes_s - self._pace.monotonic()
            if ahead > 0:
                self._pace.wait(ahead)

    def _left(self, url: str) -> float:
        left = self._until - self._pace.monotonic()
        if left <= 0:
            raise SlowRetrievalError(
                f"{url}: the check took longer than its {self._limits.patience_s:g} s (ota.patience_s); it was given up"
            )
        return left

    def _allowed(self, url: str) -> None:
        check_address(url, plain_http=self._limits.plain_http)


def check_address(url: str, *, plain_http: bool) -> None:
    """See that an address may be asked.

    Raises:
        OtaError: It is none, or it is neither https nor this machine, and plain HTTP was not allowed.
    """
    try:
        parts = urlsplit(url)
        host, scheme = parts.hostname or "", parts.scheme
    except ValueError:
        host, scheme = "", ""
    if scheme not in {"http", "https"} or not host:
        raise OtaError(
            f'ota.url: "{url}" is no address of a repository; write it like "https://updates.example/terminal"'
        )
    if scheme == "http" and not (plain_http or _loopback(host)):
        raise OtaError(
            f"ota.url: {url} is not encrypted; use https, or set ota.plain_http if everybody on the line may see which "
            f"models this terminal takes (what is taken is signed, and safe either way)"
        )


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _elsewhere(reply: Reply, url: str) -> str:
    """Return where the server sends to; empty when it answers itself."""
    if reply.status not in {301, 302, 303, 307, 308}:
        return ""
    further = urljoin(url, reply.headers.get("Location", ""))
    if urlsplit(further).scheme != urlsplit(url).scheme:
        raise LineError(
            f"it sends to {further}, which is another kind of address; that is never followed", lasting=True
        )
    return further
