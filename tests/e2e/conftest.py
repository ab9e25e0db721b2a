"""What the tests of the commands share: one enrolled person, pictures that are wrong in every way, a keyboard."""

from __future__ import annotations

import logging
import shutil
import struct
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from edge.cli import main
from tests.e2e.commands import AGREED, Done, edge
from tests.head_office import furnish
from tests.staging import Cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.vision.pipeline import Eyes
    from tests.acting import Pixels

    Typed = Callable[..., Done]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    """Run a command in this process, with the models' libraries already loaded; as `commands.edge` otherwise."""

    def run(*words: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["edge", *map(str, words)])
        root = logging.getLogger()
        before = (tuple(root.handlers), root.level)
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:  # a process of its own would take its log with it
            root.handlers[:] = before[0]
            root.setLevel(before[1])
        code = ended.value.code
        return Done(int(code or 0), *capfd.readouterr())

    return run


@pytest.fixture(scope="session")
def desk(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one person, bo, from one photograph; not to be written to."""
    folder = tmp_path_factory.mktemp("desk")
    done = edge("enrol", *AGREED, "--data", folder, "--id", "bo", "--name", "Barack", pictures / "obama.jpg")
    assert done.code == 0
    for written in folder.glob("journal*"):
        written.unlink()  # each test's journal begins with it
    return folder


@pytest.fixture
def data(desk: Path, tmp_path: Path) -> Path:
    """A copy of the desk for one test."""
    return Path(shutil.copytree(desk, tmp_path / "data"))


@pytest.fixture(scope="session")
def cast(photographs: Mapping[str, Pixels], eyes: Eyes) -> Cast:
    """Who acts before the real models."""
    return Cast.of(photographs, eyes)


@pytest.fixture(scope="session")
def odd(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One photograph in unusual forms, two people in one picture, and files that are no pictures at all."""
    folder = tmp_path_factory.mktemp("odd")
    whole = (pictures / "obama.jpg").read_bytes()
    (folder / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("not a picture\n" * 9)
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    (folder / "huge.png").write_bytes(_png_of(20_000, 20_000))
    Image.new("RGB", (300, 300), (128, 128, 128)).save(folder / "nobody.png")
    with Image.open(pictures / "obama.jpg") as photograph, Image.open(pictures / "biden.jpg") as other:
        face = photograph.convert("RGB")
        Image.fromarray(np.asarray(face.convert("L")).astype(np.uint16) * 257).save(folder / "deep.png")
        face.convert("L").save(folder / "grey.jpg", quality=95)
        face.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
        exif = Image.Exif()
        exif[0x0112] = 6
        face.transpose(Image.Transpose.ROTATE_90).save(folder / "turned.jpg", exif=exif, quality=95)
        second = other.convert("RGB").resize((face.width, face.width * other.height // other.width))
        both = Image.new("RGB", (2 * face.width, max(face.height, second.height)))
        both.paste(face, (0, 0))
        both.paste(second, (face.width, 0))
        both.save(folder / "two.jpg", quality=95)
    return folder


def _png_of(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(100))), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Head office's folder, on a machine that is nobody's terminal."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    furnish(tmp_path)
    return tmp_path
