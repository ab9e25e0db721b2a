"""A terminal becomes nobody's: its people, keys and configuration are erased, and the door stays shut (S2, S3, S10).

What is to be done is written down whole before anything is erased, by the same means as a provisioning file
(`edge.provision.intents`); whoever starts next ends it. The door process runs meanwhile, and is started again at the
end with the wiring that is kept on the card: nobody is let in, and everybody is let out.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from edge.app import asks, card_wiring, unforgotten
from edge.app.boot_state import LOCKED
from edge.app.in_force import in_force
from edge.app.known_time import floor
from edge.app.last_reset import LastReset, encoded, last_reset, remember
from edge.app.pinned import pinned
from edge.app.reset_words import kept
from edge.config import Config, load
from edge.disk import Disk, replace
from edge.errors import ConfigError, EdgeError, ProvisionError
from edge.provision import Here, card, erasing, intents, plan, reset_file
from edge.provision.keyholding import STORE
from edge.values import Occasion

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.first_boot import Device
    from edge.provision import InForce

WORKING = ("edge-terminal.service", "edge-ota-fetch.service", "edge-ota.service", "edge-retain.service")
"""Who may hold or make what is erased; none of them is started again, for there is nothing to recognise."""
NOBODY = "a terminal that was nobody's"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """What was asked for.

    Attributes:
        who: Who asked, and how.
        why: What for.
        order: The digest of the order on the card; empty for none.
        receipt: The signed statement, where the terminal's owner gives it up; empty where it is only reset.
    """

    who: str
    why: str
    order: str = ""
    receipt: str = ""


def turn(device: Device) -> None:
    """End a reset that was begun, or begin and end the one that the card or the reset button asks for.

    A TPM that did not forget at an earlier one is told again first.

    Raises:
        EdgeError: The order was refused, and nothing was erased; or a step failed, and the next start goes on.
    """
    unforgotten.settle(device)
    begun = intents.pending(device.root)
    if begun and begun.reset:
        _tell(device, f"Going on with the reset of {begun.terminal or NOBODY}.")
        _roll(device, begun)
    _finish(device)
    if asks.take(device.root, asks.RESET):
        do(device, Reset(who="reset button", why="it was held"))
    path = card.found_order(device.boot)
    if path:
        _obey(device, path)


def before(root: Path) -> InForce | None:
    """Return the file in force; one that cannot be read is none: a reset is what mends that."""
    with suppress(ProvisionError):
        return in_force(root)
    return None


def staying(root: Path) -> tuple[str, ...]:
    """Return what a reset leaves of this device, in words."""
    trusted = True
    with suppress(ProvisionError):
        trusted = bool(pinned(root))
    return kept(key=(root / plan.HOME / "keys/device.key").exists(), trusted=trusted)


def do(device: Device, reset: Reset) -> None:
    """Reset a terminal: on return it is nobody's.

    Raises:
        EdgeError: It could not be begun, and nothing was erased; or not be ended: the next start goes on with it.
    """
    now, earlier = before(device.root), last_reset(device.root)
    last = LastReset(
        number=secrets.token_hex(4),
        at=device.now().astimezone(UTC),
        who=reset.who,
        why=reset.why,
        terminal=now.id if now else "",
        issued=now.issued if now else earlier.issued if earlier else None,
        digest=now.digest if now else earlier.digest if earlier else "",
        gave_up=bool(reset.receipt),
        receipt=reset.receipt,
        obeyed=earlier.obeyed if earlier else (),
    )
    if reset.order:
        last = last.obeying(reset.order)
    config = configuration(device.root)
    _keep_wiring(device, config)
    _stop(device)
    made = erasing.planned(
        last.terminal,
        encoded(last),
        _hosts(device.root),
        _tpm(device.root, config),
        _secrets(config),
        gives_up=last.gave_up,
    )
    begun = intents.pending(device.root)
    if begun:
        with suppress(ProvisionError):  # what it cannot make of the terminal is erased in any case
            intents.roll_forward(device.root, begun)
    intents.record(device.root, made)
    _tell(device, f"Resetting {last.terminal or 'this terminal'}: {last.who}, {last.why}.")
    _roll(device, made)
    _finish(device)


def _stop(device: Device) -> None:
    """Stop whoever holds what is erased; a terminal that was stopped for nothing recognises people again.

    Raises:
        ProvisionError: One does not stop; nothing was erased.
    """
    try:
        device.stop(WORKING)
    except ProvisionError:
        with suppress(ProvisionError):  # why it is not reset is what has to be told
            device.restart(("edge-terminal.service",))
        raise


def _obey(device: Device, path: Path) -> None:
    """Obey an order on the card, once, and take it off the card.

    Raises:
        EdgeError: It is not to be obeyed; nothing was erased.
    """
    content, earlier = card.read(path), last_reset(device.root)
    name = reset_file.digest(content)
    if earlier and name in earlier.obeyed:
        _tell(device, f"{path.name}: was obeyed already; it is taken off the card.")
    else:
        now = before(device.root)
        here = Here(now=device.now(), floor=floor(device.root, now), serial=device.serial, in_force=now)
        try:
            order = reset_file.believed(content, pinned(device.root), here)
        except EdgeError as error:
            raise type(error)(f"{error}. Nothing was erased; take {path.name} off the card.") from error
        do(device, Reset(who="head office, by a file on the card", why=order.why, order=name))
    card.remove(path)


def _roll(device: Device, begun: plan.Plan) -> None:
    intents.roll_forward(device.root, begun, partial(unforgotten.forget, device))


def _finish(device: Device) -> None:
    """Write the reset down, and start the door again without what was erased: what of that is still to be done."""
    last = last_reset(device.root)
    if last is None:
        return
    if not last.journaled and _journaled(device, last):
        last = _noted(device, last, journaled=True)
    if last.gave_up and not last.restarted:
        _set_aside(device.root, last.number)
    if not last.restarted:
        with suppress(ConfigError):  # told right after this, by whoever starts with nothing in force
            card_wiring.show(device.boot, device.root)
        device.restart(("edge-door.service",))
        last = _noted(device, last, restarted=True)
        _tell(device, f"RESET: this terminal is nobody's now. {LOCKED}")
    if last.receipt:
        _put_receipt(device, last)
        _noted(device, last, receipt="")


def _noted(device: Device, last: LastReset, **done: object) -> LastReset:
    last = msgspec.structs.replace(last, **done)
    remember(device.root, last)
    return last


def _journaled(device: Device, last: LastReset) -> bool:
    occasion = Occasion.DECOMMISSIONED if last.gave_up else Occasion.FACTORY_RESET
    try:
        device.on_record(occasion, last.who, f"{last.terminal or NOBODY}: {last.why} (reset {last.number})")
    except EdgeError as error:
        _tell(device, f"NOT IN THE JOURNAL: {error}; it is tried again at the next start.")
        return False
    return True


def _set_aside(root: Path, number: str) -> None:
    """Put the signatures of a key that is no more beside those of the next: they prove the journal until then."""
    path = root / erasing.DOOR / "journal.signatures"
    aside = path.with_name(f"{path.name}.before-{number}")
    if path.exists() and not aside.exists():
        with suppress(OSError):
            path.rename(aside)
            Disk().sync_folder(path.parent)


def _put_receipt(device: Device, last: LastReset) -> None:
    """Put the receipt where any laptop reads it; it is kept until that is done."""
    path = device.boot / f"decommissioned-{last.terminal or 'terminal'}.json"
    try:
        replace(Disk(mode=0o644), path, last.receipt.encode())
    except OSError as error:
        raise ProvisionError(f"{path}: the receipt cannot be written: {error.strerror}; tried at each start") from error


def _keep_wiring(device: Device, config: Config | None) -> None:
    """Put the wiring on the card, without which an unprovisioned door knows no exit button (S10).

    Raises:
        ProvisionError: It cannot be written; nothing was erased.
    """
    fault = card_wiring.keep(device.boot, config) if config else ""
    if fault:
        raise ProvisionError(
            f"{fault}; without the wiring the exit button would not work after the reset. Nothing was erased: make the "
            f"card's first partition writable"
        )


def configuration(root: Path) -> Config | None:
    """Return what is configured, or else what was last in order; None for nothing that can be read."""
    for name in (plan.CONFIG, f"{erasing.DOOR}/terminal.good.toml"):
        with suppress(ConfigError):
            return load(root / name)
    return None


def _hosts(root: Path) -> str:
    with suppress(OSError, ValueError):
        return (root / "etc/hosts").read_text()
    return ""


def _tpm(root: Path, config: Config | None) -> plan.Forget | None:
    """Return the chip that may keep a key, whatever the configuration says by now: who has its file has used it."""
    auth, settings = f"{plan.HOME}/keys/wrapping.auth", (config or Config()).keys
    return plan.Forget(settings.tpm, settings.tpm_index, auth) if (root / auth).exists() else None


def _secrets(config: Config | None) -> tuple[str, ...]:
    """Return the files of secrets that lie elsewhere; the credential's, whoever keeps the wrapping key by now."""
    config = config or Config()
    named = [config.osdp.key_file.lstrip("/")] if config.osdp.key_file.startswith("/") else []
    return (*named, f"{STORE}/{config.keys.credential}")


def _tell(device: Device, line: str) -> None:
    card.tell(device.boot, device.now().astimezone(UTC), line)
