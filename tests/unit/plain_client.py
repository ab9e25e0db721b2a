"""python-tuf's own client, fed from the files of a repository, at a time of the story's: what a stranger would see."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tuf.api.metadata import TargetFile


class _Files(FetcherInterface):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = self._folder / url.removeprefix("http://repository/")
        if not path.is_file():
            raise DownloadHTTPError(f"{path} is not there", 404)
        yield path.read_bytes()


class PlainClient:
    """A client that keeps what it trusts in a folder of its own."""

    def __init__(self, repository: Path, own: Path, root: bytes) -> None:
        self._repository, self._own, self._root = repository, own, root
        own.mkdir()

    def look(self, path: str, now: datetime) -> TargetFile | None:
        """Refresh, and return what is signed about a target."""
        return self._updater(now).get_targetinfo(path)

    def fetch(self, path: str, now: datetime) -> bytes:
        """Refresh, and download a target."""
        updater = self._updater(now)
        info = updater.get_targetinfo(path)
        assert info is not None
        (self._own / "files").mkdir(exist_ok=True)
        return Path(updater.download_target(info, str(self._own / "files" / "it"))).read_bytes()

    def _updater(self, now: datetime) -> Updater:
        updater = Updater(
            str(self._own),
            "http://repository/metadata/",
            target_base_url="http://repository/targets/",
            fetcher=_Files(self._repository),
            bootstrap=self._root,
        )
        updater._trusted_set.reference_time = now  # noqa: SLF001 - the library asks the clock, and a story has its own
        updater.refresh()
        return updater
