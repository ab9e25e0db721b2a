"""S9, as typed: what the evidence does not support is refused beforehand, and never stops a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from PIL import Image

from edge.app.curves import curve
from edge.app.doctor_door import Check
from edge.app.evidence import Enrolled, enrolled
from edge.app.eyes import bundle, space
from edge.app.photos import VerifyReport
from edge.app.places import places
from edge.cli.settings import CheckReport
from edge.config import Config
from edge.people.records import Template
from edge.values import Embedding
from tests.e2e.commands import AGREED
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed

TIGHT = "[decision]\nfpir = 2e-5\n"
"""What the shipped embedder's evidence, which ends at 1e-5, supports for two templates."""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "terminal.toml"
    path.write_text(TIGHT)
    return path


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A data folder with two people, who have three templates."""
    folder = tmp_path / "three"
    here, vectors = space(Config()), np.eye(3, 512, dtype=np.float32)
    with vault(folder / "people.sqlite3", create=True) as store:
        store.add(agreed("a", "A"), [Template(Embedding(one, here), "x") for one in vectors[:2]])
        store.add(agreed("b", "B"), [Template(Embedding(vectors[2], here), "x")])
    return folder


def checked(typed: Typed, config: Path, data: Path) -> dict[str, Check]:
    done = typed("doctor", "--board", "fake", "--config", config, "--data", data, "--json")
    return {one.name: one for one in msgspec.json.decode(done.out, type=list[Check])}


def test_s9_a_configuration_is_refused_for_the_people_who_are_enrolled_now(
    config: Path, three: Path, typed: Typed, tmp_path: Path
) -> None:
    assert typed("config", "check", config, "--data", tmp_path / "nobody").code == 0
    assert not (tmp_path / "nobody").exists()
    done = typed("config", "check", config, "--data", three)
    assert (done.code, done.out) == (10, "")
    for words in (
        str(config),
        "2 people with 3 templates",
        "supports 2 templates, such as 2 people with one each: use",
        "use face + PIN or QR, which is 1:1",
    ):
        assert words in done.fault
    as_json = typed("config", "check", config, "--data", three, "--json")
    assert (as_json.code, msgspec.json.decode(as_json.out, type=CheckReport).faults) == (
        10,
        (done.fault.removeprefix("edge: "),),
    )


def test_s9_a_rate_for_1_to_1_is_refused_alike(config: Path, typed: Typed, tmp_path: Path) -> None:
    config.write_text("[decision]\nfmr = 9e-6\nfpir = 9e-6\n")
    done = typed("config", "check", config, "--data", tmp_path)
    assert (done.code, len(done.err.splitlines())) == (10, 1)
    assert "decision.fpir = 9e-06 among 0 people with 0 templates" in done.err
    assert "supports no search at this rate" in done.err
    assert "; decision.fmr = 9e-06 for a person with 1 template is beyond" in done.err
    assert "supports no comparison at this rate: raise decision.fmr, or set" in done.err
    config.write_text("[decision]\nfmr = 1e-5\n")
    assert typed("config", "check", config, "--data", tmp_path).code == 0


def test_s9_a_rate_for_1_to_1_is_refused_for_whoever_has_the_most_templates(
    config: Path, three: Path, typed: Typed
) -> None:
    config.write_text("[decision]\nfmr = 1e-5\n")
    done = typed("config", "check", config, "--data", three)
    assert done.code == 10
    for words in (
        "decision.fmr = 1e-05 for a person with 2 templates is beyond",
        "supports at most 1 template a person: raise decision.fmr, enrol people with fewer photographs, or set",
    ):
        assert words in done.fault
    assert "fpir" not in done.fault
    found = checked(typed, config, three)["threshold 1:1"]
    assert (found.state, found.mend) == ("fault", "raise decision.fmr; or enrol people with fewer photographs")
    config.write_text("[decision]\nfmr = 2e-5\n")
    assert typed("config", "check", config, "--data", three).code == 0
    assert checked(typed, config, three)["threshold 1:1"].state == "ok"


def test_s9_a_rate_of_tracks_that_would_see_nobody_twice_is_refused(
    config: Path, three: Path, typed: Typed, tmp_path: Path
) -> None:
    config.write_text("[track]\nfmr = 1e-12\n")
    done = typed("config", "check", config, "--data", tmp_path)
    assert (done.code, "track.fmr = 1e-12 is beyond the model's evidence, which ends at 1e-05" in done.fault) == (
        10,
        True,
    )
    found = checked(typed, config, three)["threshold: track"]
    assert (found.state, found.mend, "never measured" in found.found) == ("fault", "raise track.fmr", True)
    config.write_text("[track]\nfmr = 1e-5\n")
    assert typed("config", "check", config, "--data", tmp_path).code == 0
    assert checked(typed, config, three)["threshold: track"].state == "ok"


def test_s9_adaptation_is_not_asked_for_beyond_the_evidence(config: Path, typed: Typed, tmp_path: Path) -> None:
    config.write_text("[adaptation]\nenabled = true\nfmr = 1e-6\n")
    done = typed("config", "check", config, "--data", tmp_path)
    assert done.code == 10
    assert "adaptation.fmr = 1e-06 is beyond the model's evidence, which ends at 1e-05" in done.fault
    for accepted in ("[adaptation]\nenabled = true\n", "[adaptation]\nfmr = 1e-6\n"):
        config.write_text(accepted)
        assert typed("config", "check", config, "--data", tmp_path).code == 0


def test_s9_extrapolation_has_to_be_accepted_in_so_many_words(config: Path, three: Path, typed: Typed) -> None:
    config.write_text(f"{TIGHT}fmr = 9e-6\naccept_extrapolation = true\n")
    assert typed("config", "check", config, "--data", three).code == 0


@pytest.mark.parametrize("command", ["run", "terminal"])
def test_s9_a_terminal_beyond_the_evidence_runs_and_says_so_once(
    command: str, config: Path, three: Path, typed: Typed, tmp_path: Path
) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    for name in ("1.png", "2.png"):
        Image.new("RGB", (320, 240), (90, 90, 90)).save(frames / name)
    config.write_text(f"[camera]\nsource = {json.dumps(str(frames))}\npaced = false\n{TIGHT}")
    done = typed(command, "--config", config, "--data", three)
    assert done.code == 0
    assert done.err.count("beyond the model's evidence") == 1
    assert "2 people with 3 templates" in done.err
    assert "a stricter threshold, 0.501" in done.err
    config.write_text(config.read_text().replace("2e-5", "3e-5"))
    assert "beyond the model" not in typed(command, "--config", config, "--data", three).err


def test_s9_the_doctor_says_what_a_threshold_means_and_how_far_it_holds(
    config: Path, three: Path, typed: Typed, tmp_path: Path
) -> None:
    config.write_text("[decision]\nfpir = 3e-4\n")
    found = checked(typed, config, three)
    assert found["threshold 1:N"].state == found["threshold 1:1"].state == "ok"
    for words in (
        "1 in 3,333 strangers' searches among 2 people (3 templates) would match somebody; similarity 0.412; ",
        "nearest measured: 1 in 10,000 comparisons (95 %: 1 in 8,461 to 1 in 12,009); ",
        "supported: up to 30 templates",
    ):
        assert words in found["threshold 1:N"].found
    for words in (
        "1 in 10,000 strangers would match a claimed person with 2 templates; similarity 0.436; ",
        "supported: up to 10 templates a person",
    ):
        assert words in found["threshold 1:1"].found
    alone = checked(typed, config, tmp_path / "nobody")["threshold 1:N"]
    assert (alone.state, "1 person (1 template)" in alone.found) == ("ok", True)


@pytest.mark.parametrize(("accepted", "state"), [("false", "fault"), ("true", "warning")])
def test_s9_the_doctor_says_what_is_not_supported(
    accepted: str, state: str, config: Path, three: Path, typed: Typed
) -> None:
    config.write_text(f"{TIGHT}fmr = 1e-7\naccept_extrapolation = {accepted}\n")
    found = checked(typed, config, three)
    search, claim = found["threshold 1:N"], found["threshold 1:1"]
    assert search.state == claim.state == state
    assert search.mend.startswith("use face + PIN or QR, which is 1:1")
    assert search.found.endswith("supported: up to 2 templates")
    assert "never measured: the evidence ends at 1 in 100,000" in search.found
    assert (claim.mend, "never measured" in claim.found) == ("raise decision.fmr", True)
    config.write_text("[decision]\nfpir = 1e-30\n")
    assert ", which nobody reaches; never" in checked(typed, config, three)["threshold 1:N"].found


@pytest.mark.pictures
def test_s9_enrolment_beyond_the_evidence_is_refused_by_name(
    config: Path, data: Path, pictures: Path, typed: Typed
) -> None:
    more = ("--data", data, "--config", config, "--id", "bo", pictures / "obama2.jpg")
    assert typed("enrol", *AGREED, *more).code == 0
    done = typed(
        "enrol", *AGREED, "--data", data, "--config", config, "--id", "joe", "--name", "Joe", pictures / "biden.jpg"
    )
    assert (done.code, done.out) == (10, "")
    assert "among 2 people with 3 templates is beyond the model's evidence, which supports 2 templates" in done.fault
    assert "use face + PIN or QR, which is 1:1" in done.fault
    assert enrolled(Config(), places(data)) == Enrolled(1, 2, 2)
    config.write_text(f"{TIGHT}accept_extrapolation = true\n")
    assert (
        typed(
            "enrol", *AGREED, "--data", data, "--config", config, "--id", "joe", "--name", "Joe", pictures / "biden.jpg"
        ).code
        == 0
    )


@pytest.mark.pictures
def test_s9_more_photographs_than_are_supported_are_told_how_many_are(
    config: Path, pictures: Path, typed: Typed, tmp_path: Path
) -> None:
    photographs = [pictures / name for name in ("obama.jpg", "obama2.jpg", "obama3.jpg")]
    more = ("enrol", *AGREED, "--data", tmp_path / "new", "--config", config, "--id", "bo", "--name", "Bo")
    done = typed(*more, *photographs)
    assert (done.code, done.out) == (10, "")
    assert "id bo: 3 photographs would become templates" in done.fault
    assert "supports 2 more than are enrolled: give at most 2 photographs; nothing was stored" in done.fault
    assert enrolled(Config(), places(tmp_path / "new")) == Enrolled(0, 0, 0)
    assert typed(*more, photographs[0]).out == "bo: 1 photograph became a template\n"
    table = tmp_path / "people.csv"
    table.write_text(f"id,name,photo\nbo,Bo,{photographs[1]}\n")
    done = typed("enrol", *AGREED, "--data", tmp_path / "new", "--config", config, "--manifest", table)
    assert done.out == "1 person enrolled with 1 template\n"
    assert enrolled(Config(), places(tmp_path / "new")) == Enrolled(1, 2, 2)


@pytest.mark.pictures
def test_s9_every_template_of_a_claimed_person_is_a_draw(data: Path, pictures: Path, typed: Typed) -> None:
    measured = curve(bundle(Config().models.embedder, "embedder", trusted=True))

    def threshold() -> float:
        done = typed("verify", "--id", "bo", pictures / "obama3.jpg", "--data", data, "--json")
        report = msgspec.json.decode(done.out, type=VerifyReport)
        assert (done.code, report.fmr) == (0, 1e-4)
        return report.threshold

    assert threshold() == pytest.approx(measured.resolve(1e-4))
    assert typed("enrol", *AGREED, "--data", data, "--id", "bo", pictures / "obama2.jpg").code == 0
    assert threshold() == pytest.approx(measured.resolve(0.5e-4))
