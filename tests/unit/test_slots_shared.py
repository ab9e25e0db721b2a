"""The folder of the sets, which another user of the group reads: who may change it, and where a link leads nobody."""

from __future__ import annotations

import fcntl
import os
import stat
import threading
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from edge.errors import OtaError
from edge.ota.active import offered, rolled_back
from edge.ota.slots import Slots
from tests.sets import install, toy_slot
from tests.unit.test_slots import AT, told, use

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def slots(tmp_path: Path) -> Slots:
    return Slots(tmp_path / "models", wall=lambda: AT)


def test_processes_take_turns(slots: Slots) -> None:
    slot = use(slots, "a", 1)
    impatient = Slots(slots.folder, wait_s=0)
    with (slots.folder / ".lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(OtaError, match="another process has held it"):
            impatient.change(lambda now: rolled_back(now, "", AT), "back")
        assert impatient.read().running == slot  # reading waits for nobody


def test_threads_that_change_it_at_once_lose_nothing(slots: Slots) -> None:
    install(slots, "a")

    def work(number: int) -> None:
        mine = slots if number % 2 else Slots(slots.folder)
        for _ in range(5):
            mine.change(lambda now: offered(now, toy_slot("a"), now.serial + 1), "offered")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert slots.read().serial == 20
    assert [one.serial for one in slots.history.entries()] == list(range(1, 21))


def test_s8_the_group_reads_it_whatever_the_umask_and_writes_nothing(slots: Slots) -> None:
    before = os.umask(0o077)
    try:
        slot = use(slots, "a", 1)
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (slots.folder, slots.folder / "sets")}
    assert set(modes.values()) == {0o750}
    assert stat.S_IMODE(slots.folder_of(slot).stat().st_mode) == 0o750
    assert stat.S_IMODE((slots.folder_of(slot) / "embedder").stat().st_mode) == 0o750
    assert stat.S_IMODE((slots.folder_of(slot) / "set.toml").stat().st_mode) == 0o640
    for name in ("active.toml", "history.jsonl", ".lock"):
        assert stat.S_IMODE((slots.folder / name).stat().st_mode) == 0o640, name


@pytest.mark.parametrize("name", [".lock", "history.jsonl"])
def test_a_link_in_the_shared_folder_leads_no_writer_elsewhere(slots: Slots, tmp_path: Path, name: str) -> None:
    use(slots, "a", 1)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"another's")
    elsewhere.chmod(0o600)
    (slots.folder / name).unlink()
    (slots.folder / name).symlink_to(elsewhere)
    with suppress(OtaError):
        slots.change(lambda now: rolled_back(now, "", AT), "back")
    assert elsewhere.read_bytes() == b"another's"
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_s8_what_root_did_the_terminals_user_goes_on_with_and_another_of_its_group_only_reads() -> None:
    with TemporaryDirectory() as name:
        data = Path(name)
        os.chown(data, _USERS[0], _GROUP)
        data.chmod(0o750)
        folder = data / "models"
        assert _as_user(_USERS[0], lambda: use(Slots(folder), "a", 1))
        use(Slots(folder), "b", 2)  # root
        assert _as_user(_USERS[0], lambda: use(Slots(folder), "c", 3))
        here = toy_slot("c", 3)
        assert _as_user(_USERS[1], lambda: Slots(folder).look().active.running == here or os._exit(3))
        assert not _as_user(_USERS[1], lambda: use(Slots(folder), "d", 4))
        assert _as_user(_USERS[0], lambda: Slots(folder).change(lambda now: rolled_back(now, "", AT), "back"))
        idle = sorted([toy_slot("a", 1), here])
        assert _as_user(_USERS[0], lambda: sorted(Slots(folder).sweep()) == idle or os._exit(3))
        assert Slots(folder).read().running == toy_slot("b", 2)
        assert len(told(Slots(folder))) == 10


_USERS, _GROUP = (64001, 64002), 64000


def _as_user(user: int, work: Callable[[], object]) -> bool:
    """Do something in a process of another user; whether that went well."""
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(_GROUP)
            os.setuid(user)
            os.umask(0o077)
            work()
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 - whatever it was, the child must end here
            os.write(2, f"{error}\n".encode())
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0
