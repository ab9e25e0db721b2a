"""Looks at many pictures on every core: each thread has eyes of its own, for a model serves one thread at a time."""

from __future__ import annotations

import os
import queue
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

Eyes = TypeVar("Eyes")
Asked = TypeVar("Asked")
Seen = TypeVar("Seen")


class Lookers(Generic[Eyes]):
    """Pairs of eyes, and a thread for each; a context, at whose end the threads end."""

    def __init__(self, make: Callable[[], Eyes], jobs: int = 0) -> None:
        """Open the eyes.

        Args:
            make: Opens one pair.
            jobs: How many; 0 for as many as there are processors.
        """
        count = jobs or os.cpu_count() or 1
        self._free: queue.SimpleQueue[Eyes] = queue.SimpleQueue()
        for _ in range(count):
            self._free.put(make())
        self._pool = ThreadPoolExecutor(count)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the threads to end."""
        self._pool.shutdown()

    def map(self, look: Callable[[Asked, Eyes], Seen], asked: Iterable[Asked]) -> list[Seen]:
        """Look at everything, in any order; what was seen is in the order asked."""

        def one(what: Asked) -> Seen:
            eyes = self._free.get()
            try:
                return look(what, eyes)
            finally:
                self._free.put(eyes)

        return list(self._pool.map(one, asked))
