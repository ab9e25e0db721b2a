"""What the commands publish, the terminal's own client fetches; and what it does when something is taken back."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from edge.errors import OtaError
from edge.ota import active as rules
from edge.ota import clock, proof
from edge.ota.active import Active, Slot
from edge.ota.client import Client
from edge.ota.fetcher import Fetcher
from edge.ota.manifest import ROLES
from edge.ota.publishing import roles
from edge.ota.repository import source_at
from edge.ota.rollout import place
from tests.unit.ota_site import DEVICE, LIMITS, Time
from tests.unit.repository_simulator import BASE, Answer, whole
from tests.unit.repository_site import RepositorySite, a_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from securesystemslib.signer import Key

    from edge.ota.client import Answer as Told
    from edge.ota.publishing.change import Change


@dataclass
class Served:
    """A repository's folder as a web server gives it."""

    folder: Path

    @contextmanager
    def get(self, url: str, *, offset: int, within_s: float) -> Iterator[Answer]:
        del within_s
        path = self.folder / url.removeprefix(f"{BASE}/")
        yield whole(path.read_bytes(), offset) if path.is_file() else Answer(404, iter(()))


class Terminal:
    """A device that asks a publisher's folder."""

    def __init__(self, publisher: RepositorySite, folder: Path) -> None:
        self.publisher, self.folder = publisher, folder
        self.active = Active()
        self._client = Client(source_at(BASE, publisher.root_json, folder / "metadata"), folder)

    def check(self) -> Told:
        fetcher = Fetcher(Served(self.publisher.folder), LIMITS, Time().pace())
        believed = clock.believe(self.publisher.now.timestamp(), 0.0, synchronised=True)
        return self._client.check(DEVICE, self.active, fetcher, believed)

    def take(self) -> Slot:
        """Fetch a set, and use it."""
        fetched = self.check().fetched
        assert fetched is not None
        assert set(proof.proven(fetched.folder, self.publisher.root_json)) == set(ROLES)
        self.active = rules.confirmed(rules.cut_over(rules.offered(self.active, fetched.slot, fetched.serial)))
        return fetched.slot


@pytest.fixture
def publisher(tmp_path: Path) -> RepositorySite:
    return RepositorySite(tmp_path)


@pytest.fixture
def terminal(publisher: RepositorySite, tmp_path: Path) -> Terminal:
    return Terminal(publisher, tmp_path / "terminal")


def test_a_set_is_fetched_with_its_proof_and_is_taken_back_and_released_again(
    publisher: RepositorySite, terminal: Terminal
) -> None:
    assert "no set is published" in terminal.check().why
    publisher.publish("one")
    one = terminal.take()
    publisher.publish("two")
    two = terminal.take()
    publisher.withdraw()
    assert terminal.check().withdrawn == two
    publisher.again("one")
    assert terminal.take() == one
    assert terminal.active.serial == 3


def test_a_staged_set_waits_for_its_share_and_a_halted_one_for_its_publisher(
    publisher: RepositorySite, terminal: Terminal
) -> None:
    at = place(DEVICE.id, "one-1")
    publisher.publish("one", percent=at / 2)
    assert "follows beyond" in terminal.check().why
    publisher.widen(at + 0.001)
    publisher.halt()
    assert "was halted by its publisher" in terminal.check().why
    publisher.widen(at + 0.001)
    assert terminal.take().startswith("one-")


@pytest.mark.long
def test_a_terminal_follows_every_rotation_and_proves_what_it_fetched_before(
    publisher: RepositorySite, terminal: Terminal
) -> None:
    publisher.publish("one")
    fetched = terminal.check().fetched
    assert fetched is not None
    for role, old in (("root", "anna"), ("online", "online"), ("targets", "targets"), ("bundles-embedder", "bundles")):
        publisher.keys[f"{role}-2"] = a_key(f"{role}-2")
        new = publisher.public(f"{role}-2")

        def step(change: Change, role: str = role, old: str = old, new: tuple[Key, ...] = new) -> None:
            roles.rotate(change, role, new, (old,), None)

        assert publisher.repository().apply(step).published
        assert terminal.check().fetched is not None
    assert set(proof.proven(fetched.folder, publisher.root_json)) == set(ROLES)
    assert terminal.take() == fetched.slot


def test_an_outdated_repository_is_refused_until_it_is_renewed(publisher: RepositorySite, terminal: Terminal) -> None:
    publisher.publish("one")
    publisher.pass_days(8)
    with pytest.raises(OtaError, match="timestamp metadata expired"):
        terminal.check()
    publisher.renew("online")
    assert terminal.take().startswith("one-")
