"""What the program of an image sees: apt's Python packages where its kind of machine needs them, and one numpy."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from image import __main__ as program
from image import layout
from image.build import building, environment, flavour, laying, plan, relock, tree, wheels
from image.build.errors import ImageError
from image.build.running import Bench
from tests.unit.image_wheels import on_a_device, packed, pinned

if TYPE_CHECKING:
    from image.build.flavour import Flavour

PROJECT = Path(__file__).resolve().parents[2]
IMAGES = PROJECT / "image"
PI, DEBIAN = (flavour.read(IMAGES, name) for name in ("raspberrypi", "debian-arm64"))
FLAVOURS = [flavour.read(IMAGES, name) for name in flavour.names(IMAGES)]
KINDS = layout.read(IMAGES).kinds
EVERY = "usr/lib/python3/dist-packages/*"
OWN = "/opt/door-terminal/lib/python3.11/site-packages"
MINE = "{}.{}".format(*sys.version_info)

each_flavour = pytest.mark.parametrize("chosen", FLAVOURS, ids=lambda one: str(one.name))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "work").mkdir()
    return Bench(tmp_path / "work", tmp_path / "cache", 1_700_000_000)


def debian(folder: Path, *paths: str) -> Path:
    """Debian's root with some files."""
    with tarfile.open(folder / "base.tar", "w") as base:
        for path in paths:
            info = tarfile.TarInfo(f".{path}")
            info.size = len(b"X = 1\n")
            base.addfile(info, BytesIO(b"X = 1\n"))
    return folder / "base.tar"


@each_flavour
def test_dist_packages_stay_in_the_root_where_the_program_looks_there_and_nowhere_else(chosen: Flavour) -> None:
    steps = {step.name: step.lines for step in plan.steps(chosen, IMAGES, "")}
    sees = any("it sees" in line and environment.APT in line for line in steps["program"])
    assert sees == (chosen.name == "raspberrypi")
    assert (EVERY in steps["left out of the root"]) == (not sees)
    assert tree.left_out(f"{environment.APT}/picamera2/__init__.py", chosen.root.drop) == (not sees)
    assert tree.left_out(f"{environment.APT}/__pycache__/lgpio.cpython-311.pyc", chosen.root.drop)


@each_flavour
def test_wheels_are_within_what_the_kind_of_machine_allows(chosen: Flavour) -> None:
    locked = pinned(chosen, IMAGES)
    bounds = [on_a_device(chosen, line) for line in environment.kind(chosen, IMAGES).constraints]
    assert [str(bound) for bound in bounds if bound and locked[bound.name] not in bound.specifier] == []
    assert (locked["numpy"] < "2") == (chosen.name == "raspberrypi"), "Debian 12's simplejpeg was compiled for numpy 1"


@each_flavour
def test_a_root_has_apt_s_packages_that_its_kind_of_machine_needs(chosen: Flavour) -> None:
    needed = set(KINDS[chosen.kind].packages) - {"python3-venv"}  # an image's environment is laid out, not made there
    assert needed <= set(chosen.apt.packages)


def test_lgpio_is_apt_s_on_a_pi_and_a_wheel_elsewhere() -> None:
    assert "lgpio" not in pinned(PI, IMAGES), "a wheel of the program's own would come before apt's"
    assert "python3-lgpio" in PI.apt.packages
    assert "lgpio" in pinned(DEBIAN, IMAGES)


def test_an_image_without_what_its_program_is_to_see_is_refused_as_a_kind_that_nobody_knows_is() -> None:
    root = replace(PI.root, drop=(*PI.root.drop, "usr/lib/python3"))
    with pytest.raises(ImageError, match=r"raspberrypi: root\.drop leaves out /usr/lib/python3/dist-packages.*remove"):
        environment.kind(replace(PI, root=root), IMAGES)
    with pytest.raises(ImageError, match=r"kind 'abacus' is none of device\.toml: raspberrypi"):
        plan.steps(replace(PI, kind="abacus"), IMAGES, "")
    with pytest.raises(ImageError, match=r"device\.toml: cannot be read"):
        environment.kind(PI, PROJECT)


@pytest.mark.skipif(not Path("/usr/bin/python3.11").is_file(), reason="this machine has no Python of Debian 12")
@pytest.mark.parametrize("chosen", [PI, DEBIAN], ids=lambda one: str(one.name))
def test_the_environment_that_is_laid_out_sees_them_after_its_own(bench: Bench, chosen: Flavour) -> None:
    kept = packed(bench.cache / "wheels/arm64", "inner", "1.0")
    lock = bench.work / "a.lock"
    lock.write_text(f"inner==1.0 --hash=sha256:{hashlib.sha256(kept.read_bytes()).hexdigest()}\n")
    seen = environment.kind(chosen, IMAGES)
    laid = wheels.install(bench, chosen, lock, packed(bench.work / "own", "door_terminal", "0.1"), seen)
    words = [str(laid / "bin/python3"), "-c", "import inner, sys; print(*sys.path, sep='\\n')"]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    own = str(laid / "lib/python3.11/site-packages")
    assert own in told
    assert [path for path in told[told.index(own) :] if path == environment.APT] == list(
        environment.folders(chosen, seen)[1:]
    )


