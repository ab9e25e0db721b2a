"""The parts of a door process: opened bottom-up, closed in reverse, the lock last and locked."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.app.callers import callers
from edge.app.claim_typing import Claims
from edge.app.controlling import Controlling
from edge.app.indicating import open_indicator
from edge.app.keeping import Keeper
from edge.app.keying import Keying
from edge.app.notify import Notifier
from edge.app.provisioning_sign import Provisioning
from edge.app.reset_button import ResetButton
from edge.app.signs import Signs
from edge.app.wires import Wires
from edge.journal.log import Journal
from edge.journal.segments import Bounds
from edge.link.at_door import LinkServer
from edge.values import Alarm

if TYPE_CHECKING:
    from pathlib import Path

    from edge.access.state import DoorState
    from edge.config import Config
    from edge.link.server import Peer
    from hw.base import Board, Lock

MEMORY = "door-memory.json"


@dataclass(frozen=True, slots=True)
class DoorParts:
    """What a door process holds.

    Attributes:
        lock: The lock.
        journal: The journal.
        keeper: What must be remembered over a restart.
        link: Where terminals and operators connect.
        notifier: The service manager.
        wires: The inputs.
        signs: Lamp and beeper.
        controlling: The access controller.
        keying: The keypad, and what the terminal is told unasked.
        reset: The reset button.
        provisioning: How far provisioning is.
        opened: Closes all of them.
    """

    lock: Lock
    journal: Journal
    keeper: Keeper
    link: LinkServer
    notifier: Notifier
    wires: Wires
    signs: Signs
    controlling: Controlling
    keying: Keying
    reset: ResetButton
    provisioning: Provisioning
    opened: contextlib.ExitStack

    def faults(self, state: DoorState, now: float) -> dict[Alarm, str]:
        """Return what is wrong with the parts that are no wires of the door, by alarm; empty words where nothing is."""
        return {
            Alarm.MEMORY: self.keeper.unread or self.keeper.fault,
            Alarm.CONTROLLER: self.controlling.fault(now),
            Alarm.RESET_BUTTON: self.reset.turn(state, now),
            Alarm.KEYPAD: self.keying.fault,
        }

    def show(self, terminal: Peer | None, state: DoorState, now: float) -> None:
        """Let lamp, beeper, controller and terminal know what the door is; `now` is monotonic seconds."""
        self.keying.turn(terminal, state, now)
        self.signs.provisioning(self.provisioning.progress(now))
        self.signs.show(state)
        self.controlling.show(state)


def open_parts(config: Config, board: Board, journal: Path, socket_path: Path | None, now: float) -> DoorParts:
    """Claim the lock, locked and without a pulse (S2), and open all the rest; `now` is monotonic seconds.

    Raises:
        HardwareError: The lock cannot be opened. An input, lamp or controller that cannot is a faulty one.
        LinkError: The socket cannot be made; the lock was closed.
    """
    with contextlib.ExitStack() as opened:
        lock = opened.enter_context(contextlib.closing(board.open_lock(config.lock)))
        written = opened.enter_context(contextlib.closing(Journal(journal, bounds=Bounds.of(config.journal))))
        keeper = opened.enter_context(contextlib.closing(Keeper(journal.with_name(MEMORY), now=now)))
        link = opened.enter_context(contextlib.closing(LinkServer(socket_path, callers())))
        notifier = opened.enter_context(contextlib.closing(Notifier()))
        wires = opened.enter_context(contextlib.closing(Wires(config, board, link.wake)))
        signs = Signs(opened.enter_context(contextlib.closing(open_indicator(config, board))))
        controlling = opened.enter_context(contextlib.closing(Controlling(config, board, link.wake)))
        provisioning = Provisioning()
        keys = Keying(config, board, link, signs, Claims(provisioning))
        keying = opened.enter_context(contextlib.closing(keys))
        reset = opened.enter_context(contextlib.closing(ResetButton(config, board, signs)))
        return DoorParts(
            lock=lock,
            journal=written,
            keeper=keeper,
            link=link,
            notifier=notifier,
            wires=wires,
            signs=signs,
            controlling=controlling,
            keying=keying,
            reset=reset,
            provisioning=provisioning,
            opened=opened.pop_all(),
        )
