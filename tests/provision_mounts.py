"""A first boot on file systems that are full or read-only: run among mounts of its own, by `unshare --mount`.

`python -m tests.provision_mounts STORY FOLDER`: each mounts small tmpfs over parts of a device in FOLDER, and ends
with exit code 0 when all was as it has to be; nothing of it is left when the process ends.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from edge import keys
from edge.app import card_wiring
from edge.app.boot_state import FAILED, state
from edge.app.first_boot import apply
from edge.app.in_force import in_force
from edge.config import Config
from edge.errors import EdgeError, ProvisionError
from edge.provision import card, intents
from tests.provisioning import device, document, signed, tree

KEY = keys.new_pair()[0]
GOOD = signed(document(), KEY)
PAGE = 4096


def mount(where: Path, options: str) -> None:
    """Mount a tmpfs, or mount the one that is there otherwise (`remount,…`)."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(where)], check=True)


def refused(folder: Path, words: str) -> None:
    """Start once, and see it refused with these words, visibly."""
    with pytest.raises(ProvisionError, match=words):
        apply(device(folder))
    assert state(folder / "root") == FAILED


def filled(folder: Path) -> None:
    """Leave no byte."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(PAGE))
        except OSError:
            pass


def card_read_only(folder: Path) -> None:
    """The file is in force, and both its staying there and the reason are seen; a card that can be written ends it."""
    here = device(folder)
    mount(here.boot, "size=256k")
    (here.boot / card.NAME).write_bytes(GOOD)
    mount(here.boot, "remount,ro")
    for _ in range(2):  # each start says so
        refused(folder, "is in force, but cannot be removed from the card: Read-only file system")
        assert in_force(here.root) is not None
    assert not (here.boot / card.LOG).exists()
    mount(here.boot, "remount,rw")
    assert apply(device(folder)) == "done"
    assert {one.name for one in here.boot.iterdir()} == {card.LOG, card_wiring.NAME}


def card_full(folder: Path) -> None:
    """A card without a free byte stops nothing; what could not be written is there once it can."""
    here = device(folder)
    mount(here.boot, "size=64k")
    (here.boot / card.NAME).write_bytes(GOOD)
    filled(here.boot)
    assert apply(device(folder)) == "done"
    assert not (here.boot / card.NAME).exists()
    (here.boot / "filler").unlink()
    assert apply(device(folder)) == "done"
    assert (here.boot / card_wiring.NAME).read_text() == card_wiring.text(Config())


def settings_read_only(folder: Path) -> None:
    """Nothing is changed, the file stays on the card, and the log says why; the next start goes on."""
    here = device(folder)
    (here.boot / card.NAME).write_bytes(GOOD)
    mount(here.root / "etc", "size=1m")
    (here.root / "etc/door-terminal").mkdir()
    mount(here.root / "etc", "remount,ro")
    refused(folder, "Read-only file system; nothing was changed")
    assert tree(here.root / "etc") == {}
    assert "Read-only file system" in (here.boot / card.LOG).read_text()
    assert (here.boot / card.NAME).read_bytes() == GOOD
    mount(here.root / "etc", "remount,rw")
    assert apply(device(folder)) == "done"


def settings_full(folder: Path) -> None:
    """However little room there is, it is as before or the plan is whole; with room it ends like any other."""
    whole = device(folder / "whole")
    (whole.boot / card.NAME).write_bytes(GOOD)
    apply(whole)
    after, outcomes = tree(whole.root / "etc"), set[str]()
    for pages in range(2, 60, 3):
        place = folder / str(pages)
        here = device(place)
        (here.boot / card.NAME).write_bytes(GOOD)
        mount(here.root / "etc", f"size={pages * PAGE}")
        (here.root / "etc/door-terminal").mkdir()
        try:
            outcomes.add(apply(device(place)))
        except EdgeError:
            left = tree(here.root / "etc")
            pending = intents.pending(here.root)
            assert state(here.root) == FAILED
            assert "No space left on device" in (here.boot / card.LOG).read_text()
            assert (here.boot / card.NAME).exists() or in_force(here.root) is not None
            if pending is None and in_force(here.root) is None:
                assert {name for name in left if ".new" not in name} == set(), left
            outcomes.add("as before" if pending is None else "the plan is whole")
        mount(here.root / "etc", "remount,size=4m")
        assert apply(device(place)) == "done"
        assert tree(here.root / "etc") == after, tree(here.root / "etc").items() ^ after.items()
        assert not (here.boot / card.NAME).exists()
    assert outcomes == {"as before", "the plan is whole", "done"}, outcomes


def state_full(folder: Path) -> None:
    """That no word can be shown holds nothing up."""
    here = device(folder)
    (here.boot / card.NAME).write_bytes(GOOD)
    (here.root / "run").mkdir()
    mount(here.root / "run", f"size={PAGE}")
    filled(here.root / "run")
    assert apply(device(folder)) == "done"
    assert state(here.root) == ""
    assert (here.root / "sys/class/leds/ACT/trigger").read_text() == "heartbeat"


STORIES = {one.__name__: one for one in (card_read_only, card_full, settings_read_only, settings_full, state_full)}

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    STORIES[sys.argv[1]](Path(sys.argv[2]))
