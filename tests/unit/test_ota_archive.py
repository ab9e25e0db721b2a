"""A bundle as one file: the same bytes for the same bundle, and nothing but four known files comes out of it."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.errors import OtaError
from edge.ota.archive import NAMES, pack, peek, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILES = {"manifest.toml": b"schema = 1\n", "model.tflite": b"numbers" * 999, "CARD.md": b"# It\n", "parity.npz": b"p"}


def a_folder(path: Path, files: Mapping[str, bytes] = FILES) -> Path:
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content)
    return path


def a_tar(*entries: tuple[str, bytes], kind: bytes = tarfile.REGTYPE, **how: object) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            entry.size, entry.type = len(content), kind if name == "model.tflite" else tarfile.REGTYPE
            for key, value in how.items():
                setattr(entry, key, value)
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


NEEDED = (("manifest.toml", b"m"), ("model.tflite", b"t"))


def unpacked(folder: Path, raw: bytes, limit: int = 100_000) -> dict[str, bytes]:
    folder.mkdir(exist_ok=True)
    unpack(raw, folder, limit)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_is_packed_comes_out_again(tmp_path: Path) -> None:
    raw = pack(a_folder(tmp_path / "bundle"))
    assert unpacked(tmp_path / "out", raw) == FILES
    assert {name: peek(raw, name) for name in NAMES} == FILES


def test_an_open_file_is_unpacked_like_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "it.tar").write_bytes(pack(a_folder(tmp_path / "bundle")))
    (tmp_path / "out").mkdir()
    with (tmp_path / "it.tar").open("rb") as file:
        unpack(file, tmp_path / "out", 100_000)
    assert (tmp_path / "out" / "model.tflite").read_bytes() == FILES["model.tflite"]


def test_the_archive_is_the_same_wherever_and_whenever_it_is_made(tmp_path: Path) -> None:
    first = a_folder(tmp_path / "a")
    second = a_folder(tmp_path / "b", dict(reversed(FILES.items())))
    (second / "CARD.md").chmod(0o600)
    (second / "notes.txt").write_text("not part of it")
    assert pack(first) == pack(second)


def test_a_parity_set_can_be_given_beside(tmp_path: Path) -> None:
    bare = {name: content for name, content in FILES.items() if name != "parity.npz"}
    assert pack(a_folder(tmp_path / "a", bare), b"p") == pack(a_folder(tmp_path / "b"))


@pytest.mark.parametrize("missing", ["manifest.toml", "model.tflite"])
def test_a_bundle_that_is_not_complete_is_not_packed(tmp_path: Path, missing: str) -> None:
    folder = a_folder(tmp_path / "a", {name: content for name, content in FILES.items() if name != missing})
    with pytest.raises(OtaError, match=f"{missing}: cannot be read"):
        pack(folder)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (a_tar(*NEEDED, ("../evil", b"x")), "holds what no bundle has: '../evil'"),
        (a_tar(*NEEDED, ("/etc/passwd", b"x")), "holds what no bundle has"),
        (a_tar(*NEEDED, ("sub/CARD.md", b"x")), "holds what no bundle has"),
        (a_tar(*NEEDED, ("./CARD.md", b"x")), "holds what no bundle has"),
        (a_tar(*NEEDED, ("run.sh", b"x")), "holds what no bundle has: 'run.sh'"),
        (a_tar(*NEEDED, kind=tarfile.SYMTYPE, linkname="/etc/passwd"), "holds what no bundle has: 'model.tflite'"),
        (a_tar(*NEEDED, kind=tarfile.LNKTYPE, linkname="manifest.toml"), "holds what no bundle has: 'model.tflite'"),
        (a_tar(*NEEDED, kind=tarfile.DIRTYPE), "holds what no bundle has: 'model.tflite'"),
        (a_tar(*NEEDED, kind=tarfile.FIFOTYPE), "holds what no bundle has: 'model.tflite'"),
        (a_tar(*NEEDED, kind=tarfile.CHRTYPE), "holds what no bundle has: 'model.tflite'"),
        (a_tar(*NEEDED, pax_headers={"comment": "x"}), "holds what no bundle has"),
        (a_tar(*NEEDED, NEEDED[0]), "holds a file twice"),
        (a_tar(NEEDED[0]), "model.tflite is missing"),
        (a_tar(), "manifest.toml, model.tflite is missing"),
        (a_tar(("manifest.toml", b"m" * 60_000), ("model.tflite", b"t" * 60_000)), "120000 bytes, and 100000 were"),
        (b"", "damaged"),
        (b"not a tar" * 100, "damaged"),
    ],
)
def test_anything_else_is_refused_before_a_byte_is_written(tmp_path: Path, raw: bytes, said: str) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(OtaError, match=said):
        unpack(raw, tmp_path / "out", 100_000)
    assert list((tmp_path / "out").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_compressed_archives_are_none(tmp_path: Path) -> None:
    import gzip  # noqa: PLC0415 - one story's own

    (tmp_path / "out").mkdir()
    with pytest.raises(OtaError, match="damaged"):
        unpack(gzip.compress(pack(a_folder(tmp_path / "a"))), tmp_path / "out", 100_000)


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    raw = pack(a_folder(tmp_path / "a"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.toml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        unpack(raw, tmp_path / "out", 100_000)
    assert not (tmp_path / "elsewhere").exists()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 9000))
def test_an_archive_that_is_cut_anywhere_is_refused_or_whole(tmp_path: Path, length: int) -> None:
    bundle, out = tmp_path / "a", tmp_path / f"out-{length}"
    raw = pack(bundle if bundle.is_dir() else a_folder(bundle))
    try:
        files = unpacked(out, raw[:length])
    except OtaError:
        return
    assert {"manifest.toml", "model.tflite"} <= files.keys()
    assert all(FILES[name] == content for name, content in files.items())


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 20_000), st.integers(1, 255))
def test_a_changed_byte_lets_nothing_but_known_files_out(tmp_path: Path, place: int, change: int) -> None:
    bundle, out = tmp_path / "a", tmp_path / f"out-{place}-{change}"
    raw = bytearray(pack(bundle if bundle.is_dir() else a_folder(bundle)))
    raw[place % len(raw)] ^= change
    try:
        files = unpacked(out, bytes(raw), sum(map(len, FILES.values())))
    except (OtaError, FileExistsError):
        return
    assert files.keys() <= set(NAMES)
