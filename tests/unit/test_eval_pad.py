"""What became of presentations, counted: each species by itself, live people as a bracket, cues and panels."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from edge.app.bounds import upper_bound
from edge.app.presentation import End
from edge.cli.eval.pad_tables import conclusion, show
from edge.config import Config
from edge.eval.pad import Judged, report, weigh
from edge.eval.pad_course import open_course
from edge.eval.pad_report import PadReport
from edge.eval.presentations import Showing
from edge.values import Cue, Sign
from tests.unit.builders import blurred, nobody
from tests.unit.pad_builders import NAME, course, seen, shown

SHOWING = Showing(window_s=4.0)
GLOW, EDGES, STILL = {Cue.SCREEN: 0.1}, {Cue.SURROUND: 0.01}, {Cue.TIME: 0.02}


def judged(mode: str = "passive") -> list[Judged]:
    """Five live presentations of two people, four prints of three, two replays."""
    rows = [
        shown(seen(), person="ann"),
        shown(seen(at=1.0), person="ann"),
        shown(seen(GLOW), person="ann"),
        shown(seen(EDGES), person="bob"),
        shown([nobody(0.1)], person="bob"),
        shown(seen(EDGES), "print", "ann"),
        shown(seen(EDGES | GLOW), "print", "ann"),
        shown(seen(), "print", "bob"),
        shown([blurred(0.1), blurred(0.2)], "print", "eve"),
        shown(seen(), "replay"),
        shown([*seen(STILL), *seen(track=2, at=3.0)], "replay", name="still.jpg"),
    ]
    return [weigh(one, course(mode)) for one in rows]


@pytest.fixture(scope="module")
def found() -> PadReport:
    return report(judged(), course(), SHOWING, "office")


def test_the_worst_species_leads_and_none_is_averaged_away(found: PadReport) -> None:
    assert [(one.species, one.apcer.events, one.apcer.trials) for one in found.attacks] == [
        ("replay", 2, 2),
        ("print", 1, 4),
    ]
    assert found.worst == "replay"
    assert not hasattr(found, "acer")


def test_attacks_that_never_answered_are_counted_by_themselves(found: PadReport) -> None:
    prints = found.attacks[1]
    assert prints.responded is not None
    assert (prints.responded.events, prints.responded.trials) == (1, 3)
    assert (prints.refused.events, prints.challenged.events, prints.no_response.events) == (2, 0, 1)
    assert prints.reasons == {"refused, surround: edges-move": 2, "poor view: blurred": 1}
    assert prints.apcer_below == upper_bound(1, 4)
    assert prints.seconds is not None
    assert prints.seconds.median == pytest.approx(0.1)


def test_live_people_are_a_bracket_since_nobody_answered_the_challenge(found: PadReport) -> None:
    live = found.live
    assert (live.passed.events, live.refused.events, live.stopped.events, live.no_response.events) == (2, 1, 2, 1)
    assert {live.passed.trials, live.refused.trials, live.stopped.trials, live.no_response.trials} == {5}
    assert (live.not_at_once.events, live.not_at_once.trials) == (3, 5)
    assert live.responded is not None
    assert (live.responded.events, live.responded.trials) == (2, 4)
    assert live.reasons == {"challenged, screen: screen-glow": 1, "no face": 1, "refused, surround: edges-move": 1}
    assert live.seconds is not None
    assert live.seconds.count == 2
    assert live.seconds.median == pytest.approx(0.1)


def test_people_are_counted_where_all_are_known(found: PadReport) -> None:
    assert (found.live.people, found.attacks[1].people, found.attacks[0].people) == (2, 3, 0)
    by_people = found.live.by_people
    assert by_people is not None
    assert (by_people.events, by_people.trials, by_people.people, by_people.event_people) == (2, 5, 2, 2)
    prints = found.attacks[1].by_people
    assert prints is not None
    assert (prints.events, prints.trials, prints.people, prints.event_people) == (1, 4, 3, 1)
    assert found.attacks[0].by_people is None


def test_where_nothing_was_ever_decided_no_rate_of_it_is_claimed() -> None:
    rows = [shown([nobody(0.1)]), shown([nobody(0.1)], "print")]
    found = report([weigh(one, course()) for one in rows], course(), Showing(), "office")
    assert found.live.responded is None
    assert found.attacks[0].responded is None
    assert (found.attacks[0].apcer.events, found.attacks[0].apcer.trials) == (0, 1)
    assert msgspec.json.decode(msgspec.json.encode(found), type=PadReport) == found


def test_one_person_or_an_unknown_one_gives_no_interval_by_people() -> None:
    rows = [shown(seen(), person="ann"), shown(seen()), shown(seen(), "print", "ann"), shown(seen(), "print", "ann")]
    found = report([weigh(one, course()) for one in rows], course(), Showing(), "office")
    assert found.live.by_people is None
    assert found.attacks[0].by_people is None
    assert found.attacks[0].people == 1
    rows += [shown(seen(), person="bob")]
    found = report([weigh(one, course()) for one in rows], course(), Showing(), "office")
    assert found.live.people == 2
    assert found.live.by_people is None


def test_time_to_pass_begins_with_the_first_face() -> None:
    judged = weigh(shown([nobody(-1.0), *seen()]), course())
    assert judged.told.seconds == pytest.approx(0.1)


def test_the_configured_rules_hear_recordings_which_answer_no_challenge() -> None:
    config = Config()
    found = open_course(replace(config, liveness=replace(config.liveness, mode="challenge")))
    assert found.judge(seen(frames=600)).end is End.CHALLENGED
    assert found.liveness.name == config.models.liveness


def test_each_cue_is_also_measured_alone(found: PadReport) -> None:
    of = {one.cue: one for one in found.cues}
    assert list(of) == [Cue.PASSIVE, Cue.SURROUND, Cue.RELIEF, Cue.SCREEN, Cue.TIME]
    surround = of[Cue.SURROUND]
    assert [(one.species, one.apcer.events) for one in surround.species] == [("print", 2), ("replay", 2)]
    assert (surround.bpcer.events, surround.bpcer_denied.events, surround.silent) == (1, 1, 4)
    assert of[Cue.RELIEF].worst in {"print", "replay"}
    assert of[Cue.TIME].species[1].denied.events == 1


def test_the_panel_is_measured_without_each_cue(found: PadReport) -> None:
    of = {one.without: one for one in found.ablation}
    assert set(of) == set(Cue) - {Cue.CHALLENGE}
    without = of[Cue.SURROUND]
    # One of the two prints with edges also glows: it is asked for a challenge.
    assert {name: one.events for name, one in without.apcer.items()} == {"print": 2, "replay": 2}
    assert (without.refused.events, without.stopped.events, without.no_response.events) == (0, 1, 1)
    assert without.worst == "replay"
    assert of[Cue.SCREEN].stopped.events == 1
    assert {name: one.events for name, one in of[Cue.RELIEF].apcer.items()} == {"print": 1, "replay": 2}


def test_without_the_cue_of_motion_motion_is_not_asked_for() -> None:
    found = report(judged("motion"), course("motion"), SHOWING, "office")
    assert found.mode == "motion"
    assert found.live.passed.events == 0
    assert found.live.reasons["no motion"] == 2
    relief = next(one for one in found.ablation if one.without is Cue.RELIEF)
    assert relief.apcer["replay"].events == 2
    assert relief.no_response.events == 1


def test_costs_are_those_of_the_cues_that_were_timed(found: PadReport) -> None:
    (cost,) = found.costs
    assert cost.cue is Cue.SURROUND
    assert cost.mean == pytest.approx(3.0)
    frames = sum(one.frames for one in found.presentations)
    assert cost.ms.count == frames
    assert found.see_ms is not None
    assert found.see_ms.median == pytest.approx(20.0)
    assert found.see_ms.count == frames


def test_every_presentation_is_told(found: PadReport) -> None:
    assert len(found.presentations) == 11
    refused, still = found.presentations[3], found.presentations[10]
    assert (refused.end, refused.cue, refused.sign, refused.seconds) == (
        End.REFUSED,
        Cue.SURROUND,
        Sign.EDGES_MOVE,
        0.0,
    )
    assert (refused.frames, refused.faces, refused.person, refused.species) == (6, 6, "bob", None)
    # Its second track passed, 3.1 s after its first face.
    assert still.end is End.PASSED
    assert still.seconds == pytest.approx(3.1)
    assert still.lowest[Cue.TIME] == 0.02
    assert found.presentations[4].why == "no face"
    assert (found.stills, found.window_s, found.data, found.liveness) == (1, 4.0, "office", NAME)


def test_the_report_is_json_and_back(found: PadReport) -> None:
    assert msgspec.json.decode(msgspec.json.encode(found), type=PadReport) == found


def test_of_species_with_equal_rates_that_of_which_less_is_known_is_the_worst() -> None:
    rows = [shown(seen()), *[shown(seen(EDGES), "print")] * 3, shown(seen(EDGES), "replay")]
    told = report([weigh(one, course()) for one in rows], course(), Showing(), "office")
    assert [one.species for one in told.attacks] == ["replay", "print"]
    assert told.worst == "replay"


def test_people_read_a_summary_that_is_no_wider_than_a_terminal(
    found: PadReport, capsys: pytest.CaptureFixture[str]
) -> None:
    show(found)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 120
    text = " ".join(" ".join(lines).split())
    assert "replay 2 2 100.0% 15.8% to 100.0% 100.0%" in text
    assert "let in at once 2 of 5 40.0%" in text
    assert "not let in at once: all three 3 of 5 60.0%" in text
    assert "a recording answers no challenge" in text
    assert "42 presentations without an error are needed: replay 2, print 4, live people 5" in text
    assert conclusion(found) in text


def test_the_conclusion_is_what_was_counted(found: PadReport) -> None:
    assert conclusion(found) == (
        "Of 6 attacks 3 passed; the worst of 2 species, replay, passed 2 of 2 times, which shows an APCER below 100%. "
        "Of 5 live presentations 2 were let in at once, 1 refused and 1 asked for a challenge."
    )
