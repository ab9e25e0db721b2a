"""Face and code held up together, through the terminal's loop: where the face is the quicker, the code is not lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from edge.access.decide import State
from edge.app.recognition import Recognition
from edge.link.notices import Typed
from edge.loop import run
from edge.values import Answer, Factor, Reason
from edge.vision.pipeline import Memory
from hw.base import Frame
from hw.fake import FakeCamera, FakePrompt
from tests.fakes import WritingDoor
from tests.unit.builders import frame, match, nobody, rule
from tests.unit.code_builders import ANN, signed
from tests.unit.credential_site import EMPTY, PEOPLE, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.values import Credential, Person, Search, Sighting, Verdict

TYPED_AT, BACK_AT, READ_AT = 101.0, 103.0, 105.0


@dataclass
class Wanting(WritingDoor):
    """A door that says what is missing beside a face, and remembers nothing from one to the next."""

    wants: tuple[Factor, ...] = ()

    def identify(self, person: Person, verdict: Verdict, shown: tuple[Credential, ...] = ()) -> Answer:
        given = {one.factor for one in shown}
        missing = tuple(factor for factor in self.wants if factor not in given)
        self.answers = Answer(1, not missing, Reason.FACTOR_MISSING if missing else Reason.GRANTED, missing)
        return super().identify(person, verdict, shown)


@pytest.fixture
def door() -> Wanting:
    return Wanting()


@pytest.fixture
def site(tmp_path: Path, door: Wanting) -> Iterator[Site]:
    place = Site(tmp_path, door=door)
    place.frame()
    yield place
    place.credentials.close()


def ann(begin: float, end: float, track: int) -> list[Sighting]:
    times = [round(begin + 0.1 * number, 1) for number in range(round((end - begin) * 10))]
    return [frame(at, track=track, match=match(ANN.id)) for at in times]


def plays(site: Site, sightings: list[Sighting], types: str = "") -> list[tuple[float, Reason]]:
    """Show this to the terminal; its PIN is typed at one moment, and the code can be read from a later one on."""
    outcomes: list[tuple[float, Reason]] = []

    def film() -> Iterator[Frame]:
        for number, one in enumerate(sightings, start=1):
            site.now, site.shown = one.at, signed() if one.at >= READ_AT else None
            if types and one.at == TYPED_AT:
                site.door.notices.append(Typed(one.at, "#", types))
            yield Frame(EMPTY.pixels, one.at, number)

    def sees(shown: Frame, memory: Memory, search: Search) -> tuple[Sighting, Memory]:
        del search
        site.credentials.settled()
        return sightings[shown.sequence - 1], memory

    def observe(shown: Frame, _: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
        if verdict is not None and outcome is not None:
            outcomes.append((shown.at, outcome))

    recognition = Recognition(
        sees=sees,
        search=lambda _: None,
        usual=rule,
        roster=PEOPLE.get,
        claims=site.claims,
        notice=site.credentials.notice,
    )
    terminal = recognition.terminal(FakeCamera(film()), site.door, FakePrompt(), observe)
    joined = site.credentials.joined(replace(terminal, tell=lambda *_: None))
    run(joined, State(), Memory(), lambda: False)
    return outcomes


def test_a_code_that_is_read_after_the_face_opens_while_its_holder_goes_on_standing_there(
    site: Site, door: Wanting
) -> None:
    door.wants = (Factor.QR,)
    assert plays(site, ann(100.5, 107.0, track=1)) == [(100.6, Reason.FACTOR_MISSING), (105.2, Reason.GRANTED)]
    assert [[one.factor for one in shown] for shown in door.shown] == [[], [Factor.QR]]
    assert door.identified[-1][1].at == 105.2, "a face seen after the code, not the one before it"


def test_a_pin_is_not_forgotten_where_the_face_is_recognised_again_before_the_code_is_read(
    site: Site, door: Wanting
) -> None:
    door.wants = (Factor.PIN, Factor.QR)
    story = [*ann(100.5, 102.0, track=1), *map(nobody, (102.0, 102.5)), *ann(BACK_AT, 107.0, track=2)]
    assert plays(site, story, types="7391") == [
        (100.6, Reason.FACTOR_MISSING),
        (103.1, Reason.FACTOR_MISSING),
        (105.2, Reason.GRANTED),
    ]
    assert [one.factor for one in door.shown[-1]] == [Factor.PIN, Factor.QR]
