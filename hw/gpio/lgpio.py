"""The lines of a Raspberry Pi, by gpiozero's lgpio factory, claimed once and at the right level."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hw.base import HardwareError

if TYPE_CHECKING:
    from gpiozero import Factory, PinInfo

# At import lgpio moves the whole process into LG_WD and writes a FIFO there: give it a private place, and move back.
_HERE = Path.cwd()
if "LG_WD" not in os.environ:
    os.environ["LG_WD"] = tempfile.mkdtemp(prefix="door-lgpio-", dir=os.environ.get("RUNTIME_DIRECTORY"))
    atexit.register(shutil.rmtree, os.environ["LG_WD"], ignore_errors=True)
try:
    import lgpio
    from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin
finally:
    with suppress(OSError):
        os.chdir(_HERE)


class QuietPin(LGPIOPin):  # type: ignore[misc]  # gpiozero has no type information
    """A line that is claimed once: gpiozero's own is an input first, then low, then at its level, and a relay blips."""

    def __init__(self, factory: Factory, info: PinInfo) -> None:
        super(LGPIOPin, self).__init__(factory, info)  # past LGPIOPin's, which claims the line as an input
        self._pwm = None
        self._bounce = None
        self._callback = None
        self._edges = lgpio.BOTH_EDGES

    def output_with_state(self, state: float) -> None:
        """Claim the line as an output at its level, in one step."""
        lgpio.gpio_claim_output(self.factory._handle, self._number, int(bool(state)))  # noqa: SLF001 - as gpiozero does


def open_pins() -> Factory:
    """The lines of this Pi.

    Raises:
        HardwareError: The GPIO chip is missing or not permitted, or this is no Raspberry Pi.
    """
    try:
        factory = LGPIOFactory()
    except Exception as error:
        raise HardwareError(
            f"the GPIO chip cannot be opened ({error}): this needs a Raspberry Pi, /dev/gpiochip*, and a user who may "
            "use it (group gpio); on another machine set board to its kind"
        ) from error
    factory.pin_class = QuietPin
    return factory
