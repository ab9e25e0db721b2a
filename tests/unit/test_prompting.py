"""What the person at the door is told: what is asked, what became of it, and nothing a stranger should not know."""

from __future__ import annotations

import pytest

from edge.access.decide import State
from edge.app.prompting import Prompting
from edge.values import WORDS, Flaw, Move, Reason, Verdict
from hw.fake import FakePrompt
from tests.unit.builders import ANN


class Story:
    """A prompt whose state asks for what the story says, at the time that it says."""

    def __init__(self) -> None:
        self.prompt = FakePrompt()
        self.asks: Move | None = None
        self.now = 0.0
        self.notice = ""
        self.say = Prompting(self.prompt, lambda _: self.asks, lambda: self.now, lambda: self.notice)

    def frame(self, asks: Move | None = None, at: float = 0.0) -> str:
        self.asks, self.now = asks, at
        self.say(State(), None, None)
        return self.shown

    def ends(self, outcome: Reason, flaws: tuple[Flaw, ...] = (), at: float = 0.0) -> str:
        self.now = at
        self.say(State(), Verdict(at, 1, outcome, ANN, None, flaws), outcome)
        return self.shown

    @property
    def shown(self) -> str:
        _, signal, code, words = self.prompt.history[-1]
        return f"{signal} {code} {words}".strip()


def test_what_is_asked_is_shown_and_goes_when_nothing_more_is_asked() -> None:
    story = Story()
    assert story.frame(Move.TURN_LEFT) == "attention turn-left Turn your head to your left."
    assert story.frame() == "idle"


def test_a_notice_stands_while_nothing_is_asked() -> None:
    story = Story()
    story.notice = "Your bank asks for your face."
    assert story.frame() == "attention notice Your bank asks for your face."
    assert story.frame(Move.NOD) == f"attention nod {WORDS[Move.NOD]}"
    assert story.ends(Reason.VERIFIED) == "good verified Thank you."


def test_an_outcome_stands_for_a_moment_and_gives_way_to_the_next_request() -> None:
    story = Story()
    assert story.ends(Reason.GRANTED, at=1.0) == "good granted Recognised; the door opens."
    assert story.frame(at=2.9).startswith("good")
    assert story.frame(at=3.0) == "idle"
    story.ends(Reason.UNKNOWN, at=4.0)
    assert story.frame(Move.NOD, at=4.1) == f"attention nod {WORDS[Move.NOD]}"
    assert story.frame(at=4.2) == "idle"


@pytest.mark.parametrize(
    "outcome", [Reason.NOT_LIVE, Reason.UNKNOWN, Reason.NO_MOTION, Reason.LOCKED_OUT, Reason.REVOKED]
)
def test_whoever_is_refused_is_told_the_same_whatever_was_found(outcome: Reason) -> None:
    assert Story().ends(outcome) == "refused refused Step back and come again."


def test_a_poor_view_is_told_what_to_do_about_it() -> None:
    assert Story().ends(Reason.POOR_VIEW, (Flaw.TOO_FAR,)) == "refused refused Come closer."
