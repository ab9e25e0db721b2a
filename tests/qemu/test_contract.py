"""The device on a card larger than its image, and the contract suite of its lines in it, on lines numbered as a Pi's.

`scripts/e2e` runs this with DOOR_TERMINAL_IMAGE set to what `scripts/image test-arm64` built; without it nothing runs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.qemu.card import new_card
from tests.qemu.disks import PROJECT, disk_of_tests
from tests.qemu.guest import Guest

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGE = Path(os.environ.get("DOOR_TERMINAL_IMAGE", ""))
OUT = Path(os.environ.get("DOOR_TERMINAL_E2E", "build/e2e"))
BOOT_S, SUITE_S = 900.0, 2400.0
SUITE = ("tests/contract/test_locks.py", "tests/contract/test_inputs.py")
SCENARIOS = "tests/gpiosim"
MORE_MIB = 700
OTHERWISE = {"failure", "error", "skipped"}
"""What a case of a report that passed has none of."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not (IMAGE / "card.img").is_file(), reason="scripts/e2e runs it, with an image"),
]


@pytest.fixture(scope="module")
def guest() -> Iterator[Guest]:
    """A machine of the test image on a larger card, with the tests on a disk of their own."""
    OUT.mkdir(parents=True, exist_ok=True)
    card, disk = new_card(IMAGE, OUT / "contract.img"), disk_of_tests(OUT / "tests.squashfs")
    os.truncate(card, card.stat().st_size + (MORE_MIB << 20))
    words = ("-drive", f"file={disk},format=raw,if=none,id=tests,readonly=on", "-device", "virtio-blk-pci,drive=tests")
    with Guest(IMAGE, card, OUT / "contract", words=words) as machine:
        machine.console.log_in(BOOT_S)
        yield machine
    card.unlink()
    disk.unlink()


def test_the_data_partition_reaches_to_the_end_of_a_larger_card(guest: Guest) -> None:
    waiting = "while systemctl show -p ActiveState edge-grow | grep -qE '=(activating|inactive)$' "
    waiting += "&& ! systemctl show -p ExecMainExitTimestampMonotonic edge-grow | grep -qE '=[1-9]'; do sleep 1; done"
    guest.console.run(waiting, BOOT_S)
    _, told = guest.console.run("journalctl -u edge-grow --no-pager -o cat; systemctl show -p Result edge-grow")
    (OUT / "contract" / "grown.txt").write_text(told)
    assert "Result=success" in told
    _, size = guest.console.run("df --output=size -m /data | tail -1")
    assert int(size) > MORE_MIB, told
    _, table = guest.console.run("sfdisk --verify /dev/vda")
    assert "No errors detected" in table


def contract() -> set[str]:
    """The suite's tests, by the name that each has over the fake board, less the board's."""
    words = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0", "-k", "fake", *SUITE]
    told = subprocess.run(words, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    return {line.rpartition("::")[2].replace("fake", "*") for line in told.splitlines() if "::" in line}


@pytest.mark.longest
def test_the_contract_suite_holds_on_lines_numbered_as_a_pis(guest: Guest) -> None:
    code, told = guest.console.run(
        "systemctl stop edge-terminal; "
        "modprobe gpio-sim && mkdir -p /run/tests && mount -t squashfs /dev/vdb /run/tests"
    )
    assert code == 0, told
    began = time.monotonic()
    code, told = guest.console.run(
        "export DOOR_PYTHON=/opt/door-terminal/bin/python3 PYTHONPATH=/run/tests/site-packages; "
        f"bash /run/tests/tests/gpiosim/guest-run /run/tests "
        f"'-k \"gpio-sim or scenario\" --junitxml=/run/junit.xml {' '.join(SUITE)} {SCENARIOS}'",
        SUITE_S,
    )
    wall_s = time.monotonic() - began
    (OUT / "contract" / "pytest.txt").write_text(told)
    assert code == 0, told
    _, xml = guest.console.run("cat /run/junit.xml")
    (OUT / "contract" / "junit.xml").write_text(xml)
    guest.cut()
    cases = list(ET.fromstring(xml).iter("testcase"))  # noqa: S314 - the guest's own words
    passed = {case.attrib["name"] for case in cases if not OTHERWISE & {told.tag for told in case}}
    figures = {
        "scenario": "the contract suite on a simulated chip with a Pi's numbers",
        "passed": len(passed),
        "suite_wall_s": round(wall_s, 1),
        "wall_s": round(guest.off - guest.started, 1),
        "cpu_s": round(guest.cpu_s, 1),
    }
    (OUT / "contract" / "figures.json").write_text(json.dumps(figures, indent=1))
    wanted = contract()
    assert wanted
    assert {name.replace("gpio-sim", "*") for name in passed if "gpio-sim" in name} == wanted
    scenarios = [case for case in cases if case.attrib["classname"].startswith("tests.gpiosim.")]
    assert scenarios
    assert all(case.attrib["name"] in passed for case in scenarios)
