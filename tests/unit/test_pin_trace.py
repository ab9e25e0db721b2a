"""Which pulses of a lock's line are wrong: on traces as QEMU writes them, and on the same ones mutated."""

from __future__ import annotations

import pytest

from tests.qemu.pins import Pulse, Reason, TraceError, changes, presses, pulses, unasked, wrong_pulses

CHIP = "/machine/unattached/device[7]"
OFF, HOLDS_S = 200.0, 3.0


def output(at: float, line: int, level: int) -> str:
    return f"4711@{at:.6f}:pl061_set_output {CHIP} setting output {line} to {level}"


def entered(at: float, line: int, level: int) -> str:
    return f"4711@{at:.6f}:pl061_input_change {CHIP} input {line} changed to {level}"


RESET = [output(100.0, line, 0) for line in range(8)]
PRESSED = [entered(120.0, 5, 0), output(120.011, 3, 1), entered(120.3, 5, 1), output(122.04, 3, 0)]


def wrong(lines: list[str], *more: Reason) -> list[Pulse]:
    trace = changes("\n".join(lines))
    return wrong_pulses(pulses(trace), [*presses(trace, HOLDS_S), *more], OFF)


def test_s2_a_pulse_that_the_exit_button_made_is_right() -> None:
    trace = changes("\n".join([*RESET, *PRESSED]))
    assert pulses(trace) == [Pulse(120.011, 122.04)]
    assert wrong([*RESET, *PRESSED]) == []


@pytest.mark.parametrize(
    "mutated",
    [
        pytest.param([*RESET, *PRESSED[1:]], id="the press is gone"),
        pytest.param([*RESET, *PRESSED[:3], output(160.0, 3, 0)], id="it relocks late"),
        pytest.param([*RESET, *PRESSED[:-1]], id="it never relocks, and the power goes much later"),
        pytest.param([*RESET, *PRESSED, output(150.0, 3, 1), output(150.000001, 3, 0)], id="a microsecond long"),
        pytest.param([*RESET[:3], output(100.0, 3, 1), output(100.0002, 3, 0), *RESET[4:], *PRESSED], id="at power-on"),
        pytest.param([*RESET, output(119.9, 3, 1), *PRESSED[:1], *PRESSED[2:]], id="before the press"),
        pytest.param([*RESET, *[one.replace("input 5", "input 4") for one in PRESSED]], id="another button's press"),
        pytest.param(
            [*RESET, PRESSED[0].replace("to 0", "to 1"), *PRESSED[1:2], *PRESSED[3:]], id="let go of, not pressed"
        ),
    ],
)
def test_s2_every_mutated_trace_is_caught(mutated: list[str]) -> None:
    assert len(wrong(mutated)) == 1


def test_a_second_press_keeps_the_door_open_and_then_it_locks() -> None:
    twice = [*RESET, *PRESSED[:3], entered(122.0, 5, 0), output(124.5, 3, 0)]
    assert wrong(twice) == []
    assert len(wrong([*twice[:-1], output(125.5, 3, 0)])) == 1


def test_a_face_is_a_reason_as_well() -> None:
    opened = [*RESET, output(150.0, 3, 1), output(152.0, 3, 0)]
    assert wrong(opened, Reason(149.0, 4.0)) == []
    assert len(wrong(opened, Reason(151.0, 4.0))) == 1
    assert len(wrong(opened)) == 1


def test_a_line_that_is_high_when_the_power_goes_was_high_until_then() -> None:
    cut = [*RESET, *PRESSED[:2]]
    trace = changes("\n".join(cut))
    assert pulses(trace) == [Pulse(120.011, None)]
    assert wrong_pulses(pulses(trace), presses(trace, HOLDS_S), 121.0) == []
    assert wrong_pulses(pulses(trace), presses(trace, HOLDS_S), 124.0) == pulses(trace)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n".join(PRESSED[:1]),
        "\n".join([*RESET, "4711@120.0:pl061_set"]),
        "\n".join([*RESET, "qemu: something else"]),
    ],
)
def test_from_a_trace_with_a_hole_nothing_is_concluded(text: str) -> None:
    with pytest.raises(TraceError):
        changes(text)


def alarm(at: float, guest_s: float) -> str:
    return f"4711@{at:.6f}:arm_gt_cval_write gt_cval_write: timer 1 value 0x{int(guest_s * 62_500_000):x}"


def rang(at: float) -> str:
    return f"4711@{at:.6f}:arm_gt_recalc gt recalc: timer 1 irqstate 1 next tick 0xffffffffffffffff"


SLOW = [alarm(110.0, 10.0), rang(111.0), alarm(111.1, 10.004), output(112.0, 3, 1), rang(113.0), alarm(113.1, 12.0)]
"""The lock opens 10.000 to 10.004 s after power-on by the machine's own clock."""


def test_a_pulse_is_measured_by_the_clock_of_a_machine_that_its_host_holds_up() -> None:
    shut = [rang(150.0), alarm(150.1, 12.004), output(160.0, 3, 0)]
    (pulse,) = pulses(changes("\n".join([*RESET, *SLOW, *shut])))
    assert pulse.began == pytest.approx((10.0, 10.004))
    assert pulse.longest_s == pytest.approx(2.004)
    late = [rang(150.0), alarm(150.1, 19.0), rang(151.0), alarm(151.1, 19.004), output(160.0, 3, 0)]
    (pulse,) = pulses(changes("\n".join([*RESET, *SLOW, *late])))
    assert pulse.longest_s == pytest.approx(9.004)


def test_an_alarm_that_was_put_off_did_not_ring() -> None:
    put_off = [alarm(110.0, 50.0), alarm(110.1, 10.0), rang(111.0), alarm(111.1, 10.1), output(112.0, 3, 1)]
    (pulse,) = pulses(changes("\n".join([*RESET, *put_off])))
    assert pulse.began == pytest.approx((10.0, 10.1))
    assert pulse.longest_s == float("inf"), "it never ended, and a power cut has no alarm"


COUNTED = [
    *[alarm(110.0, 10.0), rang(111.0), alarm(111.1, 10.004), entered(111.2, 5, 0), rang(140.0), alarm(140.1, 10.1)],
    *[output(150.0, 3, 1), rang(151.0), alarm(151.1, 15.1), rang(180.0), alarm(180.1, 15.2), output(181.0, 3, 0)],
]
"""Pressed at 10.004 s of the machine's own clock, and opened within a tenth of a second; 39 s later by the host's."""
AGAIN = [rang(190.0), alarm(190.1, 60.0), rang(195.0), alarm(195.1, 60.1), output(196.0, 3, 1), output(197.0, 3, 0)]


def test_s2_a_pulse_is_a_press_s_by_the_machine_s_own_clock_however_slow_its_host() -> None:
    trace = changes("\n".join([*RESET, *COUNTED]))
    assert unasked(pulses(trace), trace, [], 1.5) == []


def test_s2_a_pulse_long_after_the_press_by_that_clock_is_nobody_s() -> None:
    trace = changes("\n".join([*RESET, *COUNTED, *AGAIN]))
    found = pulses(trace)
    assert unasked(found, trace, [], 1.5) == found[1:]
    assert unasked(found, trace, [Reason(195.0, 10.0)], 1.5) == [], "a face was shown"
    unpressed = [one for one in COUNTED if "input 5" not in one]
    trace = changes("\n".join([*RESET, *unpressed]))
    assert unasked(pulses(trace), trace, [], 1.5) == pulses(trace)