def test_a_root_without_a_module_that_the_program_imports_is_refused_by_name(tmp_path: Path) -> None:
    seen = KINDS["raspberrypi"]
    apt = environment.APT
    whole = debian(tmp_path, f"{apt}/picamera2/__init__.py", f"{apt}/lgpio.py")
    environment.check(PI, seen, whole, ())
    environment.check(PI, seen, debian(tmp_path, f"{apt}/picamera2/__init__.py"), [f"{OWN}/lgpio.py"])
    built = debian(tmp_path, f"{apt}/picamera2/__init__.py", f"{apt}/lgpio.cpython-311-aarch64-linux-gnu.so")
    environment.check(PI, seen, built, ())
    with pytest.raises(ImageError) as raised:
        environment.check(PI, seen, debian(tmp_path, f"{apt}/picamera2.pth", f"{apt}/deep/lgpio.py"), ())
    assert [fault.split(",")[0] for fault in raised.value.faults] == [
        "raspberrypi: a raspberrypi has to find picamera2",
        "raspberrypi: a raspberrypi has to find lgpio",
    ]
    with pytest.raises(ImageError, match=r"gpiod, and there is none in /opt/door-terminal/lib\S+$"):
        environment.check(DEBIAN, KINDS["debian"], debian(tmp_path, f"{apt}/gpiod.py"), ())


def test_a_root_is_not_laid_out_without_them(bench: Bench) -> None:
    order = building.Order(PI, PROJECT, bench.work, "1", ())
    made = laying.Made(debian(bench.work), bench.work / "modules", bench.work / "program", {})
    with pytest.raises(ImageError, match="has to find picamera2"):
        laying.lay(bench, order, made)


@pytest.mark.parametrize(
    ("chosen", "there"), [(PI, ["/usr/lib/python3.11", environment.APT]), (DEBIAN, ["/usr/lib/python3.11"])]
)
def test_what_stays_of_debian_s_modules_is_compiled_for_where_it_is(
    bench: Bench, chosen: Flavour, there: list[str]
) -> None:
    base = debian(bench.work, "/usr/lib/python3.11/os.py", f"{environment.APT}/lgpio.py", f"{environment.APT}/a/x.txt")
    found = laying.standard_library(bench, base, chosen)
    assert list(found) == there
    for at, folder in found.items():
        wheels.compile_for(bench, sys.executable, folder, at)
        (compiled,) = folder.rglob("*.pyc")
        assert f"{at}/{compiled.name.split('.')[0]}.py".encode() in compiled.read_bytes()


def test_a_new_lock_of_wheels_keeps_the_constraints_of_the_kind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("1.26.4", "2.4.6"):
        packed(bench.work / "index", "numpy", version)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(bench.work / "index"))
    project = bench.work / "project"
    (project / "image").mkdir(parents=True)
    (project / "pyproject.toml").write_text('[project]\ndependencies = ["numpy>=1.26"]\n')
    for name in ("device.toml", "systemd", "boot", "sysusers.d", "udev"):
        (project / "image" / name).symlink_to(IMAGES / name)
    for chosen, newest in ((PI, "1.26.4"), (DEBIAN, "2.4.6")):
        mine = replace(chosen, python=replace(chosen.python, version=MINE, requirements=()))
        again = Bench(bench.work / chosen.name, bench.cache, bench.epoch)
        again.work.mkdir()
        (lock,) = relock.relock_wheels(again, building.Order(mine, project, bench.work, "1", ()))
        assert wheels.read_lock(lock) == {"numpy": newest}
    strange = replace(PI, python=replace(PI.python, version="2.0"))
    with pytest.raises(ImageError, match=rf"runs Python 2\.0, and pip judges .* by its own, {MINE}"):
        wheels.resolved(bench, strange, project, KINDS["raspberrypi"])


def test_wheels_alone_are_locked_without_an_archive_and_what_fails_changes_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    before = (IMAGES / PI.python.lock).read_bytes()
    words = [PI.name, "--out", str(tmp_path)]
    failed = [CliRunner().invoke(program.command, [*words, how]).exception for how in ("--relock", "--relock-wheels")]
    assert [isinstance(error, ImageError) for error in failed] == [True, True]
    assert ["needs --archive" in str(error) for error in failed] == [True, False]
    assert (IMAGES / PI.python.lock).read_bytes() == before
