"""`edge run` on photographs: who is let in, what is written down, and how it ends."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from edge.values import Occasion, Reason
from tests.e2e.commands import Running, decisions, edge, journal, play, until

pytestmark = pytest.mark.pictures
SHOWN = ("obama2.jpg", "biden.jpg", "obama3.jpg", "astronaut.png")


@pytest.mark.parametrize("board", ["pc", "fake"])
def test_only_the_enrolled_person_s_photographs_open_and_the_journal_says_the_same(
    board: str, data: Path, pictures: Path, tmp_path: Path
) -> None:
    config = play(tmp_path, pictures, *SHOWN, liveness="passive")
    done = edge("run", "--config", config, "--board", board, "--no-liveness", "--data", data, "--json")
    assert done.code == 0
    told = decisions(done.out)
    assert [(one.source, one.person, one.opened, one.reason) for one in told] == [
        ("1-obama2.jpg", "bo", True, Reason.GRANTED),
        ("2-biden.jpg", None, False, Reason.UNKNOWN),
        ("3-obama3.jpg", "bo", True, Reason.GRANTED),
        ("4-astronaut.png", None, False, Reason.UNKNOWN),
    ]
    assert {one.liveness for one in told} == {None}
    written = journal(data)
    judged = [event for event in written if event.reason is not None]
    assert [event.reason for event in judged] == [one.reason for one in told]
    for event, one in zip(judged, told, strict=True):  # written down in coarse steps
        assert event.evidence is not None
        assert event.evidence.similarity == pytest.approx(one.similarity, abs=0.025)
    assert [event.occasion for event in judged] == [Occasion.GRANTED, Occasion.REFUSED] * 2
    assert (written[0].occasion, written[-1].occasion) == (Occasion.DOOR_STARTED, Occasion.DOOR_STOPPED)
    assert ["NOT LIVE" in event.sentence for event in written if event.occasion is Occasion.SESSION_BEGUN] == [True]
    shown = {"GOOD Recognised; the door opens.", "REFUSED Step back and come again."}
    assert (shown <= set(done.err.splitlines())) is (board == "pc"), "what a person at the door is told"
    assert [line for line in done.err.splitlines() if line not in shown] == [
        "LIVENESS OFF: a photograph would be taken for its person",
        f"board {board}, a simulated lock, camera {tmp_path / 'frames'}",
        "56 frames seen, 4 decisions; the door is locked",
    ]


def test_with_liveness_on_every_decision_rests_on_it_and_strangers_stay_outside(
    data: Path, pictures: Path, tmp_path: Path
) -> None:
    config = play(tmp_path, pictures, "biden.jpg", "obama2.jpg", liveness="passive")
    done = edge("run", "--config", config, "--data", data, "--json")
    stranger, known = decisions(done.out)
    assert done.code == 0
    assert "LIVENESS OFF" not in done.err
    assert (stranger.opened, stranger.person) == (False, None)
    assert known.liveness is not None
    judged = [event for event in journal(data) if event.reason is not None]
    assert [event.reason for event in judged] == [stranger.reason, known.reason]
    assert [event.occasion is Occasion.GRANTED for event in judged] == [False, known.opened]
    assert judged[1].evidence is not None
    assert judged[1].evidence.liveness == pytest.approx(known.liveness, abs=0.025)  # in coarse steps


def test_a_decision_is_one_line_for_people(data: Path, pictures: Path, tmp_path: Path) -> None:
    config = play(tmp_path, pictures, "obama2.jpg")
    photo = tmp_path / f"[red]{'long-' * 20}.jpg"
    (tmp_path / "frames" / "1-obama2.jpg").rename(photo)
    done = edge("run", "--config", config, "--source", photo, "--data", data)
    (line,) = done.out.splitlines()
    assert line.startswith("OPEN   bo: recognised; the door opens · similarity 0.7")
    assert line.endswith(photo.name)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_s3_stopped_in_the_middle_of_a_pulse_it_ends_in_order_with_the_lock_shut(
    number: int, data: Path, pictures: Path, tmp_path: Path
) -> None:
    config = play(tmp_path, pictures, "obama2.jpg", "biden.jpg", loop="true")
    config.write_text(config.read_text().replace("pulse_s = 0.2", "pulse_s = 60.0"))
    tape = tmp_path / "tape"
    child = Path(__file__).with_name("run_child.py")
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    running = Running(tmp_path / "run", child, config, data, tape, environment=environment)
    try:
        until(lambda: any(one.opened for one in decisions(running.out)))
        assert tape.read_text().split()[-1] == "pulse"
        assert running.end(number) == 0
    finally:
        running.kill()
    assert running.err == ""
    assert tape.read_text().split()[-2:] == ["secure", "close"]
    assert journal(data)[-1].occasion is Occasion.DOOR_STOPPED


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_itself_ends_in_order_when_it_is_stopped(
    number: int, data: Path, pictures: Path, tmp_path: Path
) -> None:
    config = play(tmp_path, pictures, "obama2.jpg", "biden.jpg", loop="true")
    running = Running(tmp_path / "run", "-m", "edge", "run", "--config", config, "--data", data, "--json")
    try:
        until(lambda: len(decisions(running.out)) > 2)
        assert running.end(number) == 0
    finally:
        running.kill()
    assert running.err.splitlines()[-1].endswith("the door is locked")
    written = journal(data)
    assert written[-1].occasion is Occasion.DOOR_STOPPED
    opened = [event for event in written if event.occasion is Occasion.GRANTED]
    assert len(opened) == sum(one.opened for one in decisions(running.out))
