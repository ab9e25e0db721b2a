"""`edge eval identify`, `groups` and `quality`, as typed, on public photographs of three people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from PIL import Image

from edge.eval.adaptation import AdaptReport
from edge.eval.identification import IdentificationReports

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed

pytestmark = pytest.mark.pictures

PEOPLE = {"obama": ("obama", "obama2", "obama3"), "biden": ("biden",), "astronaut": ("astronaut",)}


@pytest.fixture
def people(pictures: Path, tmp_path: Path) -> Path:
    """PERSON/photograph for three people, one of them with three."""
    folder = tmp_path / "people"
    for person, names in PEOPLE.items():
        (folder / person).mkdir(parents=True)
        for name in names:
            source = next(pictures.glob(f"{name}.*"))
            (folder / person / source.name).symlink_to(source)
    return folder


def report(file: Path) -> Any:  # noqa: ANN401 - JSON, where a number that is none is null
    return msgspec.json.decode(file.read_bytes())


def png(file: Path) -> bool:
    return file.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_one_person_is_found_in_other_photographs_and_strangers_are_not(
    people: Path, typed: Typed, tmp_path: Path
) -> None:
    out, plot = tmp_path / "out.json", tmp_path / "out.png"
    words = ("--people", "1", "--templates", "1", "--templates", "2", "--repeats", "2", "--no-cache")
    done = typed("eval", "identify", "--images", people, *words, "--json", out, "--plot", plot)
    assert done.code == 0
    (found,) = msgspec.json.decode(out.read_bytes(), type=IdentificationReports).measured
    assert (found.material.data, found.material.people, found.material.faces) == ("people", 3, 5)
    assert [(size.people, size.templates) for size in found.measured] == [(1, 1), (1, 2)]
    for size in found.measured:
        assert (size.fpir.events, size.fpir.trials) == (0, 4)
        assert (size.fnir.events, size.fnir.trials) == (0, 2 * (3 - size.templates))
        assert size.wrong.events == 0
    assert [(one.people, one.supported) for one in found.projected] == [(10_000, False), (50_000, False)] * 2
    assert "10,000 people with 1 template each, computed, not measured" in " ".join(done.out.split())
    assert png(plot)


def test_json_on_standard_output_is_all_there_is(people: Path, typed: Typed) -> None:
    done = typed("eval", "identify", "--images", people, "--people", "1", "--repeats", "1", "--no-cache", "--json", "-")
    found = msgspec.json.decode(done.out, type=IdentificationReports)
    assert (found.seed, len(found.measured)) == (1, 1)


def test_people_with_one_picture_each_are_measured_and_drawn_without_mates(
    people: Path, typed: Typed, tmp_path: Path
) -> None:
    for name in ("obama2", "obama3"):
        next((people / "obama").glob(f"{name}.*")).unlink()
    out, plot = tmp_path / "out.json", tmp_path / "out.png"
    words = "--no-cache", "--repeats", "2", "--templates", "1", "--templates", "2", "--json", out, "--plot", plot
    done = typed("eval", "identify", "--images", people, *words)
    assert done.code == 0
    found = report(out)["measured"][0]
    assert found["left_out"] == [{"people": None, "templates": 2, "able": 0}]
    assert [size["fnir"]["trials"] for size in found["measured"]] == [0] * len(found["measured"])
    assert {size["templates"] for size in found["projected"]} == {1}
    assert "not measured: anybody enrolled with 2 pictures each; 0 can be" in " ".join(done.out.split())
    assert png(plot)


def test_too_few_people_are_told_in_one_line(people: Path, typed: Typed) -> None:
    done = typed("eval", "identify", "--images", people, "--people", "3", "--no-cache")
    assert done.code == 10
    assert (
        "3 people cannot be enrolled while somebody stays outside: there can be at most 2" in done.err.splitlines()[-1]
    )


def test_groups_of_three_people_are_too_few_and_everybody_left_out_is_named(
    people: Path, typed: Typed, tmp_path: Path
) -> None:
    table, out, plot = tmp_path / "labels.csv", tmp_path / "out.json", tmp_path / "out.png"
    table.write_text(
        "person,born,job\nobama,1961,president\nbiden,1942,president\nastronaut,,pilot\nnobody,1900,poet\n"
    )
    words = ("--labels", table, "--by", "born=1950", "--by", "job", "--no-cache", "--json", out, "--plot", plot)
    done = typed("eval", "groups", "--images", people, *words)
    assert done.code == 0
    found = report(out)
    born, job = found["measured"][0]["columns"]
    assert found["strangers"] == ["nobody"]
    assert born["unlabelled"] == ["astronaut"]
    assert [(one["group"], one["people"]) for one in born["groups"]] == [("under 1950", 1), ("1950 and over", 1)]
    assert [(one["group"], one["fmr"]["trials"]) for one in job["groups"]] == [("pilot", 0), ("president", 3)]
    assert job["groups"][0]["shift"] is None
    assert job["everybody"]["fmr"]["trials"] == 7
    assert (job["everybody"]["fnmr"]["events"], job["everybody"]["fnmr"]["trials"]) == (0, 3)
    text = " ".join(done.out.split())
    assert "president, FMR at the threshold: too few pairs: 0 in 3 only say that the rate is below" in text
    assert "labels of people without pictures: 1: nobody" in text
    assert "without a label by born: 1: astronaut" in text
    assert png(plot)


def test_a_threshold_that_is_given_stands_for_no_rate_and_a_column_named_twice_is_one(
    people: Path, typed: Typed, tmp_path: Path
) -> None:
    table, out, plot = tmp_path / "labels.csv", tmp_path / "out.json", tmp_path / "out.png"
    table.write_text("person,job\nobama,president\nbiden,president\nastronaut,pilot\n")
    words = ("--labels", table, "--by", "job", "--by", "job", "--threshold", "0.9", "--json", out, "--plot", plot)
    done = typed("eval", "groups", "--images", people, "--no-cache", *words)
    assert done.code == 0
    (measured,) = report(out)["measured"]
    assert (measured["threshold"], measured["aim"], len(measured["columns"])) == (0.9, None, 1)
    assert "threshold 0.9000 (given)" in done.out
    assert "everybody, FMR at the threshold: no false match in 7: the rate is below" in done.out
    assert "asked about" not in done.out
    assert "+0.00" not in done.out
    assert png(plot)


def test_everybody_is_not_shifted_against_everybody(people: Path, typed: Typed, tmp_path: Path) -> None:
    """Nine more people under one face, so that hardly any draw is of one person."""
    table = tmp_path / "labels.csv"
    for number in range(9):
        (people / f"p{number}").symlink_to(people / "biden")
    table.write_text("person,job\nobama,a\nastronaut,a\n" + "".join(f"p{number},b\n" for number in range(9)))
    done = typed("eval", "groups", "--images", people, "--labels", table, "--no-cache")
    assert done.code == 0
    (everybody,) = (line.split() for line in done.out.splitlines() if "everybody" in line and "│" in line)
    assert everybody[5:8] == ["75", "│", "-"]


def test_the_lax_threshold_is_that_of_the_people_with_a_label(people: Path, typed: Typed, tmp_path: Path) -> None:
    """Somebody's picture under a second name is the pair most alike; whoever has no label sets no threshold."""
    (people / "double").mkdir()
    (people / "double" / "same.jpg").symlink_to((people / "biden" / "biden.jpg").resolve())
    table, out = tmp_path / "labels.csv", tmp_path / "out.json"
    table.write_text("person,job\nobama,president\nbiden,other\n")
    words = ("--labels", table, "--lax", "0.01", "--threshold", "1.0", "--no-cache", "--json", out)
    assert typed("eval", "groups", "--images", people, *words).code == 0
    assert report(out)["measured"][0]["lax_threshold"] < 0.6


