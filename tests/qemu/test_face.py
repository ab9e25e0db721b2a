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
from edge.provision import UpdateRoot
from tests.publisher import Publisher
from tests.qemu.card import Boot
from tests.qemu.device import BOOT_S, CONTACT, IMAGE, OUT, PHOTOGRAPHS, Device, Run, new_device, provisioning
from tests.qemu.pins import LOCK, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

ENROLLED, AGAIN, STRANGERS = "obama.jpg", "obama2.jpg", ("biden.jpg", "astronaut.png")
FACE_S = 900.0
"""How long the host may take for what the machine does within seconds of its own clock."""

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
    """Return the journal's events."""
    return [json.loads(line) for line in run.edge("journal show --json").splitlines() if line.startswith("{")]


def shows(run: Run, *names: str) -> float:
    """Hold photographs before the camera, in a loop with nobody between them; returns when, by the host's clock.

    The terminal is stopped while they are changed: a photograph that stood there before is nobody's reason.
    """
    copies = "; ".join(f"cp /boot/firmware/photographs/{name} {PHOTOGRAPHS}/" for name in names)
    run.guest.console.run("systemctl stop edge-terminal", BOOT_S)
    run.guest.console.run(f"rm -rf {PHOTOGRAPHS}; mkdir -p {PHOTOGRAPHS}; {copies}; chmod -R a+rX {PHOTOGRAPHS}")
    at = time.time()
    code, told = run.guest.console.run("systemctl start edge-terminal", BOOT_S)
    assert code == 0, told
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


def test_s2_a_stranger_opens_nothing_a_face_opens_and_a_door_held_or_forced_is_told(device: Device) -> None:
    with device.on("face", "a stranger, then a face; held and forced open", counted=True) as run:
        run.guest.console.wait("Started .*edge-door", BOOT_S)
        run.guest.console.log_in(BOOT_S)
        run.settled()
        told = run.edge(
            f"enrol --id bo --name Barack --consent {CONSENT} --operator '{OPERATOR}' "
            f"/boot/firmware/photographs/{ENROLLED}",
            FACE_S,
        )
        (OUT / "face" / "enrol.txt").write_text(told)
        shows(run, *STRANGERS)
        refused = comes(run, "refused", 2)
        (OUT / "face" / "refused.json").write_text(json.dumps(refused, indent=1))
        since = shows(run, AGAIN)
        run.reasons.append(Reason(since, FACE_S))
        opened = run.guest.wait_for(LOCK, high=True, since=since, within_s=FACE_S)
        run.figures["face_guest_s"] = round(opened.guest[1], 2)
        run.relocks(opened)
        assert comes(run, "granted", 1)
        run.guest.console.run("systemctl stop edge-terminal", BOOT_S)
        held_and_forced(run)
        (OUT / "face" / "journal.txt").write_text(run.edge("journal show"))


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
