"""An operator's day with `edge control`, against a real door process that is killed, restarted and misconfigured."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from edge.errors import LinkError
from edge.journal.log import read
from edge.link import asking
from edge.link.client import DoorClient
from edge.link.messages import Hello
from edge.values import Alarm, Answer, Evidence, Handle, Occasion, Person, PersonId, Reason, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edge.link.questions import Report

SOON_S = 20.0
LONG = pytest.mark.long
EVIDENCE = Evidence(similarity=0.8, margin=0.3, threshold=0.5, fmr=1e-5, votes=2, liveness=0.9, space="toy")
ANN = Person(PersonId("ann"), Handle("a1"), "Ann", groups=("staff",))
WIRED = """\
board = "fake"
[exit_button]
line = "GPIO27"
on_fault = "open"
[contact]
line = "GPIO22"
on_fault = "alarm"
[door]
pulse_s = 0.3
"""


def until(condition: Callable[[], bool]) -> None:
    deadline, pause = time.monotonic() + SOON_S, threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.05)


@dataclass
class Site:
    """One door's files, its process, and an operator."""

    folder: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "terminal.toml"

    @property
    def socket(self) -> Path:
        return self.folder / "door.sock"

    def start(self) -> subprocess.Popen[str]:
        words = ["door", "--config", str(self.config), "--data", str(self.folder)]
        with (self.folder / "stderr").open("a") as stderr:
            process = subprocess.Popen([sys.executable, "-m", "edge", *words], stderr=stderr, text=True)
        self.processes.append(process)
        until(lambda: self.report() is not None and process.poll() is None)
        return process

    def kill(self) -> None:
        self.processes[-1].kill()
        self.processes[-1].wait()

    def report(self) -> Report | None:
        try:
            return asking.report(self.socket)
        except LinkError:
            return None

    def is_(self, status: Status) -> bool:
        report = self.report()
        return report is not None and report.status is status

    def control(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "edge", "control", *words, "--data", str(self.folder)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=SOON_S)

    def order(self, kind: str, *words: str) -> subprocess.CompletedProcess[str]:
        return self.control(kind, "--operator", "eve", "--reason", "a drill", *words)

    def comes(self) -> Reason:
        """Somebody is identified, once the journal is open."""
        client = DoorClient.connect(self.socket, Hello(live=True), SOON_S)
        answers: list[Answer] = []

        def answered() -> bool:
            verdict = Verdict(time.monotonic(), 1, Reason.GRANTED, ANN.id, EVIDENCE)
            answers.append(client.identify(ANN, verdict))
            return answers[-1].reason is not Reason.JOURNAL_DOWN

        try:
            until(answered)
        finally:
            client.close()
        return answers[-1].reason

    def occasions(self) -> list[Occasion]:
        return [event.occasion for event in read(self.folder / "journal.jsonl")]

    def alarms(self) -> set[str]:
        report = self.report()
        return set(report.alarms) if report else set()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    place = Site(tmp_path)
    place.config.write_text(WIRED)
    yield place
    for process in place.processes:
        process.kill()
        process.wait()


def test_s3_a_lock_down_outlives_sigkill_and_is_ended_by_an_operator_alone(site: Site) -> None:
    site.start()
    assert site.comes() is Reason.GRANTED
    done = site.order("lock-down")
    assert (done.returncode, done.stdout) == (0, "lock-down: done\n")
    site.kill()  # what was answered survives
    site.start()
    assert site.is_(Status.LOCK_DOWN)
    assert site.comes() is Reason.LOCK_DOWN
    refused = site.order("unlock")
    assert refused.returncode == 1
    assert "unlock was refused: the door is locked down" in refused.stderr
    assert site.order("normal", "--json").returncode == 0
    assert site.comes() is Reason.GRANTED
    written = [event for event in read(site.folder / "journal.jsonl") if event.occasion is Occasion.ORDERED]
    assert [(event.operator, event.sentence.partition(":")[0]) for event in written] == [
        ("eve", "lock-down"),
        ("eve", "the door is locked down; nobody is let in"),
        ("eve", "normal"),
    ]


def test_an_operator_unlocks_frees_and_asks_and_machines_read_the_same(site: Site) -> None:
    site.start()
    site.comes()
    assert site.order("unlock", "--seconds", "1").returncode == 0
    assert site.order("free-access", "--seconds", "60").returncode == 0
    until(lambda: site.is_(Status.FREE_ACCESS))
    said = site.control("status").stdout
    assert said.startswith("free-access\nlock: unlocked, held by free-access-order\ndoor: closed\n")
    report = json.loads(site.control("status", "--json").stdout)
    assert (report["status"], report["held_by"], report["open"]) == ("free-access", "free-access-order", False)
    site.order("normal")
    until(lambda: site.is_(Status.LOCKED))


