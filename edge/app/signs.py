"""What the door's own lamp and beeper show: its alarms before anything that the terminal has to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.app.provisioning_sign import NONE
from edge.values import ALARMS, Alarm
from hw.base import Signal

if TYPE_CHECKING:
    from edge.access.state import DoorState
    from edge.app.provisioning_sign import Progress
    from edge.link.messages import Tell
    from hw.base import Prompt

_KEY = "key"
_LOUD = (Alarm.FIRE, Alarm.FORCED_OPEN, Alarm.TAMPER, Alarm.HELD_OPEN)


class Signs:
    """Told of every state, it shows what changed. A silent alarm shows nothing (`edge.values.SILENT`)."""

    def __init__(self, prompt: Prompt) -> None:
        """Take what shows it."""
        self._prompt = prompt
        self._said: tuple[Signal, str, str] = (Signal.IDLE, "", "")
        self._news = self._once = False
        self._progress = NONE

    def provisioning(self, progress: Progress) -> None:
        """Take how far provisioning is, to be shown while there is neither an alarm nor anything else to say."""
        self._progress = progress

    def hear(self, told: Tell) -> None:
        """Take what the terminal says, to be shown while no alarm is on."""
        signal = Signal(told.signal) if told.signal in set(Signal) else Signal.IDLE
        self._said = (signal, told.code, told.words) if signal is not Signal.IDLE else (Signal.IDLE, "", "")
        self._news = signal in {Signal.GOOD, Signal.REFUSED}
        self._once = told.code == _KEY  # a key is answered also where no terminal listens, while a code is typed

    def obey(self, signal: Signal, code: str) -> None:
        """Show what an access controller orders, until something else is said."""
        self._said, self._news = (signal, code, ""), False

    def show(self, state: DoorState) -> None:
        """Show the loudest alarm, else a warning, else what the terminal said last, else how far provisioning is."""
        if state.session is None and self._said[0] is Signal.ATTENTION and not self._once:
            self._said = (Signal.IDLE, "", "")
        self._once = False
        shown = next((alarm for alarm in (*_LOUD, Alarm.HELD_SOON) if alarm in state.alarms), None)
        if shown is None and self._said[0] is Signal.IDLE and self._progress.code:
            self._prompt.tell(Signal.ATTENTION, self._progress.code, self._progress.words)
            return
        if shown is None:
            self._prompt.tell(*self._said)
            return
        if self._news:  # whoever was let in before an alarm is not let in once more when it ends
            self._said, self._news = (Signal.IDLE, "", ""), False
        self._prompt.tell(Signal.WARNING if shown is Alarm.HELD_SOON else Signal.ALARM, shown, ALARMS[shown])
