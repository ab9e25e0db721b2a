"""A lock, inputs and outputs on the lines of a gpiozero pin factory: lgpio's on a Pi, the recording mock's on a PC."""

from __future__ import annotations

import atexit
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpiozero import Factory, GPIODevice, GPIOPinInUse, OutputDevice, PinInvalidPin, PinUnknownPi

from hw.base import HardwareError, InputSettings, LockSettings
from hw.debounce import Debounce
from hw.relock import Relock, refuse_unlocked_at_rest

if TYPE_CHECKING:
    from collections.abc import Callable

PULLS = {"up": "up", "down": "down", "none": "floating"}
_CHIP_AND_OFFSET = re.compile(r"(?:/dev/)?(gpiochip\d+):(\d+)", re.ASCII)


class GpioLock:
    """A relay on one line; the relock thread is made before the line is claimed, and the line is claimed locked."""

    def __init__(self, factory: Factory, settings: LockSettings) -> None:
        """Claim the line at its locked level, in one step.

        Raises:
            HardwareError: The line is unknown, taken, not permitted, or has a pull that would unlock it.
        """
        self._line = settings.line
        self._device: Any = None
        self._relock = Relock(self._release)
        try:
            pin = pin_name(factory, settings.line)
            refuse_unlocking_pull(factory.pin(pin).info.pull, settings)
            refuse_unlocked_at_rest(settings)
            self._device = OutputDevice(pin, active_high=not settings.active_low, pin_factory=factory)
        except Exception as error:  # lgpio raises bare exceptions of its own
            self._relock.close()
            raise explained(error, "lock.line", settings.line) from error
        atexit.register(self._relock.close)  # a process that ends without closing still locks (S3)

    def pulse(self, seconds: float) -> None:
        """Unlock, and lock again after `seconds`: the timer is armed before the line is energised."""
        self._relock.pulse(seconds, self._energise)

    def shorten(self, seconds: float) -> None:
        """Lock in `seconds` at the latest, without locking in between."""
        self._relock.shorten(seconds)

    def secure(self) -> None:
        """Lock now; when the line does not answer, the timer goes on trying."""
        try:
            self._relock.cancel()
        except Exception as error:
            raise explained(error, "lock.line", self._line) from error

    def close(self) -> None:
        """Lock, and give the line back as an input; a second call does nothing."""
        self._relock.close()
        atexit.unregister(self._relock.close)
        if self._device is not None:
            self._device.close()

    def _energise(self) -> None:
        try:
            self._device.on()
        except Exception as error:
            raise explained(error, "lock.line", self._line) from error

    def _release(self) -> None:
        if self._device is not None and not self._device.closed:
            self._device.off()


class GpioInput:
    """A contact or button on one line, debounced here: not every pin factory does."""

    def __init__(self, factory: Factory, settings: InputSettings) -> None:
        """Claim the line as an input with its pull.

        Raises:
            HardwareError: The line is unknown, taken, not permitted, or cannot be pulled so.
        """
        self._active_low = settings.active_low
        self._devices: list[Any] = []
        for line in filter(None, (settings.line, settings.complement)):
            try:
                self._devices.append(GPIODevice(pin_name(factory, line), pin_factory=factory))
                self._devices[-1].pin.input_with_pull(PULLS[settings.pull])
            except Exception as error:
                self._release()
                raise explained(error, "input line", line) from error
        self._connect()
        self._pin: Any = self._devices[0].pin
        debounce: Debounce | None = None
        try:
            self._debounce = debounce = Debounce(
                lambda: self._active(self._pin),
                settings.debounce_s,
                bounce_s=settings.bounce_s,
                complement=(lambda: self._active(self._devices[1].pin)) if settings.complement else None,
            )
            self._pin.edges = "both"
            self._pin.when_changed = self._edge
        except Exception as error:
            if debounce is not None:
                debounce.close()  # it is tried again and again, and each time would leave its threads behind
            self._release()
            raise explained(error, "input line", settings.line) from error

    @property
    def fault(self) -> str:
        """What is wrong with the line now; empty when nothing is."""
        return self._debounce.fault

    def read(self) -> bool:
        """Whether it is active now, debounced."""
        return self._debounce.stable

    def watch(self, notify: Callable[[bool, float], None]) -> None:
        """Call `notify(active, since)` from the driver's thread after each debounced change."""
        self._debounce.watch(notify)

    def close(self) -> None:
        """Release the line; a second call does nothing."""
        self._debounce.close()
        if not self._devices[0].closed:
            self._pin.when_changed = None
        self._release()

    def _connect(self) -> None:
        """What is wired to the lines puts its levels on them: on a real line it has done so all the while."""

    def _release(self) -> None:
        for device in self._devices:
            device.close()

    def _active(self, pin: Any) -> bool:  # noqa: ANN401 - gpiozero has no type information
        return bool(pin.state) != self._active_low

    def _edge(self, _ticks: object, state: object) -> None:
        self._debounce.edge(bool(state) != self._active_low)


