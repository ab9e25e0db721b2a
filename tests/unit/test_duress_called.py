"""A duress PIN calls for help whenever it is typed, and whoever stands there sees nothing that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import LinkError
from edge.values import Alarm, Factor, Reason
from tests.fakes import WritingDoor
from tests.unit.code_builders import ANN
from tests.unit.credential_site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CALL = (Alarm.DURESS, "", True)
RIGHT, WRONG, DURESS = "7391", "0007", "5520"


class AwayDoor(WritingDoor):
    """A door that is away for so many warnings."""

    away = 0

    def warn(self, alarm: Alarm, words: str, *, on: bool) -> None:
        if self.away:
            self.away -= 1
            raise LinkError("the door process is not there")
        super().warn(alarm, words, on=on)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.credentials.close()


def locked_out(site: Site) -> Site:
    for _ in range(5):
        site.face(ANN, Factor.PIN)
        site.types(WRONG)
    assert site.credentials.lockouts.locked(ANN.id, site.now)
    return site


def seen(site: Site, pin: str) -> tuple[object, ...]:
    """Type it; returns all that somebody at the door can see, and what the door is asked to do."""
    before, claimed = len(site.prompt.history), len(site.door.identified)
    site.types(pin)
    shown = [one[1:] for one in site.prompt.history[before:]]
    return shown, site.credentials.notice(), site.claim, site.door.told, site.door.identified[claimed:]


def test_s4_typed_during_a_lock_out_it_calls_and_the_door_stays_shut(site: Site) -> None:
    locked_out(site)
    site.types(DURESS)
    assert site.door.warned == [CALL]
    assert site.claim is None
    assert site.refusals[-1] == (Reason.LOCKED_OUT, ANN.handle)


def test_s4_during_a_lock_out_nobody_sees_whether_a_pin_was_right_wrong_or_duress(tmp_path: Path) -> None:
    found = []
    for pin in (WRONG, RIGHT, DURESS):
        (tmp_path / pin).mkdir()
        site = locked_out(Site(tmp_path / pin))
        found.append(seen(site, pin))
        assert site.door.warned == ([CALL] if pin == DURESS else [])
        assert site.refusals[-1] == (Reason.LOCKED_OUT, ANN.handle)
        site.credentials.close()
    assert found[0] == found[1] == found[2]


def test_it_calls_though_no_face_follows_and_once(site: Site) -> None:
    site.face(ANN, Factor.PIN)
    site.types(DURESS)
    site.frame(seconds=10.0, frames=10)
    assert site.claim is None
    assert site.door.warned == [CALL]


def test_a_door_that_is_away_hears_of_it_when_it_is_back(tmp_path: Path) -> None:
    door = AwayDoor()
    door.away = 3
    site = Site(tmp_path, door=door)
    locked_out(site)
    site.types(DURESS)
    site.frame(frames=5)
    assert door.warned == [CALL]
    site.credentials.close()


STEPS = st.lists(st.tuples(st.sampled_from((RIGHT, WRONG, DURESS)), st.sampled_from((31.0, 70.0))), max_size=9)


@settings(max_examples=12, deadline=None)
@given(steps=STEPS)
def test_s4_whatever_was_tried_before_each_duress_pin_calls_and_none_opens_during_a_lock_out(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float]]
) -> None:
    site = Site(tmp_path_factory.mktemp("site"))
    for pin, pause_s in steps:
        site.claims.end()
        site.frame(seconds=pause_s)
        site.face(ANN, Factor.PIN)
        called, locked = len(site.door.warned), site.credentials.lockouts.locked(ANN.id, site.now)
        site.types(pin)
        assert site.door.warned[called:] == ([CALL] if pin == DURESS else [])
        assert (site.claim is not None) == (pin != WRONG and not locked)
        if locked:
            assert site.refusals[-1][0] is Reason.LOCKED_OUT
    site.credentials.close()
