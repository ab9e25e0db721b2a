"""Flavours of the SD-card image: what they are made of, every fault at once, and where the partitions lie."""

from __future__ import annotations

import itertools
import tarfile
from pathlib import Path

import pytest

from image.build import boot_files, flavour, kernel, partitions, plan, tree
from image.build.errors import ImageError
from image.build.flavour import Sizes

IMAGES = Path(__file__).resolve().parents[2] / "image"
GOLDEN = Path(__file__).with_name("image_raspberrypi.txt")


def test_every_flavour_can_be_read_and_planned() -> None:
    for name in flavour.names(IMAGES):
        chosen = flavour.read(IMAGES, name)
        assert next(step.name for step in plan.steps(chosen, IMAGES, "")) == "packages"


def test_s11_only_the_test_image_says_that_its_lock_is_simulated() -> None:
    marked = {name for name in flavour.names(IMAGES) if "simulated-lock" in flavour.read(IMAGES, name).root.markers}
    assert marked == {"test-arm64"}


def test_every_fault_of_a_flavour_is_said_at_once() -> None:
    table = {"colour": "red", "apt": {"packages": "systemd", "mirror": "x"}, "partitions": {"boot_mib": 0}}
    with pytest.raises(ImageError) as raised:
        flavour.parse([("wrong", table)])
    said = "\n".join(raised.value.faults)
    for fault in ("colour", "apt.packages", "apt.mirror", "partitions.boot_mib", "description is missing"):
        assert fault in said


def test_what_extends_adds_to_lists_and_replaces_the_rest() -> None:
    test = flavour.read(IMAGES, "test-arm64")
    base = flavour.read(IMAGES, "debian-arm64")
    assert test.root.overlays == (*base.root.overlays, "overlay/test")
    assert "console=ttyAMA0" in test.kernel.cmdline
    assert test.apt == base.apt


def test_what_extends_takes_out_what_is_there_and_nothing_else() -> None:
    pi, base = flavour.read(IMAGES, "raspberrypi"), flavour.read(IMAGES, "debian-arm64")
    assert set(base.root.drop) - set(pi.root.drop) == {"usr/lib/python3/dist-packages/*"}
    assert set(base.python.requirements) - set(pi.python.requirements) == {"lgpio>=0.2.2"}
    wrong = {"remove": {"root": {"drop": ["etc/apt", "etc/gone"]}, "apt": {"lock": "x"}}, "add": ["x"]}
    with pytest.raises(ImageError) as raised:
        flavour.parse([("less", wrong), ("more", {"root": {"drop": ["etc/apt"]}})])
    said = "\n".join(raised.value.faults)
    assert "less.toml: remove.root.drop names etc/gone, which is not in it" in said
    assert "etc/apt" not in said
    assert "less.toml: remove.apt.lock is no list, and nothing can be removed from it" in said
    assert "less.toml: add is a table of tables" in said


def test_a_flavour_that_extends_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "round.toml").write_text('extends = "round"\n')
    with pytest.raises(ImageError, match="extends itself"):
        flavour.read(tmp_path, "round")


def test_partitions_follow_one_another_and_leave_room_at_both_ends() -> None:
    table = partitions.table(Sizes(boot_mib=64, slot_mib=300, data_mib=10))
    for before, after in itertools.pairwise(table):
        assert before.start + before.size == after.start
    assert table[0].start == partitions.START_MIB * partitions.MIB
    assert partitions.size(table) == (4 + 64 + 600 + 10 + 1) * partitions.MIB
    assert len({one.identity for one in table}) == 4


def test_modules_come_with_what_they_need_and_a_glob_that_fits_none_is_a_fault() -> None:
    needs = kernel.dependencies(
        "kernel/a.ko: kernel/b.ko kernel/c.ko\nkernel/b.ko: kernel/c.ko\nkernel/c.ko:\nkernel/d.ko:\n"
    )
    assert kernel.closure(kernel.wanted(needs, ["a.ko"], "deb"), needs) == ["kernel/a.ko", "kernel/b.ko", "kernel/c.ko"]
    with pytest.raises(ImageError) as raised:
        kernel.wanted(needs, ["a.ko", "x*", "y*"], "deb")
    assert len(raised.value.faults) == 2


def test_what_is_laid_over_the_root_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    with tarfile.open(tmp_path / "base.tar", "w") as base:
        for name in ("./etc/hosts", "./etc/gone", "./etc/kept"):
            base.add(tmp_path / "old", name)
    laid = tree.Tree()
    laid.put("/etc/hosts", tree.Entry(b"new", mode=0o600, owner=(7, 8)))
    with (tmp_path / "out.tar").open("wb") as out:
        tree.write(tmp_path / "base.tar", laid, ["etc/gone"], 5, out)
    with tarfile.open(tmp_path / "out.tar") as made:
        hosts = made.getmember("./etc/hosts")
        content = made.extractfile(hosts)
        assert content is not None
        assert content.read() == b"new"
        assert (hosts.mode, hosts.uid, hosts.gid, hosts.mtime) == (0o600, 7, 8, 5)
        assert "./etc/gone" not in made.getnames()
        assert {one.mtime for one in made} == {5}


def test_what_would_lie_behind_a_link_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "base.tar", "w") as base:
        link = tarfile.TarInfo("./lib")
        link.type, link.linkname = tarfile.SYMTYPE, "usr/lib"
        base.addfile(link)
    laid = tree.Tree()
    laid.put("/lib/modules/x", tree.Entry(b""))
    with pytest.raises(ImageError, match="behind the link"), (tmp_path / "out.tar").open("wb") as out:
        tree.write(tmp_path / "base.tar", laid, [], 5, out)


def test_a_raspberry_pi_s_first_settings_are_one_file_that_names_what_its_card_has() -> None:
    chosen = flavour.read(IMAGES, "raspberrypi")
    (own,) = (entry.own for entry in boot_files.read(chosen) if entry.name == "config.txt")
    whole = "\n".join((IMAGES.parent / of).read_text() for of in own)
    lines = [line for line in whole.splitlines() if line and not line.startswith("#")]
    assert sorted(lines) == [
        "[all]",
        "arm_64bit=1",
        "camera_auto_detect=1",
        "dtparam=strict_gpiod",
        "dtparam=watchdog=on",
        "gpio=17=op,dl,pd",
        "initramfs initrd.img followkernel",
    ]
    assert lines[0] == "[all]"
    assert "initrd.img" in chosen.boot.expected
    words = (IMAGES / "boot/cmdline.txt").read_text().split()
    assert set(words) <= set(chosen.kernel.cmdline), "a card says what an installation adds, too"


def test_the_plan_of_a_raspberry_pi_is_the_one_that_was_read_by_a_person() -> None:
    chosen = flavour.read(IMAGES, "raspberrypi")
    assert plan.text(chosen, plan.steps(chosen, IMAGES, "https://archive.example/")) == GOLDEN.read_text()
