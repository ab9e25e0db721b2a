"""What is spoken at a socket: a server is told how to read and write it, and knows no message itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.link.messages import Rejected

Heard = TypeVar("Heard")
Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Language(Generic[Heard, Said]):
    """What is spoken at a socket.

    Attributes:
        who: Who listens there, in words.
        decode: Reads what a peer said; a `LinkError` costs it the connection.
        encode: Writes what a peer is told.
        begins: Whether a message is one that a connection begins with, and no later one may be.
        mode: Of the socket's file.
    """

    who: str
    decode: Callable[[bytes], Heard]
    encode: Callable[[Said | Rejected], bytes]
    begins: Callable[[Heard], bool]
    mode: int = 0o660
