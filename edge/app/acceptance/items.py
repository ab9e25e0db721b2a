"""What the acceptance test looks at, in this order; each that the machine lacks is skipped, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge.app.acceptance import facts, seen
from edge.values import Alarm, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.app.acceptance.facts import Around
    from edge.app.acceptance.seen import Found, Judge

WAIT_S = 60.0
"""How long a person has to do what is asked."""
SHORT_S = 10.0
"""The same where nobody has anything to do."""
LONG_S = 300.0
"""The same where it takes a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to prove.

    Attributes:
        name: What it is called in the protocol.
        ask: What the person is to do, and what must happen; empty when there is nothing to do.
        seen: What the door must show; None when its report and journal do not tell.
        fact: What this machine must show; None when it is not about the machine.
        confirm: What the person is asked in the end; empty when nobody has to look.
        kills: The unit whose process is killed once the person has begun; empty for none.
        cuts: Whether the power is cut.
        fresh: Whether only that counts which happens after the person has begun.
        wait_s: How long it may take.
    """

    name: str
    ask: str = ""
    seen: Judge | None = None
    fact: Callable[[Around], Found | None] | None = None
    confirm: str = ""
    kills: Literal["", "edge-door", "edge-terminal"] = ""
    cuts: bool = False
    fresh: bool = False
    wait_s: float = WAIT_S


_UNLOCK = "Press the exit button, and while it is open press Enter at once"

ITEMS = (
    Item(name="door process", seen=seen.answers, wait_s=SHORT_S),
    Item(name="exit button", ask="Press the exit button: the lock opens.", seen=seen.exit_button),
    Item(name="relock", ask="Press the exit button once, and keep away until it locks.", seen=seen.relocks),
    Item(name="relay", confirm="Press the exit button: does the relay click, and can the door be pulled open?"),
    Item(name="contact open", ask="Press the exit button and open the door.", seen=seen.opened),
    Item(name="contact closed", ask="Close the door.", seen=seen.closed),
    Item(
        name="held alarm",
        ask="Press the exit button, open the door and hold it open until it alarms; then close it.",
        seen=seen.began(Alarm.HELD_OPEN),
        wait_s=LONG_S,
    ),
    Item(name="forced alarm", ask="Open the locked door with its key.", seen=seen.began(Alarm.FORCED_OPEN)),
    Item(name="fire input", ask="Give the fire signal: the door opens.", seen=seen.began(Alarm.FIRE)),
    Item(name="fire over", ask="End the fire signal: the door locks.", seen=seen.ended(Alarm.FIRE)),
    Item(name="tamper contact", ask="Open the terminal's case.", seen=seen.began(Alarm.TAMPER)),
    Item(name="lamp and beeper", confirm="Was an alarm or a refusal seen at the lamp and heard from the beeper?"),
    Item(name="keypad", confirm="Press each key: is each acknowledged?"),
    Item(name="terminal", seen=seen.connected),
    Item(name="camera", fact=facts.camera),
    Item(name="enrolled person", ask="An enrolled person comes: the lock opens.", seen=seen.face),
    Item(
        name="face to relay",
        ask=f"The enrolled person comes {seen.SAMPLES} times, each time from out of the camera's view.",
        seen=seen.faces_in_time,
        wait_s=LONG_S,
    ),
    Item(
        name="stranger",
        ask=f"A stranger stands before the camera for {seen.STAYS_S:.0f} s: the door stays locked.",
        seen=seen.refused(Reason.UNKNOWN),
        fresh=True,
    ),
    Item(
        name="photograph",
        ask=f"Show a photograph of an enrolled person for {seen.STAYS_S:.0f} s: the door stays locked.",
        seen=seen.refused(Reason.NOT_LIVE, Reason.NO_MOTION),
        fresh=True,
    ),
    Item(
        name="terminal killed",
        ask=f"{_UNLOCK}: edge-terminal is killed.",
        seen=seen.terminal_killed,
        confirm="Did the lock close in time, and did it not open again?",
        kills="edge-terminal",
    ),
    Item(
        name="door killed",
        ask=f"{_UNLOCK}: edge-door is killed.",
        seen=seen.door_killed,
        confirm="Did the lock close at once, and did it not open again?",
        kills="edge-door",
    ),
    Item(
        name="power cycle",
        ask="You will press the exit button, and cut the power of terminal and lock while it is open.",
        confirm="When the power came back, did the lock stay closed until the exit button was pressed?",
        cuts=True,
    ),
    Item(name="default route", fact=facts.default_route),
    Item(name="time server", fact=facts.time_server),
    Item(name="clock", seen=seen.clock, wait_s=SHORT_S),
    Item(name="model repository", fact=facts.repository),
    Item(name="key holder", fact=facts.key_holder),
    Item(name="card wear", fact=facts.card_wear),
    Item(name="hardware watchdog", fact=facts.hardware_watchdog),
    Item(name="door watchdog", fact=facts.door_watchdog),
    Item(name="throttling", fact=facts.throttling),
    Item(name="temperature", fact=facts.temperature),
)
"""Those of the door and of people first, then those that only look at the machine."""
