"""The wheels that an image pins: they come from pip's own index by their hashes, and fit one another and the device."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from image.build import archive, environment, flavour, wheels
from image.build.running import SEARCHED, Bench
from tests.unit.image_wheels import on_a_device, packed, pinned

IMAGES = Path(__file__).resolve().parents[2] / "image"
PI, DEBIAN = (flavour.read(IMAGES, name) for name in ("raspberrypi", "debian-arm64"))
PAGE = 16 * 1024
"""A Pi 5's kernel has pages of this size: what is laid out for smaller ones does not load."""

QEMU = "qemu-aarch64-static"
LINKED = ("bin", "lib", "sbin")
SYSTEM = ("libc6", "libgcc-s1", "libstdc++6", "libssl3", "zlib1g", "libexpat1", "libffi8", "libbz2-1.0", "liblzma5")
PYTHON = ("libpython3.11-minimal", "libpython3.11-stdlib", "python3.11-minimal")
OWN = "numpy, cv2, ml_dtypes, ai_edge_litert.interpreter, PIL.Image, msgspec, cryptography, zxingcpp, gpiod"
COMPILED = "python3-bottleneck"
"""A package of Debian 12 whose compiled modules take numpy's arrays, as python3-simplejpeg's do."""

pytestmark = pytest.mark.long


@pytest.fixture(scope="module", params=[PI, DEBIAN], ids=lambda one: str(one.python.lock))
def chosen(request: pytest.FixtureRequest) -> flavour.Flavour:
    """The flavours whose locks differ."""
    found: flavour.Flavour = request.param
    return found


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, chosen: flavour.Flavour) -> Bench:
    """A bench whose cache has the wheels of one lock."""
    folder = tmp_path_factory.mktemp("bench")
    (folder / "work").mkdir()
    made = Bench(folder / "work", folder / "cache", 1_700_000_000)
    wheels.fetch(made, chosen, IMAGES / chosen.python.lock)
    return made


@pytest.fixture
def kept(bench: Bench) -> tuple[Path, ...]:
    """The wheels."""
    return tuple((bench.cache / "wheels/arm64").glob("*.whl"))


def smallest_page(library: bytes) -> int:
    """The smallest page size that an ELF file's loaded parts are laid out for, in bytes."""
    (begins,), (size, count) = struct.unpack_from("<Q", library, 32), struct.unpack_from("<HH", library, 54)
    parts = [library[begins + size * at :][:size] for at in range(count)]
    return min(int(struct.unpack_from("<Q", part, 48)[0]) for part in parts if part.startswith(b"\x01\0\0\0"))


def test_every_locked_wheel_has_what_it_requires_in_the_lock(kept: tuple[Path, ...], chosen: flavour.Flavour) -> None:
    locked, asking = pinned(chosen, IMAGES), set()
    for path in kept:
        with zipfile.ZipFile(path) as whole:
            (about,) = (one for one in whole.namelist() if one.endswith(".dist-info/METADATA") and one.count("/") == 1)
            lines = message_from_bytes(whole.read(about)).get_all("Requires-Dist") or []
        for need in filter(None, (on_a_device(chosen, line) for line in lines)):
            name = canonicalize_name(need.name)
            assert name in locked or name in wheels.UNUSED, f"{path.name} requires {need}"
            assert name in wheels.UNUSED or locked[name] in need.specifier, f"{path.name} requires {need}"
            asking |= {path.name.split("-")[0]} if name == "numpy" else set()
    assert len(kept) == len(locked)
    assert asking == {"ai_edge_litert", "ml_dtypes", "opencv_python_headless"}


def test_every_library_of_the_wheels_is_laid_out_for_the_pages_of_a_pi_5(kept: tuple[Path, ...]) -> None:
    found: dict[str, int] = {}
    for path in kept:
        with zipfile.ZipFile(path) as whole:
            libraries = [name for name in whole.namelist() if ".so" in Path(name).name]
            found |= {name: smallest_page(whole.read(name)) for name in libraries}
    assert {name for name, page in found.items() if page % PAGE} == set()
    assert {"cv2", "numpy", "ai_edge_litert"} <= {name.partition("/")[0] for name in found}


def unpacked(bench: Bench, packages: tuple[str, ...], sources: tuple[str, ...]) -> Path:
    """Debian's packages for the device, unpacked and not configured, with a program that runs theirs."""
    root = bench.work / "root"
    for name in LINKED:
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    apt = archive.opened(bench, PI, sources)
    for name in packages:
        subprocess.run(["dpkg-deb", "-x", apt.fetch(name, apt.candidate(name)), root], check=True, capture_output=True)
    shutil.copy(shutil.which(QEMU) or QEMU, root / "usr/bin")
    return root


@pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, (QEMU, "apt-get", "chroot"))),
    reason="the device's Python runs in a folder: that takes root, and what scripts/image installs",
)
def test_what_debian_compiled_for_numpy_1_loads_beside_a_pi_s_wheels_alone(
    bench: Bench, chosen: flavour.Flavour
) -> None:
    """Debian's own Python 3.11 for 64-bit ARM, emulated; picamera2 and libcamera are in no archive of Debian 12."""
    root = unpacked(bench, (*SYSTEM, *PYTHON, COMPILED), PI.apt.archives[:-1])
    own = packed(bench.work / "own", "door_terminal", "0.1")
    laid = wheels.install(bench, chosen, IMAGES / chosen.python.lock, own, environment.kind(PI, IMAGES))
    shutil.copytree(laid, root / environment.PROGRAM[1:], symlinks=True)
    python = f"{environment.PROGRAM}/bin/python3"
    words = ["chroot", str(root), f"/usr/bin/{QEMU}", "-0", python, python, "-c"]
    for modules in (OWN, "bottleneck"):
        said = f"import {modules}; print('loaded')"
        done = subprocess.run([*words, said], capture_output=True, text=True, check=False, env={"PATH": SEARCHED})
        assert done.stdout == ("loaded\n" if modules == OWN or chosen is PI else ""), done.stderr
    assert chosen is PI or "compiled using NumPy 1.x cannot be run in" in done.stderr
