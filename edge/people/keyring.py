"""Everybody's own key, in one file, wrapped with a key that a holder keeps elsewhere; no part of any backup (S6).

Destroying somebody's key is one line that lasts, from which on it is never given out again, and then a rotation: the
file is written anew under a new wrapping key, and the old one is overwritten by its holder, so that what flash keeps of
the old file opens for nobody. A rotation has two phases, and each may be cut short by a crash:

1. the holder keeps the old key and the new one; the file is still wrapped with the old one;
2. the file takes the place of the old one in one step; it is wrapped with the new one;
3. the holder keeps the new one alone.

The file says which key it is wrapped with, so that whoever opens it next knows where it stopped, and ends it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.disk import DISK
from edge.errors import KeyLostError, SealError, StoreError
from edge.keys.holder import key_name
from edge.keys.sealing import new_key, seal, unseal
from edge.people.following import Following
from edge.people.lasting import LastingFile
from edge.values import Handle

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from edge.disk import Disk
    from edge.keys.holder import KeyHolder

_KIND = "people's keys"


class _Added(msgspec.Struct, frozen=True, tag="added", tag_field="line"):
    """Somebody was given a key.

    Attributes:
        handle: Who.
        key: The key, wrapped.
    """

    handle: Handle
    key: bytes


class _Gone(msgspec.Struct, frozen=True, tag="gone", tag_field="line"):
    """Keys were destroyed; the rotation that follows leaves neither them nor this line."""

    handles: tuple[Handle, ...]


_Line = _Added | _Gone


class Keyring(Following):
    """The keys, open. Threads and processes may share the file; what others changed counts from the next call on.

    Attributes:
        unfinished: Why a rotation that a crash cut short could not be ended at opening: an old wrapping key is still
            kept, though no destroyed key is given out; empty when all is well.
    """

    def __init__(self, path: Path, holder: KeyHolder, disk: Disk = DISK) -> None:
        """Open the keys, and end what a crash cut short; an empty file is made when there is none.

        Args:
            path: The file.
            holder: Keeps the wrapping key; it makes one when it has none and there is no file yet.
            disk: Does what is done to the file.

        Raises:
            KeyLostError: The holder has not the key that the file is wrapped with; or there is no file, and two keys.
            StoreError: The file is damaged, newer than this program, or cannot be read or made.
        """
        self._holder = holder
        self._wrapped: dict[Handle, bytes] = {}
        self._owed = False
        self._wrapping = b""
        self.unfinished = ""
        super().__init__(LastingFile(path, _KIND, disk))

    def close(self) -> None:
        """Close the file and forget the keys; a second call does nothing."""
        super().close()
        self._wrapped.clear()
        self._wrapping = b""

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    @property
    def wrapped_with(self) -> str:
        """What the wrapping key is called; it tells nothing of the key."""
        self._take_news()
        return self._file.about

    def handles(self) -> frozenset[Handle]:
        """Return whose keys there are.

        Raises:
            StoreError: The file cannot be read.
        """
        with self._file.turn():
            self._take_news()
            return frozenset(self._wrapped)

    def key(self, handle: Handle) -> bytes:
        """Return somebody's key, 32 bytes; microseconds.

        Raises:
            KeyLostError: There is none, or it does not unwrap.
            StoreError: The file cannot be read.
        """
        with self._file.turn():
            self._take_news()
            if (wrapped := self._wrapped.get(handle)) is None:
                raise KeyLostError(f"{self.path}: there is no key of {handle}: it was destroyed, or never here")
            try:
                return unseal(self._wrapping, wrapped, _about(handle))
            except SealError as error:
                raise KeyLostError(f"{self.path}: the key of {handle} does not unwrap: {error}") from error

    def add(self, handle: Handle) -> bytes:
        """Make a key for somebody, and return it; lasting on return.

        Raises:
            StoreError: There is one already, or it cannot be written; nothing was changed.
        """
        with self._file.locked():
            self._take_news()
            if handle in self._wrapped:
                raise StoreError(f"{self.path}: {handle} has a key already, and it is not replaced")
            key = new_key()
            wrapped = seal(self._wrapping, key, _about(handle))
            self._file.append(msgspec.json.encode(_Added(handle, wrapped)))
            self._wrapped[handle] = wrapped
            return key

    def destroy(self, handles: Iterable[Handle]) -> None:
        """Destroy keys, and rotate the wrapping key; lasting on return. Those of whom there is none are passed over.

        When it fails after its first line, the keys are not given out any more all the same, and the next opening
        ends the rotation.

        Raises:
            StoreError: It cannot be written, or the holder fails.
        """
        with self._file.locked():
            self._take_news()
            gone = tuple(handle for handle in dict.fromkeys(handles) if handle in self._wrapped)
            if gone:
                self._file.append(msgspec.json.encode(_Gone(gone)))
                self._drop(gone)
            if self._owed:
                self._rotate()

    def rotate(self) -> None:
        """Wrap everybody's key with a new key, and have the old one overwritten; lasting on return.

        Raises:
            StoreError: It cannot be written, or the holder fails; everybody's key can be read all the same.
        """
        with self._file.locked():
            self._take_news()
            self._rotate()

    def _begin(self) -> None:
        kept = self._holder.read()
        if len(kept) > 1:  # the file that is missing is wrapped with one of them; a new one would cost the other
            names = " and ".join(map(key_name, kept))
            raise KeyLostError(
                f"{self.path} is missing, and the holder ({self._holder.name}) keeps {names}: a rotation stopped. "
                f"Put the file back, and it ends by itself; nothing was changed"
            )
        if not kept:
            kept = (new_key(),)
            self._holder.write(kept)
        self._file.rewrite(key_name(kept[0]), ())
        self._file.forget()

    def _told(self, records: tuple[bytes, ...], *, anew: bool) -> None:
        if anew:
            self._wrapped.clear()
            self._owed = False
            self._wrapping = _matching(self._holder, self._file.about, self.path)
        for record in records:
            self._tell(record)

    def _tell(self, record: bytes) -> None:
        try:
            line: _Added | _Gone = msgspec.json.decode(record, type=_Line)
        except msgspec.DecodeError as error:
            raise StoreError(f"{self.path}: a line is none of keys; it was written by another program") from error
        if isinstance(line, _Added):
            self._wrapped[line.handle] = line.key
        else:
            self._drop(line.handles)

    def _drop(self, handles: Iterable[Handle]) -> None:
        self._owed = True
        for handle in handles:
            self._wrapped.pop(handle, None)

    def _opened(self) -> None:
        """End what a crash cut short; where that fails, everybody's key is there all the same."""
        try:
            if self._owed:
                self._rotate()
            elif self._holder.untidy or set(self._holder.read()) != {self._wrapping}:
                self._holder.write((self._wrapping,))
        except StoreError as error:
            self.unfinished = str(error)

    def _rotate(self) -> None:
        fresh = new_key()
        rows = []
        for handle, wrapped in self._wrapped.items():
            key = unseal(self._wrapping, wrapped, _about(handle))
            rows.append((handle, seal(fresh, key, _about(handle))))
        self._holder.write((self._wrapping, fresh))
        self._file.rewrite(key_name(fresh), [msgspec.json.encode(_Added(*row)) for row in rows])
        self._wrapping, self._wrapped, self._owed = fresh, dict(rows), False
        self._holder.write((fresh,))
        self.unfinished = ""


def _matching(holder: KeyHolder, name: str, path: Path) -> bytes:
    """Return the key that a file is wrapped with.

    Raises:
        KeyLostError: The holder has none, or others only.
    """
    kept = holder.read()
    for key in kept:
        if key_name(key) == name:
            return key
    has = f"it has {' and '.join(map(key_name, kept))}" if kept else holder.without
    raise KeyLostError(
        f"{path} is wrapped with the key {name}, which the holder in use ({holder.name}) has not: {has}. Was another "
        f"holder configured before? `edge keys move --from` it. Else put the key back; without it nobody is recognised"
    )


def _about(handle: Handle) -> bytes:
    return b"key of " + handle.encode()
