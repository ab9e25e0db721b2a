"""What a person hands to a build: a private key, or a wiring that no door could begin with, goes into no image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.app.head_office import new_key
from image.build import flavour, given, plan
from image.build.errors import ImageError
from tests.unit.test_image_flavours import IMAGES

if TYPE_CHECKING:
    from pathlib import Path


def test_head_office_s_public_key_and_a_wiring_are_taken(tmp_path: Path) -> None:
    _, public = new_key(tmp_path / "made" / "office")
    assert (tmp_path / "made" / "office").stat().st_mode & 0o777 == 0o700
    wiring = tmp_path / "wiring.toml"
    wiring.write_text('board = "gpiochip"\n[exit_button]\nline = "GPIO5"\non_fault = "ignore"\n')
    given.check(public, wiring)


def test_its_private_key_is_refused_by_name_and_so_is_what_is_no_key_or_no_wiring(tmp_path: Path) -> None:
    private, _ = new_key(tmp_path)
    with pytest.raises(ImageError, match=r"head-office\.key: is a private key, which stays where it signs"):
        given.check(private, None)
    wiring = tmp_path / "wiring.toml"
    wiring.write_text("nonsense = 1\n")
    with pytest.raises(ImageError) as both:
        given.check(wiring, wiring)
    assert [fault.split()[0] for fault in both.value.faults] == ["--head-office", "--wiring"]


def test_a_dry_run_names_what_a_build_would_lack() -> None:
    pi, test = flavour.read(IMAGES, "raspberrypi"), flavour.read(IMAGES, "test-arm64")
    named, unlocked = plan.missing(pi, IMAGES, "")
    assert named.startswith("--archive is missing: the address of")
    assert unlocked.startswith("image/raspberrypi.lock is not there")
    assert plan.missing(pi, IMAGES, "http://archive.example/debian") == [unlocked]
    assert plan.missing(test, IMAGES, "") == []
