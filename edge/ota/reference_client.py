"""Our fetch path behind the command line that the TUF project's conformance suite expects; see `scripts/tuf_client`.

What is under test is the fetcher, the clock, the library as we configure it, and how metadata are made to last; nothing
of it is another code than `edge ota check` runs.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from edge.disk import DISK, replace
from edge.disk import opened as opened_file
from edge.errors import EdgeError, OtaError
from edge.ota import clock, repository
from edge.ota.fetcher import Fetcher, Limits
from edge.ota.repository import Source
from edge.ota.transport import Http

_LIMITS = Limits(rate_bytes_s=100_000_000, patience_s=60.0)
_TIMEOUT_S = 5.0


def main(words: list[str]) -> int:
    """Do one command; returns 1 when the repository was refused."""
    said = _parser().parse_args(words)
    try:
        if said.command == "init":
            _init(said.metadata_dir, Path(said.trusted_root))
        else:
            _refresh(said, said.target_name if said.command == "download" else "")
    except (EdgeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--metadata-dir", type=Path, required=True, help="where trusted metadata are kept")
    parser.add_argument("--metadata-url", default="", help="where the repository's metadata are")
    parser.add_argument("--target-name", default="", help="which target to download")
    parser.add_argument("--target-base-url", default="", help="where the repository's targets are")
    parser.add_argument("--target-dir", type=Path, help="where to put the target")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init", help="trust a root").add_argument("trusted_root", metavar="TRUSTED_ROOT")
    commands.add_parser("refresh", help="bring the metadata up to date")
    commands.add_parser("download", help="the same, and download the target")
    return parser


def _init(folder: Path, root: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    replace(DISK, folder / "root.json", root.read_bytes())


def _refresh(said: argparse.Namespace, target: str) -> None:
    folder: Path = said.metadata_dir
    believed = clock.believe(time.time(), 0.0, synchronised=True)
    targets_url = said.target_base_url or said.metadata_url
    source = Source(_folder(said.metadata_url), _folder(targets_url), (folder / "root.json").read_bytes(), folder)
    with TemporaryDirectory(dir=folder.parent) as work, closing(Http(timeout_s=_TIMEOUT_S)) as line:
        metadata = Path(work) / "metadata"
        fetcher = Fetcher(line, _LIMITS)
        try:
            with repository.opened(source, metadata, fetcher, believed, DISK) as found:
                found.refresh()
                if target:
                    _download(found, target, Path(work) / "target", said.target_dir)
        finally:
            if (metadata / "root.json").exists():
                replace(DISK, folder / "root.json", (metadata / "root.json").read_bytes())


def _download(found: repository.Repository, target: str, fresh: Path, folder: Path) -> None:
    info = found.find(target)
    if info is None:
        raise OtaError(f"{target}: nobody who may signed this target")
    found.download(info, fresh)
    with opened_file(DISK, fresh, os.O_RDONLY) as descriptor:
        DISK.sync(descriptor)
    folder.mkdir(parents=True, exist_ok=True)
    DISK.rename(fresh, folder / quote(target, ""))
    DISK.sync_folder(folder)


def _folder(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
