"""A face in an emulated machine: the int8 models recognise it there, and the door opens; a stranger's leaves it shut.

The machine's clock counts instructions, so that a frame is as old as the machine's own work makes it (S1), and not as
a busy host does. Its camera replays photographs that the test copies from the boot partition; the image has none.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from edge.app.demo import CONSENT, OPERATOR
from edge.app.pictures import fetch_pictures
from edge.ota.active import FACTORY
from edge.provision import UpdateRoot
from tests.publisher import Publisher
from tests.qemu.card import Boot
from tests.qemu.device import BOOT_S, CONTACT, IMAGE, OUT, PHOTOGRAPHS, Device, Run, new_device, provisioning
from tests.qemu.pins import LOCK, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

ENROLLED, AGAIN, STRANGERS = "obama.jpg", "obama2.jpg", ("biden.jpg", "astronaut.png")
JOURNAL = "/var/lib/door-lock/journal.jsonl"
ACTIVE = "/var/lib/door-terminal/models/active.toml"
FACE_S, TRIED_S = 900.0, 1800.0
"""How long the host may take for what a face takes, and for trying a set of models."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not IMAGE, reason="scripts/e2e runs it, with an image"),
]


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Publisher:
    return Publisher(tmp_path_factory.mktemp("publisher"))


@pytest.fixture(scope="module")
def site(publisher: Publisher) -> Iterator[str]:
    with publisher.served() as url:
        yield url.replace("127.0.0.1", "10.0.2.2")


@pytest.fixture(scope="module")
def device(publisher: Publisher, site: str) -> Iterator[Device]:
    root = (publisher.folder / "site" / "metadata" / "1.root.json").read_text()
    with new_device("face") as made:
        boot = Boot(made.card)
        boot.put("terminal.toml", provisioning(made, site, UpdateRoot(root=root)))
        boot.make("photographs")
        for name in (ENROLLED, AGAIN, *STRANGERS):
            boot.put(f"photographs/{name}", (fetch_pictures() / name).read_bytes())
        yield made


def events(run: Run) -> list[dict[str, Any]]:
    """Return the journal's events; its file is read, for a Python takes an emulated machine some ten seconds."""
    code, told = run.guest.console.run(f"cat {JOURNAL}")
    assert code == 0, told
    return [json.loads(line)["body"]["event"] for line in told.splitlines() if line.startswith("{")]


def shows(run: Run, *names: str) -> float:
    """Hold photographs before the camera, in a loop with nobody between them; returns when, by the host's clock.

    The terminal is stopped while they are changed: a photograph that stood there before is nobody's reason.
    """
    copies = "; ".join(f"cp /boot/firmware/photographs/{name} {PHOTOGRAPHS}/" for name in names)
    run.guest.console.run("systemctl stop edge-terminal", BOOT_S)
    run.guest.console.run(f"rm -rf {PHOTOGRAPHS}; mkdir -p {PHOTOGRAPHS}; {copies}; chmod -R a+rX {PHOTOGRAPHS}")
    at = time.time()
    code, told = run.guest.console.run("systemctl start edge-terminal || journalctl -u edge-terminal -n 40", BOOT_S)
    assert (code, told.strip()) == (0, "")
    return at


def comes(run: Run, occasion: str, times: int, **said: str) -> list[dict[str, Any]]:
    """Wait until the journal has so many events of a kind, and return them."""
    deadline = time.monotonic() + FACE_S
    while True:
        found = [
            one
            for one in events(run)
            if one["occasion"] == occasion and all(one.get(key) == value for key, value in said.items())
        ]
        if len(found) >= times:
            return found
        assert time.monotonic() < deadline, (occasion, said, events(run)[-20:])
        run.guest.console.run("sleep 2")


