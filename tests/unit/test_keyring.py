"""Everybody's own key: there for all who stay, and for ever gone for who was erased (S6)."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge.errors import KeyLostError, StoreError
from edge.keys.holder import Moving
from edge.keys.key_file import KeyFile, SealedKeyFile
from edge.people.keyring import Keyring
from tests.unit.keyrings import HANDLES, MemoryHolder, readable, ring, wrapping_keys

if TYPE_CHECKING:
    from edge.values import Handle

ADA, BEN, CLEO = HANDLES[:3]


def test_a_key_is_the_same_whenever_it_is_asked_for(tmp_path: Path) -> None:
    with ring(tmp_path) as keys:
        ada, ben = keys.add(ADA), keys.add(BEN)
        assert len(ada) == 32
        assert ada != ben
        assert keys.key(ADA) == ada
    with ring(tmp_path) as keys:
        assert (keys.key(ADA), keys.key(BEN)) == (ada, ben)
        assert keys.handles() == {ADA, BEN}


def test_who_has_no_key_is_named(tmp_path: Path) -> None:
    with ring(tmp_path) as keys, pytest.raises(KeyLostError, match=f"no key of {ADA}"):
        keys.key(ADA)


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    with ring(tmp_path) as keys:
        ada = keys.add(ADA)
        with pytest.raises(StoreError, match="has a key already"):
            keys.add(ADA)
        assert keys.key(ADA) == ada


def test_s6_no_key_stands_in_the_file_as_it_is(tmp_path: Path) -> None:
    with ring(tmp_path) as keys:
        ada = keys.add(ADA)
        (wrapping,) = wrapping_keys(tmp_path)
        keys.rotate()
        content = (tmp_path / "people.keys").read_bytes()
        for secret in (ada, wrapping, *wrapping_keys(tmp_path)):
            assert secret not in content
            assert secret.hex().encode() not in content


def test_s6_nothing_that_was_ever_written_opens_for_who_was_destroyed(tmp_path: Path) -> None:
    """Flash keeps old blocks: with all of them, and all that the holder has now, only those who stay are read."""
    path = tmp_path / "people.keys"
    with ring(tmp_path) as keys:
        for handle in (ADA, BEN):
            keys.add(handle)
        blocks = [path.read_bytes()]
        old = wrapping_keys(tmp_path)
        assert readable(blocks, old) == {ADA, BEN}
        keys.destroy([ADA])
        blocks.append(path.read_bytes())
        assert ADA.encode() not in blocks[-1]
        assert readable(blocks, wrapping_keys(tmp_path)) == {BEN}
        assert not old & wrapping_keys(tmp_path)
        with pytest.raises(KeyLostError):
            keys.key(ADA)


def test_a_rotation_leaves_everybodys_key_and_another_wrapping_key(tmp_path: Path) -> None:
    with ring(tmp_path) as keys:
        ada = keys.add(ADA)
        before, name = wrapping_keys(tmp_path), keys.wrapped_with
        keys.rotate()
        assert keys.key(ADA) == ada
        assert len(wrapping_keys(tmp_path)) == 1
        assert not before & wrapping_keys(tmp_path)
        assert keys.wrapped_with != name


def test_destroying_nobody_writes_nothing(tmp_path: Path) -> None:
    with ring(tmp_path) as keys:
        keys.add(ADA)
        before = (tmp_path / "people.keys").read_bytes()
        keys.destroy([])
        keys.destroy([BEN])
        assert (tmp_path / "people.keys").read_bytes() == before


def test_another_process_sees_each_change_at_once(tmp_path: Path) -> None:
    with ring(tmp_path) as mine, ring(tmp_path) as its:
        ada = mine.add(ADA)
        assert its.key(ADA) == ada
        ben = its.add(BEN)
        mine.rotate()
        assert (its.key(ADA), its.key(BEN)) == (ada, ben)
        its.destroy([ADA])
        assert mine.handles() == {BEN}
        assert mine.key(BEN) == ben


def test_keys_without_their_wrapping_key_are_refused_and_left_alone(tmp_path: Path) -> None:
    with ring(tmp_path) as keys:
        keys.add(ADA)
    before = (tmp_path / "people.keys").read_bytes()
    for holder in (MemoryHolder(), KeyFile(tmp_path / "other.key")):
        with pytest.raises(KeyLostError, match=r"has not.*none.*keys move --from"):
            Keyring(tmp_path / "people.keys", holder)
    other = MemoryHolder()
    other.write((secrets.token_bytes(32),))
    with pytest.raises(KeyLostError, match=r"the holder in use \(memory\) has not: it has "):
        Keyring(tmp_path / "people.keys", other)
    assert (tmp_path / "people.keys").read_bytes() == before


def test_a_running_program_whose_wrapping_key_went_says_so_each_time(tmp_path: Path) -> None:
    with ring(tmp_path) as mine, ring(tmp_path) as its:
        mine.add(ADA)
        its.rotate()
        (tmp_path / "wrapping.key").unlink()
        for _ in range(2):
            with pytest.raises(KeyLostError, match="has not"):
                mine.handles()


def test_a_file_of_keys_that_went_is_made_anew_under_the_same_wrapping_key(tmp_path: Path) -> None:
    """Whoever puts the file back finds everybody: only a rotation that was asked for gives the old key up."""
    with ring(tmp_path) as keys:
        ada = keys.add(ADA)
    content = (tmp_path / "people.keys").read_bytes()
    (tmp_path / "people.keys").unlink()
    with ring(tmp_path) as keys:
        assert keys.handles() == frozenset()
    (tmp_path / "people.keys").write_bytes(content)
    with ring(tmp_path) as keys:
        assert keys.key(ADA) == ada


@pytest.mark.parametrize("fail", [1, 2])
def test_a_file_of_keys_that_went_in_a_rotation_is_not_made_anew_and_costs_no_wrapping_key(
    tmp_path: Path, fail: int
) -> None:
    """It is wrapped with either of the two that are kept: whoever puts it back finds everybody."""
    path, holder = tmp_path / "people.keys", MemoryHolder()
    with Keyring(path, holder) as keys:
        ada = keys.add(ADA)
        before = path.read_bytes()
        holder.fail_before = 2
        with pytest.raises(KeyLostError):
            keys.rotate()
        content = before if fail == 1 else path.read_bytes()
    path.unlink()
    kept = holder.kept
    assert len(kept) == 2
    for _ in range(2):
        with pytest.raises(KeyLostError, match=r"people\.keys is missing.*Put the file back"):
            Keyring(path, holder)
        assert not path.exists()
        assert holder.kept == kept
    path.write_bytes(content)
    with Keyring(path, holder) as keys:
        assert keys.key(ADA) == ada
        assert len(holder.kept) == 1


@pytest.mark.parametrize("when", ["fail_before", "fail_after"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_holder_that_fails_in_a_rotation_costs_nobody_their_key(tmp_path: Path, when: str, number: int) -> None:
    holder = MemoryHolder()
    with Keyring(tmp_path / "people.keys", holder) as keys:
        keys.add(ADA)
        ben = keys.add(BEN)
        setattr(holder, when, number)
        with pytest.raises(KeyLostError, match="holder"):
            keys.destroy([ADA])
        assert keys.handles() == {BEN}, "a destroyed key is not given out, whatever the holder does"
        assert keys.key(BEN) == ben
    with Keyring(tmp_path / "people.keys", holder) as keys:
        assert keys.handles() == {BEN}
        assert keys.key(BEN) == ben
        assert len(holder.kept) == 1
        assert not keys.unfinished
        content = (tmp_path / "people.keys").read_bytes()
        assert readable([content], holder.ever) == {BEN}


def test_a_rotation_that_cannot_be_ended_is_told_and_keeps_nobody_out(tmp_path: Path) -> None:
    holder = MemoryHolder()
    with Keyring(tmp_path / "people.keys", holder) as keys:
        ada = keys.add(ADA)
        holder.fail_before = 2
        with pytest.raises(KeyLostError):
            keys.rotate()
    holder.fail_before = 1
    with Keyring(tmp_path / "people.keys", holder) as keys:
        assert "out of order" in keys.unfinished
        assert keys.key(ADA) == ada
        keys.rotate()
        assert not keys.unfinished
        assert len(holder.kept) == 1


def test_keys_move_from_one_holder_to_another(tmp_path: Path) -> None:
    old, new = KeyFile(tmp_path / "wrapping.key"), SealedKeyFile(tmp_path / "wrapping.sealed", b"a secret")
    with ring(tmp_path) as keys:
        ada = keys.add(ADA)
    for _ in range(2):  # a second time finds nothing left to do
        with Keyring(tmp_path / "people.keys", Moving(new, old)) as keys:
            keys.rotate()
            old.write(())
    with Keyring(tmp_path / "people.keys", new) as keys:
        assert keys.key(ADA) == ada
    with pytest.raises(KeyLostError, match="has not"):
        ring(tmp_path)


class Sequences(RuleBasedStateMachine):
    """Any order of additions, destructions, rotations and openings, by two processes, against a plain dict."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.rings = [ring(self.path), ring(self.path)]
        self.keys: dict[Handle, bytes] = {}

    @rule(handle=st.sampled_from(HANDLES), who=st.integers(0, 1))
    def add(self, handle: Handle, who: int) -> None:
        if handle not in self.keys:
            self.keys[handle] = self.rings[who].add(handle)

    @precondition(lambda self: self.keys)
    @rule(handles=st.lists(st.sampled_from(HANDLES), max_size=3), who=st.integers(0, 1))
    def destroy(self, handles: list[Handle], who: int) -> None:
        self.rings[who].destroy(handles)
        for handle in handles:
            self.keys.pop(handle, None)

    @rule(who=st.integers(0, 1))
    def rotate(self, who: int) -> None:
        self.rings[who].rotate()

    @rule(who=st.integers(0, 1))
    def open_again(self, who: int) -> None:
        self.rings[who].close()
        self.rings[who] = ring(self.path)

    @invariant()
    def every_process_has_the_keys_of_all_who_are_left(self) -> None:
        for one in self.rings:
            assert {handle: one.key(handle) for handle in one.handles()} == self.keys

    def teardown(self) -> None:
        for one in self.rings:
            one.close()
        self.folder.cleanup()


TestSequences = Sequences.TestCase
TestSequences.settings = settings(max_examples=25, stateful_step_count=20)
