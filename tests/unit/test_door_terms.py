"""What a running door goes by: said to every terminal before it claims anybody, and to whoever asks."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn

import pytest

from edge.app.door import Door
from edge.config import Config, DoorSettings, RuleSettings
from edge.errors import ConfigError, LinkError
from edge.journal.log import read
from edge.link.asking import reload, terms
from edge.link.client import DoorClient
from edge.link.messages import Ask, Hello, Terms, encode, to_terminal
from edge.values import (
    Answer,
    Credential,
    Evidence,
    Factor,
    Handle,
    Identified,
    Occasion,
    Person,
    PersonId,
    Reason,
    Verdict,
)
from hw.base import Board, HardwareError
from hw.fake import FakeLock, FakePrompt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOON_S = 10.0
HELLO = Hello(live=True)
TERMS = Terms.of(DoorSettings(pulse_s=0.1, max_frame_age_s=0.6), RuleSettings())
EVIDENCE = Evidence(similarity=0.8, margin=0.3, threshold=0.5, fmr=1e-5, votes=2, liveness=0.9, space="toy")
ANN = Person(PersonId("ann"), Handle("h-ann"), "Ann")


def nothing(settings: object) -> NoReturn:
    raise HardwareError(f"this door has only a lock: {settings}")


@dataclass
class Files:
    """The configuration file as it is changed, the newest last, and what was kept as the last good one."""

    versions: list[Config]
    kept: list[Config] = field(default_factory=list)

    def read(self) -> Config:
        return self.versions[-1]

    def keep(self, config: Config) -> None:
        self.kept.append(config)


@contextmanager
def door(folder: Path, source: Files | None = None) -> Iterator[Door]:
    """A door that is served in a thread of its own, at folder/door.sock."""
    config = replace(Config(), door=TERMS.door)
    board = Board("fake", False, nothing, lambda _: FakeLock(), nothing, FakePrompt, lambda _: True)  # noqa: FBT003 - not a real lock
    stop = threading.Event()
    with Door(config, board, folder / "journal.jsonl", folder / "door.sock", source=source) as made:
        thread = threading.Thread(target=made.serve, args=(stop,))
        thread.start()
        try:
            yield made
        finally:
            stop.set()
            made.wake()
            thread.join(SOON_S)


def occasions(folder: Path) -> list[Occasion]:
    return [event.occasion for event in read(folder / "journal.jsonl")]


def identified(client: DoorClient) -> Answer:
    """What became of a claim, once the journal is open and the pause between two tries is over."""
    deadline, pause = time.monotonic() + SOON_S, threading.Event()
    while time.monotonic() < deadline:
        try:
            answer = client.identify(ANN, Verdict(time.monotonic(), 1, Reason.GRANTED, ANN.id, EVIDENCE))
        except LinkError:
            pause.wait(0.025)
            continue
        if answer.opened:
            return answer
        pause.wait(0.025)
    pytest.fail("the door never opened")


def test_a_door_whose_terms_are_not_accepted_is_told_nothing_at_any_connection(tmp_path: Path) -> None:
    told: list[Terms] = []

    def accept(terms: Terms) -> None:
        told.append(terms)
        if len(told) != 2:
            raise ConfigError("too lax")

    client = DoorClient.connect(tmp_path / "door.sock", HELLO, SOON_S, accept)
    claim = Verdict(time.monotonic(), 1, Reason.GRANTED, ANN.id, EVIDENCE)
    with closing(client):
        with door(tmp_path):
            with pytest.raises(ConfigError):
                client.identify(ANN, claim)
            assert identified(client).opened
        with door(tmp_path), pytest.raises(ConfigError):
            client.identify(ANN, claim)
    assert told == [TERMS] * 3
    written = occasions(tmp_path)
    assert written.count(Occasion.GRANTED) == 1
    again = written[len(written) - written[::-1].index(Occasion.DOOR_STARTED) :]
    assert not {Occasion.GRANTED, Occasion.REFUSED} & set(again)


def test_whoever_asks_for_the_terms_takes_no_terminals_place_and_can_claim_nobody(tmp_path: Path) -> None:
    with door(tmp_path) as made, closing(DoorClient.connect(tmp_path / "door.sock", HELLO, SOON_S)) as client:
        assert identified(client).opened
        assert terms(tmp_path / "door.sock", SOON_S) == TERMS
        with closing(made.connect()) as doctor:
            doctor.settimeout(SOON_S)
            doctor.send(encode(Ask()))
            assert to_terminal(doctor.recv(1000)) == TERMS
            shown = (Credential(Factor.FACE, time.monotonic()),)
            claim = Identified("", 9, time.monotonic(), ANN.handle, (), None, None, shown, EVIDENCE)
            doctor.send(encode(claim))
            assert to_terminal(doctor.recv(1000)) == Answer(9, opened=False, reason=Reason.REPLAYED)
            doctor.send(encode(HELLO))
            assert b"greeted twice" in doctor.recv(1000)
        assert identified(client).reason is Reason.GRANTED
    assert occasions(tmp_path).count(Occasion.SESSION_BEGUN) == 1


def test_a_terminal_looks_at_new_rules_before_it_says_anything_more(tmp_path: Path) -> None:
    told: list[Terms] = []
    files = [replace(Config(), door=TERMS.door)]
    client = DoorClient.connect(tmp_path / "door.sock", HELLO, SOON_S, told.append)
    with door(tmp_path, Files(files)), closing(client):
        assert identified(client).opened
        assert reload(tmp_path / "door.sock", "eve").done
        assert identified(client).opened
        assert told == [TERMS]  # nothing has changed
        files.append(replace(files[0], door=replace(TERMS.door, extended_pulse_s=255.0)))
        assert reload(tmp_path / "door.sock", "eve").done
        assert identified(client).opened
        assert told == [TERMS, Terms.of(files[-1].door, files[-1].rules)]


def test_a_door_that_is_not_there_cannot_be_asked(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match=r"does not answer at .*door\.sock: No such file"):
        terms(tmp_path / "door.sock")
