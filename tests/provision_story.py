"""A first boot, and a second file after it, that may be killed anywhere; and what is found of it afterwards."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

from edge import config, keys
from edge.app import card_wiring
from edge.app.first_boot import apply
from edge.app.in_force import in_force
from edge.provision import card, intents, plan
from tests.provisioning import NOW, PASSPHRASE, device, document, signed, tree

if TYPE_CHECKING:
    from pathlib import Path

WIRING = card_wiring.NAME
CARD = "card.toml"
"""A copy of the file, outside of both partitions, for comparison."""


def prepare(folder: Path, *, again: bool) -> None:
    """Make a device with a card; `again`: one that is provisioned already and gets a newer file."""
    private = keys.new_pair()[0]
    here = device(folder)
    if again:
        (here.boot / card.NAME).write_bytes(signed(document(), private))
        apply(here)
        newer = document(issued=NOW, door="Yard", hostname="berlin-yard")
        (folder / CARD).write_bytes(signed(newer, private))
    else:
        (folder / CARD).write_bytes(signed(document(), private))
    shutil.copy(folder / CARD, here.boot / card.NAME)


def work(folder: Path) -> None:
    """Start once."""
    apply(device(folder))


def seen(folder: Path) -> dict[str, str]:
    """Return what is compared: all of /etc."""
    return tree(folder / "root/etc")


def looked_at(folder: Path, before: dict[str, str], after: dict[str, str]) -> tuple[str, list[str]]:
    """Return what a kill left, and what is wrong once the next start is through.

    Args:
        folder: Of the device.
        before: What /etc held before the work began.
        after: What it holds after work that nothing cut short.
    """
    here, wrong = device(folder, NOW + timedelta(minutes=1)), []
    pending = intents.pending(here.root)
    left = _visible(tree(here.root / "etc"))
    if left == _visible(before):
        found = "as before" if pending is None else "as before, and the plan is whole"
    elif left == _visible(after):
        found = "in force"
    else:
        found = "some changes made, and the plan is whole"
        if pending is None and not _own(left, before, after):
            wrong.append("half applied, and no plan to go on with")
        elif pending is None:
            found = "in force, its own keys not all made"
    apply(here)
    ended = _visible(tree(here.root / "etc"))
    if ended != _visible(after):
        wrong.append(f"does not end like a run that nothing cut short: {ended.items() ^ _visible(after).items()}")
    if in_force(here.root) is None:
        wrong.append("nothing is in force")
    wrong += [f"the card still has {one.name}" for one in here.boot.iterdir() if one.name not in {card.LOG, WIRING}]
    if (here.boot / WIRING).read_text() != card_wiring.text(config.load(here.root / plan.CONFIG)):
        wrong.append("the card's wiring is another")
    wrong += [f"{one.name} is left" for one in (here.root / "etc/door-terminal").glob("*provision.plan*")]
    if PASSPHRASE in (here.boot / card.LOG).read_text():
        wrong.append("the log holds a secret")
    return found, wrong


def _visible(files: dict[str, str]) -> dict[str, str]:
    """Return the files without those that are just being written or taken away, and the plan's."""
    return {
        name: held
        for name, held in files.items()
        if not name.split("/")[-1].startswith(".") and not name.endswith("provision.plan")
    }


def _own(left: dict[str, str], before: dict[str, str], after: dict[str, str]) -> bool:
    """Whether only files that the terminal makes itself are missing."""
    missing = _visible(after).items() - left.items()
    return all(held == "made" for _, held in missing) and not left.items() - (before | after).items()
