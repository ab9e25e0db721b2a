"""The table of what a device has: whole, true to what is here, and every fault of it said at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from image import layout

IMAGE = Path(__file__).parents[2] / "image"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout's image folder, to break."""
    for name in ("systemd", "boot", "sysusers.d", "udev"):
        shutil.copytree(IMAGE / name, tmp_path / name)
    shutil.copy(IMAGE / layout.TABLE, tmp_path)
    return tmp_path


def refused(folder: Path, old: str, new: str) -> str:
    """Break the table in one place, and return what is said about it."""
    path = folder / layout.TABLE
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(layout.LayoutError) as caught:
        layout.read(folder)
    return str(caught.value)


def test_s10_every_unit_of_the_image_is_laid_out_and_every_one_that_wants_to_start_starts() -> None:
    table = layout.read(IMAGE)
    laid = {file.source for file in table.files if file.path.startswith("/etc/systemd/system/edge-")}
    here = {
        path for path in (IMAGE / "systemd").glob("edge-*.*") if path.stem not in {"edge-confirm", "edge-grow"}
    }  # the image's, for slots
    assert {path for path in laid if path.parent == IMAGE / "systemd"} == here
    assert {path.name for path in here if "\n[Install]" in path.read_text()} == set(table.enable)
    assert table.enable[0] == "edge-door.service", "it is started first"


@pytest.mark.parametrize("kind", layout.KINDS)
def test_each_kind_of_machine_has_the_door_and_its_users(kind: str) -> None:
    paths = {file.path for file in layout.read(IMAGE).files_for(kind)}
    assert {"/etc/systemd/system/edge-door.service", "/etc/sysusers.d/door-terminal.conf"} <= paths
    assert ("/etc/systemd/system/edge-terminal.service.d/edge-terminal.conf" in paths) == (kind == "jetson")


def test_s3_a_pi_alone_gets_boot_settings_and_numpy_1_where_picamera2_was_compiled_for_it() -> None:
    kinds = layout.read(IMAGE).kinds
    assert [name for name, kind in kinds.items() if kind.config] == ["raspberrypi"]
    assert kinds["raspberrypi"].constraints == ("numpy<2; python_version < '3.13'",)
    assert kinds["raspberrypi"].system_site_packages


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"edge-door.service", "edge-terminal.service",\n  "edge-prov',
            '"edge-terminal.service",\n  "edge-prov',
            "enable",
        ),
        ('names = ["60-door-terminal.rules"]', 'names = ["61.rules"]', "61.rules is not there"),
        ('kinds = ["jetson"]', 'kinds = ["jetsen"]', "jetsen is none of"),
        ("[units]", "[unit]", "unit is no table of it"),
        ('to = "/etc/sysusers.d"', 'too = "/etc/sysusers.d"', "too is no key of it"),
        ('path = "/etc/door-terminal"', 'path = "/etc/door-terminal"\nmode = "rw"', "octal"),
        ("system_site_packages = true # picamera2", 'system_site_packages = "yes" # picamera2', "true or false"),
        ('to = "/etc/udev/rules.d"', 'to = "etc/udev/rules.d"', "no path from /"),
        ('to = "/etc/udev/rules.d"', 'to = "/etc/../rules.d"', "no path from /"),
        ("[kinds.debian]", "[kinds.ubuntu]", "has to describe"),
        ("[[folders]]", "[[folders", "cannot be read"),
    ],
)
def test_what_is_wrong_with_it_is_said(copy: Path, old: str, new: str, said: str) -> None:
    assert said in refused(copy, old, new)


def test_every_fault_is_said_at_once(copy: Path) -> None:
    said = refused(copy, 'to = "/etc/udev/rules.d"', 'two = "/etc/udev/rules.d"\nmode = "9"')
    assert all(word in said for word in ("two is no key", "to is missing", "octal"))
