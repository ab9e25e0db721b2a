"""`edge embed`, as typed: one row a picture, nothing left out silently, nothing half written."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.vision.bundle import find
from tests.e2e.commands import edge, limited

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.e2e.conftest import Typed

pytestmark = pytest.mark.pictures


@dataclass(frozen=True)
class Table:
    """What the file holds."""

    path: list[str]
    status: list[str]
    embedding: NDArray[np.float32]


def table(out: Path) -> Table:
    with np.load(out, allow_pickle=False) as file:
        assert set(file) == {"path", "status", "embedding"}
        assert file["embedding"].dtype == np.float32
        return Table(file["path"].tolist(), file["status"].tolist(), file["embedding"])


def test_a_folder_and_files_are_one_row_each_with_unit_vectors_or_zeros(
    pictures: Path, odd: Path, tmp_path: Path
) -> None:
    out = tmp_path / "rows.npz"
    done = edge("embed", odd, pictures / "obama.jpg", "--out", out)
    rows = table(out)
    files = [*sorted(map(str, odd.iterdir())), str(pictures / "obama.jpg")]
    assert rows.path == files
    bad = {"truncated.jpg", "empty.jpg", "text.jpg", "dot.png", "huge.png"}
    wanted = dict.fromkeys(bad, "unreadable") | {"nobody.png": "no-face"}
    assert rows.status == [wanted.get(file.rpartition("/")[2], "ok") for file in files]
    lengths = np.linalg.norm(rows.embedding, axis=1)
    assert lengths == pytest.approx([float(status == "ok") for status in rows.status], abs=1e-5)
    assert done.code == 6
    for name in bad:
        assert sum(line.startswith(f"{odd / name}: ") for line in done.err.splitlines()) == 1
    assert f"{rows.status.count('ok')} of {len(files)} pictures embedded into {out}" in done.err


def test_where_no_picture_has_a_face_the_rows_are_as_wide_as_ever(odd: Path, typed: Typed, tmp_path: Path) -> None:
    out = tmp_path / "rows.npz"
    assert typed("embed", odd / "nobody.png", odd / "text.jpg", "--out", out).code == 6
    rows = table(out)
    assert rows.status == ["no-face", "unreadable"]
    assert rows.embedding.shape == (2, 512)
    assert not rows.embedding.any()


def test_the_same_picture_is_the_same_row_whatever_came_before(pictures: Path, typed: Typed, tmp_path: Path) -> None:
    for names in (("biden.jpg", "obama.jpg"), ("obama.jpg",)):
        words = [pictures / name for name in names]
        assert typed("embed", *words, "--out", tmp_path / f"{len(names)}.npz").code == 0
    assert np.array_equal(table(tmp_path / "2.npz").embedding[1], table(tmp_path / "1.npz").embedding[0])


def test_flip_and_gate_do_what_they_say(pictures: Path, typed: Typed, tmp_path: Path) -> None:
    files = pictures / "obama.jpg", pictures / "obama_partial_face.jpg"
    for words in ((), ("--flip",), ("--gate",)):
        assert typed("embed", *files, *words, "--out", tmp_path / f"{''.join(words)}.npz").code == 0
    plain, flip, gate = (table(tmp_path / f"{name}.npz") for name in ("", "--flip", "--gate"))
    assert plain.status == flip.status == ["ok", "ok"]
    assert gate.status == ["ok", "cut-off"]
    assert not gate.embedding[1].any()
    assert np.array_equal(gate.embedding[0], plain.embedding[0])
    assert 0.8 < float(plain.embedding[0] @ flip.embedding[0]) < 0.99999


def test_a_model_is_named_or_a_folder_and_need_not_be_trusted(pictures: Path, typed: Typed, tmp_path: Path) -> None:
    name = "mobilefacenet-dynamic-1"
    mine = tmp_path / name
    shutil.copytree(find(name), mine)
    manifest = mine / "manifest.toml"
    manifest.write_text(manifest.read_text() + "\n# built here\n")
    for number, model in enumerate((name, mine)):
        assert typed("embed", pictures / "obama.jpg", "--model", model, "--out", tmp_path / f"{number}.npz").code == 0
    assert np.array_equal(table(tmp_path / "0.npz").embedding, table(tmp_path / "1.npz").embedding)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("nowhere.jpg", "--out", "rows.npz"), (6, "no such file")),
        (("empty", "--out", "rows.npz"), (6, "no pictures")),
        (("photo.jpg", "--out", "missing/rows.npz"), (1, "cannot be written")),
        (("photo.jpg", "--out", "rows.npz", "--model", "nothing"), (4, "no such folder")),
        (("photo.jpg", "--out", "rows.npz", "--model", "blazeface-dynamic-1"), (4, "detector")),
    ],
)
def test_what_cannot_be_done_is_one_line_before_any_work(
    words: tuple[str, ...],
    fault: tuple[int, str],
    typed: Typed,
    pictures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "photo.jpg").symlink_to(pictures / "obama.jpg")
    done = typed("embed", *words)
    assert done.code == fault[0]
    assert fault[1] in done.fault
    assert not (tmp_path / "rows.npz").exists()


def test_a_full_disk_is_one_line_and_leaves_the_older_file(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.npz"
    out.write_bytes(b"an hour's work")
    done = limited(1000, "embed", pictures / "obama.jpg", "--out", out)
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith(f"edge: {out}: cannot be written: File too large")
    assert "Traceback" not in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["rows.npz"]
    assert out.read_bytes() == b"an hour's work"
