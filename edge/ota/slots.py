"""The sets of models on this device, for all its processes: which decides, where each is, and what happened (S7, S8).

`active.toml` is replaced in one step, under a lock; another user of the group only reads it. What is found broken is
mended by whoever may: the last good set decides, else the factory's, and the history says so.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from edge import disk as steps
from edge.errors import OtaError
from edge.ota import active_file
from edge.ota.active import kept
from edge.ota.history import Entry, History, entry
from edge.ota.looking import Found, look
from edge.ota.shared import FOLDER_MODE, SharedDisk
from edge.ota.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edge.disk import Disk
    from edge.ota.active import Active, Slot

WAIT_S = 10.0
SPARE_BYTES = 64 << 20
"""What is left free on the disk, for the people store and the journal."""
_POLL_S = 0.01
_log = logging.getLogger(__name__)


class Slots:
    """The sets of one device.

    Attributes:
        folder: Where everything of them is.
        history: What happened.
    """

    def __init__(
        self, folder: Path, disk: Disk | None = None, *, wait_s: float = WAIT_S, wall: Callable[[], float] = time.time
    ) -> None:
        """Name the folder, which need not exist: then the factory's set decides.

        Args:
            folder: Of `active.toml`, `history.jsonl` and `sets/`.
            disk: What it lies on; None for the machine's own.
            wait_s: How long to wait for another process.
            wall: The clock, seconds since the epoch.
        """
        self.folder = folder
        self._disk = disk or SharedDisk()
        self._file = folder / "active.toml"
        self.history = History(folder / "history.jsonl", self._disk)
        self._shelf = Shelf(folder / "sets", self._disk)
        self._wait_s = wait_s
        self._wall = wall
        self._turn = threading.RLock()
        self._depth = 0

    @property
    def stamp(self) -> tuple[int, ...]:
        """What changes whenever another set may decide; empty while there is no `active.toml`. Asked often."""
        try:
            return self._disk.stamp(str(self._file))
        except OSError:
            return ()

    def folder_of(self, slot: Slot) -> Path:
        """Return an installed set's folder.

        Raises:
            OtaError: It is no name of an installed set; the factory's bundles are in the package.
        """
        return self._shelf.path(slot)

    def look(self) -> Found:
        """Return what decides, without changing any file, whoever asks; whatever is wrong, something decides."""
        return look(self._file, self.history, self._shelf)

    def read(self) -> Active:
        """Return what decides; what was broken is mended and written down, where it can be."""
        found = self.look()
        if not found.faults or found.unsure:
            return found.active
        try:
            with self.locked():
                return self._mended().active
        except (OSError, OtaError) as error:
            _log.warning("%s: what is broken cannot be mended: %s", self._file, error)
            return found.active

    def change(
        self, step: Callable[[Active], Active], what: str, words: str = "", *, slot: str = "", operator: str = ""
    ) -> Active:
        """Do one step; on return it lasts. Other processes do theirs before or after it.

        Args:
            step: Makes of what is what shall be; a function of `edge.ota.active`.
            what: What happened, in a word; see `Entry`.
            words: More for people.
            slot: To which set.
            operator: Who did it; empty for the terminal itself.

        Raises:
            OtaError: The step is refused, or it cannot be written: then all is as before.
        """
        with self.locked(), self._worded("written"):
            found = self._mended()
            if found.unsure:
                raise OtaError(f"{'; '.join(found.unsure)}: nothing is changed while that cannot be read")
            after = step(found.active)
            if after != found.active or not self._file.exists():  # a history without the file looks like a loss
                self._write(after)
            self._tell(entry(self._wall(), what, after, slot=slot, words=words, operator=operator))
        return after

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Make a folder to be filled with a set; it is gone at the end, unless it was installed.

        Install and offer the set before the end: until then nobody sweeps it away.

        Raises:
            OtaError: It cannot be made.
        """
        with self.locked(), self._worded("written"):
            new, descriptor = self._shelf.begin()
        try:
            yield new
        finally:
            self._shelf.end(new, descriptor)

    def install(self, source: Path, slot: Slot) -> Path:
        """Give a folder of `staging` its name; on return all of it lasts. Returns its new place.

        Args:
            source: The folder: `set.toml`, a folder for each model, the metadata that prove it, what the gate measured.
            slot: Its name.

        Raises:
            OtaError: Its content is not what the name says, or it cannot be written.
        """
        with self.locked(), self._worded("written"):
            self._shelf.install(source, slot)
        return self._shelf.path(slot)

    def sweep(self) -> list[str]:
        """Remove the sets that nobody needs, and what a power cut left; returns which.

        Raises:
            OtaError: It cannot be said which are needed.
        """
        if not self.folder.is_dir():
            return []
        with self.locked(), self._worded("written"):
            found = self._mended()
            if found.unsure:
                raise OtaError(f"{'; '.join(found.unsure)}: nothing is removed while that cannot be read")
            return self._shelf.sweep(kept(found.active))

    def room(self, needed: int, free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free) -> None:
        """Refuse a set that the disk has no room for; sets that nobody needs are removed first.

        Args:
            needed: How many bytes.
            free: Says how many are free where a folder lies.

        Raises:
            OtaError: There is none; the message says how much is missing.
        """
        self._make()
        if free(self.folder) < needed + SPARE_BYTES:
            self.sweep()
        require_room(self.folder, needed, free(self.folder))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process and thread from changing anything; may be nested.

        Raises:
            OtaError: Another process did not let go in time, or the folder cannot be written.
        """
        with self._turn:
            if self._depth:
                yield
                return
            self._make()
            with self._worded("locked"):
                descriptor = self._disk.open(self.folder / ".lock", os.O_RDONLY | os.O_CREAT)
            self._depth = 1
            try:
                self._claim(descriptor)
                yield
            finally:
                self._depth = 0
                os.close(descriptor)

    def _claim(self, descriptor: int) -> None:
        until = time.monotonic() + self._wait_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= until:
                    raise OtaError(
                        f"{self.folder}: another process has held it for {self._wait_s:.0f} s; wait for it, or end it"
                    ) from error
                time.sleep(_POLL_S)
            else:
                return

    def _make(self) -> None:
        with self._worded("made"):
            for folder in (self.folder, self._shelf.folder):
                if not folder.is_dir():
                    steps.make_folder(folder / "any")
                    folder.chmod(FOLDER_MODE)
                    self._disk.sync_folder(folder.parent)

    def _mended(self) -> Found:
        """Look, and write what is mended; tell of what the history does not explain. The caller has the lock."""
        found = self.look()
        if found.unsure:
            return found
        if found.faults:
            self._write(found.active)
            self._tell(entry(self._wall(), "mended", found.active, words="; ".join(found.faults)))
        else:
            self._explain(found.active)
        return Found(found.active)

    def _explain(self, active: Active) -> None:
        """Write down a change that another process did not come to write down."""
        try:
            last = self.history.entries()[-1:] or [Entry(at=0, what="")]
        except OSError as error:
            _log.warning("%s: cannot be read: %s", self.history.path, error)
            return
        if not last[0].explains(active):
            words = "changed, and not written down: the power was cut at that moment, or somebody edited the file"
            self._tell(entry(self._wall(), "found", active, slot=active.running, words=words))

    def _write(self, active: Active) -> None:
        self._disk.remove(steps.fresh_name(self._file))  # another user's, of a moment that a power cut ended
        steps.replace(self._disk, self._file, active_file.dump(active))

    def _tell(self, one: Entry) -> None:
        """Append to the history. A step that lasts is not taken back for want of a line: the next one tells of it."""
        try:
            self.history.append(one)
        except OSError as error:
            _log.warning("%s: cannot be written: %s", self.history.path, error.strerror or error)

    @contextmanager
    def _worded(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OtaError(
                f"{error.filename or self.folder}: cannot be {doing}: {error.strerror or error}; check who owns it, "
                f"and whether the disk is full or read-only"
            ) from error


def require_room(folder: Path, needed: int, free: int) -> None:
    """Refuse a set that the disk has no room for.

    Args:
        folder: Where it is to lie.
        needed: How many bytes it needs.
        free: How many are free there.

    Raises:
        OtaError: There is none; the message says how much is missing.
    """
    if free < needed + SPARE_BYTES:
        raise OtaError(
            f"{folder}: the set needs {needed >> 20} MB, {SPARE_BYTES >> 20} MB are kept free for people and journal, "
            f"and {free >> 20} MB are free: make room, or use a larger disk"
        )
