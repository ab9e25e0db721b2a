"""An installed set is tried again where its record does not count, and then decides as before (S8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app import gating
from edge.app.model_start import begin
from edge.app.regating import again, before_start
from edge.config import Config
from edge.errors import OtaError
from edge.ota.active import FACTORY
from edge.ota.gate import GATE, why_not_here
from tests.gated import HERE
from tests.unit.signed_sets import Terminal, terminal

if TYPE_CHECKING:
    from pathlib import Path

    from edge.ota.active import Slot

CONFIG = Config()
SPELLBOUND = gating.Cage(command=("/bin/false",))


def outdated(site: Terminal, slot: Slot) -> Path:
    """Have the record be of an earlier runtime."""
    gate = site.slots.folder_of(slot) / GATE
    record = msgspec.json.decode(gate.read_bytes())
    gate.write_bytes(msgspec.json.encode({**record, "runtime": [HERE[0], "0.0.1"]}))
    return gate


def test_a_record_that_counts_is_left_as_it_is(tmp_path: Path) -> None:
    site = terminal(tmp_path)
    gate = site.slots.folder_of(site.good("b", 1)) / GATE
    before = gate.read_bytes()
    assert again(CONFIG, site.here, at=1.0, cage=SPELLBOUND) == {}
    assert gate.read_bytes() == before


@pytest.mark.long
def test_s8_a_set_that_fails_after_an_update_of_the_runtime_is_passed_over(tmp_path: Path) -> None:
    site = terminal(tmp_path, whole=True)
    slot = site.good("b", 1)
    gate = outdated(site, slot)
    (report,) = again(CONFIG, site.here, at=1.0, cage=SPELLBOUND).values()
    assert report.stopped_by is not None
    assert report.stopped_by.name == "survives"
    assert "ended by exit code 1" in report.why
    assert msgspec.json.decode(gate.read_bytes())["runtime"] == list(HERE)


def test_a_set_that_failed_with_this_runtime_is_not_tried_at_each_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It has no parity set, and so fails without being run."""
    site = terminal(tmp_path)
    outdated(site, site.good("b", 1))
    before_start(CONFIG, site.here)
    assert caplog.text.count("was tried again") == 1
    before_start(CONFIG, site.here)
    assert caplog.text.count("was tried again") == 1


def test_a_set_that_is_not_what_was_signed_is_not_tried(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    site = terminal(tmp_path)
    gate = outdated(site, site.good("b", 1))
    (gate.parent / "embedder" / "model.tflite").write_bytes(b"another")
    with pytest.raises(OtaError, match="not what was signed"):
        again(CONFIG, site.here, at=1.0, cage=SPELLBOUND)
    before_start(CONFIG, site.here)
    assert "cannot be tried again" in caplog.text
    assert begin(CONFIG, site.here)[0].slot == FACTORY


@pytest.mark.long
def test_s8_after_an_update_of_the_runtime_the_set_is_tried_again_and_decides(tmp_path: Path) -> None:
    site = terminal(tmp_path, whole=True)
    slot = site.good("b", 1)
    gate = outdated(site, slot)
    assert why_not_here(gate.parent, "pc", HERE)
    assert begin(CONFIG, site.here)[0].slot == slot
    assert not why_not_here(gate.parent, "pc", HERE)
    record = msgspec.json.decode(gate.read_bytes())
    assert record["report"]["checks"][-1]["name"] == "together"
