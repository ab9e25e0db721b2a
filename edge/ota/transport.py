"""How bytes come over the line: one request, its answer in pieces; HTTP is borrowed from urllib3.

Nothing is decided here but what belongs to the line itself: whose certificates are believed, which proxy is asked, and
that an answer is never unpacked (a small file that unpacks into a huge one is none of ours).
"""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import (
    HTTPError,
    IncompleteRead,
    MaxRetryError,
    NameResolutionError,
    ProtocolError,
    ProxyError,
    SSLError,
    TimeoutError,  # noqa: A004 - urllib3's own name
)

from edge.errors import OtaError
from edge.ota.cord import Cord

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "door-terminal"}


class LineError(Exception):
    """The line did not do what it should; the message says what it did instead.

    Attributes:
        lasting: Another try would end in the same.
        slow: Nothing came for too long.
    """

    def __init__(self, message: str, *, lasting: bool = False, slow: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting
        self.slow = slow


class Reply(Protocol):
    """A server's answer."""

    @property
    def status(self) -> int:
        """Its HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers, whatever their case."""

    def piece(self, limit: int) -> bytes:
        """Return what came meanwhile, at most `limit` bytes; nothing at the end.

        Raises:
            LineError: The line broke, or nothing came for too long.
        """


class Transport(Protocol):
    """Asks servers for files."""

    def get(self, url: str, *, offset: int, within_s: float) -> AbstractContextManager[Reply]:
        """Ask for a file; its answer can be read while the context is open.

        Args:
            url: Of the file.
            offset: From which byte on; the server may send all of it nevertheless.
            within_s: After so long all is cut off, whatever still comes.

        Raises:
            LineError: No answer came.
        """


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer of urllib3's."""

    _raw: urllib3.BaseHTTPResponse

    @property
    def status(self) -> int:
        return self._raw.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._raw.headers

    def piece(self, limit: int) -> bytes:
        try:
            return self._raw.read1(limit, decode_content=False)  # read() waits until all of `limit` came
        except (HTTPError, OSError) as error:
            raise _line_error(error) from error


class Http:
    """HTTP and HTTPS, directly or by a proxy."""

    def __init__(self, *, timeout_s: float, proxy: str = "", ca_file: str = "") -> None:
        """Prepare for requests; nothing is connected yet.

        Args:
            timeout_s: How long nothing may come.
            proxy: Its URL; empty for none. The environment's is never taken: it is no part of the configuration.
            ca_file: Whose certificates are believed; empty for the machine's own.

        Raises:
            OtaError: The file of certificates or the proxy cannot be used.
        """
        self._cord = Cord()
        self._pool = _pool(proxy, _trust(ca_file), urllib3.Timeout(connect=timeout_s, read=timeout_s))
        self._pool.pool_classes_by_scheme = self._cord.pools

    @contextmanager
    def get(self, url: str, *, offset: int, within_s: float) -> Iterator[Reply]:
        """See `Transport.get`."""
        headers = {**_HEADERS, "Range": f"bytes={offset}-"} if offset else _HEADERS
        raw = None
        with self._cord.within(within_s):
            try:
                raw = self._request(url, headers)
                yield _Reply(raw)
                self._see_whether_pulled()
            except LineError as error:
                self._see_whether_pulled(error)
                raise
            finally:
                if raw is None or not raw.closed:  # the rest of it must not be taken for the beginning of the next one
                    if raw is not None:
                        raw.close()
                    self.close()

    def close(self) -> None:
        """End all connections; more requests may follow."""
        self._pool.clear()
        self._cord.drop()

    def _see_whether_pulled(self, error: LineError | None = None) -> None:
        """Tell what ended because it was cut off: an answer without a length looks whole then."""
        if self._cord.pulled:
            raise LineError("it took longer than patience lasts", lasting=True, slow=True) from error

    def _request(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        try:
            raw = self._pool.request("GET", url, headers=headers, redirect=False, retries=False, preload_content=False)
        except (HTTPError, OSError, ValueError) as error:  # ValueError: of an address that is none
            raise _line_error(error) from error
        if raw.status in {200, 206} and not raw.headers.keys() & {"Content-Length", "Transfer-Encoding"}:
            raw.close()
            raise LineError("the answer says nothing of its length: its end is no other than that of a broken line")
        return raw


def _pool(proxy: str, trust: ssl.SSLContext, timeout: urllib3.Timeout) -> urllib3.PoolManager:
    if not proxy:
        return urllib3.PoolManager(num_pools=2, ssl_context=trust, timeout=timeout)
    try:
        parts = urlsplit(proxy)
        name = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}" if parts.username else None
        bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        headers = urllib3.make_headers(proxy_basic_auth=name) if name else None
        return urllib3.ProxyManager(
            bare, num_pools=2, proxy_headers=headers, proxy_ssl_context=trust, ssl_context=trust, timeout=timeout
        )
    except (HTTPError, ValueError) as error:
        raise OtaError('ota.proxy: this is no address of a proxy; write it like "http://proxy:3128"') from error


def _trust(ca_file: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise OtaError(
            f"ota.ca_file: {ca_file}: no certificates can be read from it ({error}); it must hold the server's "
            f"authority in PEM"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _line_error(error: Exception) -> LineError:
    """Say in words what urllib3 met; it hides the cause in two or three layers."""
    cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    if isinstance(cause, SSLError):
        return _tls_error(cause)
    if isinstance(cause, ProtocolError):  # IncompleteRead is one
        short = isinstance(cause, IncompleteRead) or isinstance(cause.args[-1], IncompleteRead)
        return LineError("the answer ended before its end" if short else f"the line broke ({cause.args[-1]})")
    if isinstance(cause, NameResolutionError):
        return LineError("its name is not known to this machine's name server")
    if isinstance(cause, TimeoutError):
        return LineError("nothing came for too long", slow=True)
    if isinstance(cause, ProxyError):
        return LineError(f"the proxy does not answer as one ({cause.original_error})")
    return LineError(f"it cannot be reached ({cause})", lasting=isinstance(cause, ValueError))


def _tls_error(error: SSLError) -> LineError:
    found = error.args[0] if error.args else None
    if isinstance(found, ssl.SSLCertVerificationError):
        return LineError(
            f"its TLS certificate is not believed ({found.verify_message}); set ota.ca_file if an authority of your "
            f"own signed it, and see that this machine's clock is right",
            lasting=True,
        )
    return LineError(f"the TLS connection broke ({error})")
