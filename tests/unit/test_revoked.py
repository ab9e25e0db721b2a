"""Who was removed for good stays removed (S12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.errors import StoreError
from edge.people.revoked import Revocations
from edge.values import Handle
from tests.unit.cut_disk import OUTCOMES, CutDisk, PowerCutError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cut_disk import Outcome

ADA, BEN, CLEO = (Handle(letter * 32) for letter in "abc")


def test_s12_who_was_removed_stays_so_for_every_process(tmp_path: Path) -> None:
    with Revocations(tmp_path / "people.revoked") as mine, Revocations(tmp_path / "people.revoked") as its:
        assert ADA not in mine
        its.add([ADA])
        assert ADA in mine
        mine.add([BEN, ADA, BEN])
        assert (its.count, mine.count) == (2, 2)
        assert its.digest == mine.digest
        assert CLEO not in its
    with Revocations(tmp_path / "people.revoked") as again:
        assert ADA in again
        assert BEN in again


def test_an_empty_addition_writes_nothing(tmp_path: Path) -> None:
    with Revocations(tmp_path / "people.revoked") as revoked:
        revoked.add([ADA])
        before = (tmp_path / "people.revoked").read_bytes()
        revoked.add([])
        revoked.add([ADA])
        assert (tmp_path / "people.revoked").read_bytes() == before


def test_s12_a_list_put_back_under_a_running_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.revoked"
    with Revocations(path) as revoked:
        revoked.add([ADA])
        older = path.read_bytes()
        revoked.add([BEN])
        for replaced in (False, True):
            if replaced:
                path.unlink()
            path.write_bytes(older)
            for _ in range(2):
                with pytest.raises(StoreError, match="older list"):
                    assert CLEO in revoked


def test_s12_a_damaged_list_lets_nobody_in(tmp_path: Path) -> None:
    path = tmp_path / "people.revoked"
    with Revocations(path) as revoked:
        revoked.add([ADA])
        revoked.add([BEN])
        path.write_bytes(path.read_bytes().replace(ADA.encode(), CLEO.encode()) + b"more\n")
        for _ in range(2):
            with pytest.raises(StoreError, match="damaged"):
                assert ADA in revoked
    with pytest.raises(StoreError, match="damaged"):
        Revocations(path)


def fill(path: Path, disk: CutDisk, done: list[Handle]) -> None:
    with Revocations(path, disk) as revoked:
        for handle in (ADA, BEN, CLEO):
            revoked.add([handle])
            done.append(handle)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_s12_a_removal_that_was_acknowledged_survives_a_power_cut(tmp_path: Path, outcome: Outcome) -> None:
    path = tmp_path / "people.revoked"
    counting = CutDisk(tmp_path)
    fill(path, counting, [])
    for at in range(1, counting.steps + 1):
        path.unlink()
        done: list[Handle] = []
        disk = CutDisk(tmp_path, at)
        with pytest.raises(PowerCutError):
            fill(path, disk, done)
        disk.settle(outcome)
        with Revocations(path) as again:
            assert all(handle in again for handle in done)
            assert again.count <= len(done) + 1
