"""A presentation may fall into several tracks; what became of it follows from what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.app.presentation import End, Outcome, first_face, settle, silenced, tracks
from edge.values import Cue
from tests.unit.builders import missed, nobody
from tests.unit.pad_builders import seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.values import Sighting

PASS, DENY, ASK = Outcome(End.PASSED, 1.0), Outcome(End.REFUSED, 1.0, Cue.TIME), Outcome(End.CHALLENGED, 1.0)
NOTHING, DARK = Outcome(End.NO_RESPONSE, why="too short"), Outcome(End.NO_RESPONSE, why="poor view: too-dark")


def settled(*ends: Outcome, attack: bool) -> Outcome:
    """What becomes of a presentation of one track after the other that end so."""

    def judge(track: Sequence[Sighting]) -> Outcome:
        number = track[0].track
        assert number is not None
        return ends[number - 1]

    rows = [seen(track=number, at=10.0 * number) for number in range(1, len(ends) + 1)]
    return settle([one for row in rows for one in row], judge, attack=attack)


@pytest.mark.parametrize("attack", [True, False])
def test_what_nothing_was_decided_of_gives_way_to_what_was(attack: bool) -> None:
    assert settled(NOTHING, DENY, attack=attack) == DENY
    assert settled(DARK, NOTHING, attack=attack) == DARK
    assert settled(ASK, DENY, attack=attack) == ASK


def test_an_attack_has_passed_if_any_of_its_tracks_has() -> None:
    assert settled(DENY, NOTHING, PASS, DENY, attack=True) == PASS


def test_a_live_person_who_was_refused_at_first_has_been_refused() -> None:
    assert settled(DENY, PASS, attack=False) == DENY
    assert settled(NOTHING, PASS, DENY, attack=False) == PASS


def test_without_a_face_there_is_no_response() -> None:
    found = settle([nobody(0.1), nobody(0.2)], lambda _: PASS, attack=True)
    assert found == Outcome(End.NO_RESPONSE, why="no face")
    assert first_face([nobody(0.1)]) is None


def test_frames_of_nobody_belong_to_no_track_and_gaps_to_theirs() -> None:
    first, second = seen(frames=2), seen(frames=1, track=2, at=5.0)
    gap = missed(0.15)
    row = [nobody(-1.0), missed(-0.5), first[0], gap, first[1], nobody(3.0), *second]
    assert tracks(row) == [[first[0], gap, first[1]], second]
    assert first_face(row) == 0.0


def test_a_silenced_cue_has_no_objection_and_the_others_keep_theirs() -> None:
    (one,) = seen({Cue.SURROUND: 0.1, Cue.TIME: 0.2}, frames=1, liveness=0.01)
    quiet = silenced(one, Cue.SURROUND)
    assert {finding.cue: (finding.score, finding.sign is None) for finding in quiet.findings} == {
        Cue.SURROUND: (1.0, True),
        Cue.RELIEF: (None, True),
        Cue.SCREEN: (None, True),
        Cue.TIME: (0.2, False),
    }
    assert quiet.liveness == 0.01
    assert silenced(one, Cue.PASSIVE).liveness == 1.0
    assert silenced(one, Cue.PASSIVE).findings == one.findings
    assert silenced(missed(0.1), Cue.PASSIVE).liveness is None
