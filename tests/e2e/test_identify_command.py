"""`edge identify` and `edge verify`, as typed, on photographs good, odd and unreadable."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app.photos import PictureReport, VerifyReport
from edge.values import Reason
from tests.e2e.commands import Done, edge
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed

pytestmark = pytest.mark.pictures


def pictures_of(done: Done) -> dict[str, PictureReport]:
    reports = msgspec.json.decode(done.out, type=list[PictureReport])
    return {report.file.rpartition("/")[2]: report for report in reports}


def test_who_is_in_each_photograph_with_an_unreadable_one_among_them(
    desk: Path, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "torn.jpg").write_bytes((pictures / "obama.jpg").read_bytes()[:9000])
    files = pictures / "obama2.jpg", tmp_path / "torn.jpg", tmp_path / "none.jpg", pictures / "biden.jpg"
    done = edge("identify", "--data", desk, "--json", *files)
    assert (done.code, done.err) == (1, "")
    assert [one["file"] for one in json.loads(done.out)] == list(map(str, files))
    reports = pictures_of(done)
    (known,), (stranger,) = reports["obama2.jpg"].faces, reports["biden.jpg"].faces
    assert (known.person, known.decision, known.reason) == ("bo", "identified", Reason.GRANTED)
    assert (stranger.person, stranger.decision, stranger.reason) == (None, "refused", Reason.UNKNOWN)
    assert known.similarity is not None
    assert stranger.similarity is not None
    assert known.similarity > 0.5 > stranger.similarity
    assert known.liveness is not None
    for name, words in (("torn.jpg", "damaged or truncated"), ("none.jpg", "No such file")):
        assert reports[name].faces == ()
        assert words in (reports[name].error or "")


def test_the_json_has_the_documented_keys_and_the_box_is_around_the_face(
    desk: Path, pictures: Path, typed: Typed
) -> None:
    done = typed("identify", "--data", desk, "--json", pictures / "obama.jpg")
    assert (done.code, done.err) == (0, "")
    (report,) = json.loads(done.out)
    assert set(report) == {"file", "faces", "error"}
    (face,) = report["faces"]
    wanted = {"box", "score", "quality", "liveness", "person", "similarity", "margin", "decision", "reason"}
    assert set(face) == wanted
    left, top, right, bottom = face["box"]
    assert left < 480 < right  # the nose of this photograph
    assert top < 400 < bottom
    assert face["similarity"] == pytest.approx(1.0, abs=1e-3)


def test_people_read_one_whole_line_a_face(desk: Path, odd: Path, typed: Typed) -> None:
    done = typed("identify", "--data", desk, odd / "two.jpg", odd / "nobody.png", odd / "empty.jpg")
    assert (done.code, done.err) == (1, "")
    first, second, nobody, empty = done.out.splitlines()
    assert {line.split(": ")[1] for line in (first, second)} == {"face 1", "face 2"}
    assert sum("identified bo; similarity 0.9" in line for line in (first, second)) == 1
    assert nobody == f"{odd / 'nobody.png'}: no face"
    assert empty == f"{odd / 'empty.jpg'}: the file is empty"


@pytest.mark.parametrize("name", ["cmyk.jpg", "deep.png", "grey.jpg", "turned.jpg"])
def test_a_photograph_in_an_unusual_form_is_the_same_person(
    name: str, desk: Path, odd: Path, pictures: Path, typed: Typed
) -> None:
    done = typed("identify", "--data", desk, "--json", pictures / "obama.jpg", odd / name)
    assert done.code == 0
    (usual,), (unusual,) = (report.faces for report in pictures_of(done).values())
    assert (usual.person, unusual.person) == ("bo", "bo")
    assert unusual.box == pytest.approx(usual.box, abs=25)


def test_a_folder_stands_for_its_pictures(desk: Path, odd: Path, typed: Typed) -> None:
    done = typed("identify", "--data", desk, "--json", odd)
    assert pictures_of(done).keys() == {path.name for path in odd.iterdir()}


def test_verify_says_yes_only_to_the_claimed_person(desk: Path, pictures: Path) -> None:
    same = edge("verify", "--id", "bo", "--data", desk, "--json", pictures / "obama2.jpg")
    report = msgspec.json.decode(same.out, type=VerifyReport)
    assert (same.code, report.id, report.decision, report.reason) == (0, "bo", "verified", Reason.GRANTED)
    assert report.similarity is not None
    assert report.similarity >= report.threshold
    assert report.fmr == 1e-4
    other = edge("verify", "--id", "bo", "--data", desk, "--json", pictures / "biden.jpg")
    refused = msgspec.json.decode(other.out, type=VerifyReport)
    assert (other.code, refused.decision, refused.reason) == (1, "refused", Reason.UNKNOWN)
    assert refused.threshold == report.threshold


def test_verify_counts_the_faces_and_judges_none_in_a_crowd(
    desk: Path, odd: Path, typed: Typed, tmp_path: Path
) -> None:
    two = typed("verify", "--id", "bo", "--data", desk, "--json", odd / "two.jpg")
    assert msgspec.json.decode(two.out, type=VerifyReport).faces == 2
    config = tmp_path / "alone.toml"
    config.write_text("[decision]\nmax_faces = 1\n")
    crowd = typed("verify", "--id", "bo", "--data", desk, "--config", config, "--json", odd / "two.jpg")
    assert crowd.code == 1
    assert msgspec.json.decode(crowd.out, type=VerifyReport).reason == Reason.TOO_MANY_FACES


def test_verify_of_a_picture_without_a_face_is_refused_in_words(desk: Path, odd: Path, typed: Typed) -> None:
    done = typed("verify", "--id", "bo", "--data", desk, odd / "nobody.png")
    assert (done.code, done.out, done.err) == (1, "refused: poor-view; there is no face to compare\n", "")


def test_verify_of_a_cut_off_face_names_the_flaw(desk: Path, pictures: Path, typed: Typed) -> None:
    done = typed("verify", "--id", "bo", "--data", desk, pictures / "obama_partial_face.jpg")
    assert done.code == 1
    assert done.out.startswith("refused: poor-view (cut-off); similarity 0.")


def test_verify_of_an_id_that_nobody_has_is_one_line(desk: Path, pictures: Path, typed: Typed) -> None:
    done = typed("verify", "--id", "carl", "--data", desk, pictures / "obama.jpg")
    assert (done.code, done.out) == (1, "")
    assert "nobody is enrolled under the id 'carl'" in done.fault


def test_verify_takes_an_id_however_its_accents_are_typed(data: Path, pictures: Path, typed: Typed) -> None:
    name = unicodedata.normalize("NFC", "zo\u00eb")
    with vault(data / "people.sqlite3") as store:
        store.add(agreed(name, "Zoe"), [])
    done = typed("verify", "--id", unicodedata.normalize("NFD", name), "--data", data, pictures / "obama.jpg")
    assert done.code == 4
    assert "no template of the model that runs" in done.fault
