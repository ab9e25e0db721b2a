"""Which pulses of a lock's line are wrong: on traces as QEMU writes them, and on the same ones mutated."""

from __future__ import annotations

import pytest

from tests.qemu.pins import Pulse, Reason, TraceError, changes, pulses, wrong_pulses

CHIP = "/machine/unattached/device[7]"
LATE_S, LASTS_S = 1.5, 6.5


def output(at: float, line: int, level: int) -> str:
    return f"4711@{at:.6f}:pl061_set_output {CHIP} setting output {line} to {level}"


def entered(at: float, line: int, level: int) -> str:
    return f"4711@{at:.6f}:pl061_input_change {CHIP} input {line} changed to {level}"


RESET = [output(100.0, line, 0) for line in range(8)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        entered(120.0, 5, 0),
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


BEFORE = [alarm(110.0, 10.0), rang(111.0), alarm(111.1, 10.004)]
PRESS, LET_GO = entered(111.2, 5, 0), entered(112.0, 5, 1)
SOON = [rang(140.0), alarm(140.1, 10.1)]
OPENS, LOCKS = output(150.0, 3, 1), output(181.0, 3, 0)
HELD = [rang(151.0), alarm(151.1, 15.1), rang(180.0), alarm(180.1, 15.2)]
PRESSED = [*BEFORE, PRESS, LET_GO, *SOON, OPENS, *HELD, LOCKS]
"""Pressed at 10.004 s of its own clock, opened within a tenth of a second, for 5 s; 31 s by the host's."""
LATER = [rang(190.0), alarm(190.1, 60.0), rang(195.0), alarm(195.1, 60.1)]


def wrong(lines: list[str], *reasons: Reason, lasts_s: float = LASTS_S) -> list[Pulse]:
    trace = changes("\n".join([*RESET, *lines]))
    return wrong_pulses(pulses(trace), trace, reasons, LATE_S, lambda _: lasts_s)


def test_s2_a_pulse_is_a_press_s_by_the_machine_s_own_clock_however_slow_its_host() -> None:
    (pulse,) = pulses(changes("\n".join([*RESET, *PRESSED])))
    assert (pulse.start, pulse.end) == (150.0, 181.0)
    assert wrong(PRESSED) == []


@pytest.mark.parametrize(
    "mutated",
    [
        pytest.param([*BEFORE, *SOON, OPENS, *HELD, LOCKS], id="the press is gone"),
        pytest.param([*PRESSED[:-1], *LATER, output(196.0, 3, 0)], id="it relocks late"),
        pytest.param([*PRESSED, *LATER, output(196.0, 3, 1), output(196.000001, 3, 0)], id="a microsecond long"),
        pytest.param([output(100.1, 3, 1), output(100.2, 3, 0), *PRESSED], id="at power-on"),
        pytest.param([*BEFORE, output(111.15, 3, 1), PRESS, *SOON, *HELD, LOCKS], id="before the press"),
        pytest.param([one.replace("input 5", "input 4") for one in PRESSED], id="another button's press"),
        pytest.param([one for one in PRESSED if one != PRESS], id="let go of, not pressed"),
        pytest.param([*BEFORE, PRESS, LET_GO, *LATER, output(196.0, 3, 1)], id="long after it, till the power went"),
    ],
)
def test_s2_every_mutated_trace_is_caught(mutated: list[str]) -> None:
    assert len(wrong(mutated)) == 1


def test_s2_a_press_between_an_alarm_and_the_next_one_s_setting_is_a_press() -> None:
    between = [alarm(110.0, 10.0), rang(111.0), PRESS, alarm(111.3, 10.004), LET_GO, rang(139.0)]
    assert wrong([*between, *SOON[1:], OPENS, *HELD, LOCKS]) == []
    assert len(wrong([*between, *LATER, output(196.0, 3, 1), output(197.0, 3, 0)])) == 1


def test_s2_a_press_before_the_first_alarm_is_no_reason() -> None:
    assert len(wrong([PRESS, *BEFORE, OPENS, *HELD, LOCKS])) == 1


def test_a_face_is_a_reason_as_well() -> None:
    again = [*PRESSED, *LATER, output(196.0, 3, 1), output(197.0, 3, 0)]
    assert wrong(again, Reason(195.0, 10.0)) == []
    assert len(wrong(again, Reason(196.5, 10.0))) == 1
    assert len(wrong(again, Reason(190.0, 5.0))) == 1


def test_how_long_a_pulse_may_last_is_the_caller_s() -> None:
    assert wrong(PRESSED, lasts_s=5.3) == []
    assert len(wrong(PRESSED, lasts_s=4.9)) == 1


def test_a_line_that_is_high_when_the_power_goes_has_no_length() -> None:
    cut = PRESSED[:-1]
    (pulse,) = pulses(changes("\n".join([*RESET, *cut])))
    assert pulse.end is None
    assert wrong(cut) == []
