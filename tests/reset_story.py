"""A terminal with people that is reset by an order on its card, and may be killed anywhere; and what is found then."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from edge import keys
from edge.app import card_wiring
from edge.app.first_boot import apply
from edge.app.in_force import in_force
from edge.app.last_reset import last_reset
from edge.provision import card, intents, plan
from edge.values import Occasion
from tests.provisioning import NOW, PASSPHRASE, device, tree
from tests.resetting import GONE, leftovers, order, terminal

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from edge.app.first_boot import Device

_DONE = "done.log"


def prepare(folder: Path, *, again: bool) -> None:
    """Make a provisioned terminal with people; its card holds the order. `again` is of another story."""
    assert not again
    private = keys.new_pair()[0]
    here = terminal(folder, private)
    (here.boot / card.ORDER).write_bytes(order(private))


def work(folder: Path) -> None:
    """Start once."""
    apply(_device(folder, NOW))


def seen(folder: Path) -> dict[str, str]:
    """Return what is compared: /etc, and all data."""
    files = tree(folder / "root/etc") | tree(folder / "root/var")
    own = (".new", ".gone", "provision.plan", "last-reset.json")
    return {name: held for name, held in files.items() if not name.endswith(own)}


def looked_at(folder: Path, before: dict[str, str], after: dict[str, str]) -> tuple[str, list[str]]:
    """Return what a kill left, and what is wrong once the next start is through.

    Args:
        folder: Of the device.
        before: What it held before the work began.
        after: What it holds after work that nothing cut short.
    """
    root, wrong, left = folder / "root", list[str](), seen(folder)
    pending = intents.pending(root)
    good = root / "var/lib/door-lock/terminal.good.toml"
    is_door = (root / plan.CONFIG).exists() or good.exists()
    if left == before:
        found = "as before" if pending is None else "as before, and the plan is whole"
    elif left == after:
        found = "nobody's"
    else:
        found = "erased in part, no door any more, and the plan is whole"
        if pending is None:
            wrong.append("half erased, and no plan to go on with")
    missing = [name for name in GONE if not (root / name).exists() and root / name != good]
    if is_door and missing:
        wrong.append(f"still a door, and without {missing}")
    if not is_door and not (folder / "boot/wiring.toml").exists():
        wrong.append("no door, and no wiring for the exit button")
    wrong += _ended(folder, after)
    return found, wrong


def _ended(folder: Path, after: dict[str, str]) -> list[str]:
    """Start again, and return what is not as it is to be then."""
    here, wrong = _device(folder, NOW + timedelta(minutes=1)), list[str]()
    apply(here)
    if seen(folder) != after:
        wrong.append(f"does not end like a run that nothing cut short: {seen(folder).items() ^ after.items()}")
    if in_force(here.root) is not None:
        wrong.append("a file is in force")
    secrets = leftovers(here.root) + leftovers(here.root, PASSPHRASE)
    wrong += [f"{name} holds a secret" for name in secrets]
    wrong += [f"{one.name} is left" for one in here.root.rglob("*provision.plan*")]
    wrong += [f"the card still has {one.name}" for one in here.boot.iterdir() if one.name == card.ORDER]
    done = (folder / _DONE).read_text().splitlines()
    if not {Occasion.FACTORY_RESET, "edge-door.service"} <= set(done):
        wrong.append(f"not journaled, or the door not started again: {done}")
    reset = last_reset(here.root)
    if reset is None or not (reset.journaled and reset.restarted):
        wrong.append("something of it is still to be done")
    card_wiring.read(here.boot / card_wiring.NAME, None)
    return wrong


def _device(folder: Path, now: datetime) -> Device:
    def note(*words: object) -> None:
        with (folder / _DONE).open("a") as file:
            file.write(f"{words[0]}\n")

    return device(folder, now, restart=lambda names: note(*names), on_record=note)