def pin_name(factory: Factory, line: str) -> str:
    """Return gpiozero's name of a line: offset 17 of the chip that has the header's pins is GPIO17.

    Raises:
        HardwareError: It is on another chip, whose lines gpiozero does not know.
    """
    named = _CHIP_AND_OFFSET.fullmatch(line)
    if named is None:
        return line
    headers = f"gpiochip{getattr(factory, 'chip', 0)}"
    if Path("/dev", named[1]).resolve() != Path("/dev", headers).resolve():  # a Pi 5 links one number to the other
        raise HardwareError(
            f"line {line!r}: this board drives the lines of {headers} only; name one of those, or set board = "
            '"gpiochip"'
        )
    return f"GPIO{int(named[2])}"


class GpioOutput:
    """A lamp or beeper on one line, claimed once at its off level."""

    def __init__(self, factory: Factory, line: str, *, active_low: bool) -> None:
        """Claim the line, switched off.

        Raises:
            HardwareError: The line is unknown, taken, or not permitted.
        """
        self._line = line
        try:
            self._device: Any = OutputDevice(pin_name(factory, line), active_high=not active_low, pin_factory=factory)
        except Exception as error:  # lgpio raises bare exceptions of its own
            raise explained(error, "output line", line) from error

    def set(self, on: bool) -> None:  # noqa: FBT001 - what it is set to is all it is told
        """Switch it on or off now."""
        try:
            self._device.value = on
        except Exception as error:
            raise explained(error, "output line", self._line) from error

    def close(self) -> None:
        """Switch it off, and give the line back as an input; a second call does nothing."""
        if self._device.closed:
            return
        try:
            self._device.off()
            self._device.close()
        except Exception as error:
            raise explained(error, "output line", self._line) from error


def refuse_unlocking_pull(fixed_pull: str, settings: LockSettings) -> None:
    """Refuse a line whose fixed pull, "up", "down" or another word, would energise the relay (S2).

    Raises:
        HardwareError: It would.
    """
    if fixed_pull == ("down" if settings.active_low else "up"):
        raise HardwareError(
            f"lock.line {settings.line}: its fixed pull-{fixed_pull} would unlock the door whenever the line is not "
            "driven; wire the relay to another line"
        )


def explained(error: Exception, what: str, line: str) -> HardwareError:
    """Say what was wrong with a line, where, and what to do about it."""
    if isinstance(error, HardwareError):
        return error
    if isinstance(error, PinInvalidPin):
        advice = (
            'no such line on this board, which knows GPIO0 to GPIO27, the pins of its header such as "J8:11", and chip '
            'and offset such as "gpiochip0:17"'
        )
    elif isinstance(error, GPIOPinInUse) or "busy" in str(error).lower():
        advice = "the line is in use; give each part its own line, and stop what else drives it"
    elif isinstance(error, PinUnknownPi):
        advice = "this machine is not a Raspberry Pi; set board to the kind of machine this is"
    elif isinstance(error, PermissionError) or "permission" in str(error).lower():
        advice = "not permitted; let this user read and write /dev/gpiochip* (group gpio)"
    else:
        advice = "the line does not answer; look at the wiring and at what else uses the GPIO"
    return HardwareError(f"{what} {line!r}: {advice} ({type(error).__name__}: {error})")
