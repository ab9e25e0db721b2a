"""Who keeps the wrapping keys, and the one form in which every holder keeps them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

from edge.errors import KeyLostError
from edge.keys.sealing import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 2
_MAGIC = b"DTWK1"
_CHECK_BYTES = 16
RECORD_BYTES = len(_MAGIC) + 1 + MOST * KEY_BYTES + _CHECK_BYTES


class KeyHolder(Protocol):
    """Keeps the key that everybody's keys are wrapped with. Its caller sees to it that one process at a time writes."""

    @property
    def name(self) -> str:
        """As the configuration calls it."""
        ...

    @property
    def strength(self) -> str:
        """In words: what it protects from, and from what it does not."""
        ...

    @property
    def without(self) -> str:
        """What it means when it has no key."""
        ...

    @property
    def untidy(self) -> bool:
        """Whether a crash left an older key somewhere, which the next `write` overwrites."""
        ...

    def read(self) -> tuple[bytes, ...]:
        """Return the keys, in no order: none before the first use, two while one takes the other's place.

        Raises:
            KeyLostError: They are there and cannot be had: damaged, or no permission; the message says what to do.
        """
        ...

    def write(self, keys: Sequence[bytes]) -> None:
        """Keep these keys, at most two, and no other; lasting on return.

        A key that is kept before and after can be read at every moment in between, whenever the power is cut. What is
        not kept any more is overwritten as far as the medium can.

        Raises:
            KeyLostError: They cannot be kept; what was kept before still is.
        """
        ...


class Moving:
    """A holder that takes over from another one: it reads from both, and writes to the new one alone."""

    def __init__(self, new: KeyHolder, old: KeyHolder) -> None:
        """Name the two."""
        self._new, self._old = new, old
        self.name, self.strength, self.without = new.name, new.strength, new.without

    @property
    def untidy(self) -> bool:
        """Whether the new one is."""
        return self._new.untidy

    def read(self) -> tuple[bytes, ...]:
        """Return what either of them keeps."""
        return tuple(dict.fromkeys((*self._new.read(), *self._old.read())))

    def write(self, keys: Sequence[bytes]) -> None:
        """Have the new one keep these keys."""
        self._new.write(keys)


def key_name(key: bytes) -> str:
    """Return what a wrapping key is called in a file that it wraps; it tells nothing of the key."""
    return hashlib.blake2b(key, digest_size=8, person=b"wrapping key").hexdigest()


def pack(keys: Sequence[bytes]) -> bytes:
    """Return keys as one record of a fixed length, so that a shorter list overwrites a longer one."""
    if len(keys) > MOST or any(len(key) != KEY_BYTES for key in keys):
        raise ValueError(f"at most {MOST} keys of {KEY_BYTES} bytes are kept")
    body = _MAGIC + bytes([len(keys)]) + b"".join(keys).ljust(MOST * KEY_BYTES, b"\0")
    return body + _check(body)


def unpack(record: bytes) -> tuple[bytes, ...]:
    """Return the keys of a record.

    Raises:
        KeyLostError: It is not one, was changed, or is of a newer form.
    """
    body, check = record[:-_CHECK_BYTES], record[-_CHECK_BYTES:]
    if record[: len(_MAGIC)] != _MAGIC and record[: len(_MAGIC) - 1] == _MAGIC[:-1] and len(record) >= len(_MAGIC):
        raise KeyLostError("was written by a newer program: install that again")
    if len(record) != RECORD_BYTES or _check(body) != check:
        raise KeyLostError("is damaged, or is no file of wrapping keys")
    start = len(_MAGIC) + 1
    return tuple(body[start + one * KEY_BYTES : start + (one + 1) * KEY_BYTES] for one in range(body[start - 1]))


def _check(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_CHECK_BYTES).digest()
