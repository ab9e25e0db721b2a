"""Face and PIN, code and face, at a whole terminal: photographs before the real models, a keypad, codes held up.

Door and terminal are those of `edge run`, with liveness off and no real lock: photographs are no people.
"""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge.access.code import KIND
from edge.app.clocks import Clocks
from edge.app.door import Door
from edge.app.places import places
from edge.app.terminal import greeted, run_terminal
from edge.config import Config
from edge.config.rules import AccessRule
from edge.keys import new_pair
from edge.keys.tokens import sign_token
from edge.link.client import DoorClient
from edge.people import pins
from edge.people.records import Secrets
from edge.values import CODE_FAULTS, Alarm, CodeFault, Handle, Occasion, PersonId, Reason
from hw.base import KeypadSettings
from hw.board import open_board
from hw.fake import FakeCamera, FakeLock
from tests.e2e.commands import AGREED, SOON_S, edge, journal, said
from tests.unit.code_builders import qr
from tests.vaults import vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from edge.config.rules import Factors
    from edge.journal.events import Event
    from edge.values import Sighting, Verdict
    from hw.base import Frame

    Pixels = NDArray[np.uint8]

pytestmark = pytest.mark.pictures

BO, JOE = PersonId("bo"), PersonId("4712")
WALL = np.full((720, 1280, 3), 128, np.uint8)


class Keys:
    """A keypad on which the story types."""

    def __init__(self) -> None:
        self._told: list[Callable[[str, float], None]] = []

    def watch(self, notify: Callable[[str, float], None]) -> None:
        self._told.append(notify)

    def close(self) -> None:
        self._told.clear()

    def types(self, keys: str) -> None:
        for key in keys:
            for tell in self._told:
                tell(key, time.monotonic())


