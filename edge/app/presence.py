"""Remembers who was let in on which day, for the sake of whom the terminal has to forget."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from edge.errors import StoreError
from edge.values import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.app.recognition import Observer
    from edge.people.store import Store
    from edge.values import Sighting, Verdict
    from hw.base import Frame

_log = logging.getLogger(__name__)


def remembering(store: Store, observe: Observer, wall: Callable[[], float] = time.time) -> Observer:
    """Return an observer that also writes down the day of whoever was let in, at most once a day.

    The door has opened by then, and a day that cannot be written down keeps nobody out.

    Args:
        store: Where people are kept.
        observe: Told of everything, too.
        wall: Seconds since the epoch.
    """

    def watch(frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
        if verdict and verdict.person and outcome is Reason.GRANTED:
            try:
                store.seen(verdict.person, wall())
            except StoreError as error:
                _log.warning("the day of somebody who was let in was not written down: %s", error)
        observe(frame, sighting, verdict, outcome)

    return watch
