"""What the person at the door is told."""

from __future__ import annotations

from itertools import permutations

import pytest

from edge.values import ADVICE, OPENING, REQUESTS, Flaw, Reason, advice, request


def test_every_flaw_has_a_sentence_of_its_own() -> None:
    assert set(ADVICE) == set(Flaw)
    assert len(set(ADVICE.values())) == len(ADVICE)
    assert set(ADVICE.values()).isdisjoint(REQUESTS.values())


@pytest.mark.parametrize("sentence", [*ADVICE.values(), *REQUESTS.values()])
def test_a_sentence_is_short_enough_for_a_small_display(sentence: str) -> None:
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert len(sentence) <= 40


@pytest.mark.parametrize(
    ("flaws", "sentence"),
    [
        ({Flaw.TOO_FAR, Flaw.BLURRED}, "Come closer."),  # who is far away is blurred
        ({Flaw.TOO_DARK, Flaw.LOW_CONTRAST, Flaw.BLURRED}, "Face the light."),  # the dark is all of it
        ({Flaw.TURNED_AWAY, Flaw.BLURRED}, "Look at the camera."),
        ({Flaw.CUT_OFF, Flaw.TOO_DARK}, "Stand in front of the camera."),
        ({Flaw.BLURRED, Flaw.COVERED}, "Hold still."),  # of a blurred face nothing can be said
        ({Flaw.COVERED}, "Take off what covers your face."),
    ],
)
def test_of_several_flaws_the_one_that_causes_the_others_is_told(flaws: set[Flaw], sentence: str) -> None:
    assert {advice(order) for order in permutations(flaws)} == {sentence}


def test_without_a_flaw_there_is_nothing_to_say() -> None:
    assert advice(()) is None
    assert request(Reason.POOR_VIEW) is None


def test_who_was_not_seen_well_is_told_what_to_do() -> None:
    assert request(Reason.POOR_VIEW, [Flaw.BLURRED]) == "Hold still."
    assert request(Reason.UNKNOWN, [Flaw.TURNED_AWAY]) == "Look at the camera."
    assert request(Reason.UNSURE, [Flaw.TOO_DARK]) == "Face the light."
    assert request(Reason.UNSURE) == "Step back and come again."
    assert request(Reason.TOO_MANY_FACES, [Flaw.BLURRED]) == "One at a time, please."


@pytest.mark.parametrize("reason", sorted(OPENING | {Reason.VERIFIED}))
def test_who_was_let_through_is_asked_for_nothing(reason: Reason) -> None:
    assert request(reason, list(Flaw)) is None


@pytest.mark.parametrize("flaws", [[], [Flaw.BLURRED], [Flaw.TURNED_AWAY, Flaw.BLURRED]])
def test_s4_nobody_who_was_judged_hears_what_it_was_that_refused_them(flaws: list[Flaw]) -> None:
    """Not that the face matched, nor that liveness alone failed, nor that the identity is locked out or removed."""
    asked_for = {Reason.FACTOR_MISSING, Reason.FACTOR_ORDER, Reason.SECOND_PERSON}
    judged = set(Reason) - OPENING - asked_for - {Reason.POOR_VIEW, Reason.TOO_MANY_FACES, Reason.VERIFIED}
    assert {request(reason, flaws) for reason in judged} == {advice(flaws) or "Step back and come again."}
