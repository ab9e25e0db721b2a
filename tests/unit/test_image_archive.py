"""Apt's archive for a device, over a small one in a folder: what is pinned, what is gone, and what a new lock says."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from image.build import archive, flavour, modules
from image.build.errors import ImageError
from image.build.running import Bench
from tests.debian_archive import Package
from tests.debian_archive import archive as lay_out

IMAGES = Path(__file__).resolve().parents[2] / "image"
PACKAGES = (
    Package("base", "2.0-1", essential=True),
    Package("apt", "2.6"),
    Package("door", "1:1.5-1", needs="hinge (>= 3)"),
    Package("hinge", "3.1-2+deb12u1", files={"usr/share/hinge": b"of brass"}),
    Package("unasked", "1"),
    Package("linux-image-6.1.0-57-arm64", "6.1.200-1"),
)

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not shutil.which("apt-get"), reason="this machine has no apt"),
]


@pytest.fixture
def apt(tmp_path: Path) -> archive.Archive:
    work = tmp_path / "work"
    work.mkdir()
    bench = Bench(work, tmp_path / "cache", 1_700_000_000)
    return archive.opened(bench, flavour.read(IMAGES, "test-arm64"), (lay_out(tmp_path / "debs", PACKAGES),))


def test_a_new_lock_has_what_was_asked_for_what_that_needs_and_what_every_root_has(apt: archive.Archive) -> None:
    assert apt.resolved(["door"]) == {"base": "2.0-1", "apt": "2.6", "door": "1:1.5-1", "hinge": "3.1-2+deb12u1"}


def test_what_cannot_be_had_is_refused_by_name(apt: archive.Archive) -> None:
    with pytest.raises(ImageError, match="window"):
        apt.resolved(["door", "window"])


def test_a_version_that_is_gone_is_said_with_what_there_is_and_what_to_do(apt: archive.Archive) -> None:
    with pytest.raises(ImageError) as raised:
        archive.check(apt, {"hinge": "3.1-2", "door": "1:1.5-1", "lintel": "4"}, Path("a.lock"))
    assert raised.value.faults == (
        "hinge 3.1-2 (the archive has 3.1-2+deb12u1)",
        "lintel 4 (the archive has none)",
    )
    assert "2 of 3 package versions of a.lock are gone" in str(raised.value)
    assert "--relock" in str(raised.value)


def test_a_kernel_that_is_gone_is_said_with_the_one_that_took_its_place(apt: archive.Archive) -> None:
    with pytest.raises(ImageError, match=r"no package linux-image-6.1.0-56-arm64, but linux-image-6.1.0-57-arm64"):
        apt.candidate("linux-image-6.1.0-56-arm64")


def test_a_package_comes_into_the_cache_by_its_version(apt: archive.Archive) -> None:
    assert apt.fetch("hinge", apt.candidate("hinge")).name == "hinge_3.1-2+deb12u1_arm64.deb"
    assert apt.candidate("hinge", "3.0") == "3.1-2+deb12u1"


def test_modules_take_the_headers_and_sources_of_their_kernel_and_what_nobody_can_build_is_named() -> None:
    chosen = flavour.read(IMAGES, "test-arm64")
    packages = modules.wanted(chosen).packages
    assert packages == tuple(archive.read_lock(IMAGES / chosen.kernel.lock))
    strange = replace(chosen, kernel=replace(chosen.kernel, built=("gpio-sim", "vimc")))
    with pytest.raises(ImageError, match="how to build vimc"):
        modules.wanted(strange)
