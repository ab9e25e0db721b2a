"""Which devices a set is for: the laws of a rollout, whatever the device and the set are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.ota.manifest import BundleCustom, Gates, Rollout, SetCustom
from edge.ota.rollout import Device, at_least, offered, paths, place, unfit

DEVICE = Device(id="0f", board="pi", runtime=("ai_edge_litert", "2.1"), firmware="0.3.1")
names = st.text(min_size=1, max_size=40)
percents = st.floats(0, 100)


def a_set(percent: float = 100, serial: int = 7, salt: str = "s", firmware: str = "0.1.0", **how: bool) -> SetCustom:
    return SetCustom(name="one", serial=serial, minimum_firmware=firmware, rollout=Rollout(percent, salt, **how))


def a_bundle(board: str = "any", runtime: dict[str, str] | None = None) -> BundleCustom:
    gates = Gates(0.97, 100, 128, 1000)
    return BundleCustom(
        role="detector",
        name="d-1",
        board=board,  # type: ignore[arg-type]  # any word, as the story has it
        runtime={"ai_edge_litert": "2.0"} if runtime is None else runtime,
        unpacked_bytes=1,
        gates=gates,
    )


@given(names, names)
def test_a_place_is_from_0_to_below_100_and_always_the_same(device: str, salt: str) -> None:
    assert 0 <= place(device, salt) < 100
    assert place(device, salt) == place(device, salt)


@given(names, names, percents, percents)
def test_a_larger_percentage_only_ever_adds_devices(device: str, salt: str, one: float, other: float) -> None:
    smaller, larger = sorted((one, other))
    who = Device(id=device, board="pi", runtime=DEVICE.runtime, firmware=DEVICE.firmware)
    if offered(a_set(smaller, salt=salt), who, 0).wanted:
        assert offered(a_set(larger, salt=salt), who, 0).wanted


@given(names, names)
def test_nobody_is_reached_at_0_and_everybody_at_100(device: str, salt: str) -> None:
    who = Device(id=device, board="pi", runtime=DEVICE.runtime, firmware=DEVICE.firmware)
    assert not offered(a_set(0, salt=salt), who, 0).wanted
    assert offered(a_set(100, salt=salt), who, 0).wanted


@given(percents, st.integers(1, 10), st.integers(0, 10), st.booleans(), st.booleans())
def test_what_is_halted_withdrawn_or_no_newer_is_never_taken(
    percent: float, serial: int, running: int, halted: bool, withdrawn: bool
) -> None:
    offer = offered(a_set(percent, serial, halted=halted, withdrawn=withdrawn), DEVICE, running)
    if halted or withdrawn or serial <= running:
        assert not offer.wanted
    assert offer.withdrawn == withdrawn
    assert "one" in offer.why


def test_another_salt_begins_with_other_devices() -> None:
    first, second = ({n for n in range(2000) if place(f"{n}", salt) < 5} for salt in ("a", "b"))
    assert 60 < len(first) < 140
    assert len(first & second) < 20


def test_a_place_is_what_it_was_when_devices_in_the_field_were_placed() -> None:
    assert place("3f6e2a", "2026-12a-1") == pytest.approx(90.37266468, abs=1e-6)


@pytest.mark.parametrize(
    ("firmware", "least", "wanted"),
    [
        ("0.3.1", "0.3.1", True),
        ("0.3.1", "0.3.2", False),
        ("0.10", "0.9", True),
        ("1", "1.0.0", True),
        ("0.4.0rc1", "0.4.0", False),
        ("0.4.0.dev3", "0.4", False),
        ("0.4.0+debian1", "0.4.0", True),
        ("0.4.0.post1", "0.4.0", True),
        ("unknown", "0.1", False),
    ],
)
def test_a_set_waits_for_the_firmware_that_it_needs(firmware: str, least: str, wanted: bool) -> None:
    assert at_least(firmware, least) == wanted
    who = Device(id="x", board="pi", runtime=DEVICE.runtime, firmware=firmware)
    assert offered(a_set(firmware=least), who, 0).wanted == wanted


def test_a_device_asks_for_its_groups_then_its_board_then_everybody() -> None:
    who = Device(
        id="x", board="pi", runtime=DEVICE.runtime, firmware="0.1", channel="canary", groups=("south", "branch-7")
    )
    assert paths(who) == (
        "sets/canary/pi/south.toml",
        "sets/canary/pi/branch-7.toml",
        "sets/canary/pi/all.toml",
        "sets/canary/any/all.toml",
    )


@pytest.mark.parametrize(
    ("bundle", "said"),
    [
        (a_bundle("jetson"), "d-1 is for jetson boards, and this is pi"),
        (a_bundle(runtime={"ai_edge_litert": "2.2"}), "d-1 needs ai_edge_litert 2.2, and here is ai_edge_litert 2.1"),
        (a_bundle(runtime={"tflite_runtime": "2.0"}), "needs tflite_runtime 2.0"),
    ],
)
def test_a_bundle_that_cannot_run_here_says_why(bundle: BundleCustom, said: str) -> None:
    assert said in "; ".join(unfit(bundle, DEVICE))


@pytest.mark.parametrize("bundle", [a_bundle(), a_bundle("pi"), a_bundle(runtime={})])
def test_a_bundle_that_can_run_here_is_fit(bundle: BundleCustom) -> None:
    assert unfit(bundle, DEVICE) == ()
