"""The terminal's loop with a camera, a decision and a door that are a few lines each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from edge.access.decide import State
from edge.errors import LinkError, SpaceError, StoreError
from edge.loop import SILENT_S, Terminal, act, run
from edge.values import Credential, Evidence, Factor, Reason, Sighting, Verdict
from edge.vision.pipeline import Memory
from hw.base import CameraTimeoutError, HardwareError
from tests.fakes import LineCamera, WritingDoor, grey_frames
from tests.unit.builders import ANN, BOB, person

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.values import Person, PersonId
    from hw.base import Frame

EVIDENCE = Evidence(0.7, 0.3, 0.4, 1e-4, 2, 0.9, "test@0")
GRANT = Verdict(2.0, 1, Reason.GRANTED, ANN, EVIDENCE)
DENIAL = Verdict(2.0, 1, Reason.NOT_LIVE, ANN, EVIDENCE)
STRANGER = Verdict(2.0, 1, Reason.UNKNOWN)


def nobody_is_enrolled(who: PersonId) -> Person | None:
    del who
    return None


def ann_alone(who: PersonId) -> Person | None:
    return person(ANN) if who == ANN else None


@dataclass
class Stage:
    """A terminal on which each frame's verdict is written beforehand, by the frame's time."""

    camera: LineCamera
    verdicts: dict[float, Verdict] = field(default_factory=dict)
    door: WritingDoor = field(default_factory=WritingDoor)
    roster: Callable[[PersonId], Person | None] = ann_alone
    observed: list[tuple[float, Verdict | None, Reason | None]] = field(default_factory=list)
    tracks: list[int] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    settled: list[tuple[Verdict, Reason]] = field(default_factory=list)
    told: list[tuple[float, Verdict | None, Reason | None]] = field(default_factory=list)

    def see(self, frame: Frame, memory: Memory) -> tuple[Sighting, Memory]:
        number = memory.track.number
        self.tracks.append(number)
        return Sighting(frame.at, frame.sequence), Memory(replace(memory.track, number=number + 1))

    def step(self, state: State, sighting: Sighting) -> tuple[State, Verdict | None]:
        self.states.append(state)
        return replace(state, quiet_until=sighting.at), self.verdicts.get(sighting.at)

    def settle(self, state: State, verdict: Verdict, outcome: Reason) -> State:
        self.settled.append((verdict, outcome))
        return replace(state, admitted=(ANN, verdict.at))

    def tell(self, state: State, verdict: Verdict | None, outcome: Reason | None) -> None:
        self.told.append((state.quiet_until, verdict, outcome))

    def observe(self, frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
        assert frame.at == sighting.at
        self.observed.append((frame.at, verdict, outcome))

    @property
    def terminal(self) -> Terminal:
        return Terminal(self.camera, self.see, self.step, self.roster, self.door, self.settle, self.tell, self.observe)

    def run(self, stopped: Callable[[], bool] = lambda: False) -> int:
        return run(self.terminal, State(), Memory(), stopped, timeout_s=0.25)


def test_every_frame_is_seen_stepped_and_observed_until_the_source_ends() -> None:
    stage = Stage(LineCamera(grey_frames([1.0, 2.0, 3.0])), {2.0: GRANT})
    assert stage.run() == 3
    assert stage.observed == [(1.0, None, None), (2.0, GRANT, Reason.GRANTED), (3.0, None, None)]
    assert stage.door.identified == [(person(ANN), GRANT)]


def test_what_was_followed_and_remembered_is_handed_on_from_frame_to_frame() -> None:
    stage = Stage(LineCamera(grey_frames([1.0, 2.0, 3.0])))
    stage.run()
    assert stage.tracks == [0, 1, 2]
    assert [state.quiet_until for state in stage.states] == [float("-inf"), 1.0, 2.0]


def test_a_frame_that_does_not_come_in_time_ends_nothing() -> None:
    first, second = grey_frames([1.0, 2.0])
    stage = Stage(LineCamera([CameraTimeoutError("late"), first, CameraTimeoutError("late"), second]))
    assert stage.run() == 2
    assert [at for at, _, _ in stage.observed] == [1.0, 2.0]


def test_a_camera_that_has_fallen_silent_ends_the_process() -> None:
    (frame,) = grey_frames([1.0])
    almost = [CameraTimeoutError("late")] * round(SILENT_S / 0.25 - 1)
    assert Stage(LineCamera([*almost, frame, *almost])).run() == 1
    with pytest.raises(HardwareError, match="no frame for 10 s"):
        Stage(LineCamera([*almost, CameraTimeoutError("late"), frame])).run()


def test_what_became_of_a_verdict_is_taken_into_account() -> None:
    stage = Stage(LineCamera(grey_frames([1.0, 2.0, 3.0])), {1.0: STRANGER, 2.0: GRANT})
    stage.door.error = LinkError("gone")
    stage.run()
    assert stage.settled == [(STRANGER, Reason.DOOR_UNREACHABLE), (GRANT, Reason.DOOR_UNREACHABLE)]
    assert [state.admitted for state in stage.states] == [None, (ANN, STRANGER.at), (ANN, GRANT.at)]


def test_no_wait_for_a_frame_is_without_bound() -> None:
    stage = Stage(LineCamera(grey_frames([1.0])))
    stage.run()
    assert stage.camera.waits == [0.25, 0.25]


def test_a_camera_that_is_gone_ends_the_process() -> None:
    stage = Stage(LineCamera([*grey_frames([1.0]), HardwareError("unplugged"), *grey_frames([2.0])]))
    with pytest.raises(HardwareError, match="unplugged"):
        stage.run()
    assert [at for at, _, _ in stage.observed] == [1.0]


def test_told_to_stop_it_asks_for_no_further_frame() -> None:
    stage = Stage(LineCamera(grey_frames([1.0, 2.0, 3.0])))
    assert stage.run(lambda: len(stage.observed) == 2) == 2
    assert len(stage.camera.script) == 1


def test_told_to_stop_before_it_began_it_does_nothing() -> None:
    stage = Stage(LineCamera(grey_frames([1.0])))
    assert stage.run(lambda: True) == 0
    assert stage.observed == []


def test_a_door_that_does_not_answer_is_named_and_the_loop_goes_on() -> None:
    stage = Stage(LineCamera(grey_frames([1.0, 2.0, 3.0])), {1.0: GRANT, 3.0: STRANGER})
    stage.door.error = LinkError("gone")
    assert stage.run() == 3
    assert [outcome for _, _, outcome in stage.observed] == [
        Reason.DOOR_UNREACHABLE,
        None,
        Reason.DOOR_UNREACHABLE,
    ]


def test_s2_what_the_door_did_not_hear_is_not_said_again() -> None:
    stage = Stage(LineCamera(grey_frames([1.0, 2.0, 3.0])), {1.0: GRANT})
    stage.door.error = LinkError("gone")
    stage.run()
    assert len(stage.door.identified) == 1


@pytest.mark.parametrize("error", [StoreError("the disk is gone"), SpaceError("two spaces"), HardwareError("lock")])
def test_s3_an_error_on_the_way_ends_the_loop_and_opens_nothing(error: Exception) -> None:
    def broken(who: PersonId) -> Person | None:
        del who
        raise error

    stage = Stage(LineCamera(grey_frames([1.0])), {1.0: GRANT}, roster=broken)
    with pytest.raises(type(error)):
        stage.run()
    assert stage.door.identified == []


def test_s5_an_embedding_of_another_space_stops_the_terminal() -> None:
    def see(frame: Frame, memory: Memory) -> tuple[Sighting, Memory]:
        del frame, memory
        raise SpaceError("two spaces")

    stage = Stage(LineCamera(grey_frames([1.0])), {1.0: GRANT})
    with pytest.raises(SpaceError):
        run(replace(stage.terminal, see=see), State(), Memory(), lambda: False)
    assert stage.door.identified == []


# --- act


def test_s12_a_person_removed_between_match_and_grant_is_refused() -> None:
    stage = Stage(LineCamera([]), roster=nobody_is_enrolled)
    assert act(stage.terminal, GRANT) is Reason.REVOKED
    assert stage.door.identified == []
    ((told, handle),) = stage.door.reported
    assert (told.reason, handle) == (Reason.REVOKED, None)


def test_s12_the_roster_is_asked_afresh_for_every_grant() -> None:
    answers = [person(ANN), None]
    stage = Stage(LineCamera([]), roster=lambda _: answers.pop(0))
    assert [act(stage.terminal, GRANT), act(stage.terminal, GRANT)] == [Reason.GRANTED, Reason.REVOKED]
    assert len(stage.door.identified) == 1


def test_the_doors_own_word_is_what_became_of_a_grant() -> None:
    stage = Stage(LineCamera([]), door=WritingDoor(Reason.STALE))
    assert act(stage.terminal, GRANT) is Reason.STALE


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.GRANTED])
def test_s3_no_refusal_ever_asks_the_door_to_open(reason: Reason) -> None:
    stage = Stage(LineCamera([]))
    assert act(stage.terminal, replace(DENIAL, reason=reason)) is reason
    assert stage.door.identified == []
    assert len(stage.door.reported) == 1


def test_s6_a_refusal_is_reported_under_the_handle() -> None:
    stage = Stage(LineCamera([]))
    act(stage.terminal, DENIAL)
    assert [handle for _, handle in stage.door.reported] == [person(ANN).handle]


@pytest.mark.parametrize("verdict", [STRANGER, replace(DENIAL, person=BOB)])
def test_s6_a_stranger_or_a_removed_person_is_reported_without_a_handle(verdict: Verdict) -> None:
    stage = Stage(LineCamera([]))
    act(stage.terminal, verdict)
    assert [handle for _, handle in stage.door.reported] == [None]


def test_s3_a_grant_of_nobody_opens_nothing() -> None:
    stage = Stage(LineCamera([]))
    assert act(stage.terminal, replace(GRANT, person=None)) is Reason.REVOKED
    assert stage.door.identified == []


def test_who_asked_for_a_verdict_is_told_before_any_door() -> None:
    heard: list[Verdict] = []

    def answer(verdict: Verdict) -> Reason | None:
        heard.append(verdict)
        return Reason.VERIFIED

    stage = Stage(LineCamera([]))
    assert act(replace(stage.terminal, answer=answer), GRANT) is Reason.VERIFIED
    assert heard == [GRANT]
    assert stage.door.identified == []
    assert stage.door.reported == []


def test_what_was_shown_before_the_face_is_told_to_the_door() -> None:
    pin = Credential(Factor.PIN, 1.0)
    stage = Stage(LineCamera([]))
    act(replace(stage.terminal, shown=lambda: (pin,)), GRANT)
    assert stage.door.shown == [(pin,)]
