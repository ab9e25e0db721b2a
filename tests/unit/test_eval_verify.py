"""One to one: failures count, the worst pairs are named, and models are compared on what both of them saw."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from edge.config import Config, ModelSettings
from edge.errors import ConfigError, EvidenceError
from edge.eval.faces import Failure
from edge.eval.rates import FMRS
from edge.eval.subject import setups
from edge.eval.verify import VerifyReport, attempts, candidate, points, side_by_side, verification
from tests.unit.scores import ROOT, about, crowd, faces, models, scores, unit

if TYPE_CHECKING:
    from edge.eval.faces import Faces
    from edge.eval.verify import Candidate


def seen(shown: Faces, name: str = "one") -> Candidate:
    return candidate(models(name), about(shown), shown)


def test_a_picture_without_a_face_is_a_pair_that_does_not_match() -> None:
    """Ann has two pictures and a lost one: three attempts, one comparison. Bob's only picture is lost."""
    shown = faces(unit(np.array([[1, 0], [1, 0.1], [0, 1.0]])), [0, 0, 2], lost=[0, 1])
    assert attempts(shown) == 3
    found = verification(seen(shown), ROOT)
    assert (found.genuine, found.impostor) == (1, 2)
    assert found.material.failures == {"no-face": 2}
    assert (found.failures.events, found.failures.trials) == (2, 5)
    assert [(point.tar.events, point.tar.trials) for point in found.points] == [(1, 1)] * len(found.points)
    assert [point.tar_of_attempts.trials for point in found.points] == [3] * len(found.points)


def test_the_pairs_of_two_people_most_alike_are_named_the_most_alike_first() -> None:
    shown = faces(unit(np.array([[1, 0, 0], [1, 0.2, 0], [0, 1, 0], [0, 1, 0.5]])), [0, 1, 2, 3])
    found = verification(seen(shown), ROOT)
    assert [(one.first, one.second) for one in found.worst[:2]] == [
        ("p0000/0.jpg", "p0001/1.jpg"),
        ("p0002/2.jpg", "p0003/3.jpg"),
    ]
    assert [round(one.similarity, 3) for one in found.worst[:2]] == [0.981, 0.894]
    assert len(found.worst) == 6


def test_twenty_are_enough() -> None:
    assert len(verification(seen(crowd(people=10)), ROOT).worst) == 20


def test_unsupported_rates_are_shown_as_such_and_finer_ones_not_at_all() -> None:
    few = points(scores([0.9], [place / 1000 for place in range(1000)]), 1)
    assert [point.aim for point in few] == [aim for aim in FMRS if aim >= 1e-5]
    assert [point.supported for point in few] == [True] + [False] * 6
    many = scores([0.9], [])
    many.impostor.counts[10_000:] = 1
    many.impostor.counts[10_000] = 20_000_000
    assert [point.aim for point in points(many, 1)] == [aim for aim in FMRS if aim >= 1e-6]
    assert all(point.supported for point in points(many, 1))


def test_one_persons_faces_are_no_evidence() -> None:
    with pytest.raises(EvidenceError, match="one: faces of one person only"):
        seen(faces(unit(np.eye(2)), [0, 0], lost=[1]))


def test_the_same_model_twice_shows_no_sure_difference() -> None:
    told: list[int] = []
    (found,) = side_by_side([seen(crowd()), seen(crowd(), "two")], draws=50, advance=told.append)
    assert sum(told) == len(FMRS)
    assert (found.models, found.against, found.pictures) == ("two", "one", 240)
    assert [one.aim for one in found.differences] == [1e-2, 3e-3, 1e-3]
    assert not any(one.sure or one.tar for one in found.differences)


def test_the_second_model_is_held_against_the_first_and_not_the_other_way_round() -> None:
    good, bad = seen(crowd(noise=0.6), "good"), seen(crowd(noise=1.2), "bad")
    (found,) = side_by_side([good, bad], draws=100)
    assert found.differences[0].sure
    assert found.differences[0].tar < -0.1


def test_models_are_compared_on_the_pictures_in_which_both_found_a_face() -> None:
    whole = crowd()
    part = whole.only(np.arange(len(whole)) % 5 != 0)
    lost = tuple(Failure(one, "no-face") for place, one in enumerate(whole.pictures) if place % 5 == 0)
    part = dataclasses.replace(part, failures=lost)
    for order in ([whole, part], [part, whole]):
        (found,) = side_by_side([seen(order[0]), seen(order[1], "two")], draws=20)
        assert found.pictures == len(part)
        assert not any(one.tar for one in found.differences)


def test_without_genuine_pairs_there_is_nothing_to_compare_and_the_report_is_valid() -> None:
    shown = faces(crowd(people=40, each=1).vectors, list(range(40)))
    first, second = seen(shown), seen(shown, "two")
    beside = side_by_side([first, second])
    assert beside[0].differences == ()
    text = msgspec.json.encode(VerifyReport("made up", (verification(first, ROOT),), beside))
    assert b'"equal_error_rate":null' in text
    assert b"NaN" not in text


DEFAULT = Config()


def asked(*names: str, detector: str = "", landmarks: str = "", flip: bool = False) -> list[ModelSettings]:
    return [one.config.models for one in setups(DEFAULT, names, detector=detector, landmarks=landmarks, flip=flip)]


def test_without_a_name_the_configured_models_are_measured() -> None:
    assert asked() == [DEFAULT.models]


def test_a_variant_is_all_three_models_and_a_bundle_only_the_embedder() -> None:
    whole, one = asked("integer", "mobilefacenet-float-1")
    assert (whole.detector, whole.landmarks, whole.embedder) == (
        "blazeface-integer-1",
        "facemesh-integer-1",
        "mobilefacenet-integer-1",
    )
    assert (one.detector, one.landmarks) == (DEFAULT.models.detector, DEFAULT.models.landmarks)
    assert one.embedder == "mobilefacenet-float-1"


def test_a_named_detector_and_mesh_and_flip_are_for_all_of_them() -> None:
    for one in asked("integer", "mobilefacenet-float-1", detector="d", landmarks="m", flip=True):
        assert (one.detector, one.landmarks, one.flip) == ("d", "m", True)


def test_a_folder_is_called_by_its_own_name_unless_two_have_the_same() -> None:
    def names(*words: str) -> list[str]:
        return [one.name for one in setups(DEFAULT, words, detector="", landmarks="", flip=False)]

    assert names("here/mine-1", "float") == ["mine-1", "float"]
    assert names("here/mine-1", "there/mine-1") == ["here/mine-1", "there/mine-1"]


def test_the_same_model_named_twice_and_a_model_without_variants_are_refused() -> None:
    with pytest.raises(ConfigError, match="--model float is given twice"):
        asked("float", "integer", "float")
    odd = dataclasses.replace(DEFAULT, models=ModelSettings(detector="mine"))
    with pytest.raises(ConfigError, match="mine has no variants"):
        setups(odd, ["float"], detector="", landmarks="", flip=False)
