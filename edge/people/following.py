"""What is kept in a lasting file, and follows what other processes write into it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from edge.people.lasting import LastingFile


class Following(ABC):
    """Knows what the file says; whatever it does begins with `_take_news`. Threads may share it."""

    def __init__(self, file: LastingFile) -> None:
        """Make the file when there is none, and read it.

        Raises:
            StoreError: It is damaged, newer than this program, or cannot be read or made.
        """
        self._file = file
        try:
            with file.locked():
                if not file.exists():
                    self._begin()
                self._take_news()
                self._opened()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()

    @abstractmethod
    def _begin(self) -> None:
        """Make the file."""

    @abstractmethod
    def _told(self, records: tuple[bytes, ...], *, anew: bool) -> None:
        """Take in what was appended, or, where the file begins anew, all that it says."""

    def _opened(self) -> None:  # noqa: B027 - most have nothing to do
        """Do what is to be done once, when the file was read for the first time."""

    def _take_news(self) -> None:
        """Take in what others wrote; what cannot be is met again by the next call, which never knows less instead."""
        if not self._file.changed():
            return
        with self._file.locked():
            try:
                anew, records = self._file.news()
                self._told(records, anew=anew)
            except BaseException:
                self._file.forget()
                raise
