"""The door: how it behaves, and what its contact, button and inputs do when their wires fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from edge.config.liveness import Purpose  # noqa: TC001 - the configuration is read by these types at run time
from hw.base import InputSettings

Seconds = Annotated[float, Meta(ge=0, le=3600)]
Pulse = Annotated[float, Meta(ge=0.1, le=255)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """Which door it is, and how it behaves.

    Attributes:
        name: What it is called in a configuration that several doors share.
        purpose: What its terminal is for: the door, checks of identity, approval of payments, a customer desk.
        pulse_s: How long the lock is held open, for a face as for the exit button.
        extended_pulse_s: The same for whoever needs longer (`rules.extended_groups`); never less than `pulse_s`.
        relock_on_close: Whether it locks as soon as the door has been opened and closed again; needs a contact.
        automatic: Whether an operator drives the door: the pulse only starts it, and closing does not end the pulse.
        open_grace_s: For how long after the lock was locked the door may still be opened without being forced: a
            strike is slow, an automatic door slower.
        held_alarm_s: How long the door may stand open,
        extended_held_s: and after whoever needs longer; never less than `held_alarm_s`.
        prealarm_s: How long before that it warns.
        max_frame_age_s: The oldest picture that may open it (S1).
        tick_s: The longest the door process waits before it looks at everything again.
    """

    name: str = "door"
    purpose: Purpose = "door"
    pulse_s: Pulse = 5.0
    extended_pulse_s: Pulse = 15.0
    relock_on_close: bool = True
    automatic: bool = False
    open_grace_s: Seconds = 1.0
    held_alarm_s: Annotated[float, Meta(ge=1, le=3600)] = 30.0
    extended_held_s: Annotated[float, Meta(ge=1, le=3600)] = 60.0
    prealarm_s: Seconds = 5.0
    max_frame_age_s: Annotated[float, Meta(gt=0, le=1.0)] = 0.7
    tick_s: Annotated[float, Meta(gt=0, le=1.0)] = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitSettings(InputSettings):
    """The exit button: its wiring, and what a faulty one does.

    Attributes:
        on_fault: What a stuck, bouncing, cut or unreadable button does: "open" unlocks the door until it is mended,
            "ignore" only alarms, where there is another way out. It must be said, there is no default.
        stuck_s: A button that is down for so long is stuck.
    """

    on_fault: Literal["", "open", "ignore"] = ""
    stuck_s: Annotated[float, Meta(ge=1, le=3600)] = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetSettings(InputSettings):
    """The reset button, inside of the housing: held for a while and let go, it makes the terminal nobody's.

    Attributes:
        hold_s: For how long it must be held before it is let go, at power-on or later. Where a tamper contact is wired,
            the housing must be open all the while.
        stuck_s: A button that is down for so long is stuck, and resets nothing however it ends.
        on_fault: A faulty button never resets: "alarm" says so, "ignore" only logs it. It must be said, there is no
            default.
    """

    hold_s: Annotated[float, Meta(ge=3, le=60)] = 10.0
    stuck_s: Annotated[float, Meta(ge=5, le=600)] = 60.0
    on_fault: Literal["", "alarm", "ignore"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorSettings:
    """A contact that watches something.

    Attributes:
        line: The line's name, as of `lock.line`; empty when there is none.
        contact: "nc" is closed while all is well, so that a cut wire shows; "no" closes when there is something.
        pull: The board's own pull resistor: "up" for a contact to ground, "down" for one to the supply.
        debounce_s: How long a level must last to count.
        complement: A second line that always shows the opposite; when both agree a wire is cut or shorted.
        bounce_s: A line that does not come to rest for so long is faulty.
    """

    line: str = ""
    contact: Literal["nc", "no"] = "nc"
    pull: Literal["up", "down", "none"] = "up"
    debounce_s: Annotated[float, Meta(ge=0, le=1)] = 0.05
    complement: str = ""
    bounce_s: Annotated[float, Meta(ge=0.1, le=60)] = 1.0

    def wiring(self) -> InputSettings:
        """Return the input that is active while the contact shows something."""
        return InputSettings(
            line=self.line,
            active_low=(self.contact == "no") == (self.pull != "down"),
            pull=self.pull,
            debounce_s=self.debounce_s,
            complement=self.complement,
            bounce_s=self.bounce_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSettings(SensorSettings):
    """The door contact: it shows that the door stands open.

    Attributes:
        on_fault: With a faulty contact nobody sees a forced door: "lock-down" lets nobody in meanwhile, "alarm" only
            alarms. It must be said, there is no default.
    """

    on_fault: Literal["", "alarm", "lock-down"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TamperSettings(SensorSettings):
    """The tamper contact: it shows that the terminal was opened or taken off the wall.

    Attributes:
        on_fault: As of the door contact. It must be said, there is no default.
        lock_down: Whether nobody is let in while it shows tampering.
    """

    on_fault: Literal["", "alarm", "lock-down"] = ""
    lock_down: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FireSettings(SensorSettings):
    """The fire alarm's input: while it is active the door is unlocked, whatever else holds (S10).

    Attributes:
        on_fault: A cut wire may be the fire itself: "open" unlocks the door as a fire does, "alarm" only alarms. It
            must be said, there is no default.
    """

    on_fault: Literal["", "open", "alarm"] = ""
