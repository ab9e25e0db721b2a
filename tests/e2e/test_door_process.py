"""The door as a real process: killed, stopped, restarted and lied to, and never a pulse that was not asked for."""

from __future__ import annotations

import contextlib
import resource
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from edge.errors import LinkError
from edge.link.client import DoorClient
from edge.link.messages import Welcome, encode, to_terminal
from edge.link.notices import Shut, Trust
from edge.values import (
    Answer,
    Credential,
    Factor,
    Identified,
    Occasion,
    Reason,
    Verdict,
)
from tests.e2e.door_site import ANN, EVIDENCE, LIVE, SOON_S, Site, granted, until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    place = Site(tmp_path, [])
    yield place
    for process in place.processes:
        process.kill()
        process.wait()
        if process.stdin:
            process.stdin.close()


def end(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> int:
    process.send_signal(number)
    return process.wait(SOON_S)


def say(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(word + "\n")
    process.stdin.flush()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_door_command_serves_a_terminal_and_ends_in_order(site: Site, number: int) -> None:
    door = site.start("-m", "edge", "door", "--board", "fake", "--data", str(site.folder))
    with contextlib.closing(site.client()) as client:
        site.admitted(client)
        client.report(Verdict(1.0, 2, Reason.UNKNOWN), None)
        until(lambda: site.events[-1].reason is Reason.UNKNOWN)
        assert end(door, number) == 0
    assert not site.socket.exists()
    passed_over = {Occasion.ALARM_BEGUN}  # a machine whose clock nobody keeps right says so
    events = [
        event for event in site.events if event.reason is not Reason.JOURNAL_DOWN and event.occasion not in passed_over
    ]
    assert [event.occasion for event in events] == [
        Occasion.DOOR_STARTED,
        Occasion.SESSION_BEGUN,
        Occasion.GRANTED,
        Occasion.REFUSED,
        Occasion.DOOR_STOPPED,
    ]
    assert events[2].handle == "h-ann"
    assert events[2].evidence == EVIDENCE
    assert site.whole()


def test_s10_the_door_process_loads_nothing_of_recognition(site: Site) -> None:
    heavy = ("numpy", "cv2", "ai_edge_litert", "tflite_runtime", "picamera2", "sqlite3")
    program = (
        "import sys, atexit; from edge.cli import edge\n"
        f"atexit.register(lambda: print([m for m in {heavy} if m in sys.modules], file=open(sys.argv.pop(), 'w')))\n"
        f"edge(['door', '--board', 'fake', '--data', {str(site.folder)!r}])"
    )
    door = site.start("-c", program, str(site.folder / "loaded"))
    with contextlib.closing(site.client()) as client:
        site.admitted(client)
    assert end(door) == 0
    assert (site.folder / "loaded").read_text() == "[]\n"


def test_s2_starting_being_killed_and_starting_again_never_pulses(site: Site) -> None:
    for _ in range(5):
        door = site.door()
        with contextlib.closing(site.client()) as client:
            client.open()
        assert end(door, signal.SIGKILL) == -signal.SIGKILL
    assert end(site.door()) == 0
    assert site.pulses == 0
    assert {Occasion.GRANTED, Occasion.EXIT}.isdisjoint(site.occasions())
    assert site.tape()[-2:] == ["secure", "close"]


def test_s2_replayed_stale_and_foreign_messages_never_pulse(site: Site) -> None:
    site.door()
    with contextlib.closing(site.client()) as client:
        site.admitted(client)
        until(lambda: Occasion.GRANTED in site.occasions())
    before = site.pulses
    with contextlib.closing(site.client()) as client:
        assert client.identify(ANN, granted(0.8)).reason is Reason.STALE
        assert client.identify(ANN, granted(-60.0)).reason is Reason.STALE
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as raw:
        raw.settimeout(SOON_S)
        raw.connect(str(site.socket))
        raw.send(encode(LIVE))
        welcome = to_terminal(raw.recv(70_000))
        assert isinstance(welcome, Welcome)
        old = next(event.session for event in site.events if event.occasion is Occasion.SESSION_BEGUN)
        sequences = [(old, 1), (welcome.session, 0), (welcome.session, -5), ("", 1)]
        for session, sequence in sequences:
            said = Identified(
                session or "",
                sequence,
                time.monotonic(),
                ANN.handle,
                (),
                None,
                None,
                (Credential(Factor.FACE, 0.0),),
                EVIDENCE,
            )
            raw.send(encode(said))
            answer = next(
                said for said in iter(lambda: to_terminal(raw.recv(70_000)), None) if not isinstance(said, Trust | Shut)
            )
            assert answer == Answer(sequence, opened=False, reason=Reason.REPLAYED)
    assert site.pulses == before


def test_s2_a_door_that_hung_lets_nobody_in_for_what_was_said_meanwhile(site: Site) -> None:
    door = site.door()
    client = DoorClient.connect(site.socket, LIVE, timeout_s=0.9)
    site.admitted(client)
    before = site.pulses
    door.send_signal(signal.SIGSTOP)
    with pytest.raises(LinkError, match="did not answer in time"):
        client.identify(ANN, granted())
    door.send_signal(signal.SIGCONT)
    until(lambda: Reason.STALE in [event.reason for event in site.events])
    assert site.pulses == before
    site.admitted(client)
    assert site.pulses == before + 1
    client.close()


def test_s2_a_terminal_finds_a_restarted_door_and_its_old_words_are_void(site: Site) -> None:
    door = site.door()
    client = site.client()
    site.admitted(client)
    until(lambda: Occasion.GRANTED in site.occasions())
    end(door, signal.SIGKILL)
    with pytest.raises(LinkError):
        client.identify(ANN, granted())
    before = site.pulses
    site.door()
    assert site.pulses == before
    site.admitted(client)
    assert site.pulses == before + 1
    until(lambda: site.occasions().count(Occasion.SESSION_BEGUN) > 1)
    begun = [event.session for event in site.events if event.occasion is Occasion.SESSION_BEGUN]
    assert len(set(begun)) == len(begun)
    client.close()


def test_s7_what_let_somebody_in_survives_sigkill(site: Site) -> None:
    door = site.door()
    with contextlib.closing(site.client()) as client:
        site.admitted(client)
        until(lambda: Occasion.GRANTED in site.occasions())
        end(door, signal.SIGKILL)
    end(site.door())
    assert Occasion.GRANTED in site.occasions()
    assert site.whole()


def test_s10_the_exit_button_opens_while_the_disk_is_full_and_nobody_is_let_in(site: Site) -> None:
    door = site.door()
    with contextlib.closing(site.client()) as client:
        site.admitted(client)
        until(lambda: Occasion.GRANTED in site.occasions())
        limit = (site.folder / "journal.jsonl").stat().st_size
        resource.prlimit(door.pid, resource.RLIMIT_FSIZE, (limit + 20, resource.RLIM_INFINITY))
        client.report(Verdict(1.0, 2, Reason.UNKNOWN), None)
        until(lambda: "the journal cannot be written, nobody is let in" in site.stderr())
        assert client.identify(ANN, granted()).reason is Reason.JOURNAL_DOWN
        before = site.pulses
        say(door, "press")
        until(lambda: site.pulses == before + 1)
        assert Occasion.EXIT not in site.occasions()
        resource.prlimit(door.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        until(lambda: Occasion.EXIT in site.occasions())
        site.admitted(client)
    end(door)
    assert Reason.JOURNAL_DOWN in [event.reason for event in site.events]
    assert site.whole()


def test_s10_the_exit_button_opens_without_any_terminal_once_a_press(site: Site) -> None:
    door = site.door()
    for count in (1, 2, 3):
        say(door, "press")
        until(lambda wanted=count: site.pulses == wanted)  # type: ignore[misc]
        say(door, "release")
    end(door)
    assert site.occasions().count(Occasion.EXIT) == 3
    assert site.pulses == 3


def test_s3_a_lock_that_fails_ends_the_process_locked_and_written_down(site: Site) -> None:
    door = site.door("real", "broken")
    say(door, "press")
    assert door.wait(SOON_S) != 0
    assert site.tape() == ["pulse", "secure", "close"]
    assert site.events[-1].occasion is Occasion.FAULT
    assert site.events[-1].sentence == "HardwareError: the relay does not answer"
