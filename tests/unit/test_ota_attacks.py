"""Every attack on the fetching of updates is refused in the sentence that its entry names, and nothing is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit import attacks_metadata, attacks_targets
from tests.unit.attack_table import ATTACKS, Attack, refusal
from tests.unit.ota_site import Site

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("one", ATTACKS, ids=lambda one: one.name)
def test_s8_an_attack_on_updates_ends_in_its_sentence(one: Attack, tmp_path: Path) -> None:
    site = Site(tmp_path)
    before = site.active
    sentence = refusal(site, one)
    assert one.caught in sentence
    if one.fresh:
        assert site.active == before


def test_every_attack_has_a_name_of_its_own() -> None:
    names = [one.name for one in ATTACKS]
    assert len(set(names)) == len(names) > 50
    assert attacks_metadata.TIMESTAMP
    assert attacks_targets.CANARY
