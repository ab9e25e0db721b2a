"""A publication that ends in the middle, at whatever step: clients see the old state or the new, a renewal ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.errors import OtaError
from edge.ota.manifest import set_custom
from edge.ota.publishing import roles, sets
from edge.ota.publishing.aims import EVERYBODY
from edge.ota.publishing.repository import Repository
from tests.unit.cut_disk import FullDisk
from tests.unit.plain_client import PlainClient
from tests.unit.repository_site import RepositorySite, a_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from securesystemslib.signer import Key

    from edge.ota.publishing.change import Change

pytestmark = pytest.mark.long


class Cut:
    """A site with one set, a client that has seen it, and a disk that fails at one step."""

    def __init__(self, folder: Path, at: int) -> None:
        folder.mkdir()
        self.site = RepositorySite(folder)
        self.site.publish("one")
        self.client = PlainClient(self.site.folder, folder / "client", self.site.root_json)
        assert self.seen() == "one"
        self.site.keys["new"] = a_key("new")
        self.disk = FullDisk(at)

    def seen(self) -> str:
        info = self.client.look(EVERYBODY.path, self.site.now)
        assert info is not None
        return set_custom(info.custom, info.path).name

    def goes_through(self, step: Callable[[Change], None]) -> bool:
        """Change the repository on the failing disk; says whether it did not fail."""
        site = self.site
        try:
            Repository(site.folder, lambda: site.now, tuple(site.keys.values()), self.disk).apply(step)
        except OtaError as error:
            if "No space left on device" not in str(error):
                raise
            return False
        return True


@pytest.mark.parametrize("what", ["root", "targets", "online"])
def test_a_rotation_cut_short_anywhere_is_survived_and_ended(tmp_path: Path, what: str) -> None:
    ends = 0
    for at in range(1, 200):
        cut = Cut(tmp_path / str(at), at)
        gone = ("anna",) if what == "root" else (what,)
        new = cut.site.public("new")

        def step(change: Change, new: tuple[Key, ...] = new, gone: tuple[str, ...] = gone) -> None:
            roles.rotate(change, what, new, gone, None)

        whole = cut.goes_through(step)
        assert cut.seen() == "one"
        cut.site.renew()
        assert cut.seen() == "one"
        _, change = cut.site.repository().look()
        ends += len(change.pending)
        if whole:
            break
    assert whole
    assert ends <= 1 + 5 * (what == "targets")  # what waits for root's own part, which was never written


def test_a_release_cut_short_anywhere_is_the_old_set_or_the_new(tmp_path: Path) -> None:
    names = []
    for at in range(1, 400, 3):
        cut = Cut(tmp_path / str(at), at)
        two = cut.site.bundles("two")
        wanted, makers = sets.Release(name="two", percent=100), cut.site.makers

        def step(
            change: Change,
            wanted: sets.Release = wanted,
            two: list[str] = two,
            makers: sets.Makers = makers,
        ) -> None:
            sets.release(change, wanted, two, makers)

        whole = cut.goes_through(step)
        names.append(cut.seen())
        cut.site.renew()
        after = cut.seen()
        assert after in {"one", "two"}
        assert (names[-1], after) != ("two", "one")
        if whole:
            break
    assert whole
    assert names == sorted(names)  # "one" until the last step, then "two"
    assert names[-1] == "two"
    assert names.count("one") > 20
