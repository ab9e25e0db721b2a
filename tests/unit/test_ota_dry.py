"""The repository is asked for its metadata alone: what it says is judged as ever, and nothing is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from edge.app.acceptance import facts
from edge.app.acceptance.facts import Around
from edge.app.acceptance.machine import Machine
from edge.app.clocks import Clocks
from edge.app.fetching import Means, look
from edge.app.places import Places, places
from edge.config import Config, OtaSettings
from edge.errors import FetchError, OtaError
from tests.unit.ota_site import Site
from tests.unit.repository_simulator import BASE, NOW

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = OtaSettings(url=BASE)


class Terminal:
    """A terminal with a root of trust, and its repository."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder / "site")
        self.here: Places = places(folder / "data")
        self.here.ota_root.parent.mkdir(parents=True)
        self.here.ota_root.write_bytes(self.site.root)

    def look(self) -> dict[str, float]:
        clocks = Clocks(wall=lambda: self.site.wall, synchronised=lambda: True)
        return look(self.here, SETTINGS, Means(clocks=clocks, transport=self.site.sim, pace=self.site.time.pace()))


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def test_all_roles_say_until_when_they_hold_and_nothing_is_fetched_or_kept(terminal: Terminal) -> None:
    terminal.site.release()
    found = terminal.look()
    days = {role: round((at - NOW.timestamp()) / 86400) for role, at in found.items()}
    assert days == {"root": 365, "timestamp": 30, "snapshot": 30, "targets": 30}
    assert all(path.startswith("metadata/") for path in terminal.site.sim.asked)
    assert not terminal.here.models.exists()


def test_metadata_that_expired_are_refused(terminal: Terminal) -> None:
    terminal.site.sim.timestamp.expires = NOW - timedelta(days=1)
    terminal.site.sim.publish()
    with pytest.raises(OtaError, match="timestamp metadata expired"):
        terminal.look()


def test_a_repository_that_says_what_was_known_before_and_is_older_is_refused(terminal: Terminal) -> None:
    terminal.site.release()
    old = dict(terminal.site.sim.files)
    terminal.site.sim.publish()
    terminal.here.models.mkdir()
    terminal.site.check()
    (terminal.site.data / "metadata").rename(terminal.here.models / "fetch-metadata")
    (terminal.here.models / "fetch").mkdir()
    (terminal.here.models / "fetch-metadata").rename(terminal.here.models / "fetch/metadata")
    terminal.site.sim.files["metadata/timestamp.json"] = old["metadata/timestamp.json"]
    with pytest.raises(OtaError, match="timestamp"):
        terminal.look()


def test_without_a_root_of_trust_nobody_is_believed(terminal: Terminal) -> None:
    terminal.here.ota_root.unlink()
    with pytest.raises(OtaError, match="put the root"):
        terminal.look()


def test_a_repository_that_is_not_there_is_not_reached(terminal: Terminal) -> None:
    terminal.site.sim.files.clear()
    with pytest.raises(FetchError):
        terminal.look()


def test_the_acceptance_test_says_what_is_wrong_with_the_address(tmp_path: Path, terminal: Terminal) -> None:
    config = Config(ota=OtaSettings(url="http://updates.example/terminal"))
    found = facts.repository(Around(config, terminal.here, Machine(tmp_path, synchronised=lambda: True)))
    assert (found.result, "is not encrypted" in found.words) == ("fail", True)