def test_a_door_held_or_forced_open_is_told(device: Device, publisher: Publisher) -> None:
    with device.on("held", "held and forced open; cut while new models are tried") as run:
        run.guest.console.wait("Started .*edge-door", BOOT_S)
        run.guest.console.log_in(BOOT_S)
        run.settled()
        run.guest.console.run("systemctl stop edge-terminal", BOOT_S)
        told = run.edge(
            f"enrol --id bo --name Barack --consent {CONSENT} --operator '{OPERATOR}' "
            f"/boot/firmware/photographs/{ENROLLED}",
            FACE_S,
        )
        (OUT / "held" / "enrol.txt").write_text(told)
        held_and_forced(run)
        publisher.release("2026-12a")
        run.guest.console.run("sync; systemctl start --no-block edge-ota", BOOT_S)
        trying = "until pgrep -f edge.ota.examining; do sleep 0.5; done"
        code, told = run.guest.console.run(f"timeout 600 sh -c '{trying}'", FACE_S)
        assert code == 0, (told, run.edge("ota history"))


def test_s1_s8_after_the_cut_the_old_models_decide_a_stranger_opens_nothing_and_a_face_opens(device: Device) -> None:
    with device.on("face", "after the cut: strangers, then a face") as run:
        run.guest.console.log_in(BOOT_S)
        run.settled()
        assert status(run)["running"] == FACTORY, "half a set decides nothing"
        shows(run, *STRANGERS)
        comes(run, "refused", 2)
        run.figures["face_guest_s"] = recognised(run)


@pytest.mark.longest
def test_s8_new_models_are_tried_compared_used_and_confirmed(device: Device) -> None:
    with device.on("updated", "new models tried, compared, used, confirmed") as run:
        run.guest.console.log_in(BOOT_S)
        run.settled()
        run.guest.console.run("systemctl stop edge-terminal", BOOT_S)
        _, told = run.guest.console.run("systemctl start edge-ota; systemctl status -l --no-pager edge-ota", TRIED_S)
        (OUT / "updated" / "taken.txt").write_text(told + run.edge("ota history"))
        assert (status(run)["running"], status(run)["phase"]) == (FACTORY, "shadow"), told
        recognised(run)
        reaches(run, "steady")
        assert status(run)["running"] == status(run)["good"] != FACTORY
        occasions = [one["occasion"] for one in events(run) if one["occasion"].startswith("update-")]
        assert occasions == ["update-offered", "update-applied", "update-confirmed"]
        (OUT / "updated" / "journal.txt").write_text(run.edge("journal show", FACE_S))


def recognised(run: Run) -> float:
    """Show whoever is enrolled, over and over; returns when the lock opened, in seconds of the machine's clock."""
    before = len([one for one in events(run) if one["occasion"] == "granted"])
    since = shows(run, AGAIN)
    run.reasons.append(Reason(since, float("inf")))
    opened = run.guest.wait_for(LOCK, high=True, since=since, within_s=FACE_S)
    assert len(comes(run, "granted", before + 1)) > before
    return round(opened.guest[1], 2)


def held_and_forced(run: Run) -> None:
    """Leave the door open after an exit, close it, and then open it without any."""
    opened = run.exits()
    run.guest.wire(CONTACT, high=True)
    run.relocks(opened)
    comes(run, "alarm-begun", 1, alarm="held-open")
    run.guest.wire(CONTACT, high=False)
    comes(run, "alarm-ended", 1, alarm="held-open")
    run.guest.wire(CONTACT, high=True)
    comes(run, "alarm-begun", 1, alarm="forced-open")
    run.guest.wire(CONTACT, high=False)


def status(run: Run) -> dict[str, Any]:
    """Return which set decides, and how far another one is."""
    told = run.edge("ota status --json", FACE_S)
    found: dict[str, Any] = json.loads(told[told.index("{") :])  # the console's own lines may come before it
    return found


def reaches(run: Run, phase: str) -> None:
    """Wait until the sets are in a phase."""
    code, _ = run.guest.console.run(
        f"timeout {int(FACE_S)} sh -c 'until grep -q \"^phase = .{phase}\" {ACTIVE}; do sleep 2; done'", 3 * FACE_S
    )
    assert code == 0, (status(run), events(run)[-10:])
