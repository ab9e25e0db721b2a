"""The tests of the TPM holder need tpm2-pytss and swtpm, which `scripts/check-tpm` installs in a place of their own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.tpm.software_tpm import software_tpm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def chip(tmp_path: Path) -> Path:
    """The folder of a chip's state."""
    if not shutil.which("swtpm"):
        pytest.skip("swtpm is not installed: scripts/check-tpm runs these tests")
    return tmp_path / "chip"


@pytest.fixture
def tcti(chip: Path) -> Iterator[str]:
    """How a running chip is reached."""
    with software_tpm(chip) as tcti:
        yield tcti