def test_an_order_that_lacks_something_is_refused_and_changes_nothing(site: Site) -> None:
    site.start()
    for words in (["unlock"], ["unlock", "--reason", " "], ["passed", "--reason", "x"], ["nothing"]):
        refused = site.control(*words)
        assert refused.returncode in {1, 2}, words
        assert refused.stdout == "", words
    assert site.is_(Status.LOCKED)


def test_an_order_to_a_door_that_is_not_there_says_so(site: Site) -> None:
    refused = site.order("lock-down")
    assert refused.returncode == LinkError.exit_code
    assert "the door process does not answer" in refused.stderr


def test_new_rules_are_in_force_at_once_and_with_faults_the_old_ones_stay_and_it_alarms(site: Site) -> None:
    site.start()
    assert site.comes() is Reason.GRANTED
    site.config.write_text(f'{WIRED}[[rules.access]]\ngroups = ["guards"]\n')
    assert site.control("reload").stdout == "reload: new rules\n"
    assert site.comes() is Reason.NO_ACCESS
    site.config.write_text(f'{WIRED}[[rules.access]]\ngroups = ["staff"]\nschedules = ["ofice"]\n')
    refused = site.control("reload")
    assert refused.returncode == 1
    assert "the old rules stay" in refused.stderr
    assert "ofice" in refused.stderr
    assert site.comes() is Reason.NO_ACCESS
    until(lambda: Alarm.RULES in site.alarms())
    site.config.write_text(WIRED.replace("GPIO22", "GPIO23"))
    assert site.control("reload").stdout == "reload: new rules; restart the door process for contact\n"
    until(lambda: Alarm.RULES not in site.alarms())
    assert site.comes() is Reason.GRANTED


def test_s10_a_configuration_with_faults_keeps_nobody_in_the_door_starts_with_its_last_good_one(site: Site) -> None:
    site.start()
    until((site.folder / "terminal.good.toml").exists)
    site.kill()
    site.config.write_text("[door]\npulse_s = 'long'\n")
    site.start()
    until(lambda: Alarm.RULES in site.alarms())
    assert site.comes() is Reason.GRANTED
    assert "starts with its last good configuration" in (site.folder / "stderr").read_text()


def test_s3_the_last_good_configuration_is_the_one_that_was_in_force_and_no_laxer_one_before_it(site: Site) -> None:
    site.start()
    site.config.write_text(WIRED + '[[rules.access]]\ngroups = ["vault"]\n')
    assert site.control("reload").returncode == 0
    assert site.comes() is Reason.NO_ACCESS
    good = site.folder / "terminal.good.toml"
    until(lambda: "vault" in good.read_text())
    site.kill()
    site.config.write_text("[door]\npulse_s = 'long'\n")
    site.start()
    until(lambda: Alarm.RULES in site.alarms())
    assert "started with the last good ones" in site.control("status").stdout
    assert site.comes() is Reason.NO_ACCESS


def test_a_configuration_with_faults_where_no_door_ever_ran_is_refused(site: Site) -> None:
    site.config.write_text("[door]\npulse_s = 'long'\n")
    words = [sys.executable, "-m", "edge", "door", "--config", str(site.config), "--data", str(site.folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=SOON_S)
    assert done.returncode == 2
    assert "door.pulse_s" in done.stderr


@pytest.mark.parametrize(
    "damage", [b"", pytest.param(b"\x00\xff", marks=LONG), pytest.param(b'{"version":1}', marks=LONG)]
)
def test_s3_a_memory_that_cannot_be_read_may_have_held_a_lock_down(site: Site, damage: bytes) -> None:
    site.start()
    site.order("lock-down")
    site.kill()
    (site.folder / "door-memory.json").write_bytes(damage)
    site.start()
    until(lambda: Alarm.MEMORY in site.alarms())
    assert site.comes() is Reason.LOCK_DOWN
    site.order("normal")
    until(lambda: Alarm.MEMORY not in site.alarms())
    assert site.comes() is Reason.GRANTED


def test_the_terminal_stops_in_order_on_sigterm_and_remembers(site: Site) -> None:
    process = site.start()
    site.order("lock-down")
    process.send_signal(signal.SIGTERM)
    assert process.wait(SOON_S) == 0
    assert site.occasions()[-1] is Occasion.DOOR_STOPPED
    site.start()
    assert site.is_(Status.LOCK_DOWN)
