"""What `edge run` says of a decision, to people and to machines."""

from __future__ import annotations

from edge.cli.decisions import decision, line
from edge.values import Flaw, Reason, Verdict

FAR = Verdict(1.0, 3, Reason.POOR_VIEW, flaws=(Flaw.BLURRED, Flaw.TOO_FAR))


def test_who_cannot_be_judged_is_told_the_one_thing_to_do() -> None:
    assert line("", FAR, Reason.POOR_VIEW).endswith("the face was never seen well enough to judge · Come closer.")


def test_machines_get_every_flaw_and_the_advice() -> None:
    told = decision("", FAR, Reason.POOR_VIEW)
    assert told.flaws == ("blurred", "too-far")
    assert told.advice == "Come closer."


def test_who_was_refused_is_asked_for_nothing_that_tells_why() -> None:
    gone = Verdict(1.0, 3, Reason.NOT_LIVE)
    assert line("", gone, Reason.NOT_LIVE).endswith("this does not look like a live person · Step back and come again.")
    assert decision("", gone, Reason.NOT_LIVE).advice == "Step back and come again."


def test_who_is_let_in_is_asked_for_nothing() -> None:
    let_in = Verdict(1.0, 3, Reason.GRANTED, flaws=(Flaw.BLURRED,))
    assert line("", let_in, Reason.GRANTED).endswith("the door opens")
    assert decision("", let_in, Reason.GRANTED).advice is None
