"""The rules of a door that runs are read again; a configuration with faults leaves the old ones in force."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from edge.access.happenings import AlarmChanged
from edge.app.door_policy import policy, rewired
from edge.config import Wiring
from edge.errors import EdgeError
from edge.values import Alarm, Done, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.access.state import Policy
    from edge.config import Config
    from hw.base import Board


_RESTART = "the door runs by its wiring alone: restart the door process, and it starts with its configuration"


class Source(Protocol):
    """Where a door's configuration comes from."""

    def read(self) -> Config:
        """Read it again.

        Raises:
            EdgeError: It has faults, or is gone.
        """

    def keep(self, config: Config) -> None:
        """Take note, without waiting, that this is in force: a door whose file has faults starts with it."""


class Reloading:
    """Reads the configuration again, where there is one."""

    def __init__(self, config: Config, board: Board, source: Source | None) -> None:
        """Take what runs, and where it is read again."""
        self._started = config
        self._board = board
        self._source = source

    def at_start(self, now: float) -> Iterator[AlarmChanged]:
        """Note what the door starts with; yield an alarm when that is, for want of another, the last good one."""
        if self._source is None:
            return
        try:
            self._source.read()
        except EdgeError as error:
            yield AlarmChanged(now, Alarm.RULES, on=True, words=f"started with the last good ones: {error}")
        else:
            self._source.keep(self._started)

    def again(self, running: Config, operator: str) -> tuple[tuple[Config, Policy] | None, Done]:
        """Return what is to be in force now, None for what is, and the answer.

        Only rules and behaviour change: parts that are wired otherwise are opened anew by a restart, and the answer
        names them.
        """
        if not operator.strip():
            return None, Done(done=False, reason=Reason.BAD_ORDER, words="an order needs its operator")
        if self._source is None:
            return None, Done(done=False, reason=Reason.BAD_ORDER, words="this door has no configuration file")
        try:
            fresh = self._source.read()
            if isinstance(running, Wiring):
                return None, Done(done=False, reason=Reason.UNPROVISIONED, words=_RESTART)
            changed = replace(
                running,
                door=fresh.door,
                rules=fresh.rules,
                contact=replace(running.contact, on_fault=fresh.contact.on_fault),
                fire=replace(running.fire, on_fault=fresh.fire.on_fault),
                tamper=replace(running.tamper, on_fault=fresh.tamper.on_fault, lock_down=fresh.tamper.lock_down),
                exit_button=replace(
                    running.exit_button, on_fault=fresh.exit_button.on_fault, stuck_s=fresh.exit_button.stuck_s
                ),
            )
            demands = policy(changed, self._board)
        except EdgeError as error:
            return None, Done(done=False, reason=Reason.BAD_ORDER, words=f"the old rules stay: {error}")
        self._source.keep(changed)
        parts = rewired(self._started, fresh)
        words = f"new rules; restart the door process for {', '.join(parts)}" if parts else "new rules"
        return (changed, demands), Done(done=True, words=words)
