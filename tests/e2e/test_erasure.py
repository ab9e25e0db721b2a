"""After an erasure no byte of a person is left in the data folder, in plain or under any key that is left (S6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.app.places import places
from edge.app.vault import open_store
from edge.config import Config
from edge.values import Occasion
from tests.bench import erasure
from tests.e2e.commands import journal
from tests.vaults import agreed

if TYPE_CHECKING:
    from pathlib import Path


def test_s6_nothing_is_left_of_an_erased_person_in_any_file_or_backup(tmp_path: Path) -> None:
    before, after, restored = erasure.run(tmp_path / "data", people=6)
    assert len({hit.split(": ")[0] for hit in before.hits}) >= 2, "store and backup: the search does find somebody"
    assert all("unsealed" in hit for hit in before.hits), "nothing of anybody was ever there in plain"
    assert (after.hits, restored.hits) == ((), ())
    assert after.files >= 8
    assert after.opened > 30, "the others can be read as before"


def test_s12_an_erasure_that_was_cut_short_is_completed_and_put_on_record(tmp_path: Path) -> None:
    here, config = places(tmp_path / "data"), Config()
    with open_store(config, here, create=True) as store:
        anna = store.add(agreed("anna", "Anna"), [])
        store.revocations.add([anna.handle])  # and the power went
    with open_store(config, here) as store:
        assert store.completed == (anna.handle,)
        assert (store.count(), store.keyring.handles()) == (0, frozenset())
    lines = [event for event in journal(here.data) if event.occasion is Occasion.ERASED]
    assert [event.handle for event in lines] == [anna.handle]
    with open_store(config, here) as store:
        assert store.completed == ()
