"""A serial line, and what opens a controller on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hw.base import OsdpSettings
from tests.panels import ADDRESS, Wire, key_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    wire = Wire(tmp_path)
    yield wire
    wire.unplug()


@pytest.fixture
def settings(wire: Wire, tmp_path: Path) -> OsdpSettings:
    return OsdpSettings(device=str(wire.device), address=ADDRESS, key_file=str(key_file(tmp_path)), obey="outputs")