def test_groups_of_whom_one_person_only_has_a_face_are_told_in_one_line(
    people: Path, typed: Typed, tmp_path: Path
) -> None:
    for name in ("biden", "astronaut"):
        for file in (people / name).iterdir():
            file.unlink()
        Image.new("RGB", (200, 200)).save(people / name / "dark.png")
    table = tmp_path / "labels.csv"
    for who, words in (("obama", ("--threshold", "0.3")), ("obama", ("--fmr", "0.01")), ("astronaut", ())):
        table.write_text(f"person,job\n{who},president\nbiden,other\n")
        done = typed("eval", "groups", "--images", people, "--labels", table, "--no-cache", *words)
        assert done.code == 10
        assert "faces of fewer than two people who have a label" in done.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("table", "words", "fault"),
    [
        ("person,job\nobama\n", (), "labels.csv:2: has 1 cells"),
        ("person,job\nobama,a\nbiden,b\n", ("--by", "age"), "no column age: choose from job"),
        ("person,age\nobama,1\nbiden,2\n", ("--by", "age=x"), "such as age=30,45"),
        ("person,age\nobama,1\nbiden,2\n", ("--by", "age=3,2"), "must ascend"),
        ("person,age\nobama,1\nbiden,2\n", ("--fmr", "0.01", "--threshold", "0.3"), "leave one out"),
    ],
)
def test_a_wrong_table_or_word_is_one_line_before_any_work(
    table: str, words: tuple[str, ...], fault: str, people: Path, typed: Typed, tmp_path: Path
) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(table)
    done = typed("eval", "groups", "--images", people, "--labels", file, *words, "--no-cache")
    assert done.code == 2
    assert fault in done.fault


