"""`scripts/tuf_client` speaks as the conformance suite expects: what it takes, what it refuses, what it leaves."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from tuf.api.metadata import Metadata

from tests.unit.repository_simulator import SET, Simulator

if TYPE_CHECKING:
    from tests.nginx.server import Served

pytestmark = pytest.mark.long
PROGRAM = Path(__file__).parents[2] / "scripts" / "tuf_client"


class Client:
    """The program, and a repository that it asks."""

    def __init__(self, folder: Path, server: Served) -> None:
        self.sim = Simulator()
        self.server = server
        self.metadata, self.targets = folder / "metadata", folder / "targets"
        self.root = folder / "trusted.json"
        self.root.write_bytes(self.sim.first_root)
        self.sim.targets["sets-stable-any-all"].targets.clear()
        self.sim.add("sets-stable-any-all", SET, b"a target")

    def run(self, *words: str) -> int:
        shutil.rmtree(self.server.folder / "www", ignore_errors=True)
        self.server.put(self.sim.files)
        url = self.server.url("http")
        options = ["--metadata-url", f"{url}/metadata", "--target-base-url", f"{url}/targets", "--target-name", SET]
        folders = ["--metadata-dir", str(self.metadata), "--target-dir", str(self.targets)]
        return subprocess.run([PROGRAM, *folders, *options, *words], check=False, timeout=60).returncode

    def version(self, role: str) -> int:
        return Metadata.from_bytes((self.metadata / f"{role}.json").read_bytes()).signed.version


@pytest.fixture
def client(tmp_path: Path, server: Served) -> Client:
    return Client(tmp_path, server)


def test_it_trusts_a_root_refreshes_and_downloads(client: Client) -> None:
    assert client.run("init", str(client.root)) == 0
    assert client.run("refresh") == 0
    assert client.version("timestamp") == 1
    client.sim.rotate("root")
    client.sim.publish_root()
    client.sim.publish()
    assert client.run("download") == 0
    assert (client.version("root"), client.version("timestamp"), client.version("targets")) == (2, 2, 2)
    assert (client.targets / quote(SET, "")).read_bytes() == b"a target"


def test_it_refuses_with_one_and_forgets_nothing(client: Client) -> None:
    client.run("init", str(client.root))
    client.sim.publish()
    assert client.run("refresh") == 0
    client.sim.timestamp.version = 0
    client.sim.publish_timestamp()
    assert client.run("refresh") == 1
    assert client.version("timestamp") == 2
    path = next(name for name in client.sim.files if name.endswith("all.toml"))
    client.sim.publish()
    client.sim.timestamp.version = 5
    client.sim.publish_timestamp()
    client.sim.files[path] = b"a targes"
    assert client.run("download") == 1
    assert not client.targets.exists()
