"""`edge run` with liveness on, before a video of a photograph: what the officer reads, and what the person does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import pytest

from edge.cli.decisions import decision, line
from edge.journal.log import read
from edge.values import SIGNS, PersonId, Reason, Sign, Verdict
from tests.acting import SIZE, film
from tests.e2e.commands import SLOW, decisions, edge, play
from tests.staging import looking_round

if TYPE_CHECKING:
    from pathlib import Path

    from tests.staging import Cast

DENIED = Verdict(3.0, 1, Reason.NOT_LIVE, PersonId("bo"), sign=Sign.FLAT)
UNKNOWN = Verdict(3.0, 1, Reason.UNKNOWN)


def test_what_spoke_against_a_living_person_is_told_to_machines_as_a_code_and_in_words() -> None:
    told = decision("", DENIED, Reason.NOT_LIVE)
    assert (told.sign, told.saw) == ("flat", SIGNS[Sign.FLAT])
    assert told.advice == "Step back and come again.", "the person is told nothing of it"
    told = decision("", UNKNOWN, Reason.UNKNOWN)
    assert (told.sign, told.saw) == (None, None)


def test_and_to_people_after_the_reason() -> None:
    words = line("", DENIED, Reason.NOT_LIVE)
    assert "bo: this does not look like a live person · the face moves as a flat picture does · " in words
    assert line("", UNKNOWN, Reason.UNKNOWN).endswith("similar enough · Step back and come again.")


@pytest.mark.pictures
def test_a_video_of_a_photograph_that_is_turned_is_refused_and_the_officer_reads_why(
    cast: Cast, data: Path, tmp_path: Path, pictures: Path
) -> None:
    video = tmp_path / "photograph.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 4, SIZE)
    for one in film(6, 4, lambda at, _: cast.bo.head(looking_round(at, 30), cast.wall, flat=True)):
        writer.write(one.pixels)
    writer.release()
    # At its pace: motion is judged in the frames' own time, and a machine may be as quick as it likes. Four frames a
    # second, and a track that outlasts a pause: a slow one must see a movement, and not single pictures.
    config = play(tmp_path, pictures, liveness="motion", paced="true", fps="4.0")
    config.write_text(config.read_text() + SLOW)
    done = edge("run", "--config", config, "--board", "pc", "--source", video, "--data", data, "--json")
    told = decisions(done.out)
    assert (done.code, {one.opened for one in told}, told[0].sign) == (0, {False}, "flat")
    written = [event for event in read(data / "journal.jsonl") if event.reason is not None]
    assert [event.sign for event in written] == [one.sign for one in told]
    shown = edge("journal", "show", "--data", data)
    assert "this does not look like a live person: the face moves as a flat picture does" in shown.out
    assert "flat" not in done.err
    assert "REFUSED Step back and come again." in done.err.splitlines()