def test_quality_without_errors_says_so_and_counts_what_the_limits_refuse(
    people: Path, pictures: Path, typed: Typed, tmp_path: Path
) -> None:
    cut = pictures / "obama_partial_face.jpg"
    (people / "obama" / cut.name).symlink_to(cut)
    out, plot = tmp_path / "out.json", tmp_path / "out.png"
    words = ("--fmr", "0.01", "--score", "score", "--score", "yaw_deg", "--no-cache", "--json", out, "--plot", plot)
    done = typed("eval", "quality", "--images", people, *words)
    assert done.code == 0
    (found,) = report(out)["measured"]
    assert (found["fnmr"]["trials"], found["gate"]["refused"]["events"]) == (6, 1)
    assert found["gate"]["flaws"]["cut-off"] == 1
    assert found["gate"]["fnmr"]["trials"] == 3
    assert {one["score"] for one in found["curves"]} == {"score", "yaw_deg"}
    assert found["fnmr"]["events"] == 0
    assert [one["gain"] for one in found["curves"]] == [None, None]
    assert "note: there are no errors, so nothing can be said of quality" in " ".join(done.out.split())
    assert png(plot)


def test_a_picture_that_cannot_be_read_is_named_and_the_report_is_written_all_the_same(
    people: Path, typed: Typed, tmp_path: Path
) -> None:
    (people / "biden" / "torn.jpg").write_bytes(b"not a picture")
    out = tmp_path / "out.json"
    done = typed("eval", "quality", "--images", people, "--score", "score", "--no-cache", "--json", out)
    assert done.code == 6
    assert "torn.jpg" in done.err
    assert report(out)["measured"][0]["material"]["failures"] == {"unreadable": 1}


def test_attackers_are_simulated_and_the_control_is_walked_over(people: Path, typed: Typed, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    words = ("--people", "2", "--attackers", "1", "--steps", "3", "--no-cache")
    done = typed("eval", "adapt", "--images", people, *words, "--json", out)
    assert done.code == 0
    found = msgspec.json.decode(out.read_bytes(), type=AdaptReport)
    assert found.strong > found.threshold > found.threshold - found.lift
    won = {(one.policy, one.attack): (one.won.events, one.won.trials) for one in found.walks if not one.near}
    assert won["bounded", "omniscient"] == (0, 3)
    assert won["bounded", "own face"] == (0, 3)
    assert won["self-updating", "omniscient"] == (3, 3)
    assert (found.renewal.people, found.renewal_of_each.people) == (1, 3)
    assert "self-updating" in done.out


def test_more_people_than_there_are_cannot_be_attacked(people: Path, typed: Typed) -> None:
    done = typed("eval", "adapt", "--images", people, "--no-cache")
    assert (done.code, "there are faces of 3 people" in done.err) == (10, True)
