"""The people store's file and the one connection to it: turns, transactions, and errors in words a person can use."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from edge.errors import DamagedError, SealError, StoreError
from edge.people import faults, opening

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from edge.people.sealed import Keys, Revoked

    Row = tuple[Any, ...]


class Database:
    """An open store's file. Threads take turns; whatever was acknowledged is in the file itself, not in its log."""

    def __init__(self, path: Path, keys: Keys, revoked: Revoked, *, create: bool = False, wait_s: float = 5.0) -> None:
        """Open it, check all of it, and bring an older one up to date.

        Args:
            path: The file.
            keys: The people's keys: an older store's people are sealed under them.
            revoked: Who must not come back with an older store.
            create: Make an empty store when there is none; otherwise that is an error.
            wait_s: How long to wait for another process's transaction.

        Raises:
            StoreError: It is missing, damaged, not a people store, newer than this program, or cannot be opened.
        """
        self.path = path
        self._lock = threading.RLock()
        with self.named("opened"):
            if create and not path.exists():
                opening.create(path, lambda at: connect(at, wait_s), keys.handles())
            opening.guard(path)
            self._file = opening.identity(path)
            self.db = connect(path, wait_s)
        try:
            with self.named("opened"), closing(sqlite3.connect(":memory:", isolation_level=None)) as pattern:
                opening.prepare(self.db, path, pattern, keys, revoked)
        except BaseException:
            self.db.close()
            raise

    def close(self) -> None:
        """Close the file; may be called twice."""
        with self._lock:
            self.db.close()

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Run one statement of this package's fixed texts."""
        return self.db.execute(statement, values)

    def executemany(self, statement: str, rows: Iterable[Row]) -> None:
        """Run one statement for each row."""
        self.db.executemany(statement, rows)

    def row(self, statement: str, *values: object) -> Row | None:
        """Return the first row that a statement finds."""
        found: Row | None = self.db.execute(statement, values).fetchone()
        return found

    def number(self, statement: str, *values: object) -> int:
        """Return the one number that a statement finds."""
        return int(self.db.execute(statement, values).fetchone()[0])

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the store throughout.

        Raises:
            StoreError: It cannot be read, or the file was replaced or deleted while it was open.
        """
        with self.named("read"), self._transaction("BEGIN"):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Change the store, all of it or nothing; what is done when this returns survives a power cut (S7).

        Raises:
            StoreError: It cannot be written; nothing was changed.
        """
        with self.named("written"):
            with self._transaction("BEGIN IMMEDIATE"):
                yield
            self.settle()

    def settle(self) -> None:
        """Move what the log holds into the file, where each row proves itself, and empty the log of old pages.

        A log that was damaged loses its last changes without a word; it is empty but for moments. Another reader, or
        a full disk, may put this off: the change itself is lasting already.
        """
        with suppress(sqlite3.Error):
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def whole(self) -> None:
        """Refuse a file that another one took the place of.

        Raises:
            StoreError: The file was replaced or deleted while it was open.
        """
        if opening.identity(self.path) != self._file:
            raise StoreError(f"people store {self.path}: the file was replaced while it was open; start again")

    @contextmanager
    def named(self, doing: str) -> Iterator[None]:
        """Take this thread's turn; what goes wrong gets a sentence that says what, where, and what to do.

        Raises:
            StoreError: It went wrong.
        """
        with self._lock, wording(self.path, doing):
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        if self._within():  # a method that reads was called by one that writes
            yield
            return
        self.db.execute(begin)
        try:
            self.whole()  # within the transaction: whoever replaces the file holds the right to write meanwhile
            yield
            self.db.execute("COMMIT")
        finally:
            if self._within():
                self.db.execute("ROLLBACK")

    def _within(self) -> bool:
        return self.db.in_transaction


def connect(path: Path, wait_s: float) -> sqlite3.Connection:
    """Return a connection that begins and ends its transactions by itself."""
    return sqlite3.connect(path, timeout=wait_s, isolation_level=None, check_same_thread=False)


@contextmanager
def wording(path: Path, doing: str) -> Iterator[None]:
    """Give what goes wrong inside a sentence that says what, where, and what to do.

    Args:
        path: The file that is worked on.
        doing: What could not be done to it: "opened", "read", "written".

    Raises:
        StoreError: It went wrong.
    """
    try:
        yield
    except SealError as error:
        raise DamagedError(faults.damaged(path, str(error))) from error
    except sqlite3.Error as error:
        raise faults.error(getattr(error, "sqlite_errorcode", None), str(error), path, doing) from error
    except UnicodeError as error:  # SQLite quotes damaged text in its own message, which Python cannot read
        raise DamagedError(faults.damaged(path, "its text is not UTF-8")) from error
    except OSError as error:
        raise StoreError(faults.system(error, path, doing)) from error
