"""Tracks that follow each other without a pause share their draws and their time, and nothing else (S4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from edge.values import Reason
from tests.unit.builders import ANN, BOB, blurred, frame, match, missed, nobody, play, reasons, rule, run

if TYPE_CHECKING:
    from edge.values import Verdict

STRANGER = match(similarity=0.1)


def told(verdicts: list[Verdict]) -> list[tuple[Reason, float]]:
    """Why each fell, and when."""
    return [(one.reason, round(one.at, 3)) for one in verdicts]


def test_s4_a_stranger_whose_track_breaks_at_every_frame_is_refused_and_waits_like_any_other() -> None:
    verdicts = play(frame(0.1 * n, track=n, match=STRANGER) for n in range(1, 601))
    assert set(reasons(verdicts)) == {Reason.UNKNOWN}
    first, second = told(verdicts)[:2]
    assert first == (Reason.UNKNOWN, 1.5), "15 draws"
    assert second == (Reason.UNKNOWN, 3.9), "a moment's wait, and 15 more"
    assert len(verdicts) == 25


def test_s4_a_stranger_whose_track_breaks_at_slow_frames_is_refused_when_patience_ends() -> None:
    verdicts = play(frame(0.4 * n, track=n, match=STRANGER) for n in range(9))
    assert told(verdicts) == [(Reason.UNKNOWN, 3.2)]


def test_s4_a_poor_frame_on_a_track_of_its_own_makes_the_refusal_no_milder() -> None:
    shown = [blurred(0.4 * n, track=n) if n % 2 else frame(0.4 * n, track=n, match=STRANGER) for n in range(10)]
    assert reasons(play(shown[:-1])) == [Reason.UNKNOWN]
    late = [frame(0.0, track=1, match=STRANGER), *(blurred(0.4 * n, track=1 + n) for n in range(1, 9))]
    assert reasons(play(late)) == [Reason.UNKNOWN], "what was judged was judged"


def test_s4_a_photograph_whose_track_breaks_at_every_frame_fails_under_the_identity_that_it_claims() -> None:
    state, verdicts = run(frame(0.1 * n, track=n, liveness=0.3) for n in range(1, 16))
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.NOT_LIVE, ANN)]
    assert not state.lockouts.locked(ANN, 2.0)
    state, _ = run((frame(0.1 * n, track=n, liveness=0.3) for n in range(1, 200)), rule(lockout_failures=2))
    assert state.lockouts.locked(ANN, 20.0)


def test_s4_who_is_locked_out_and_whose_track_breaks_at_every_frame_is_told_as_a_stranger_is() -> None:
    state, _ = run([frame(2.0 * n, track=n, liveness=0.01) for n in range(5)])
    shown = [frame(20.0 + 0.1 * n, track=20 + n) for n in range(60)]
    locked = told(play(shown, state=state))
    strange = told(play([replace(one, match=match(similarity=0.1)) for one in shown], state=state))
    assert [at for _, at in locked] == [at for _, at in strange] == [21.4, 23.8]
    assert {reason for reason, _ in locked} == {Reason.LOCKED_OUT}


def test_s4_whose_track_breaks_at_every_frame_is_never_let_in_and_not_left_in_silence() -> None:
    verdicts = play(frame(0.1 * n, track=n) for n in range(1, 16))
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.UNSURE, ANN)]


def test_who_comes_when_nobody_was_there_begins_anew() -> None:
    before = [frame(0.1 * n, track=n, match=STRANGER) for n in range(1, 8)]
    after = [frame(0.8 + 0.1 * n, track=20 + n, match=STRANGER) for n in range(14)]
    assert play([*before, nobody(0.75), *after]) == []
    assert reasons(play([*before, missed(0.75, 7), *after])) == [Reason.UNKNOWN]


def test_who_follows_at_once_is_let_in_and_answers_for_no_claim_of_the_one_before() -> None:
    before = [frame(0.1 * n, track=n, match=match(BOB), liveness=0.1) for n in range(13)]
    verdicts = play([*before, frame(1.3, track=20), frame(1.4, track=20)])
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.GRANTED, ANN)]


def test_who_follows_a_stranger_that_was_refused_has_draws_of_their_own() -> None:
    asked = rule(rate_limit_s=0.0)
    refused = [frame(0.1 * n, track=1, match=STRANGER) for n in range(15)]
    dim = [frame(1.5 + 0.1 * n, track=2, match=STRANGER) for n in range(13)]
    verdicts = play([*refused, *dim, frame(2.8, track=2), frame(2.9, track=2)], asked)
    assert reasons(verdicts) == [Reason.UNKNOWN, Reason.GRANTED]


def test_a_grant_that_the_door_did_not_hear_gives_all_draws_back() -> None:
    asked = rule(rate_limit_s=0.0)
    before = [frame(0.1 * n, track=n, match=STRANGER) for n in range(1, 13)]
    state, _ = run([*before, frame(1.3, track=30), frame(1.4, track=30)], asked, outcome=Reason.STALE)
    dim = [frame(1.5 + 0.1 * n, track=30, match=STRANGER) for n in range(13)]
    assert reasons(play([*dim, frame(2.8, track=30), frame(2.9, track=30)], asked, state)) == [Reason.GRANTED]


def test_who_was_just_let_in_and_lingers_is_not_refused_for_breaking_tracks() -> None:
    lingering = [frame(0.2 + 0.1 * n, track=2 + n) for n in range(28)]
    assert reasons(play([frame(0.0), frame(0.1), *lingering])) == [Reason.GRANTED]


def test_who_was_just_let_in_and_stays_does_not_pay_for_frames_that_did_not_show_them() -> None:
    turned = [frame(0.2 + 0.1 * n, track=2 + n, match=STRANGER) for n in range(14)]
    glances = [frame(1.7 + 0.1 * n, track=50, match=STRANGER) for n in range(5)]
    staying = [frame(1.6, track=50), *glances, frame(3.2, track=50), frame(3.3, track=50)]
    assert reasons(play([frame(0.0), frame(0.1), *turned, *staying])) == [Reason.GRANTED, Reason.GRANTED]


def test_who_comes_while_somebody_just_let_in_walks_on_has_draws_of_their_own() -> None:
    walking_on = [frame(0.2, track=2), *(frame(0.2 + 0.1 * n, track=2, match=STRANGER) for n in range(1, 6))]
    dim = [frame(0.8 + 0.1 * n, track=3, match=STRANGER) for n in range(11)]
    bob = [frame(1.9 + 0.1 * n, track=3, match=match(BOB)) for n in range(2)]
    verdicts = play([frame(0.0), frame(0.1), *walking_on, *dim, *bob])
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.GRANTED, ANN), (Reason.GRANTED, BOB)]


def test_a_poor_view_is_told_in_time_however_often_the_track_breaks() -> None:
    assert told(play(blurred(0.1 * n, track=n) for n in range(40))) == [(Reason.POOR_VIEW, 3.1)]


def test_a_crowd_that_was_told_so_is_not_told_again_at_once_because_the_track_breaks() -> None:
    crowd = [frame(0.1 * n, faces=4, track=1 + n // 35) for n in range(64)]
    assert told(play(crowd)) == [(Reason.TOO_MANY_FACES, 3.1)]


def test_s4_the_deny_of_a_new_track_counts_though_its_frame_bears_the_time_of_the_last_one() -> None:
    shown = [frame(0.0), frame(0.0, track=2, liveness=0.0), frame(0.1, track=2), frame(0.2, track=2)]
    assert reasons(play(shown)) == [Reason.NOT_LIVE]


def test_s4_a_deny_on_any_of_the_tracks_ends_the_attempt_at_once() -> None:
    shown = [frame(0.1 * n, track=n, liveness=0.01 if n == 4 else 0.9) for n in range(1, 8)]
    assert told(play(shown)) == [(Reason.NOT_LIVE, 0.4)]


@given(
    st.lists(st.booleans(), min_size=60, max_size=60),
    st.lists(st.sampled_from(["good", "good", "poor", "crowd", "hidden", "spared"]), min_size=60, max_size=60),
)
def test_s4_whoever_stands_there_and_is_judged_hears_something_in_time(breaks: list[bool], kinds: list[str]) -> None:
    """However the tracks break: a stranger's presence of six seconds with two judged frames ends in a verdict."""
    kinds[0], track, shown = "good", 0, []
    for number, kind in enumerate(kinds):
        track += breaks[number] and kind != "hidden"
        at = 0.1 * number
        one = frame(at, track=track, match=STRANGER)
        changed = {
            "poor": blurred(at, track=track),
            "crowd": replace(one, faces=9),
            "hidden": missed(at, track),
            "spared": replace(one, match=None, spared=True),
        }
        shown.append(changed.get(kind, one))
    assert play(shown)