@dataclass
class House:
    """A data folder with two people, an issuer, and what a story needs."""

    data: Path
    photographs: Mapping[str, Pixels]
    private: bytes
    handle: Handle
    keys: Keys = field(default_factory=Keys)
    lock: FakeLock = field(default_factory=FakeLock)
    outcomes: list[Reason] = field(default_factory=list)
    issued: int = 0

    def code(self, door: str = "door", begins_s: float = 0.0, handle: Handle | None = None) -> str:
        self.issued += 1
        made = int(time.time() + begins_s)
        stated = {"sub": handle or self.handle, "aud": door, "iat": made, "exp": made + 60, "jti": f"{self.issued:022}"}
        return sign_token(stated, self.private, KIND)

    def holds(self, picture: str, until: Callable[[], bool], code: str = "") -> Iterator[Pixels]:
        """Frames of a photograph, and of a code beside it, until something has happened; and the wall after them."""
        canvas = WALL.copy()
        if picture:
            face = self.photographs[picture]
            width = min(face.shape[1] * 720 // face.shape[0], 800)
            canvas[:, :width] = cv2.resize(face, (width, 720), interpolation=cv2.INTER_AREA)
        if code:
            drawn = qr(code, size=(460, 460))
            canvas[100:560, 815:1275] = drawn
        deadline = time.monotonic() + SOON_S
        while not until():
            assert time.monotonic() < deadline, (self.outcomes, [one.sentence for one in self.events()])
            yield canvas
        yield from [WALL] * 3

    def waits(self, seconds: float) -> Iterator[Pixels]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            yield WALL

    def events(self) -> list[Event]:
        return [one for one in journal(self.data) if one.occasion in {Occasion.GRANTED, Occasion.REFUSED}]

    def count(self, reason: Reason) -> int:
        return sum(one.reason is reason for one in self.events())

    def written(self, reason: Reason, number: int) -> Callable[[], bool]:
        return lambda: self.count(reason) == number

    def plays(self, factors: Factors, story: Iterator[Pixels]) -> None:
        """Run door and terminal while the camera shows the story."""
        plain = Config().without_liveness()
        config = replace(
            plain,
            board="fake",
            keypad=KeypadSettings(device="keys"),
            decision=replace(plain.decision, rate_limit_s=0.0, cool_down_s=0.0),
            door=replace(plain.door, pulse_s=0.1),
            rules=replace(plain.rules, access=(AccessRule(factors=factors),)),
        )
        board = replace(
            open_board("fake"),
            open_camera=lambda _: FakeCamera(story),
            open_keypad=lambda _: self.keys,
            open_lock=lambda _: self.lock,
        )
        here = places(self.data)
        stop = threading.Event()
        with Door(config, board, here.journal, clocks=Clocks(synchronised=lambda: True)) as door:
            thread = threading.Thread(target=door.serve, args=(stop,))
            thread.start()
            try:
                run_terminal(
                    config,
                    board,
                    here,
                    self._observe,
                    lambda hello, accept: greeted(DoorClient(door.connect, hello, SOON_S, accept)),
                )
            finally:
                stop.set()
                door.wake()
                thread.join(SOON_S)

    def _observe(self, frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
        del frame, sighting
        if verdict is not None and outcome is not None:
            self.outcomes.append(outcome)


@pytest.fixture(scope="module")
def street(desk: Path, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk's data folder with a second person; not to be written to."""
    folder = Path(shutil.copytree(desk, tmp_path_factory.mktemp("street") / "data"))
    assert edge("enrol", *AGREED, "--data", folder, "--id", JOE, "--name", "Joe", pictures / "biden.jpg").code == 0
    for written in folder.glob("journal*"):
        written.unlink()
    return folder


@pytest.fixture
def house(street: Path, photographs: Mapping[str, Pixels], tmp_path: Path) -> House:
    data = Path(shutil.copytree(street, tmp_path / "data"))
    private, public = new_pair()
    (data / "issuers").mkdir()
    (data / "issuers" / "office.pub").write_bytes(public)
    with vault(data / "people.sqlite3") as store:
        store.set_secrets(BO, Secrets(pins.new("7391", BO), pins.new_duress("5520", "7391", BO)))
        store.set_secrets(JOE, Secrets(pins.new("8046", JOE), ""))
        person = store.person(BO)
    assert person is not None
    return House(data, photographs, private, person.handle)


def test_face_and_pin_open_and_the_pin_is_written_down_nowhere(house: House) -> None:
    def story() -> Iterator[Pixels]:
        yield from house.holds("obama2", lambda: Reason.FACTOR_MISSING in house.outcomes)
        house.keys.types("7391#")
        yield from house.holds("obama2", lambda: Reason.GRANTED in house.outcomes)

    house.plays("face+pin", story())
    assert {one.handle for one in house.events()} == {house.handle}
    assert [reason for reason in Reason if house.count(reason)] == [Reason.GRANTED, Reason.FACTOR_MISSING]
    assert house.count(Reason.GRANTED) == 1
    assert len(house.lock.history) == 3, "locked, open, locked"
    assert "7391" not in said(house.data)


@pytest.mark.long
def test_s4_five_wrong_pins_lock_out_and_another_persons_right_pin_never_opens(house: House) -> None:
    def story() -> Iterator[Pixels]:
        yield from house.holds("obama2", lambda: Reason.FACTOR_MISSING in house.outcomes)
        for number in range(1, 6):
            house.keys.types("8046#")
            yield from house.holds("", house.written(Reason.WRONG_PIN, number))
        house.keys.types("7391#")
        yield from house.holds("", lambda: house.count(Reason.LOCKED_OUT) == 1)
        before = len(house.outcomes)
        yield from house.holds("obama2", lambda: Reason.LOCKED_OUT in house.outcomes[before:])

    house.plays("face+pin", story())
    assert {one.handle for one in house.events()} == {house.handle}
    assert len(house.lock.history) == 1, "never unlocked"


@pytest.mark.long
def test_a_duress_pin_opens_and_alarms_where_nobody_at_the_door_sees_it(house: House) -> None:
    def story() -> Iterator[Pixels]:
        yield from house.holds("obama2", lambda: Reason.FACTOR_MISSING in house.outcomes)
        house.keys.types("5520#")
        yield from house.holds("obama2", lambda: Reason.GRANTED in house.outcomes)

    house.plays("face+pin", story())
    assert len(house.lock.history) == 3
    assert [one.alarm for one in journal(house.data) if one.occasion is Occasion.ALARM_BEGUN] == [Alarm.DURESS]


@pytest.mark.long
def test_a_number_and_a_pin_then_the_face_and_no_other_face(house: House) -> None:
    def story() -> Iterator[Pixels]:
        house.keys.types("4712#8046#")
        yield from house.waits(0.5)
        house.keys.types("8046#")
        yield from house.waits(1.0)
        yield from house.holds("obama2", lambda: Reason.UNKNOWN in house.outcomes)
        house.keys.types("4712#")
        yield from house.waits(0.3)
        house.keys.types("8046#")
        yield from house.waits(1.0)
        yield from house.holds("biden", lambda: Reason.GRANTED in house.outcomes)

    house.plays("face+pin", story())
    assert len(house.lock.history) == 3
    assert house.outcomes[-1] is Reason.GRANTED


def test_complaint_13_a_code_and_the_face_it_names_open_once_and_all_else_that_is_shown_is_refused(
    house: House,
) -> None:
    code = house.code()
    bad = {
        house.code(door="back"): CodeFault.OTHER_PLACE,
        house.code(begins_s=-61): CodeFault.OUT_OF_DATE,
        house.code(begins_s=999): CodeFault.NOT_YET,
        house.code(handle=Handle("f" * 32)): CodeFault.NOBODY,
        "'; DROP TABLE person; --": CodeFault.NOT_A_CODE,
    }

    def story() -> Iterator[Pixels]:
        yield from house.holds("obama2", lambda: Reason.GRANTED in house.outcomes, code)
        yield from house.waits(2.5)
        house.outcomes.clear()
        yield from house.holds("obama2", lambda: house.count(Reason.WRONG_CODE) == 1, code)
        for number, text in enumerate(bad, start=2):
            yield from house.waits(2.1)
            yield from house.holds("", house.written(Reason.WRONG_CODE, number), text)

    house.plays("qr>face", story())
    assert len(house.lock.history) == 3, "opened once"
    refused = [one.sentence for one in house.events() if one.reason is Reason.WRONG_CODE]
    wanted = [CODE_FAULTS[fault] for fault in (CodeFault.USED, *bad.values())]
    assert [part in said for said, part in zip(refused, wanted, strict=True)] == [True] * 6
    assert "DROP" not in (house.data / "journal.jsonl").read_text()


@pytest.mark.long
def test_face_pin_and_code_add_up(house: House) -> None:
    code = house.code()

    def story() -> Iterator[Pixels]:
        yield from house.holds("obama2", lambda: Reason.FACTOR_MISSING in house.outcomes)
        house.keys.types("7391#")
        yield from house.waits(1.0)
        assert Reason.GRANTED not in house.outcomes
        yield from house.holds("obama2", lambda: Reason.GRANTED in house.outcomes, code)

    house.plays("face+pin+qr", story())
    assert len(house.lock.history) == 3
