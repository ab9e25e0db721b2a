"""After an erasure no byte of a person is left in the data folder, in plain or under any key that is left (S6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench import erasure

if TYPE_CHECKING:
    from pathlib import Path


def test_s6_nothing_is_left_of_an_erased_person_in_any_file_or_backup(tmp_path: Path) -> None:
    before, after, restored = erasure.run(tmp_path / "data", people=6)
    assert len({hit.split(": ")[0] for hit in before.hits}) >= 2, "store and backup: the search does find somebody"
    assert all("unsealed" in hit for hit in before.hits), "nothing of anybody was ever there in plain"
    assert (after.hits, restored.hits) == ((), ())
    assert after.files >= 8
    assert after.opened > 30, "the others can be read as before"
