"""A claim: one person's face alone is asked for, and the door is asked only where nobody else is to be answered."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from edge.access.decide import State
from edge.app.claims import Claim, Claims
from edge.app.recognition import Recognition
from edge.errors import SpaceError
from edge.loop import run
from edge.values import Credential, Cue, Factor, Reason, Verdict
from edge.vision.pipeline import Memory
from tests.fakes import LineCamera, WritingDoor, grey_frames
from tests.unit.builders import ANN, BOB, answering, blurred, found, frame, match, person, proving, rule

if TYPE_CHECKING:
    from edge.access.decide import Rule
    from edge.values import Embedding, Match, PersonId, Search, Sighting
    from hw.base import Frame

PIN = Credential(Factor.PIN, 0.0)


def finds(who: PersonId | None, similarity: float = 0.7) -> Search:
    """A search that answers alike whatever it is asked."""

    def search(probe: Embedding) -> Match | None:
        del probe
        return None if who is None else match(who, similarity=similarity, margin=2.0, comparisons=1)

    return search


@dataclass
class Site:
    """A terminal before which Bob stands, unless told otherwise; a search finds whom its builder says."""

    sightings: list[Sighting]
    everybody: Search = field(default_factory=lambda: finds(BOB))
    usual: Rule = field(default_factory=rule)
    claims: Claims = field(default_factory=Claims)
    door: WritingDoor = field(default_factory=WritingDoor)
    answers: list[Verdict] = field(default_factory=list)
    outcomes: list[tuple[float, Reason]] = field(default_factory=list)
    state: State = field(default_factory=State)
    ends: dict[float, Claim | None] = field(default_factory=dict)

    def claim(self, who: PersonId = ANN, search: Search | None = None, **changes: object) -> Claim:
        """A verification of Ann, whose face is found."""
        asked = replace(changes.pop("rule", self.usual), claimed=who)  # type: ignore[type-var]  # a rule
        words: dict[str, object] = {
            "credentials": (),
            "rule": asked,
            "search": search or finds(who),
            "until": 100.0,
            "answer": self.answers.append,
        }
        return Claim(person=who, **(words | changes))  # type: ignore[arg-type]  # any field of a claim

    def plays(self) -> list[tuple[float, Reason]]:
        """Run the loop to the end of what is shown."""
        recognition = Recognition(
            sees=self._sees,
            search=self.everybody,
            usual=lambda: self.usual,
            roster=person,
            claims=self.claims,
        )
        camera = LineCamera(grey_frames(one.at for one in self.sightings))
        terminal = replace(recognition.terminal(camera, self.door, Mute(), self._observe), tell=self._tell)
        run(terminal, self.state, Memory(), lambda: False)
        return self.outcomes

    def _sees(self, shown: Frame, memory: Memory, search: Search) -> tuple[Sighting, Memory]:
        sighting = next(one for one in self.sightings if one.at == shown.at)
        probe: Embedding = None  # type: ignore[assignment]  # the searches here do not look at it
        return (replace(sighting, match=search(probe)) if sighting.match else sighting), memory

    def _tell(self, state: State, verdict: Verdict | None, outcome: Reason | None) -> None:
        del verdict, outcome
        self.state = state

    def _observe(self, shown: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
        del sighting
        if verdict is not None and outcome is not None:
            self.outcomes.append((shown.at, outcome))
        if shown.at in self.ends:  # between two frames, as another thread would
            coming = self.ends[shown.at]
            self.claims.end() if coming is None else self.claims.begin(coming)


class Mute:
    def tell(self, *_: object) -> None: ...

    def close(self) -> None: ...


def standing(start: float = 0.0, frames: int = 6, track: int = 1) -> list[Sighting]:
    return [frame(round(start + 0.1 * n, 3), track=track) for n in range(frames)]


def lockouts_of(state: State, who: PersonId) -> int:
    return sum(count.failures for count in state.lockouts.counts if count.who == who)


def test_while_a_claim_stands_only_the_claimed_face_is_asked_for_and_the_door_hears_nothing() -> None:
    site = Site(standing())
    site.claims.begin(site.claim())
    assert site.plays() == [(0.1, Reason.VERIFIED)]
    assert [(one.person, one.granted) for one in site.answers] == [(ANN, True)]
    assert site.door.identified == []
    assert site.door.reported == []


def test_a_face_that_is_not_the_claimed_one_is_refused_though_it_is_somebodys() -> None:
    site = Site(standing(frames=40))
    site.claims.begin(site.claim(search=finds(ANN, similarity=0.1)))
    site.plays()
    assert [one.reason for one in site.answers] == [Reason.UNKNOWN]
    assert site.door.identified == []


def test_without_a_claim_and_after_one_the_door_is_asked_as_ever() -> None:
    site = Site([*standing(), *standing(2.0, track=2), *standing(4.0, track=3)])
    site.ends = {0.5: site.claim(), 2.5: None}
    assert site.plays() == [(0.1, Reason.GRANTED), (2.1, Reason.VERIFIED), (4.1, Reason.GRANTED)]
    assert [who.id for who, _ in site.door.identified] == [BOB, BOB]


def test_who_was_verified_is_not_let_in_by_the_same_track() -> None:
    site = Site(standing(frames=20), everybody=finds(ANN))
    site.claims.begin(site.claim())
    site.ends = {0.5: None}
    assert site.plays() == [(0.1, Reason.VERIFIED)]
    assert site.door.identified == []


def test_votes_for_the_door_do_not_count_for_a_claim_nor_the_other_way_round() -> None:
    votes = [frame(0.0), frame(0.1)]
    site = Site(votes)
    site.ends = {0.0: site.claim()}
    assert site.plays() == []
    back = Site([frame(0.0), frame(0.1)], everybody=finds(ANN))
    back.claims.begin(back.claim())
    back.ends = {0.0: None}
    assert back.plays() == []


def test_who_was_just_let_in_can_be_verified_at_once() -> None:
    site = Site([*standing(), *standing(1.0)], everybody=finds(ANN))
    site.ends = {0.5: site.claim()}
    assert site.plays() == [(0.1, Reason.GRANTED), (1.1, Reason.VERIFIED)]


def test_s4_the_track_of_a_payment_opens_nothing_after_the_key_was_waited_for() -> None:
    site = Site(standing(frames=30))
    asked = site.claim()
    site.claims.begin(asked)
    site.ends = {0.2: replace(asked, judging=False), 1.0: None}
    assert site.plays() == [(0.1, Reason.VERIFIED)]
    assert site.door.identified == []


def test_s4_a_question_that_is_taken_back_gives_a_refused_track_no_second_try() -> None:
    site = Site(standing(frames=80), everybody=finds(None))
    begun = site.claim(search=finds(None))

    def later(probe: Embedding) -> Match | None:
        return finds(BOB)(probe) if begun is site.claims.current(0.0) or site.outcomes else finds(None)(probe)

    site.everybody = later
    site.ends = {4.0: begun, 4.2: None}
    assert [reason for _, reason in site.plays()] == [Reason.UNKNOWN]
    assert site.door.identified == []


def test_a_claim_whose_search_fails_ends_and_the_loop_goes_on() -> None:
    site = Site(standing(frames=12) + standing(3.0, track=2))
    site.claims.begin(site.claim(search=_other_space))
    assert site.plays() == [(3.1, Reason.GRANTED)]


def _other_space(probe: Embedding) -> Match | None:
    raise SpaceError(f"a probe {probe} of another size")


def test_a_claim_that_has_run_out_stands_no_more() -> None:
    site = Site([*standing(), *standing(5.0, track=2)])
    site.claims.begin(site.claim(until=0.05))
    assert site.plays()[-1] == (5.1, Reason.GRANTED)
    assert site.answers == []


def test_a_claim_before_the_door_brings_its_credentials_and_ends_with_the_doors_word() -> None:
    site = Site([*standing(), *standing(2.0, track=2)])
    site.claims.begin(site.claim(answer=None, credentials=(PIN,)))
    assert site.plays() == [(0.1, Reason.GRANTED), (2.1, Reason.GRANTED)]
    assert [who.id for who, _ in site.door.identified] == [ANN, BOB]
    assert site.door.shown == [(PIN,), ()]


def test_a_poor_view_ends_no_claim() -> None:
    site = Site([*(blurred(round(0.1 * n, 3)) for n in range(40)), *standing(4.0)])
    site.claims.begin(site.claim(answer=None, credentials=(PIN,)))
    assert [reason for _, reason in site.plays()] == [Reason.POOR_VIEW, Reason.GRANTED]
    assert site.door.shown == [(PIN,)]


def test_a_claim_that_waits_for_a_key_judges_nobody() -> None:
    site = Site(standing(frames=40))
    site.claims.begin(site.claim(judging=False))
    assert site.plays() == []


def test_s4_somebody_else_or_nobody_alive_counts_against_whom_was_claimed() -> None:
    wrong = Site(standing(frames=40))
    wrong.claims.begin(wrong.claim(search=finds(ANN, similarity=0.1)))
    wrong.plays()
    assert (lockouts_of(wrong.state, ANN), lockouts_of(wrong.state, BOB)) == (1, 0)
    dead = Site([frame(0.1 * n, **found(Cue.RELIEF, 0.0)) for n in range(3)])
    dead.claims.begin(dead.claim(search=finds(ANN, similarity=0.1)))
    assert dead.plays()[0][1] is Reason.NOT_LIVE
    assert lockouts_of(dead.state, ANN) == 1


def test_s4_a_locked_out_person_is_not_verified_and_a_success_forgives() -> None:
    asked = rule(lockout_failures=1)
    locked = State().lockouts.failed(ANN, 0.0, asked.backoff)
    site = Site(standing(frames=60), usual=asked, state=State(lockouts=locked))
    site.claims.begin(site.claim())
    site.plays()
    assert [one.reason for one in site.answers] == [Reason.LOCKED_OUT]
    twice = rule(lockout_failures=2)
    once = State().lockouts.failed(ANN, 0.0, twice.backoff)
    again = Site(standing(), usual=twice, state=State(lockouts=once))
    again.claims.begin(again.claim())
    assert again.plays() == [(0.1, Reason.VERIFIED)]
    assert lockouts_of(again.state, ANN) == 0


def test_s4_a_claim_is_no_way_out_of_a_challenge_that_runs() -> None:
    asked = proving("challenge")
    moves = answering()
    site = Site([*moves, *standing(round(moves[-1].at + 1.0, 3), 3, track=2)], usual=asked, everybody=finds(BOB))
    site.ends = {moves[8].at: site.claim(rule=rule())}
    outcomes = site.plays()
    assert outcomes[0][1] is Reason.GRANTED  # the door's challenge went on to its end
    assert [one.id for one, _ in site.door.identified] == [BOB]
    assert outcomes[1][1] is Reason.VERIFIED


def test_s4_who_takes_a_claim_back_in_the_midst_of_its_challenge_has_failed_it() -> None:
    moves = answering()
    site = Site([*moves[:10], *standing(1.0, 20)])
    site.claims.begin(site.claim(rule=proving("challenge")))
    site.ends = {moves[9].at: None}
    assert site.plays() == []  # and the door does not consider that track
    assert lockouts_of(site.state, ANN) == 1
    assert site.door.identified == []


def test_s4_a_track_that_was_denied_stays_denied_under_a_claim() -> None:
    denied = [frame(0.1 * n, **found(Cue.RELIEF, 0.0)) for n in range(3)]
    site = Site([*denied, *standing(2.0, 10)])
    site.ends = {denied[-1].at: site.claim()}
    assert [reason for _, reason in site.plays()] == [Reason.NOT_LIVE]
    assert site.answers == []


def test_an_end_that_names_a_claim_leaves_a_newer_one_standing() -> None:
    site, claims = Site([]), Claims()
    old, new = site.claim(), site.claim(BOB)
    claims.begin(old)
    claims.begin(new)
    claims.end(old)
    assert claims.current(0.0) is new
    claims.end(new)
    assert claims.current(0.0) is None


def test_threads_may_begin_and_end_claims_while_the_loop_asks() -> None:
    site, claims = Site([]), Claims()
    mine = [site.claim() for _ in range(4)]

    def churn(claim: Claim) -> None:
        for _ in range(500):
            claims.begin(claim)
            claims.end(claim)

    threads = [threading.Thread(target=churn, args=(claim,)) for claim in mine]
    for thread in threads:
        thread.start()
    seen = {claims.current(0.0) for _ in range(2000)}
    for thread in threads:
        thread.join()
    assert seen <= {None, *mine}
    assert claims.current(0.0) is None
