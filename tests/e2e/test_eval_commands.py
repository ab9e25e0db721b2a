"""`edge eval verify` and `calibrate` on public photographs, arranged as two people with sixty pictures each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest
from PIL import Image, ImageEnhance

from edge.app import measured
from edge.eval.calibrate import CalibrationReport
from edge.eval.verify import VerifyReport
from edge.vision.bundle import find, load
from tests.e2e.commands import limited, twin

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed

pytestmark = pytest.mark.pictures

MODEL = "mobilefacenet-dynamic-1"
_EACH = 60


@pytest.fixture(scope="module")
def album(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bo and Joe, a little darker and smaller from picture to picture: 3,600 pairs of the two."""
    folder = tmp_path_factory.mktemp("set") / "presidents"
    for person, name in (("bo", "obama.jpg"), ("joe", "biden.jpg")):
        (folder / person).mkdir(parents=True)
        with Image.open(pictures / name) as photograph:
            face = photograph.convert("RGB")
        for number in range(_EACH):
            shown = face.resize((300 - 2 * number, (300 - 2 * number) * face.height // face.width))
            ImageEnhance.Brightness(shown).enhance(1 - number / 150).save(
                folder / person / f"{person}_{number + 1:04d}.jpg"
            )
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(pictures: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Embeddings are kept in a folder of the test's; the photographs were fetched into the user's."""
    assert pictures.is_dir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


@pytest.fixture
def few(album: Path, tmp_path: Path) -> Path:
    """Two pictures of Bo, two of Joe."""
    for name in ("bo/bo_0001.jpg", "bo/bo_0002.jpg", "joe/joe_0001.jpg", "joe/joe_0002.jpg"):
        (tmp_path / "few" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "few" / name).symlink_to(album / name)
    return tmp_path / "few"


class Copy(NamedTuple):
    """A bundle that is like another."""

    folder: Path
    sha256: str


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    source = find(MODEL)
    (tmp_path / "mine-1").symlink_to(source)
    return Copy(tmp_path / "mine-1", load(source).manifest.sha256)


def test_all_pairs_are_compared_for_two_models_side_by_side(
    album: Path, copy: Copy, typed: Typed, tmp_path: Path
) -> None:
    out, plot = tmp_path / "report.json", tmp_path / "plot.png"
    words = "--images", album, "--model", MODEL, "--model", copy.folder, "--json", out, "--plot", plot
    done = typed("eval", "verify", *words)
    assert done.code == 0
    written = msgspec.json.decode(out.read_bytes())
    (beside,) = written.pop("comparisons")
    report = msgspec.convert({**written, "comparisons": ()}, VerifyReport)
    assert report.data == "presidents"
    first, second = report.models
    assert (first.models.name, second.models.name) == (MODEL, "mine-1")
    assert first.models.embedder.sha256 == copy.sha256
    assert (first.material.people, first.material.pictures, first.material.faces) == (2, 120, 120)
    assert (first.genuine, first.impostor) == (2 * _EACH * (_EACH - 1) // 2, _EACH * _EACH)
    assert first.equal_error_rate == 0.0
    assert [point.supported for point in first.points] == [True, True] + [False] * 5
    assert first.points[0].tar.rate == 1.0
    assert first.points == second.points
    assert all({one.first[:3], one.second[:3]} == {"bo/", "joe"} for one in first.worst)
    assert (beside["models"], beside["against"], beside["pictures"]) == ("mine-1", MODEL, 120)
    assert [(one["aim"], one["tar"], one["lower"]) for one in beside["differences"]] == [
        (1e-2, 0, None),
        (3e-3, 0, None),
    ]
    assert "no sure difference" in done.out
    assert "nan" not in done.out
    assert "3,540 genuine and 3,600 impostor pairs; equal error rate 0.00%" in done.out
    assert "not supported" in done.out
    assert "peak memory" in done.err
    assert str(tmp_path) not in out.read_text()
    with Image.open(plot) as drawn:
        assert drawn.format == "PNG"


def test_the_second_time_nothing_is_looked_at_again_and_the_report_is_the_same(
    few: Path, typed: Typed, tmp_path: Path
) -> None:
    for name in ("1.json", "2.json"):
        done = typed("eval", "verify", "--images", few, "--json", tmp_path / name)
        assert done.code == 0
    assert "0 of them seen for the first time" in done.err
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()


def test_json_on_standard_output_is_alone_there_and_no_cache_keeps_nothing(
    few: Path, typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    done = typed("eval", "verify", "--images", few, "--no-cache", "--data", "four", "--json", "-")
    report = msgspec.json.decode(done.out, type=VerifyReport)
    assert (report.data, report.models[0].impostor) == ("four", 4)
    assert not (tmp_path / "cache").exists()


def test_the_quality_limits_count_only_when_they_are_asked_for(
    few: Path, pictures: Path, typed: Typed, tmp_path: Path
) -> None:
    (few / "bo" / "part.jpg").symlink_to(pictures / "obama_partial_face.jpg")
    found = []
    for words in ((), ("--gate",)):
        assert typed("eval", "verify", "--images", few, *words, "--json", tmp_path / "report.json").code == 0
        found.append(msgspec.json.decode((tmp_path / "report.json").read_bytes(), type=VerifyReport).models[0].material)
    assert [(one.faces, one.failures, one.gated) for one in found] == [(5, {}, False), (4, {"cut-off": 1}, True)]


def test_a_full_disk_is_one_line_and_leaves_the_older_report(few: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    out.write_text("an hour's work")
    done = limited(1000, "eval", "verify", "--images", few, "--no-cache", "--json", out)
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith(f"edge: {out}: cannot be written: File too large")
    assert out.read_text() == "an hour's work"
    assert not list(tmp_path.glob(".*"))


def test_a_list_of_pairs_is_judged_and_what_is_not_there_is_named(few: Path, typed: Typed, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("2 1\nbo 1 2\nbo 1 joe 1\njoe 1 2\njoe 2 eve 1\n")
    out = tmp_path / "report.json"
    done = typed("eval", "verify", "--images", few, "--pairs", pairs, "--json", out)
    assert done.code == 0
    folds = msgspec.json.decode(out.read_bytes(), type=VerifyReport).models[0].folds
    assert folds is not None
    assert (folds.pairs, folds.absent, folds.missing) == (3, 1, ("eve/eve_0001",))
    left_out, accuracy = (line for line in done.out.splitlines() if line.startswith("list of pairs"))
    assert left_out == "list of pairs: 1 of its 4 pairs left out: 1 pictures are not there: eve/eve_0001"
    assert "(in 2 folds, the smallest of 1: too few to say how sure it is) of 3 pairs" in accuracy
    assert "±" not in done.out


def test_what_cannot_be_read_and_what_shows_no_face_is_counted_and_named(
    few: Path, typed: Typed, tmp_path: Path
) -> None:
    Image.new("RGB", (200, 200)).save(few / "bo" / "dark.png")
    (few / "joe" / "text.jpg").write_text("no picture")
    out = tmp_path / "report.json"
    done = typed("eval", "verify", "--images", few, "--json", out)
    assert done.code == 6
    (one,) = msgspec.json.decode(out.read_bytes(), type=VerifyReport).models
    assert one.material.failures == {"no-face": 1, "unreadable": 1}
    assert (one.points[0].tar.trials, one.points[0].tar_of_attempts.trials) == (2, 6)
    assert "1 no-face, 1 unreadable" in done.out
    assert f"{few / 'joe' / 'text.jpg'}: cannot be read" in done.err


def test_calibrate_keeps_a_curve_and_names_the_set_it_replaces(album: Path, typed: Typed, tmp_path: Path) -> None:
    keep, out = tmp_path / "keep", tmp_path / "report.json"
    words = "eval", "calibrate", MODEL, "--images", album, "--keep", keep
    first = typed(*words, "--data", "first set")
    assert first.code == 0
    assert "replaces" not in first.err
    second = typed(*words, "--data", "second set", "--json", out)
    assert second.code == 0
    assert "replaces the curve of first set (3,600 comparisons)" in second.err
    report = msgspec.json.decode(out.read_bytes(), type=CalibrationReport)
    assert report.replaces == "first set"
    rows = measured.read(MODEL, load(find(MODEL)).manifest.sha256, keep).threshold
    assert [(row.fmr, row.data) for row in rows] == [(1e-2, "second set"), (3e-3, "second set")]
    assert [(row.threshold, row.false_matches) for row in rows] == [
        (point.threshold, point.fmr.events) for point in report.points
    ]
    assert "not supported by 10 false matches: 0.001 and rarer" in second.out


@pytest.mark.parametrize(("against", "code"), [("dynamic", 10), (MODEL, 2)])
def test_a_variant_brings_its_own_detector_and_a_bundle_takes_the_models(
    against: str, code: int, few: Path, typed: Typed, tmp_path: Path
) -> None:
    """With another detector than its own a variant is no longer the same; four pictures then support no curve."""
    words = "--images", few, "--data", "x", "--detector", twin("blazeface-dynamic-1", tmp_path)
    assert typed("eval", "calibrate", MODEL, *words, "--against", against).code == code


@pytest.mark.long
def test_calibrate_keeps_what_is_accepted_and_no_difference_that_two_people_cannot_carry(
    album: Path, typed: Typed, tmp_path: Path
) -> None:
    """Every picture twice: 14,400 pairs of the two, enough for 1e-3. Half of the draws are of one person only."""
    for file in album.glob("*/*.jpg"):
        for name in (file.name, f"again_{file.name}"):
            (tmp_path / "twice" / file.parent.name).mkdir(parents=True, exist_ok=True)
            (tmp_path / "twice" / file.parent.name / name).symlink_to(file)
    keep, words = tmp_path / "keep", ("eval", "calibrate", MODEL, "--images", tmp_path / "twice", "--data", "a set")
    sha256 = load(find(MODEL)).manifest.sha256
    assert typed(*words, "--keep", keep).code == 0
    (alone,) = measured.read(MODEL, sha256, keep).accuracy
    assert (alone.fmr, alone.genuine, alone.data, alone.against) == (1e-3, 120 * 119, "a set", None)
    done = typed(*words, "--keep", keep, "--against", twin(MODEL, tmp_path))
    assert done.code == 0
    (row,) = measured.read(MODEL, sha256, keep).accuracy
    assert row.against is None
    assert row.command.endswith("--images … --data 'a set' --against twin-1")
    assert "no difference to twin-1 is kept: too few people" in done.err
