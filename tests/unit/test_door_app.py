"""The door put together in this process: adopted terminals, the exit button, and faults of the lock."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from edge.access.deeds import Record
from edge.app import saying
from edge.app.door import Door
from edge.app.door_process import secure
from edge.app.places import places
from edge.config import DoorSettings
from edge.errors import LinkError, StoreError
from edge.journal import chain
from edge.journal.log import lines, read
from edge.link.messages import Hello
from edge.values import Alarm, Answer, Occasion, Reason
from hw.base import HardwareError, InputSettings
from hw.fake import FakeInput, FakeLock
from tests.unit.door_site import ANN, CONFIG, SOON_S, Site, granted, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    place = Site(tmp_path / "journal.jsonl")
    yield place
    place.lock.close()
    place.button.close()


def test_an_adopted_terminal_opens_the_door_and_the_relock_is_written_down(site: Site) -> None:
    with site.serving(Hello(live=False, why="LIVENESS OFF")) as client:
        until(lambda: client.identify(ANN, granted()).opened)
        assert site.lock.wait_for(unlocked=False, timeout_s=SOON_S)
        until(lambda: Occasion.LOCKED in site.occasions)
    assert site.lock.closed
    assert site.button.closed
    assert site.occasions[-1] is Occasion.DOOR_STOPPED
    assert "NOT LIVE: LIVENESS OFF" in [event.sentence for event in read(site.journal)]
    assert chain.verify(lines(site.journal))[1] is None


def test_what_unlocked_the_door_is_written_with_its_last_frame_and_the_moment_at_which_the_line_was_switched(
    site: Site,
) -> None:
    with site.serving(Hello(live=True)) as client:
        verdict = granted()
        until(lambda: client.identify(ANN, verdict).opened)
        assert site.lock.wait_for(unlocked=False, timeout_s=SOON_S)
        site.button.press()
        until(lambda: Occasion.EXIT in site.occasions)
    events = {event.occasion: event for event in read(site.journal)}
    face, pressed = events[Occasion.GRANTED], events[Occasion.EXIT]
    switched = [at for at, unlocked in site.lock.history if unlocked]
    assert face.frame_at == verdict.at
    assert face.relay_at is not None
    assert pressed.relay_at is not None
    assert face.at <= switched[0] <= face.relay_at <= pressed.at <= switched[1] <= pressed.relay_at
    assert pressed.frame_at is None
    others = [event for event in events.values() if event.occasion not in {Occasion.GRANTED, Occasion.EXIT}]
    assert {event.relay_at for event in others} == {None}


def test_a_pulse_is_timed_by_what_unlocked_the_door_and_not_by_what_it_ended() -> None:
    ended, pressed = (
        saying.event(Record(occasion=occasion, at=1.0, relay_at=2.0), 1e9)
        for occasion in (Occasion.ALARM_ENDED, Occasion.EXIT)
    )
    assert (ended.relay_at, pressed.relay_at) == (None, 2.0)


def test_a_terminal_in_the_same_process_connects_again_after_it_lost_the_connection(site: Site) -> None:
    with site.serving(Hello(live=True)) as client:
        until(lambda: client.identify(ANN, granted()).opened)
        client.close()
        assert client.identify(ANN, granted()) == Answer(1, opened=True, reason=Reason.GRANTED)
    assert site.occasions.count(Occasion.SESSION_BEGUN) == 2


def test_s2_a_stranger_who_connects_and_leaves_ends_nobody_elses_session(site: Site) -> None:
    with site.serving(Hello(live=True)) as client:
        until(lambda: client.identify(ANN, granted()).opened)
        assert site.door is not None
        with closing(site.door.connect()) as stranger:
            stranger.send(b"garbage")
            assert b"rejected" in stranger.recv(1000)
        assert client.identify(ANN, granted()).reason is Reason.GRANTED
        assert client.identify(ANN, granted()).reason is Reason.GRANTED
    assert site.occasions.count(Occasion.SESSION_BEGUN) == 1


class Fast:
    """A clock on which seconds pass ten times as fast, so that what is tried again is tried soon."""

    def __call__(self) -> float:
        return 10 * time.monotonic()


@dataclass
class SlowClock:
    """The clock of a machine so slow that 0.4 s go by between any two looks at it."""

    now: float = field(default_factory=time.monotonic)

    def __call__(self) -> float:
        self.now += 0.4
        return self.now

    def rest(self) -> float:
        """Wait until nobody looks at it any more."""
        pause, before = threading.Event(), -1.0
        while before != self.now:
            before = self.now
            pause.wait(0.2)
        return self.now


def test_s1_a_picture_that_grew_old_between_decision_and_pulse_opens_nothing_and_the_exit_button_still_does(
    site: Site,
) -> None:
    clock = SlowClock()
    site.clocks, site.tick_s = replace(site.clocks, monotonic=clock), 1.0
    with site.serving(Hello(live=True)) as client:
        fresh = replace(granted(), at=clock.rest() + 1e6)
        until(lambda: client.identify(ANN, fresh).reason is Reason.STALE)  # and no longer JOURNAL_DOWN
        answer = client.identify(ANN, replace(granted(), at=clock.rest()))
        assert answer == Answer(answer.sequence, opened=False, reason=Reason.STALE)
        assert site.lock.history[1:] == ()
        site.button.press()
        assert site.lock.wait_changes(1, SOON_S)  # by such a clock the pulse is over after a few looks
        assert [unlocked for _, unlocked in site.lock.history][:2] == [False, True]
    assert Occasion.GRANTED not in site.occasions


def test_s3_securing_claims_the_line_locked_and_gives_it_back_without_a_pulse(site: Site) -> None:
    secure(CONFIG, site.board(), places(site.journal.parent))
    assert site.lock.closed
    assert [unlocked for _, unlocked in site.lock.history] == [False]
    assert not site.journal.exists()


def test_s11_a_real_lock_stays_shut_for_a_terminal_that_is_not_live(site: Site) -> None:
    site.real = True
    with site.serving(Hello(live=False, why="photographs are replayed")) as client:
        assert client.identify(ANN, granted()).reason is Reason.UNSAFE_SOURCE
    assert len(site.lock.history) == 1


def test_s12_dates_are_compared_with_the_wall_clock(site: Site) -> None:
    ended = replace(ANN, valid_until=time.time() - 1)
    with site.serving(Hello(live=True)) as client:
        until(lambda: client.identify(ANN, granted()).opened)
        assert client.identify(ended, granted()).reason is Reason.EXPIRED
        assert client.identify(replace(ANN, valid_until=time.time() + 60), granted()).opened


def test_s2_a_button_that_is_held_while_the_door_starts_opens_nothing_until_pressed_anew(site: Site) -> None:
    class Telling(FakeInput):
        def watch(self, notify: Callable[[bool, float], None]) -> None:
            super().watch(notify)
            notify(self.read(), 0.0)

    site.button = Telling(CONFIG.exit_button)
    site.button.press()
    until(site.button.read)
    with site.serving(Hello(live=True)) as client:
        until(lambda: client.identify(ANN, granted()).opened)
        assert Occasion.EXIT not in site.occasions
        site.button.release()
        until(lambda: not site.button.read())
        site.button.press()
        until(lambda: Occasion.EXIT in site.occasions)


def test_s10_the_exit_button_opens_although_the_journal_cannot_be_made(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    site.journal = tmp_path / "file" / "journal.jsonl"
    with site.serving(Hello(live=True)) as client:
        assert client.identify(ANN, granted()).reason is Reason.JOURNAL_DOWN
        site.button.press()
        assert site.lock.wait_for(unlocked=True, timeout_s=SOON_S)


def test_s3_a_fault_in_the_loop_locks_and_is_raised(site: Site) -> None:
    class Failing(FakeLock):
        def pulse(self, seconds: float) -> None:
            super().pulse(seconds)
            raise ZeroDivisionError("anything")

    site.lock = Failing()
    with Door(replace(CONFIG, door=DoorSettings(pulse_s=255)), site.board(), site.journal) as door:
        site.button.press()
        with pytest.raises(ZeroDivisionError):
            door.serve(threading.Event())
        assert [unlocked for _, unlocked in site.lock.history] == [False, True, False]
        assert site.occasions[-1] is Occasion.FAULT


def test_s3_a_door_that_cannot_listen_closes_the_parts_before_it(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LinkError):
        Door(CONFIG, site.board(), site.journal, tmp_path / "file" / "door.sock")
    assert site.lock.closed


def test_s10_an_input_that_cannot_be_opened_is_a_faulty_one_and_is_tried_again(site: Site) -> None:
    taken = [True]

    def open_input(settings: InputSettings) -> FakeInput:
        if taken[0]:
            raise HardwareError(f"{settings.line} is taken")
        return site.button

    site.opens = open_input
    site.clocks = replace(site.clocks, monotonic=Fast())
    config = replace(CONFIG, exit_button=replace(CONFIG.exit_button, on_fault="open"))
    with site.serving(Hello(live=True), config):
        assert site.lock.wait_for(unlocked=True, timeout_s=SOON_S)
        until(lambda: Alarm.EXIT_FAULT in [event.alarm for event in read(site.journal)])
        taken[0] = False
        assert site.lock.wait_for(unlocked=False, timeout_s=SOON_S)
        site.button.press()
        assert site.lock.wait_for(unlocked=True, timeout_s=SOON_S)
    (fault, *_) = [event.sentence for event in read(site.journal) if event.alarm is Alarm.EXIT_FAULT]
    assert fault.endswith("cannot be opened: EXIT is taken")


def test_s2_a_button_that_is_held_when_its_line_is_opened_late_opens_nothing_until_pressed_anew(site: Site) -> None:
    taken = [True]

    def open_input(settings: InputSettings) -> FakeInput:
        if taken[0]:
            raise HardwareError(f"{settings.line} is taken")
        site.button = FakeInput(settings)
        site.button.press()
        until(site.button.read)
        return site.button

    site.opens = open_input
    site.clocks = replace(site.clocks, monotonic=Fast())
    config = replace(CONFIG, exit_button=replace(CONFIG.exit_button, on_fault="ignore"))
    with site.serving(Hello(live=True), config):
        until(lambda: Alarm.EXIT_FAULT in [event.alarm for event in read(site.journal)])
        taken[0] = False
        until(lambda: Occasion.ALARM_ENDED in site.occasions)
        assert not site.lock.wait_for(unlocked=True, timeout_s=0.3)
        site.button.release()
        until(lambda: not site.button.read())
        site.button.press()
        assert site.lock.wait_for(unlocked=True, timeout_s=SOON_S)
    assert site.occasions.count(Occasion.EXIT) == 1


def test_a_second_door_at_one_place_is_refused_in_one_line(site: Site, tmp_path: Path) -> None:
    here = places(tmp_path)
    with Door(CONFIG, site.board(), here.journal, here.socket):
        second = subprocess.run(
            [sys.executable, "-m", "edge", "door", "--board", "fake", "--data", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=SOON_S,
        )
    assert second.returncode == LinkError.exit_code
    assert second.stderr == f"edge: {here.socket}: another door process listens here\n"


def test_a_journal_that_can_never_be_written_is_said_and_nobody_is_let_in(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    site.journal = tmp_path / "file" / "journal.jsonl"
    with site.serving(Hello(live=True)) as client:
        assert client.identify(ANN, granted()).reason is Reason.JOURNAL_DOWN
        until(lambda: "nobody is let in" in caplog.text)
    assert caplog.text.count("nobody is let in") == 1
    assert [unlocked for _, unlocked in site.lock.history] == [False]


def test_s3_a_door_whose_memory_appears_late_locks_and_starts_afresh(site: Site, tmp_path: Path) -> None:
    with Door(CONFIG, site.board(), tmp_path / "elsewhere" / "journal.jsonl") as door:
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        (tmp_path / "elsewhere" / "door-memory.json").write_text("{}")
        with pytest.raises(StoreError, match="starts afresh"):
            door.serve(threading.Event())
    assert [unlocked for _, unlocked in site.lock.history] == [False]
