"""The card's first partition: which of its files is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge import keys
from edge.errors import ProvisionError
from edge.provision import card
from tests.provisioning import document, signed
from tests.resetting import order

if TYPE_CHECKING:
    from pathlib import Path

KEY = keys.new_pair()[0]


@pytest.mark.parametrize("name", ["berlin-1.toml", "BERLIN-1.TOML", "berlin-1.toml.txt"])
def test_a_signed_file_under_the_name_that_head_office_gave_it_is_not_overlooked(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(signed(document(), KEY))
    with pytest.raises(ProvisionError, match=f"{name}: is signed by head office: rename it to terminal.toml"):
        card.found(tmp_path)


def test_nor_is_an_order_to_reset(tmp_path: Path) -> None:
    (tmp_path / "order.toml").write_bytes(order(KEY))
    with pytest.raises(ProvisionError, match=r"order\.toml: is signed by head office: rename it to reset\.toml"):
        card.found(tmp_path)


def test_what_others_lay_there_is_theirs(tmp_path: Path) -> None:
    (tmp_path / "custom.toml").write_text("[system]\nhostname = 'x'\n")  # of Raspberry Pi OS
    (tmp_path / "wiring.toml").write_text('board = "pi"\n')
    (tmp_path / "._berlin-1.toml").write_bytes(signed(document(), KEY))  # of a Mac
    (tmp_path / "reset.toml").write_bytes(order(KEY))
    (tmp_path / "folder.toml").mkdir()
    assert card.found(tmp_path) is None


def test_what_is_called_right_is_taken_whatever_lies_beside_it(tmp_path: Path) -> None:
    for name in ("terminal.toml", "berlin-2.toml"):
        (tmp_path / name).write_bytes(signed(document(), KEY))
    assert card.found(tmp_path) == tmp_path / "terminal.toml"
