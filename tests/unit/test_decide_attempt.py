"""One track is one attempt: the stories of S4."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.values import Reason, Sign
from tests.unit.builders import (
    ANN,
    BOB,
    SOLID,
    blurred,
    demand,
    frame,
    match,
    nobody,
    play,
    proving,
    reasons,
    rule,
    run,
    told,
)

if TYPE_CHECKING:
    from edge.values import PersonId, Sighting


@pytest.mark.parametrize("place", range(6))
def test_s4_one_denying_frame_ends_the_attempt_whatever_the_others_say(place: int) -> None:
    shown = [frame(0.1 * n, liveness=0.02 if n == place else 1.0) for n in range(6)]
    verdicts = play(shown, rule(votes=6, window_frames=6))
    assert reasons(verdicts) == [Reason.NOT_LIVE]
    assert verdicts[0].at == pytest.approx(0.1 * place)


def test_s4_nothing_that_follows_a_deny_on_the_same_track_passes() -> None:
    after = [frame(0.1 * n) for n in range(1, 200)]
    assert reasons(play([frame(0.0, liveness=0.0), *after])) == [Reason.NOT_LIVE]


def test_s4_the_deny_of_a_tracks_very_first_frame_counts_though_another_track_ended_on_it() -> None:
    before = [frame(0.0, match=match(similarity=0.1))]
    photograph = [frame(0.1, track=2, liveness=0.0), frame(0.2, track=2), frame(0.3, track=2), frame(0.4, track=2)]
    assert Reason.GRANTED not in reasons(play([*before, *photograph]))


def test_s4_the_deny_of_a_tracks_very_first_frame_counts_though_the_last_track_was_refused_on_it() -> None:
    before = [blurred(0.0), blurred(0.1)]
    photograph = [frame(0.2, track=2, liveness=0.0), *(frame(0.3 + 0.1 * n, track=2) for n in range(5))]
    assert reasons(play([*before, *photograph])) == [Reason.POOR_VIEW, Reason.NOT_LIVE]


def test_the_frame_that_ends_one_track_is_the_next_ones_first_vote() -> None:
    (verdict,) = play([frame(0.0, match=match(similarity=0.1)), frame(0.1, track=2), frame(0.2, track=2)])
    assert (verdict.reason, verdict.at) == (Reason.GRANTED, 0.2)


def test_s4_the_deny_of_a_frame_seen_while_strangers_wait_counts() -> None:
    stranger = [frame(0.1 * n, match=match(similarity=0.1)) for n in range(3)]
    photograph = [frame(0.4, track=2, liveness=0.0), *(frame(0.5 + 0.1 * n, track=2) for n in range(20))]
    assert Reason.GRANTED not in reasons(play([*stranger, nobody(0.3), *photograph]))


def test_s4_liveness_that_is_only_lukewarm_never_grants() -> None:
    (verdict,) = play(frame(0.1 * n, liveness=0.4) for n in range(60))
    assert (verdict.reason, verdict.person) == (Reason.NOT_LIVE, ANN)


def test_s4_a_score_of_nothing_is_not_mistaken_for_no_score() -> None:
    lenient = replace(rule(), demand=demand(suspect_below=0.0))
    assert Reason.GRANTED not in reasons(play((frame(0.1 * n, liveness=0.0) for n in range(60)), lenient))


def test_s4_votes_of_two_tracks_are_never_added() -> None:
    shown = [frame(0.1 * n, track=n) for n in range(1, 40)]
    assert Reason.GRANTED not in reasons(play(shown))


def test_s4_a_track_that_comes_back_under_its_old_number_begins_again() -> None:
    shown = [frame(0.0), nobody(0.1), frame(0.2), nobody(0.3), frame(0.4)]
    assert play(shown) == []


def test_s4_a_face_that_turns_into_another_person_is_refused() -> None:
    verdicts = play([frame(0.0), frame(0.1, match=match(BOB)), frame(0.2), frame(0.3), frame(0.4)])
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.IDENTITY_CHANGED, None)]


def test_s4_another_person_seen_long_before_the_window_still_changes_the_identity() -> None:
    between = [frame(0.15 * n, match=match(similarity=0.1)) for n in range(1, 10)]
    shown = [frame(0.0, match=match(BOB)), *between, frame(1.6), frame(1.7)]
    assert reasons(play(shown)) == [Reason.IDENTITY_CHANGED]


def fakes(count: int, who: PersonId = ANN, start: float = 0.0, gap_s: float = 2.0) -> list[Sighting]:
    """A photograph of somebody, shown again and again, each time on a track of its own."""
    shown: list[Sighting] = []
    for n in range(count):
        at = start + gap_s * n
        shown += [frame(at, track=100 + n, match=match(who), liveness=0.01), nobody(at + 0.1)]
    return shown


def test_s4_five_failures_lock_out_the_identity_not_the_door() -> None:
    state, _ = run(fakes(5))
    _, verdicts = run([frame(20.0, track=200), frame(20.1, track=200), nobody(20.2)], state=state)
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.LOCKED_OUT, ANN)]
    other = [frame(20.0 + 0.1 * n, track=200, match=match(BOB)) for n in range(2)]
    assert [(one.reason, one.person) for one in play(other, state=state)] == [(Reason.GRANTED, BOB)]


def test_s4_four_failures_do_not_lock_out() -> None:
    state, _ = run(fakes(4))
    assert reasons(play([frame(20.0, track=200), frame(20.1, track=200)], state=state)) == [Reason.GRANTED]


def test_s4_a_lock_out_ends_after_its_time_and_not_before() -> None:
    state, _ = run(fakes(5))
    begun = 8.0
    early = [frame(begun + 299.8, track=200), frame(begun + 299.9, track=200), nobody(begun + 299.95)]
    assert reasons(play(early, state=state)) == [Reason.LOCKED_OUT]
    late = [frame(begun + 300.0, track=200), frame(begun + 300.1, track=200)]
    assert reasons(play(late, state=state)) == [Reason.GRANTED]


def test_s4_a_further_failure_does_not_end_a_lock_out() -> None:
    state, verdicts = run(fakes(6))
    assert reasons(verdicts) == [Reason.NOT_LIVE] * 6
    _, verdicts = run([frame(20.0, track=200), frame(20.1, track=200), nobody(20.2)], state=state)
    assert reasons(verdicts) == [Reason.LOCKED_OUT]


def test_s4_a_success_in_between_begins_the_count_anew() -> None:
    state, _ = run([*fakes(4), frame(10.0), frame(10.1), nobody(10.2), *fakes(4, start=20.0)])
    assert reasons(play([frame(40.0, track=200), frame(40.1, track=200)], state=state)) == [Reason.GRANTED]


def test_s4_lukewarm_liveness_counts_against_the_claimed_identity_too() -> None:
    shown: list[Sighting] = []
    for n in range(5):
        shown += [frame(2.0 * n + 0.1 * k, track=100 + n, liveness=0.2) for k in range(3)] + [nobody(2.0 * n + 0.5)]
    state, _ = run(shown)
    assert reasons(play([frame(20.0, track=200), frame(20.1, track=200), nobody(20.2)], state=state)) == [
        Reason.LOCKED_OUT
    ]


def test_s4_being_recognised_too_rarely_is_no_failure_of_the_identity() -> None:
    shown: list[Sighting] = []
    for n in range(6):
        strange = [frame(2.0 * n + 0.1 * k, track=100 + n, match=match(similarity=0.1)) for k in (1, 2, 3)]
        shown += [frame(2.0 * n, track=100 + n), *strange, nobody(2.0 * n + 0.5)]
    state, verdicts = run(shown)
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.UNSURE, ANN)] * 6
    assert reasons(play([frame(20.0, track=200), frame(20.1, track=200)], state=state)) == [Reason.GRANTED]


def test_s4_coming_back_while_locked_out_does_not_prolong_it() -> None:
    state, _ = run(fakes(5))
    again: list[Sighting] = []
    for n in range(10):
        again += [frame(20.0 + 10 * n + 0.1 * k, track=200 + n) for k in range(2)] + [nobody(20.2 + 10 * n)]
    state, verdicts = run(again, state=state)
    assert reasons(verdicts) == [Reason.LOCKED_OUT] * 10
    assert reasons(play([frame(309.0, track=300), frame(309.1, track=300)], state=state)) == [Reason.GRANTED]


@pytest.mark.parametrize("mode", ["passive", "motion"])
def test_s4_who_imitates_somebody_locked_out_learns_no_sooner_than_a_stranger_that_they_are_enrolled(mode: str) -> None:
    """A photograph of somebody enrolled locks them out; the answer at once that followed told that they are."""
    state, _ = run(fakes(5))
    for moves in ({}, SOLID):
        known = [frame(20.0 + 0.1 * n, track=200, **moves) for n in range(80)]
        strange = [replace(one, match=match(similarity=0.1)) for one in known]
        (locked,) = play(known, proving(mode), state)
        (unknown,) = play(strange, proving(mode), state)
        assert (locked.reason, locked.at) == (Reason.LOCKED_OUT, unknown.at)
        assert told(known, proving(mode), state) == told(strange, proving(mode), state)


def test_s4_a_photograph_of_somebody_locked_out_is_still_called_one_and_prolongs_nothing() -> None:
    state, _ = run(fakes(5))
    after, verdicts = run(fakes(9, start=20.0), state=state)
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.NOT_LIVE, ANN)] * 9
    assert after.lockouts == state.lockouts
    doubtful = [*(frame(20.0 + 0.1 * n, track=200, liveness=0.3) for n in range(2)), nobody(20.2)]
    asked_for = replace(rule(), demand=demand(passive_frames=3, on_suspicion="challenge"))
    assert reasons(play(doubtful, asked_for, state)) == [Reason.NOT_LIVE], "too few pictures for a median, and gone"


def test_s4_strangers_are_only_rate_limited() -> None:
    shown: list[Sighting] = []
    for n in range(50):
        shown += [frame(2.0 * n + 0.1 * k, track=n, match=match(similarity=0.2)) for k in range(3)]
        shown += [nobody(2.0 * n + 0.5)]
    state, verdicts = run(shown)
    assert reasons(verdicts) == [Reason.UNKNOWN] * 50
    assert reasons(play([frame(101.0, track=200), frame(101.1, track=200)], state=state)) == [Reason.GRANTED]


def test_s4_after_a_stranger_nobody_is_judged_for_a_moment() -> None:
    stranger = [frame(0.1 * n, match=match(similarity=0.2)) for n in range(3)]
    at_once = [frame(0.4 + 0.1 * n, track=2) for n in range(30)]
    verdicts = play([*stranger, nobody(0.3), *at_once])
    assert reasons(verdicts) == [Reason.UNKNOWN, Reason.GRANTED]
    assert verdicts[1].at >= 0.2 + 1.0


@pytest.mark.parametrize("enough", [2, 4])
def test_s4_liveness_is_not_tried_again_until_a_few_frames_pass(enough: int) -> None:
    """The median counts as soon as enough frames are judged, and better ones that follow do not outweigh it."""
    asked = replace(rule(), demand=demand(passive_frames=enough))
    dull = [frame(0.1 * n, liveness=0.1) for n in range(enough)]
    (verdict,) = play([*dull, *(frame(1.0 + 0.1 * n) for n in range(60))], asked)
    assert (verdict.reason, verdict.person, verdict.sign) == (Reason.NOT_LIVE, ANN, Sign.NETWORK_DOUBTS)
    assert verdict.at == pytest.approx(0.1 * (enough - 1))


def test_s4_fewer_pictures_than_the_median_needs_are_neither_a_suspicion_nor_a_grant() -> None:
    asked = replace(rule(), demand=demand(passive_frames=4))
    shown = [frame(0.0, liveness=0.4), frame(0.1, liveness=0.4), frame(0.2), frame(0.3)]
    assert play(shown[:3], asked) == []
    assert reasons(play(shown, asked)) == [Reason.GRANTED]


def test_s4_the_liveness_of_frames_that_match_nobody_counts_too() -> None:
    dull = [frame(0.1 * n, liveness=0.1, match=match(similarity=0.1)) for n in range(2)]
    assert reasons(play([*dull, frame(0.3, liveness=0.9), frame(0.4, liveness=0.9)])) == [Reason.NOT_LIVE]
    asked = replace(rule(), demand=demand(passive_frames=4))
    dull.append(frame(0.2, liveness=0.1, match=match(similarity=0.1)))
    shown = [*dull, frame(0.3, liveness=0.9), frame(0.4, liveness=0.9)]
    assert reasons(play(shown, asked)) == [Reason.NOT_LIVE]


def test_s4_a_failure_is_not_forgotten_for_a_grant_that_the_door_did_not_hear() -> None:
    state, _ = run(fakes(4))
    state, (verdict,) = run([frame(20.0, track=50), frame(20.1, track=50)], state=state, outcome=Reason.JOURNAL_DOWN)
    assert verdict.granted
    state, _ = run(fakes(1, start=30.0), state=state)
    assert state.lockouts.locked(ANN, 31.0)


def test_s4_a_living_strangers_frames_do_not_pay_for_a_photograph_of_somebody_on_their_track() -> None:
    stranger = [frame(0.1 * n, liveness=0.95, match=match(similarity=0.1)) for n in range(10)]
    photograph = [frame(1.0 + 0.1 * n, liveness=0.06) for n in range(5)]
    assert [(one.reason, one.person) for one in play([*stranger, *photograph])] == [(Reason.NOT_LIVE, ANN)]


def test_s4_a_photograph_gets_no_fresh_try_with_each_window_while_a_living_stranger_pays() -> None:
    stranger = [frame(0.05 * n, liveness=0.95, match=match(similarity=0.1)) for n in range(5)]
    scores = [0.06, 0.06, 0.06, 0.06, 0.9, 0.9, 0.9]
    photograph = [frame(0.25 + 0.05 * n, liveness=score) for n, score in enumerate(scores)]
    assert play([*stranger, *photograph]) == []


def test_s4_the_votes_that_grant_must_be_live_themselves() -> None:
    """Spread too far apart to be votes of one window, the earlier frames lend their liveness to nobody."""
    early = [frame(1.1 * n, liveness=0.95) for n in range(2)]
    assert play([*early, frame(2.3, liveness=0.1), frame(2.4, liveness=0.1)]) == []
