"""S6: the journal knows people by a random handle, holds no biometric, and no score that somebody could climb by."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.app.saying import SCORE_STEP, coarse
from edge.journal.events import Event, Pruned
from edge.journal.log import read
from edge.link.messages import Hello
from edge.values import Evidence, Handle, Person, PersonId, Reason, Verdict
from tests.unit.door_site import EVIDENCE, Site, granted, until

if TYPE_CHECKING:
    from pathlib import Path

WORDS_OF_THE_PROGRAM = {"occasion", "reason", "alarm", "flaws", "sign"}
TIMES_AND_COUNTS = {"at", "wall", "track", "lost", "votes", "line", "frame_at", "relay_at"}
RANDOM = {"handle", "session"}
FREE_TEXT_OF_OPERATORS_AND_PARTS = {"sentence", "operator"}
STRUCTURED = {"evidence", "pruned"}
COARSE_SCORES = {"similarity", "margin", "liveness"}
SETTINGS = {"threshold", "fmr", "space"}
OF_THE_CHAIN = {"digest", "signed"}


def test_s6_every_field_of_an_event_is_known_and_none_can_hold_a_face_a_name_a_number_or_a_code() -> None:
    event = {one.name for one in msgspec.structs.fields(Event)}
    assert event == (
        WORDS_OF_THE_PROGRAM
        | (TIMES_AND_COUNTS - {"votes", "line"})
        | RANDOM
        | FREE_TEXT_OF_OPERATORS_AND_PARTS
        | STRUCTURED
    )
    assert {one.name for one in dataclasses.fields(Evidence)} == COARSE_SCORES | SETTINGS | {"votes"}
    assert {one.name for one in msgspec.structs.fields(Pruned)} == OF_THE_CHAIN | {"line"}


@given(st.floats(-1, 1), st.floats(0, 2), st.none() | st.floats(0, 1))
def test_s6_scores_are_kept_in_steps_that_nobody_can_climb_by(
    similarity: float, margin: float, liveness: float | None
) -> None:
    fine = replace(EVIDENCE, similarity=similarity, margin=margin, liveness=liveness)
    kept = coarse(fine)
    for score, was in ((kept.similarity, similarity), (kept.margin, margin), (kept.liveness, liveness)):
        if score is None or was is None:
            assert score is was is None
            continue
        assert abs(score - was) <= SCORE_STEP / 2 + 1e-9
        assert score * 20 == pytest.approx(round(score * 20))
    assert replace(kept, similarity=similarity, margin=margin, liveness=liveness) == fine


def test_s6_who_is_let_in_or_refused_is_written_down_by_their_handle_alone(tmp_path: Path) -> None:
    site = Site(tmp_path / "journal.jsonl")
    zoe = Person(PersonId("4711-zoe"), Handle("f00d"), "Zoë Öztürk", groups=("board",))
    fine = replace(EVIDENCE, similarity=0.71234567, margin=0.31234567, liveness=0.91234567)
    with site.serving(Hello(live=True)) as client:
        until(lambda: client.identify(zoe, replace(granted(), evidence=fine)).opened)
        client.report(Verdict(1.0, 1, Reason.NOT_LIVE, zoe.id, fine), zoe.handle)
    text = site.journal.read_bytes()
    assert {event.handle for event in read(site.journal)} == {None, zoe.handle}
    assert not [one for one in ("4711", "zoe", "Zoë", "Öztürk", "board", "1234567") if one.encode() in text]
