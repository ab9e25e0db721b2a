"""The boards that the contract suite runs over, and how many tests passed on each; a serial line for controllers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from hw.base import OsdpSettings
from tests.contract.rigs import Rig, rigs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.panels import Wire

RIGS = rigs()


@pytest.fixture(scope="session", params=RIGS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    made = RIGS[request.param]()
    yield made
    made.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        board = (
            item.callspec.params.get("rig") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ""
        )
        if isinstance(board, str) and board in RIGS:
            item.user_properties.append(("rig", board))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = Counter(
        value
        for report in terminalreporter.stats.get("passed", ())
        for name, value in report.user_properties
        if name == "rig"
    )
    if passed:
        boards = ", ".join(f"{name} {count}" for name, count in passed.items())
        none = (
            "" if "gpio-sim" in RIGS else "; this kernel has no gpio-sim chip: scripts/check-gpio starts one that has"
        )
        terminalreporter.write_line(f"contract suite: {len(passed)} boards, tests passed on each: {boards}{none}")


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    from tests.panels import Wire  # noqa: PLC0415 - only controllers need libosdp

    wire = Wire(tmp_path)
    yield wire
    wire.unplug()


@pytest.fixture
def settings(wire: Wire, tmp_path: Path) -> OsdpSettings:
    from tests.panels import ADDRESS, key_file  # noqa: PLC0415 - as above

    return OsdpSettings(device=str(wire.device), address=ADDRESS, key_file=str(key_file(tmp_path)), obey="outputs")
