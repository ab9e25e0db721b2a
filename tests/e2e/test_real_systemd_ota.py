"""Models over the air under systemd itself: fetched by one user, taken by another, or refused, or never asked for."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.e2e.commands import WHOLE_S, until
from tests.e2e.systemd_apart import SystemdApart, missing
from tests.e2e.units_apart import DATA, EDGE, JOURNAL, NO_DEVICES, PLAIN, lay, owner, run, told
from tests.publisher import Publisher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.long, pytest.mark.skipif(missing() != "", reason=missing())]

DOOR, TERMINAL = "edge-door.service", "edge-terminal.service"
FETCH, TAKE, TIMER = "edge-ota-fetch.service", "edge-ota.service", "edge-ota.timer"
SIGNS = "edge-journal.service"
AT_ONCE = ("OnActiveSec=15min\n", "OnActiveSec=1ms\nAccuracySec=1ms\n")
REFUSED, FAILED = "13", "12"
ASKING = f"""{PLAIN}[ota]
url = "{{url}}"
jitter_s = 0.0
patience_s = 2.0
"""


def device(folder: Path, configuration: str) -> SystemdApart:
    """A device whose door runs, and whose recognition does not: it takes no part in any of this."""
    folder.mkdir()
    system = SystemdApart(folder, configuration)
    system.without(TERMINAL)
    for name in (FETCH, TAKE, SIGNS):
        lay(system, name, NO_DEVICES)
    return system


def listed(system: SystemdApart, folder: str) -> list[str]:
    return system.run("ls", "-A", f"{DATA}/models/{folder}").split()


def require_untaken(system: SystemdApart) -> None:
    """Nothing of a set is here, and none is to decide."""
    assert listed(system, "sets") == []
    assert "ready" not in listed(system, "fetch")
    assert "update-offered" not in system.run("cat", JOURNAL)


@contextmanager
def forged(metadata: Path) -> Iterator[None]:
    """The list of the sets that are released says something else than what was signed."""
    newest = metadata / "2.sets-stable-any-all.json"
    signed = newest.read_bytes()
    assert b'"salt":"2026-12a-1"' in signed
    newest.write_bytes(signed.replace(b'"salt":"2026-12a-1"', b'"salt":"2026-12a-2"'))
    yield
    newest.write_bytes(signed)


def test_s8_a_release_is_fetched_and_taken_and_what_is_away_or_forged_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "publisher").mkdir()
    publisher = Publisher(tmp_path / "publisher")
    metadata = publisher.folder / "site" / "metadata"
    with publisher.served() as url:
        system = device(tmp_path / "device", ASKING.format(url=url))
    port = int(url.rstrip("/").rpartition(":")[2])
    shutil.copy(metadata / "1.root.json", system.laid("/etc/door-terminal/ota/root.json"))
    publisher.release("2026-12a")
    with system:
        until(lambda: system.show(DOOR, "SubState") == "running", WHOLE_S)
        assert run(system, SIGNS) == ("success", "0"), told(system)  # whose key says which device this is
        assert run(system, TAKE) == ("exit-code", FAILED), told(system)
        assert system.show(FETCH, "ExecMainStatus") == FAILED
        require_untaken(system)
        system.run("sed", "-i", "s/^patience_s = .*/patience_s = 120.0/", "/etc/door-terminal/terminal.toml")
        with forged(metadata), publisher.served(port):
            assert run(system, TAKE) == ("exit-code", REFUSED), told(system)
        assert system.show(FETCH, "ExecMainStatus") == REFUSED
        require_untaken(system)
        with publisher.served(port):
            assert run(system, TAKE) == ("success", "0"), told(system)
        (taken,) = listed(system, "sets")
        assert taken.startswith("2026-12a"), told(system)
        assert owner(system, f"{DATA}/models/sets/{taken}") == "door-terminal"
        assert owner(system, f"{DATA}/models/fetch/outcome.json") == "door-ota"
        told_active = system.run("cat", f"{DATA}/models/active.toml")
        assert f'candidate = "{taken}"' in told_active, told_active
        assert 'phase = "shadow"' in told_active
        until(lambda: "update-offered" in system.run("cat", JOURNAL))
        assert "update-refused" in system.run("cat", JOURNAL), "and why, for people"
        system.run("rm", f"{DATA}/models/fetch/outcome.json", f"{DATA}/models/fetch/.lock")
        system.run("mkdir", f"{DATA}/models/fetch/.lock")
        assert run(system, TAKE) == ("exit-code", FAILED), "what cannot write its folder asked nobody"
        assert system.show(FETCH, "ExecMainStatus") == FAILED
        assert "`journalctl -u edge-ota-fetch` says why" in told(system)


def test_a_terminal_that_is_nobody_s_asks_nobody_and_makes_no_folder_until_it_is_somebody_s(tmp_path: Path) -> None:
    system = device(tmp_path / "device", "")
    for name in (FETCH, TAKE):
        lay(system, name, NO_DEVICES, (f"ExecStart={EDGE} ota", f"ExecStart=/bin/echo {name} ota"))
    lay(system, TIMER, AT_ONCE)
    (system.wires / "wired").write_text("")
    with system:
        until(lambda: system.show(DOOR, "SubState") == "running", WHOLE_S)
        system.ctl("start", TIMER)
        until(lambda: ":" in system.show(TIMER, "LastTriggerUSec") and "edge-" not in system.ctl("list-jobs"))
        until(lambda: system.show(TIMER, "SubState") == "waiting")
        assert (listed(system, ""), told(system)) == ([], "")
        assert system.show(TIMER, "NextElapseUSecMonotonic") != "infinity", "it looks again, by itself"
        system.run("touch", "/etc/door-terminal/terminal.toml")
        system.ctl("restart", TIMER)  # as the first boot does, once it made a terminal
        until(lambda: f"{TAKE} ota check --take-only\n" in told(system))
        assert f"{FETCH} ota check --fetch-only\n" in told(system)
        assert f"{TAKE} ota check --take-only\n" in told(system)
