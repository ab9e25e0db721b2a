"""A terminal becomes nobody's under systemd itself: by an order on the card, by its button, by hand, or not at all."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.commands import WHOLE_S, until
from tests.e2e.reset_site import DOOR, FETCH, PROVISION, RETAIN, TAKE, TERMINAL, Reset
from tests.e2e.systemd_apart import missing
from tests.e2e.units_apart import DATA, EDGE, JOURNAL, lay, told

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.long, pytest.mark.skipif(missing() != "", reason=missing())]

KEPT_DATA = ["letters.seen", "limits.seen", "people.revoked"]
KEPT_HOME = ["head-office.pub", "keys", "last-reset.json", "provisioning.pub"]


def ended(reset: Reset) -> bool:
    done = "RESET: this terminal is nobody's now" in reset.log()
    return done and reset.system.show(PROVISION, "ActiveState") == "inactive"


def require_nobodys(reset: Reset) -> None:
    """Nothing of anybody is left or comes back; the door lets out and nobody in."""
    system, pulses = reset.system, reset.wires.pulses
    for unit in (TERMINAL, TAKE, FETCH, RETAIN):
        assert system.show(unit, "ActiveState") in {"inactive", "failed"}, unit
        system.ctl("start", unit)  # a timer, or a boot
    assert reset.left() == []
    assert sorted(system.run("ls", "-A", DATA).split()) == KEPT_DATA
    assert set(system.run("ls", "-A", "/etc/door-terminal").split()) <= set(KEPT_HOME)
    assert system.run("cat", JOURNAL).count("factory-reset") == 1
    until(lambda: system.run("cat", JOURNAL).count("door-started") == 2)  # it does not wait for that
    until(lambda: reset.running(DOOR))
    refused = system.run("sh", "-c", f"{EDGE} control unlock --reason 'a try' 2>&1")
    assert "unprovisioned" in system.run("cat", JOURNAL), refused
    assert reset.wires.pulses == pulses, "no pulse but by the button (S2)"
    reset.press()


def test_s6_an_order_on_the_card_stops_the_services_erases_everybody_and_leaves_a_door_that_lets_out(
    tmp_path: Path,
) -> None:
    reset = Reset(tmp_path)
    with reset.system:
        reset.start()
        reset.press()
        reset.order()
        until(lambda: ended(reset), WHOLE_S)
        written = reset.system.run("cat", JOURNAL)
        assert "head office, by a file on the card" in written, told(reset.system)
        assert "berlin-1: the branch moves" in written
        assert sorted(one.name for one in reset.system.card.iterdir()) == ["provision.log", "wiring.toml"]
        require_nobodys(reset)


def test_s6_the_button_resets_a_terminal_whose_services_do_not_mind_sigterm(tmp_path: Path) -> None:
    reset = Reset(tmp_path, stubborn=True)
    with reset.system:
        reset.start()
        reset.wires.hand("hold")
        held = time.monotonic()
        until(lambda: time.monotonic() > held + 10.0)  # three times what the configuration asks for
        reset.wires.hand("let go")
        until(lambda: ended(reset), WHOLE_S)
        assert reset.system.show(TERMINAL, "Result") == reset.system.show(TAKE, "Result") == "timeout"
        assert "reset button" in reset.system.run("cat", JOURNAL)
        require_nobodys(reset)


def test_s3_while_a_service_does_not_stop_nothing_is_erased_and_people_are_recognised(tmp_path: Path) -> None:
    reset = Reset(tmp_path)
    system = reset.system
    lay(system, RETAIN, ("[Service]\n", "RefuseManualStop=yes\n[Service]\n"))
    by_hand = f"{EDGE} provision reset --yes --why 'it moves' 2>&1; echo $?"
    with system:
        reset.start()
        before = reset.left()
        said = system.run("sh", "-c", by_hand)
        assert "nothing was erased" in said, said
        assert said.endswith("\n14")
        until(lambda: reset.running(TERMINAL))
        assert set(before) <= set(reset.left())
        reset.press()
        lay(system, RETAIN)
        said = system.run("sh", "-c", by_hand)
        assert said.endswith("\n0"), said
        require_nobodys(reset)
