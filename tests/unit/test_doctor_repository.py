"""The doctor says how long what the terminal holds of the repository is believed, with the days that are left."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.app.clocks import Clocks
from edge.app.doctor import examine
from edge.app.doctor_repository import repository_check
from edge.config import Config, OtaSettings
from edge.errors import OtaError
from edge.ota.expiry import endings
from hw.board import open_board
from tests.unit.ota_terminal import Terminal
from tests.unit.repository_simulator import BASE, NOW

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.doctor_door import Check

DAY = 86_400.0
SECOND = timedelta(seconds=1)
ROLES = ("root", "targets", "snapshot", "timestamp", "sets-stable-any-all")
ORDER = ("long", "soon", "over")


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def held(terminal: Terminal, **until: timedelta) -> Terminal:
    """Have the terminal fetch metadata that expire so long from now; those that are not named in two years."""
    sim, far = terminal.sim, timedelta(days=730)
    for name, targets in sim.targets.items():
        targets.expires = NOW + until.get(name.partition("-")[0], far)
    sim.snapshot.expires = NOW + until.get("snapshot", far)
    sim.timestamp.expires = NOW + until.get("timestamp", far)
    sim.root.expires = NOW + until.get("root", far)
    sim.publish_root()
    terminal.site.release()
    assert terminal.fetch().status == "ready"
    return terminal


def looked(terminal: Terminal, later: timedelta = timedelta(), *, synchronised: bool = True) -> Check:
    wall = (NOW + later).timestamp()
    return repository_check(terminal.here, Clocks(wall=lambda: wall, synchronised=lambda: synchronised))


@pytest.mark.parametrize(
    ("role", "soon"),
    [
        ("root", timedelta(days=30)),
        ("targets", timedelta(days=30)),
        ("sets", timedelta(days=30)),
        ("snapshot", timedelta(days=7)),
        ("timestamp", timedelta(days=2)),
    ],
)
def test_each_role_is_said_in_time_and_to_the_second(terminal: Terminal, role: str, soon: timedelta) -> None:
    end = timedelta(days=100)
    held(terminal, **{role: end})
    assert looked(terminal, end - soon).state == "ok"
    check = looked(terminal, end - soon + SECOND)
    assert check.state == "warning"
    assert f"{soon.days - 1} day" in check.found
    assert role in check.found
    check = looked(terminal, end - SECOND)
    assert (check.state, "less than a day left" in check.found) == ("warning", True)
    check = looked(terminal, end)
    assert (check.state, "expired less than a day ago" in check.found) == ("fault", True)
    assert "no update is taken, and what runs goes on running" in check.found
    assert "expired 3 days ago" in looked(terminal, end + timedelta(days=3)).found


def test_a_root_that_ends_is_head_offices_to_renew(terminal: Terminal) -> None:
    check = looked(held(terminal, root=timedelta(days=12, hours=5)))
    assert check.found == "what is believed of the repository ends: root: 12 days left: from then on no update is taken"
    assert "`edge ota check --now`" in check.mend
    assert "`edge ota repo renew FOLDER root`, signed by enough of the root keys" in check.mend


def test_all_that_ends_is_named_the_first_to_end_first(terminal: Terminal) -> None:
    check = looked(held(terminal, root=timedelta(days=20), timestamp=timedelta(days=1)))
    assert "timestamp: 1 day left; root: 20 days left" in check.found
    assert check.mend.index("`edge ota repo renew` running") < check.mend.index("renew FOLDER root")


def test_where_all_is_well_the_first_to_end_is_named(terminal: Terminal) -> None:
    check = looked(held(terminal, snapshot=timedelta(days=40)))
    assert (check.state, check.found, check.mend) == ("ok", "the first to expire is the snapshot: 40 days left", "")


def test_a_terminal_that_never_asked_says_how_long_its_root_of_trust_lasts(terminal: Terminal) -> None:
    assert looked(terminal).found == "the first to expire is the root: 365 days left; nothing was fetched yet"
    assert looked(terminal, timedelta(days=365)).state == "fault"
    assert not terminal.here.models.exists(), "who looks writes nothing"


def test_the_newest_root_counts_and_not_the_provisioned_one(terminal: Terminal) -> None:
    held(terminal)
    check = looked(terminal, timedelta(days=366))
    assert (check.state, check.found) == ("ok", "the first to expire is the root: 364 days left")


def test_a_clock_that_lies_behind_what_was_proven_is_judged_by_what_was_proven(terminal: Terminal) -> None:
    terminal.site.wall = (NOW + timedelta(days=20)).timestamp()
    held(terminal, timestamp=timedelta(days=21))
    check = looked(terminal, timedelta(days=-300))
    assert "timestamp: 1 day left" in check.found


def test_a_clock_that_nobody_keeps_is_named_beside_what_expired(terminal: Terminal) -> None:
    held(terminal, timestamp=timedelta(days=3))
    check = looked(terminal, timedelta(days=400), synchronised=False)
    assert "no time server keeps this machine's clock" in check.found


def test_without_a_root_of_trust_that_is_what_is_said(terminal: Terminal) -> None:
    terminal.here.ota_root.unlink()
    with pytest.raises(OtaError, match=r"put the root\.json of the repository there"):
        looked(terminal)


@pytest.mark.parametrize("what", ["nothing", "half", "a folder", "a pipe", "another's link", "null in a name"])
def test_what_the_half_on_the_network_left_holds_nobody_up(terminal: Terminal, what: str) -> None:
    path = held(terminal).here.models / "fetch" / "metadata" / "snapshot.json"
    raw = path.read_bytes()
    path.unlink()
    match what:
        case "a folder":
            path.mkdir()
        case "a pipe":
            os.mkfifo(path)
        case "another's link":
            path.symlink_to(terminal.here.ota_root)
        case "null in a name":
            path.write_bytes(raw.replace(b"targets.json", b"tar\\u0000gets.json"))
        case _:
            path.write_bytes(b"" if what == "nothing" else raw[: len(raw) // 2])
    with pytest.raises(OtaError, match=r"cannot be read: .*remove models/fetch/metadata"):
        looked(terminal)


def test_the_doctor_looks_where_a_repository_is_configured(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    for url, there in (("", []), (BASE, ["repository"])):
        config = Config(ota=OtaSettings(url=url))
        names = [check.name for check in examine(config, open_board("fake"), terminal.here)]
        assert [name for name in names if name == "repository"] == there


@given(
    st.dictionaries(st.sampled_from(ROLES), st.floats(-1e9, 1e10), min_size=1), st.floats(0, 1e10), st.floats(0, 1e9)
)
def test_time_that_passes_makes_nothing_better_and_what_ended_is_never_passed_over(
    until: dict[str, float], at: float, later: float
) -> None:
    now, then = endings(until, at), endings(until, at + later)
    assert {one.role for one in now} == set(until)
    assert [one.left_s for one in now] == sorted(one.left_s for one in now)
    states = {one.role: ORDER.index(one.state) for one in now}
    assert all(ORDER.index(one.state) >= states[one.role] for one in then)
    assert all((one.state == "over") == (at >= until[one.role]) for one in now)
    assert all(one.state != "long" for one in now if one.role == "root" and one.left_s < 30 * DAY)
