"""`edge eval detect`, as typed: faces of known size on a plain ground, pictures of nobody, and what cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import msgspec
import numpy as np
import pytest

from edge.eval.detect import DetectReport
from tests.e2e.commands import twin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.vision.pipeline import Eyes
    from tests.e2e.conftest import Typed

pytestmark = pytest.mark.pictures
WIDTHS = (4, 20, 52, 150)


def report(out: str) -> DetectReport:
    return msgspec.json.decode(out, type=DetectReport)


@pytest.fixture(scope="module")
def scenes(
    photographs: Mapping[str, NDArray[np.uint8]], eyes: Eyes, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[str]]:
    """People cut out of photographs, on a plain ground, their faces so many pixels wide; and where the faces are."""
    folder = tmp_path_factory.mktemp("scenes")
    rows = ["file,left,top,width,height"]
    for name in ("obama", "obama2", "biden", "astronaut"):
        photograph = photographs[name]
        found = max(eyes.detect(photograph), key=lambda face: face.box.area).box
        for width in WIDTHS:
            scale = width / found.width
            person = cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:480, :640]
            scene = np.full((480, 640, 3), 120, np.uint8)
            scene[: person.shape[0], : person.shape[1]] = person
            cv2.imwrite(str(folder / f"{name}-{width}.png"), scene)
            box = (found.left * scale, found.top * scale, found.width * scale, found.height * scale)
            rows.append(",".join((f"{name}-{width}.png", *(f"{side:.2f}" for side in box))))
    return folder, rows


def test_recall_falls_off_with_the_size_of_the_face(scenes: tuple[Path, list[str]], typed: Typed) -> None:
    folder, rows = scenes
    boxes = folder / "boxes.csv"
    boxes.write_text("\n".join(rows))
    done = typed("eval", "detect", "--images", folder, "--boxes", boxes, "--jobs", "1", "--json", "-")
    whole = report(done.out)
    (one,) = whole.detectors
    assert (done.code, whole.data, whole.no_faces, whole.unlabelled) == (0, folder.name, None, 0)
    assert one.boxed is not None
    assert (one.boxed.pictures, one.boxed.faces, one.boxed.ignored, one.unreadable) == (16, 16, 0, 0)
    found = {bin_.low: bin_.detector for bin_ in one.boxed.by_width}
    assert {low: rate.trials for low, rate in found.items()} == {0: 4, 16: 4, 48: 4, 128: 4}
    assert found[0].events == 0
    assert found[128].events == 4
    assert found[0].rate <= found[16].rate < found[48].rate < found[128].rate
    usable = {bin_.low: bin_.usable.events for bin_ in one.boxed.by_width}
    assert usable[48] < found[48].events  # the eyes of some are too near each other to be compared
    assert usable[128] == 4
    assert [point.min_score for point in one.boxed.curve] == [0.3, 0.5, 0.7, 0.9]
    recalls = [point.stage.recall.events for point in one.boxed.curve]
    assert recalls[3] < recalls[1]
    assert one.boxed.detector.recall.events == recalls[1] == sum(rate.events for rate in found.values())


def test_the_text_of_wider_face_says_the_same_and_variants_stand_side_by_side(
    scenes: tuple[Path, list[str]], typed: Typed, tmp_path: Path
) -> None:
    folder, rows = scenes
    lines = [row.split(",") for row in rows[1:] if "-150" in row]
    text = "".join(
        f"{name}\n1\n{' '.join(str(round(float(side))) for side in box)} 0 0 0 0 0 0\n" for name, *box in lines
    )
    boxes = tmp_path / "wider_face_bbx_gt.txt"
    boxes.write_text(text)
    out = tmp_path / "report.json"
    models = "--model", "dynamic", "--model", twin("blazeface-dynamic-1", tmp_path)
    done = typed("eval", "detect", "--images", folder, "--boxes", boxes, *models, "--json", out)
    whole = report(out.read_text())
    assert (done.code, whole.unlabelled) == (0, 12)
    assert [one.models.detector.name for one in whole.detectors] == ["blazeface-dynamic-1", "twin-1"]
    assert [one.models.landmarks.name for one in whole.detectors] == ["facemesh-dynamic-1"] * 2
    assert [one.boxed.detector.recall.events for one in whole.detectors if one.boxed] == [4, 4]
    assert "twin-1" in done.out
    assert "12 pictures are not named" in done.out


def test_people_without_boxes_and_pictures_of_nobody_are_counted(pictures: Path, typed: Typed, tmp_path: Path) -> None:
    nobody, somebody = tmp_path / "nobody", tmp_path / "somebody"
    nobody.mkdir()
    (somebody / "bo").mkdir(parents=True)
    (somebody / "bo" / "1.jpg").symlink_to(pictures / "obama.jpg")
    plain = np.full((200, 300, 3), 90, np.uint8)
    cv2.imwrite(str(nobody / "plain.png"), plain)
    photograph = cv2.imread(str(pictures / "biden.jpg"))
    assert photograph is not None
    cv2.imwrite(str(nobody / "not-nobody.png"), photograph)
    (nobody / "bad.png").write_bytes(b"no picture")
    done = typed("eval", "detect", "--images", somebody, "--no-faces", nobody, "--json", "-")
    (one,) = report(done.out).detectors
    assert (done.code, one.unreadable) == (6, 1)
    assert one.people is not None
    assert one.nobody is not None
    assert (one.people.pictures, one.people.usable.one.events) == (1, 1)
    stages = (one.nobody.detector, one.nobody.confirmed, one.nobody.usable)
    assert [(stage.some.events, stage.some.trials, stage.faces) for stage in stages] == [(1, 2, 1)] * 3
    assert one.nobody.detector.per_picture == pytest.approx(0.5)
    assert one.boxed is None


def test_a_picture_that_cannot_be_read_is_named_and_the_rest_is_counted(
    pictures: Path, typed: Typed, tmp_path: Path
) -> None:
    (tmp_path / "good.jpg").symlink_to(pictures / "obama.jpg")
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("file,left,top,width,height\nbad.jpg,1,2,3,4\ngood.jpg,1,1,9,9\nmissing.jpg,,,,\n")
    done = typed("eval", "detect", "--images", tmp_path, "--boxes", boxes, "--json", "-")
    (one,) = report(done.out).detectors
    assert done.code == 6
    assert one.unreadable == 2
    assert one.boxed is not None
    # The only picture that was read is said to show a face in its corner: the one that is found is a false alarm.
    assert (one.boxed.pictures, one.boxed.faces, one.boxed.detector.false_alarms) == (1, 1, 1)
    assert one.boxed.detector.recall.events == 0
    assert f"{tmp_path / 'bad.jpg'}: cannot be read" in done.err
    assert f"{tmp_path / 'missing.jpg'}: cannot be read" in done.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "--images, --no-faces, or both"),
        (("--boxes", "boxes.csv"), 2, "--images"),
        (("--boxes", "boxes.csv", "--no-faces", "."), 2, "--boxes need the --images"),
        (("--images", ".", "--boxes", "boxes.csv"), 6, "line 2: 1,2,x,4 is no box"),
        (("--images", "empty"), 6, "no pictures"),
        (("--no-faces", "empty", "--json", "missing/out.json"), 1, "cannot be written"),
        (("--no-faces", ".", "--model", "nothing"), 4, "nothing"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_work(
    words: tuple[str, ...], code: int, said: str, typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "boxes.csv").write_text("file,left,top,width,height\na.jpg,1,2,x,4\n")
    cv2.imwrite("a.png", np.zeros((50, 50, 3), np.uint8))
    done = typed("eval", "detect", *words)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert "Traceback" not in done.err
