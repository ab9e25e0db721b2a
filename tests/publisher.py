"""Who publishes sets of models: a repository made by the commands as typed, behind a real HTTP server."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from edge.vision.bundle import find
from tests.unit.repository_site import FACTORY as BUNDLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def typed(*words: str | Path, folder: Path) -> str:
    """Run a command as a publisher or an operator does; returns what it printed."""
    environment = os.environ | {"EDGE_OTA_PASSWORD": "a passphrase of the test"}
    command = [sys.executable, "-m", "edge", *map(str, words)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


@dataclass
class Publisher:
    """Who publishes sets, with two keys, in a folder that is served."""

    folder: Path

    def __post_init__(self) -> None:
        for key in ("holder.pem", "server.pem"):
            typed("ota", "repo", "key", key, folder=self.folder)
        who = ("--root", "holder.pub", "--targets", "holder.pub", "--online", "server.pub")
        typed("ota", "repo", "init", "site", *who, *self.keys, folder=self.folder)

    @property
    def keys(self) -> tuple[str, ...]:
        return ("--key", "holder.pem", "--key", "server.pem")

    def release(self, name: str) -> None:
        bundles = [find(bundle) for bundle in BUNDLES.values()]
        typed("ota", "repo", "release", "site", name, *bundles, "--percent", "100", *self.keys, folder=self.folder)

    @contextmanager
    def served(self, port: int = 0) -> Iterator[str]:
        """Serve it, at a free port unless one is named; yields the address."""
        handler = partial(_Quiet, directory=str(self.folder / "site"))
        with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/"
            finally:
                server.shutdown()
                thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - as its base
        """Say nothing."""
