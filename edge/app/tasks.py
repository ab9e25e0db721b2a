"""What takes time is done in a thread of its own, one after the other; the loop's thread takes in what came of it."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor, wait
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

from edge.errors import EdgeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    _Asked = tuple[Future[Any], Callable[[Any], None] | None, Callable[[BaseException], None] | None]

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Tasks:
    """Tasks of one thread; all but the tasks themselves is called by the loop's."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Name the thread."""
        self._worker = ThreadPoolExecutor(1, name)
        self._clock = clock
        self._running: dict[str, _Asked] = {}
        self._ended: dict[str, float] = {}

    def ask(
        self,
        name: str,
        task: Callable[[], T],
        then: Callable[[T], None] | None = None,
        otherwise: Callable[[BaseException], None] | None = None,
        again_s: float = 0.0,
    ) -> None:
        """Have something done; nothing happens while a task of that name runs, nor for a while after it.

        Args:
            name: Of the task.
            task: What is to be done.
            then: Told of the result, by `collect`.
            otherwise: Told of what went wrong; without it that is only logged.
            again_s: For how long after its end it is not done again.
        """
        if name in self._running or self._clock() - self._ended.get(name, -inf) < again_s:
            return
        self._running[name] = self._worker.submit(task), then, otherwise

    def collect(self) -> None:
        """Take in what has ended."""
        for name in [name for name, (future, _, _) in self._running.items() if future.done()]:
            future, then, otherwise = self._running.pop(name)
            self._ended[name] = self._clock()
            error = future.exception()
            if error is None:
                if then is not None:
                    then(future.result())
            elif otherwise is not None:
                otherwise(error)
            else:
                _log.error("%s: %s", name, worded(error))

    def settled(self, timeout_s: float) -> None:
        """Wait until all of it has ended."""
        wait([future for future, _, _ in self._running.values()], timeout_s)

    def close(self) -> None:
        """Finish what was asked for, and end the thread; a second call does nothing."""
        self._worker.shutdown(wait=True)


def worded(error: BaseException) -> str:
    """Say what went wrong: ours say it in their own words, of any other the kind is named, too."""
    return str(error) if isinstance(error, EdgeError) else f"{type(error).__name__}: {error}"
