"""The repository as this terminal sees it: python-tuf's client, fed by our fetcher, at the time that we believe.

Every refusal leaves here as one sentence that any screen can show, whatever a server wrote into it. The client's own
messages name a file and a rule; what to do about it, and at which time it was judged, is added here.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tuf.api.exceptions import DownloadError, ExpiredMetadataError, RepositoryError, UnsignedMetadataError
from tuf.api.metadata import Metadata
from tuf.ngclient import Updater, UpdaterConfig

from edge.errors import FetchError, OtaError
from edge.link.messages import plain
from edge.ota import trusted
from edge.ota.clock import said
from edge.ota.fetcher import check_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuf.api.metadata import TargetFile

    from edge.disk import Disk
    from edge.ota.clock import Believed
    from edge.ota.fetcher import Fetcher

CONFIG = UpdaterConfig(
    max_root_rotations=128,
    max_delegations=16,
    root_max_length=64 * 1024,
    timestamp_max_length=16 * 1024,
    snapshot_max_length=256 * 1024,
    targets_max_length=1024 * 1024,
)
"""A fleet's roots are a few kB, and change a few times a year; nothing that is longer is ours."""


class Repository:
    """One look at the repository: it is refreshed once, then asked for targets."""

    def __init__(self, updater: Updater, fetcher: Fetcher, believed: Believed, work: Path) -> None:
        """Take a client that was made by `opened`."""
        self._updater = updater
        self._fetcher = fetcher
        self._believed = believed
        self._work = work

    def refresh(self) -> None:
        """Bring root, timestamp, snapshot and the top-level targets up to date.

        Raises:
            OtaError: What came is not to be believed, or is outdated.
            FetchError: It could not be had.
        """
        with self._told("the repository's metadata"):
            self._updater.refresh()

    def find(self, path: str) -> TargetFile | None:
        """Return what was signed about a target; None when nobody who may signed it.

        Raises:
            OtaError: What came is not to be believed, or is outdated.
            FetchError: It could not be had.
        """
        with self._told(path):
            return self._updater.get_targetinfo(path)

    def download(self, info: TargetFile, into: Path) -> None:
        """Download a target to a file, which has the content that was signed or is not there.

        It is synchronised by nobody: that is for whoever gives it its lasting name.

        Raises:
            OtaError: What came is not what was signed.
            FetchError: It could not be had.
        """
        with self._told(info.path):
            self._updater.download_target(info, str(into))

    def metadata(self, name: str) -> bytes | None:
        """Return a verified metadata file by its name, also "2.root.json"; None when there is none."""
        return trusted.read(self._work, name)

    def expiries(self) -> dict[str, float]:
        """Return when each role's newest verified metadata expire, seconds since the epoch."""
        found = {role: self.metadata(f"{role}.json") for role in ("root", "timestamp", "snapshot", "targets")}
        return {
            role: Metadata.from_bytes(raw).signed.expires.timestamp() for role, raw in found.items() if raw is not None
        }

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except ExpiredMetadataError as error:
            raise OtaError(plain(self._expired(error))) from error
        except UnsignedMetadataError as error:
            raise OtaError(plain(f"{what}: refused: not signed by those who may: {error}")) from error
        except RepositoryError as error:
            raise OtaError(plain(f"{what}: refused: {_whole(error)}")) from error
        except DownloadError as error:
            raise FetchError(plain(f"{what}: could not be downloaded: {error}")) from error
        except (ValueError, RecursionError) as error:  # of metadata that no publisher's tool makes
            raise OtaError(plain(f"{what}: refused: these metadata cannot be read: {error}")) from error

    def _expired(self, error: ExpiredMetadataError) -> str:
        """Say when what has expired, at which time that was judged, and what to do."""
        role = str(error).removeprefix("New ").removeprefix("Final ").split(" ", 1)[0].removesuffix(".json")
        raw = self._newest(role)
        when = "" if raw is None else f" on {said(Metadata.from_bytes(raw).signed.expires.timestamp())}"
        return (
            f"the repository's {role} metadata expired{when}, and it is {said(self._believed.at)} here: "
            f"{self._believed.remedy}; what runs goes on running"
        )

    def _newest(self, role: str) -> bytes | None:
        """Return the newest file of a role that came, or else that is here."""
        came = [raw for name, raw in self._fetcher.metadata.items() if name.removesuffix(".json").endswith(role)]
        return came[-1] if came else self.metadata(f"{role}.json")


_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Source:
    """Where updates come from, and what is trusted of it.

    Attributes:
        metadata_url: Where its metadata are,
        targets_url: and where its files are.
        root: The provisioned root metadata: trust begins there, each time.
        metadata: The folder of the metadata that this terminal trusts.
    """

    metadata_url: str
    targets_url: str
    root: bytes
    metadata: Path


def source_at(url: str, root: bytes, metadata: Path) -> Source:
    """Return a repository that is laid out as ours are: metadata below `metadata/`, files below `targets/`."""
    base = url.rstrip("/")
    return Source(f"{base}/metadata/", f"{base}/targets/", root, metadata)


@contextmanager
def opened(source: Source, work: Path, fetcher: Fetcher, believed: Believed, disk: Disk) -> Iterator[Repository]:
    """Look at a repository; what the client came to trust lasts in the end, whatever else went wrong.

    Args:
        source: Which.
        work: A folder that is not there; the client's copy, for whoever asks to take away.
        fetcher: What downloads.
        believed: What time it is.
        disk: What writes.

    Raises:
        OtaError: The provisioned root is none, or the address is.
        OSError: The disk does not take it.
    """
    for url in (source.metadata_url, source.targets_url):
        check_address(url, plain_http=fetcher.plain_http)
    trusted.copy(source.metadata, work)
    try:
        updater = Updater(
            str(work), source.metadata_url, None, source.targets_url, fetcher, CONFIG, bootstrap=source.root
        )
    except (RepositoryError, ValueError, RecursionError) as error:
        raise OtaError(f"the provisioned root.json is none: {error}; provision this terminal again") from error
    _judge_at(updater, believed.when)
    try:
        yield Repository(updater, fetcher, believed, work)
    finally:
        trusted.keep(work, source.metadata, disk)


def _whole(error: RepositoryError) -> str:
    """Say an error with its cause: of metadata that are none the library says no more than that."""
    cause = f" ({str(error.__cause__)[:_LONGEST]})" if error.__cause__ else ""
    return f"{str(error)[:_LONGEST]}{cause}"


def _judge_at(updater: Updater, when: datetime) -> None:
    """Have the client judge what has expired at the time that we believe, not at its own.

    There is no public way (`edge/adr/0032-fetching-updates.md`). A version of the library that keeps its time elsewhere
    is refused here rather than believed.

    Raises:
        OtaError: The library has changed.
    """
    metadata = getattr(updater, "_trusted_set", None)
    if not isinstance(getattr(metadata, "reference_time", None), datetime):
        raise OtaError("this version of the package tuf cannot be told the time; install the version that was tested")
    metadata.reference_time = when  # type: ignore[union-attr]
