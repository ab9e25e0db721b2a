"""The sets on the disk: what decides, whoever asks; what is broken is passed over, mended and told."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.errors import OtaError
from edge.ota.active import FACTORY, NOBODY, Active, Slot, confirmed, cut_over, dropped, offered, rolled_back
from edge.ota.history import FEWEST, MOST, entry
from edge.ota.slots import SPARE_BYTES, Slots
from tests.sets import fill, install, toy_slot, whole

if TYPE_CHECKING:
    from pathlib import Path

AT = 1.8e9
YEAR_S = 366 * 86400.0


@pytest.fixture
def slots(tmp_path: Path) -> Slots:
    return Slots(tmp_path / "models", wall=lambda: AT)


def use(slots: Slots, name: str, serial: int) -> Slot:
    """Install a set and have it decide for good."""
    slot = install(slots, name, serial)
    for step, what in ((lambda now: offered(now, slot, serial), "offered"), (cut_over, "applied"), (confirmed, "ok")):
        slots.change(step, what, slot=slot)
    return slot


def told(slots: Slots) -> list[str]:
    return [one.what for one in slots.history.entries()]


def edit(slots: Slots, old: str, new: str) -> None:
    file = slots.folder / "active.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_where_nothing_was_ever_changed_the_factory_decides_and_nothing_is_written(slots: Slots) -> None:
    assert slots.read() == Active()
    assert slots.stamp == ()
    assert slots.sweep() == []
    assert not slots.folder.exists()


def test_a_set_is_installed_offered_used_and_confirmed_and_each_step_is_told(slots: Slots) -> None:
    slot = use(slots, "a", 1)
    assert slots.read() == Active(running=slot, good=slot, serial=1)
    assert whole(slots, slot)
    assert told(slots) == ["offered", "applied", "ok"]
    last = slots.history.entries()[-1]
    assert (last.at, last.slot, last.running, last.phase) == (AT, slot, slot, "steady")


def test_a_step_that_is_refused_changes_nothing_and_is_not_told(slots: Slots) -> None:
    slot = use(slots, "a", 1)
    with pytest.raises(OtaError, match="nothing to confirm"):
        slots.change(confirmed, "confirmed")
    assert slots.read() == Active(running=slot, good=slot, serial=1)
    assert told(slots) == ["offered", "applied", "ok"]


def test_another_process_that_asks_often_sees_a_change_by_the_stamp(slots: Slots) -> None:
    use(slots, "a", 1)
    other = Slots(slots.folder)
    before = other.stamp
    assert other.stamp == before
    slots.change(lambda now: rolled_back(now, "worse", AT), "back")
    assert other.stamp != before
    assert other.read().running == FACTORY


def test_only_what_is_needed_stays_and_what_is_being_filled(slots: Slots) -> None:
    first, second, third = use(slots, "a", 1), use(slots, "b", 2), use(slots, "c", 3)
    idle = install(slots, "d", 4)
    (slots.folder / "sets" / ".new-left-over").mkdir()
    (slots.folder / "sets" / ".old-left-over" / "proof").mkdir(parents=True)
    (slots.folder / "sets" / "note.txt").write_text("an operator's")
    with Slots(slots.folder).staging() as new:
        fill(new, "e")
        assert sorted(slots.sweep()) == sorted([".new-left-over", ".old-left-over", first, idle])
        assert (new / "set.toml").exists()
    assert sorted(path.name for path in (slots.folder / "sets").iterdir()) == sorted(["note.txt", second, third])
    assert whole(slots, second)
    assert whole(slots, third)


def test_a_set_that_was_just_installed_is_not_swept_before_it_is_offered(slots: Slots) -> None:
    with slots.staging() as new:
        slot = fill(new, "a")
        slots.install(new, slot)
        assert Slots(slots.folder).sweep() == []
        slots.change(lambda now: offered(now, slot, 1), "offered")
    assert Slots(slots.folder).sweep() == []
    assert whole(slots, slot)


def test_what_was_begun_and_not_installed_is_gone(slots: Slots) -> None:
    with slots.staging() as new:
        fill(new, "a")
    assert list((slots.folder / "sets").iterdir()) == []


def test_a_set_under_another_ones_name_is_not_installed(slots: Slots) -> None:
    with slots.staging() as new:
        fill(new, "a")
        with pytest.raises(OtaError, match="not the file that b-"):
            slots.install(new, toy_slot("b"))
        with pytest.raises(OtaError, match="the name of no installed set"):
            slots.install(new, Slot("../a"))


def test_a_set_that_lacks_a_model_or_holds_a_link_is_not_installed(slots: Slots) -> None:
    with slots.staging() as new:
        slot = fill(new, "a")
        (new / "embedder" / "model.tflite").unlink()
        with pytest.raises(OtaError, match="not whole"):
            slots.install(new, slot)
    assert not slots.folder_of(slot).exists()
    with slots.staging() as new:
        slot = fill(new, "b")
        (new / "link").symlink_to("/etc/passwd")
        with pytest.raises(OtaError, match="files and folders only"):
            slots.install(new, slot)


def test_a_set_that_is_damaged_is_installed_again_and_one_that_is_whole_is_left_alone(slots: Slots) -> None:
    slot = install(slots, "a")
    before = (slots.folder_of(slot) / "set.toml").stat().st_ino
    install(slots, "a")
    assert (slots.folder_of(slot) / "set.toml").stat().st_ino == before
    (slots.folder_of(slot) / "embedder" / "model.tflite").write_bytes(b"rot")
    install(slots, "a")
    assert whole(slots, slot)


@pytest.mark.parametrize("damage", ["set.toml", "embedder/manifest.toml", "liveness", ""])
def test_s8_a_deciding_set_that_is_missing_or_damaged_falls_to_the_one_before_it(slots: Slots, damage: str) -> None:
    first, second = use(slots, "a", 1), use(slots, "b", 2)
    path = slots.folder_of(second) / damage
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.write_bytes(b"rot")
    found = slots.look()
    assert (found.active.running, found.active.good, found.unsure) == (first, first, ())
    assert str(slots.folder_of(second)) in found.faults[0]
    assert told(slots)[-1] == "ok"  # who only looks changes nothing
    assert slots.read().running == first
    assert told(slots)[-1] == "mended"
    assert "b-" in slots.history.entries()[-1].words
    assert slots.look().faults == ()


def test_a_candidate_that_is_damaged_is_given_up_and_what_decides_goes_on(slots: Slots) -> None:
    first, second = use(slots, "a", 1), install(slots, "b", 2)
    slots.change(lambda now: offered(now, second, 2), "offered")
    shutil.rmtree(slots.folder_of(second))
    assert (slots.read().running, slots.read().candidate, slots.read().phase) == (first, NOBODY, "steady")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("schema = 1", "schema = 1\nextra = 1"),
        ('running = "b', 'running = "../b'),
        ('phase = "steady"', 'phase = "trial"'),
        ("running", "\0"),
        ('running = "b', 'running = "x'),
    ],
)
def test_a_file_that_somebody_edited_is_passed_over_for_the_last_good_set_that_the_history_knows(
    slots: Slots, old: str, new: str
) -> None:
    use(slots, "a", 1)
    second = use(slots, "b", 2)
    edit(slots, old, new)
    assert slots.read().running == second
    assert slots.read().serial == 2
    assert told(slots)[-1] == "mended"
    assert "active.toml" in slots.history.entries()[-1].words


def test_a_set_of_another_name_in_the_file_is_none_and_the_factorys_decides(slots: Slots) -> None:
    use(slots, "a", 1)
    edit(slots, str(toy_slot("a", 1)), "x-000000000000")
    assert slots.read().running == FACTORY
    assert "x-000000000000" in slots.history.entries()[-1].words


def test_without_the_file_the_history_knows_and_without_both_the_factory_decides(slots: Slots) -> None:
    slot = use(slots, "a", 1)
    (slots.folder / "active.toml").unlink()
    assert slots.read().running == slot
    (slots.folder / "active.toml").unlink()
    slots.history.path.unlink()
    assert slots.read() == Active()


def test_a_history_that_somebody_wrote_names_no_set_outside_the_shelf(slots: Slots) -> None:
    use(slots, "a", 1)
    slots.history.append(entry(AT, "bad", Active(running=Slot("../x"), good=Slot("../x"), serial=-7)))
    (slots.folder / "active.toml").unlink()
    assert slots.read() == Active()


def test_a_change_that_was_not_written_down_is_told_by_the_next_one(slots: Slots) -> None:
    slot = use(slots, "a", 1)
    lines = slots.history.path.read_bytes().splitlines(keepends=True)
    slots.history.path.write_bytes(b"".join(lines[:-1]))
    slots.change(lambda now: rolled_back(now, "worse", AT), "back", "worse", operator="eve")
    assert told(slots) == ["offered", "applied", "found", "back"]
    found, back = slots.history.entries()[-2:]
    assert (found.running, found.phase, back.running, back.operator) == (slot, "steady", FACTORY, "eve")


def test_a_torn_or_damaged_line_of_the_history_is_passed_over_and_mended(slots: Slots) -> None:
    use(slots, "a", 1)
    raw = slots.history.path.read_bytes()
    slots.history.path.write_bytes(b"#\n" + raw + raw[:30])
    assert told(slots) == ["offered", "applied", "ok"]
    slots.change(lambda now: rolled_back(now, "worse", AT), "back")
    assert told(slots) == ["offered", "applied", "ok", "back"]
    assert slots.history.path.read_bytes().startswith(raw)


def test_the_history_is_bounded_and_keeps_the_newest(slots: Slots) -> None:
    slots.room(0)
    line = msgspec.json.encode(entry(AT, "old", Active())) + b"\n"
    slots.history.path.write_bytes(line * (MOST - 1))
    slots.history.append(entry(AT, "last that fits", Active()))
    assert len(told(slots)) == MOST
    slots.history.append(entry(AT, "newest", Active()))
    kept = told(slots)
    assert len(kept) == FEWEST
    assert kept[-2:] == ["last that fits", "newest"]


@pytest.mark.parametrize("now", [0.0, AT + 10 * YEAR_S, -5e9, 1e300])
def test_whatever_the_clock_shows_steps_are_done_and_told_in_their_order(tmp_path: Path, now: float) -> None:
    times = iter([AT, AT, AT, now, AT, *[now] * 9])
    slots = Slots(tmp_path / "models", wall=lambda: next(times))
    slot = use(slots, "a", 1)
    slots.change(lambda active: rolled_back(active, "worse", now), "back")
    assert told(slots) == ["offered", "applied", "ok", "back"]
    assert Slots(slots.folder).read().refused[-1].at == now
    with pytest.raises(OtaError, match="was refused"):
        slots.change(lambda active: offered(active, slot, 1), "offered")


def test_a_disk_that_is_too_small_is_said_before_anything_is_fetched(slots: Slots) -> None:
    slots.room(5 << 20, lambda _: SPARE_BYTES + (5 << 20))
    with pytest.raises(OtaError, match="needs 5 MB, 64 MB are kept free for people and journal, and 68 MB are free"):
        slots.room(5 << 20, lambda _: SPARE_BYTES + (5 << 20) - 1)


def test_room_is_made_of_sets_that_nobody_needs(slots: Slots) -> None:
    kept, idle = use(slots, "a", 1), install(slots, "b", 2)
    free = iter([0, SPARE_BYTES])
    slots.room(0, lambda _: next(free))
    assert not slots.folder_of(idle).exists()
    assert whole(slots, kept)


def test_what_a_step_that_was_given_up_left_is_in_nobodys_way(slots: Slots) -> None:
    use(slots, "a", 1)
    (slots.folder / ".active.toml.new").write_bytes(b"half")
    (slots.folder / ".active.toml.new").chmod(0o400)
    slots.change(lambda now: rolled_back(now, "", AT), "back")
    assert slots.read().running == FACTORY


def test_a_candidate_that_is_given_up_is_swept(slots: Slots) -> None:
    slot = install(slots, "a")
    slots.change(lambda now: offered(now, slot, 1), "offered")
    slots.change(lambda now: dropped(now, "worse", AT), "refused")
    assert slots.sweep() == [slot]
