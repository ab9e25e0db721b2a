"""A card that several emulated machines have one after the other, and what the lock's line did in each of them."""

from __future__ import annotations

import dataclasses
import os
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from edge import keys
from edge.config import Config
from edge.provision import Network
from tests.provisioning import document, signed
from tests.qemu.card import new_card
from tests.qemu.guest import Guest
from tests.qemu.pins import LOCK, Pulse, Reason, TraceError, pulses, wrong_pulses
from tests.qemu.summary import note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.provision import UpdateRoot
    from tests.qemu.pins import Change

IMAGE = os.environ.get("DOOR_TERMINAL_IMAGE", "")
"""The folder that `scripts/image test-arm64` built; `scripts/e2e` names it."""
OUT = Path(os.environ.get("DOOR_TERMINAL_E2E", "build/e2e"))
PULSE_S, SLACK_S = 5.0, 1.5
"""How long an exit or a face holds the lock, and what an emulated machine may be late by."""
FORCED_S = 10.0
"""By how much a pulse may be longer when the door was killed in it."""
CONTACT = 4
"""The line of the door contact; the lock's and the button's are in `tests.qemu.pins`."""
BOOT_S, OPENS_S = 900.0, 300.0
"""How long the host may take for what the machine does within seconds, or at once, of its own clock."""
PHOTOGRAPHS = "/var/lib/door-terminal/photographs"
EDGE = "/opt/door-terminal/bin/edge"
NETWORK = Network(address="10.0.2.77/24", gateway="10.0.2.2", dns=("10.0.2.3",))
"""QEMU's own network; what its DHCP gives away is another address."""


@dataclasses.dataclass
class Run:
    """A machine that is on, and why its lock may open. Its clock counts instructions, and pulses are measured by it.

    Attributes:
        guest: The machine.
        reasons: Why its lock may open, beside presses of the exit button.
        forced: When pulses began in which the door was killed: systemd ends those, and starts a program for it.
        figures: What was measured, for the summary.
    """

    guest: Guest
    reasons: list[Reason] = dataclasses.field(default_factory=list)
    forced: list[float] = dataclasses.field(default_factory=list)
    figures: dict[str, float] = dataclasses.field(default_factory=dict)

    def edge(self, words: str, within_s: float = BOOT_S) -> str:
        """Run a command of the terminal's as root; returns what it wrote.

        Raises:
            AssertionError: It failed.
        """
        code, told = self.guest.console.run(f"{EDGE} {words}", within_s)
        assert code == 0, (words, told)
        return told

    def settled(self) -> None:
        """Wait until what the card asks for is done or refused."""
        self.guest.console.run(
            "while systemctl show -p ActiveState edge-provision | grep -q =activating; do sleep 1; done", BOOT_S
        )

    def exits(self) -> Change:
        """Press the exit button and let go of it; returns the lock's line going high."""
        at = self.guest.press()
        opened = self.guest.wait_for(LOCK, high=True, since=at, within_s=OPENS_S)
        self.guest.let_go()
        return opened

    def relocks(self, opened: Change) -> Change:
        """Wait for the lock after it opened; returns its line going low."""
        return self.guest.wait_for(LOCK, high=False, since=opened.at, within_s=BOOT_S)

    def wrong(self) -> tuple[list[Pulse], list[Pulse]]:
        """Return all pulses, and those that nothing allows."""
        trace = self.guest.trace()
        found = pulses(trace)
        return found, wrong_pulses(found, trace, self.reasons, SLACK_S, self._allowed_s)

    def _allowed_s(self, pulse: Pulse) -> float:
        return PULSE_S + (FORCED_S if pulse.start in self.forced else SLACK_S)


@dataclasses.dataclass(frozen=True)
class Device:
    """A card, and who may provision it."""

    image: Path
    card: Path
    head_office: bytes

    @contextmanager
    def on(self, name: str, scenario: str) -> Iterator[Run]:
        """Switch it on; the power is cut in the end, and the run noted, whatever becomes of it.

        Raises:
            AssertionError: The lock's line was high without a reason, or for too long (S2).
        """
        with Guest(self.image, self.card, OUT / name) as guest:
            run = Run(guest)
            found: list[Pulse] = []
            wrong: list[Pulse] = []
            failed = True
            try:
                yield run
                failed = False
            finally:
                guest.cut()
                with suppress(TraceError) if failed else nullcontext():  # from a trace with a hole nothing is concluded
                    found, wrong = run.wrong()
                both = (len(found), len(wrong))
                note(OUT / "summary.json", scenario, guest, both, failed=failed, **run.figures)
        assert wrong == [], scenario


@contextmanager
def new_device(name: str) -> Iterator[Device]:
    """A new card, and a head office; the card is kept where DOOR_TERMINAL_KEEP says so."""
    OUT.mkdir(parents=True, exist_ok=True)
    image = Path(IMAGE)
    card = new_card(image, OUT / f"{name}.img")
    try:
        yield Device(image, card, keys.new_pair()[0])
    finally:
        if not os.environ.get("DOOR_TERMINAL_KEEP"):
            card.unlink()


def provisioning(device: Device, url: str = "", updates: UpdateRoot | None = None) -> bytes:
    """Return a file that is right: its wiring is the emulated machine's, its camera replays photographs (S11).

    Args:
        device: Whose head office signs.
        url: Of the repository of models.
        updates: Who signs those.
    """
    plain = Config().without_liveness()
    wired = dataclasses.replace(
        plain,
        board="gpiochip",
        lock=dataclasses.replace(plain.lock, line="9030000.pl061:3"),
        exit_button=dataclasses.replace(plain.exit_button, line="9030000.pl061:5", on_fault="ignore", pull="none"),
        contact=dataclasses.replace(plain.contact, line=f"9030000.pl061:{CONTACT}", on_fault="alarm", pull="none"),
        camera=dataclasses.replace(
            plain.camera, source=PHOTOGRAPHS, loop=True, fps=2.0, paced=True, dwell_frames=8, gap_frames=12
        ),
        door=dataclasses.replace(plain.door, held_alarm_s=8.0, prealarm_s=3.0),
        ota=dataclasses.replace(
            plain.ota,
            url=url,
            plain_http=bool(url),
            jitter_s=0.0,
            shadow_every=1,
            shadow_visits=4,
            shadow_days=1,
            shadow_loss=0.95,
            trial_grants=3,
            trial_hours=0.001,
        ),
    )
    now = datetime.now(UTC)
    told = document(issued=now - timedelta(hours=1), expires=now + timedelta(days=5))
    return signed(dataclasses.replace(told, config=wired, network=NETWORK, update_root=updates), device.head_office)
