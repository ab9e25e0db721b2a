"""The same inputs give the same bytes, wherever and by whomever; and what differs is named."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tarfile
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cyclonedx.model.component import Component

from image.build import artefacts, card, comparing, flavour, initrd, kernel, partitions, sbom, tree, wheels
from image.build.errors import ImageError
from image.build.flavour import Sizes
from image.build.running import SEARCHED, Bench

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGES = Path(__file__).resolve().parents[2] / "image"
EPOCH = 1_700_000_000
TOOLS = ("mcopy", "mkfs.vfat", "mke2fs", "sfdisk", "sqfstar", "veritysetup", "depmod")
MEMORY = Path("/dev/shm")  # noqa: S108 - another file system, whose folders are read in another order


def built(folder: Path, **files: bytes) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    artefacts.write(folder, {"roothash": "00"}, {name: folder / name for name in files})
    return folder


def test_two_builds_of_the_same_bytes_are_the_same(tmp_path: Path) -> None:
    verdicts = comparing.compare(built(tmp_path / "a", root=b"x"), built(tmp_path / "b", root=b"x"))
    assert [(one.name, one.same) for one in verdicts] == [("root", True)]
    assert "all 1 are the same" in comparing.text(verdicts)


def test_what_differs_is_named_with_the_place_where_it_begins(tmp_path: Path) -> None:
    one = built(tmp_path / "a", root=b"x" * 9000, initrd=b"i")
    other = built(tmp_path / "b", root=b"x" * 8999 + b"y", card=b"c")
    verdicts = {verdict.name: verdict for verdict in comparing.compare(one, other)}
    assert not any(verdict.same for verdict in verdicts.values())
    assert "1 blocks differ; the first block of 4 KiB that differs is at byte 8192" in verdicts["root"].said
    assert f"only {tmp_path / 'b' / 'card'} is there" in verdicts["card"].said
    assert "3 differ" in comparing.text(tuple(verdicts.values()))


def test_a_folder_without_a_build_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"build\.json is not there"):
        comparing.compare(tmp_path, tmp_path)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    folder = (MEMORY if MEMORY.is_dir() else tmp_path) / f"image-{uuid.uuid4().hex}"
    yield folder
    shutil.rmtree(folder)


def parts(folder: Path) -> Path:
    """Everything that a build makes after Debian's root is there, of a root with a few files."""
    work, out = folder / "work", folder / "out"
    for path in (work, out):
        path.mkdir(parents=True)
    bench = Bench(work, folder / "cache", EPOCH)
    base = work / "base.tar"
    with tarfile.open(base, "w") as made:
        made.addfile(tarfile.TarInfo("./usr"))
    laid = tree.Tree()
    for number in range(40):
        (work / f"file{number}").write_bytes(bytes([number]) * 5000)
        laid.put(f"/etc/deep/{number}", tree.Entry(work / f"file{number}"))
    slot = card.verity(bench, card.squashfs(bench, base, laid, ()), out)
    files = {"root": slot.image, "verity": slot.verity, "squashfs": slot.squashfs}
    table = partitions.table(Sizes(boot_mib=64, slot_mib=1, data_mib=16))
    names = ("vmlinuz", "initrd.img", *(f"overlays/{number}.dtbo" for number in range(20)))
    starting = {f"{one}/{name}": slot.verity for one in "ba" for name in names}
    files["boot"] = card.fat(bench, table[0].size, starting | {"config.txt": slot.verity}, out)
    files["data"] = card.ext4(bench, table[3].size, table[3].identity, out)
    contents = {"BOOT": files["boot"], "root-a": slot.image, "data": files["data"]}
    files["card"] = card.card(bench, table, contents, out)
    said = out / "sbom.cdx.json"
    said.write_text(sbom.document(Component(name="x", bom_ref="x"), EPOCH, []), encoding="utf-8")
    first = initrd.Cpio(EPOCH)
    first.put("init", 0o100755, b"#!/bin/sh\n")
    (out / "initrd").write_bytes(first.end())
    return artefacts.write(out, {"roothash": slot.roothash}, files | {"sbom": said, "initrd": out / "initrd"}).parent


@pytest.mark.long
@pytest.mark.skipif(
    not all(shutil.which(tool, path=SEARCHED) for tool in TOOLS), reason="scripts/image installs what this takes"
)
def test_the_same_parts_give_the_same_card_elsewhere_to_somebody_else(
    tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = parts(tmp_path / "one")
    for key, value in comparing.ELSEWHERE.items():
        monkeypatch.setenv(key, value)
    mask = os.umask(0o077)
    try:
        other = parts(memory)
    finally:
        os.umask(mask)
    verdicts = comparing.compare(first, other)
    assert len(verdicts) == 8
    assert [one for one in verdicts if not one.same] == []


def test_modules_that_are_built_beside_a_kernel_have_a_place_in_its_order() -> None:
    assert kernel.order("kernel/a.ko\n", ["gpio-sim.ko", "a.ko"]) == "kernel/a.ko\nextra/a.ko\nextra/gpio-sim.ko\n"


def test_a_package_s_list_of_files_names_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "a, b.py").touch()
    kept = '"a, b.py",sha256=1,2\n'
    assert wheels.recorded(f"../../bin/f2py,sha256=3,240\n{kept}", tmp_path) == kept


def test_bytecode_is_made_by_the_device_s_own_release_where_this_machine_has_it(tmp_path: Path) -> None:
    bench, chosen = Bench(tmp_path, tmp_path, EPOCH), flavour.read(IMAGES, "debian-arm64")
    mine = replace(chosen, python=replace(chosen.python, version="{}.{}".format(*sys.version_info)))
    release = platform.python_version()
    package = f"python{mine.python.version}"
    assert wheels.compiler(bench, mine, {package: f"{release}-6+deb12u9"}) == (sys.executable, release)
    assert wheels.compiler(bench, mine, {package: "0.0.0-1"})[1].startswith(mine.python.version)
    strange = replace(chosen, python=replace(chosen.python, version="2.0"))
    with pytest.raises(ImageError, match=r"apt-get install python2\.0"):
        wheels.compiler(bench, strange, {})
