"""A terminal is made of a signed file on the card, or nothing changes; either way somebody can see which (S10).

The door process runs beside this, with what it had: nothing here touches a line, and nothing holds the door up.
"""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from edge import config
from edge.app import asks, card_wiring, resetting
from edge.app.boot_state import DONE, FAILED, LOCKED, SEALED, WAITING, WORKING, WRONG, show
from edge.app.claim_entry import entered
from edge.app.head_office import LIMITS
from edge.app.in_force import in_force
from edge.app.keyholding import ELSEWHERE, Keeping, make_credential, settled
from edge.app.known_time import floor
from edge.app.last_reset import barred, last_reset
from edge.app.network_name import prepare
from edge.app.pinned import pinned
from edge.errors import ConfigError, EdgeError, ProvisionError
from edge.keys import key_id
from edge.provision import Here, InForce, acceptable, card, intents, opened, plan, unseal
from edge.provision.notes import notes

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from edge.provision import Document, Opened
    from edge.values import Occasion

_log = logging.getLogger(__name__)
_OR = "Or as root: `edge provision apply --code CODE`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """The machine that is provisioned.

    Attributes:
        root: Of its file system; another folder than / in tests and for an image that does not run.
        boot: The card's first partition.
        now: Tells the time.
        restart: Restarts services by name; raises ProvisionError when one does not start.
        rejoin: Has a network that runs already take up what is configured now; raises ProvisionError.
        journal: Writes words about it into the journal; raises EdgeError when that does not last.
        on_record: The same for a reset: what happened, who did it, and words.
        stop: Stops services by name; raises ProvisionError when one does not stop.
        examine: Looks at camera and wires; returns a sentence for each fault.
        code: The claim code that root gave; empty for none.
        typed: What was typed at the door's keypad; empty for nothing.
        serial: Of the board.
        synchronised: Whether a time server set the clock since the machine was started.
        keeping: What keeps keys here.
    """

    root: Path
    boot: Path
    now: Callable[[], datetime]
    restart: Callable[[tuple[str, ...]], None]
    journal: Callable[[str], None]
    on_record: Callable[[Occasion, str, str], None] = lambda *_: None
    stop: Callable[[tuple[str, ...]], None] = lambda _: None
    rejoin: Callable[[], None] = lambda: None
    examine: Callable[[], tuple[str, ...]] = tuple
    code: str = ""
    typed: str = ""
    serial: str = ""
    synchronised: bool = False
    keeping: Keeping = ELSEWHERE


def apply(device: Device) -> str:
    """Do what the card asks for, or go on with what was begun; returns the state that this ends in.

    It may be called at each start: with nothing to do it changes nothing.

    Raises:
        EdgeError: The file was refused, or a step failed; it is in the log, and the state says so.
    """
    device = dataclasses.replace(device, typed=asks.take(device.root, asks.CODE) or device.typed)
    try:
        return _applied(device)
    except EdgeError as error:
        _failed(device, error)
        raise
    except OSError as error:  # where a disk fails at a place that nobody expects it to
        wrong = ProvisionError(f"{error.filename or device.root}: {error.strerror}; it is tried again at each start")
        _failed(device, wrong)
        raise wrong from error


def _failed(device: Device, error: EdgeError) -> None:
    _tell(device, f"FAILED: {_sentence(error)} {LOCKED}")
    show(device.root, FAILED)


def _applied(device: Device) -> str:
    root = device.root
    resetting.turn(device)
    network = _network(root)
    begun = intents.pending(root)
    if begun:
        show(root, WORKING)
        _tell(device, f"Going on with what was begun for {begun.terminal}.")
        intents.roll_forward(root, begun)
    for cut_short in (root / intents.RECORD, device.boot / card.NAME):
        intents.wipe_begun(cut_short)
    path, before = card.found(device.boot), in_force(root)
    if before is None:
        _wiring_shown(device)
    if path:
        show(root, WORKING)
        file = _believed(device, path, before)
        if file is None:
            word = WRONG if device.typed else SEALED
            show(root, word)
            return word
        if before is None or before.digest != file.digest:
            _begin(device, file)
    if begun or _network(root) != network:
        _rejoined(device)
    given = in_force(root) is not None and _prepared(device)
    word = _ended(device, changed=given or bool(begun or path))
    if path:
        card.remove(path)
    show(root, word)
    return word


def _network(root: Path) -> bytes:
    try:
        return (root / plan.CONNECTION).read_bytes()
    except OSError:
        return b""


def _rejoined(device: Device) -> None:
    """At a start the network waits for this; one that runs already knows nothing of the file."""
    try:
        device.rejoin()
    except ProvisionError as error:
        _tell(device, f"LATER: {error}")


def _believed(device: Device, path: Path, before: InForce | None) -> Opened | None:
    """Return the file when it may be used; None when its secrets are sealed and nobody typed the code."""
    content, root = card.read(path), device.root
    file = opened(content, path.name, pinned(root))
    here = Here(
        now=device.now(),
        floor=floor(root, before),
        synchronised=device.synchronised,
        serial=device.serial,
        in_force=before,
    )
    reasons = acceptable(file.document, file.digest, here)
    reasons += barred(file.document, file.digest, before, last_reset(root))
    if reasons:
        raise ProvisionError(f"{path.name}: {'; '.join(reasons)}", reasons)
    if file.first_use:
        _tell(device, "This terminal trusted nobody yet. From now on it trusts the key that this file names.")
    if file.document.sealed is None or (before and before.digest == file.digest):
        return file
    document = _unsealed(device, file.document)
    return dataclasses.replace(file, document=document) if document else None


def _unsealed(device: Device, document: Document) -> Document | None:
    if device.code:
        return unseal(document, device.code)
    if not device.typed:
        _tell(device, f"The file's secrets are sealed: type its claim code at the keypad, and #. {_OR}")
        return None
    try:
        return entered(device.root, document, device.typed)
    except ProvisionError as error:
        _tell(device, f"WRONG CODE: {error}")
        return None


def _begin(device: Device, file: Opened) -> None:
    root = device.root
    try:
        hosts = (root / "etc/hosts").read_text()
    except (OSError, ValueError):
        hosts = ""
    file, why = settled(file, root, device.keeping)
    limited = (root / plan.HOME / LIMITS).exists()
    made = plan.planned(file, hosts, under_limits=limited)
    if not (root / "usr/share/zoneinfo" / file.document.terminal.time_zone).is_file():
        raise ProvisionError(f"terminal.time_zone: {file.document.terminal.time_zone} is not known on this machine")
    intents.record(root, made)
    for line in (why, *notes(file.document, limited=limited)):
        _tell(device, line)
    intents.roll_forward(root, made)


def _prepared(device: Device) -> bool:
    """Make what the terminal makes itself: its keys, its certificate; returns whether head office gave one now.

    Head office out of reach is told and stops nothing: it is asked again at the next start.
    """
    try:
        make_credential(device.root, device.keeping)
    except ProvisionError as error:
        _tell(device, f"LATER: {error}")
    try:
        return prepare(device.root, max(device.now(), floor(device.root, in_force(device.root))))
    except ProvisionError as error:
        _tell(device, f"LATER: {error}")
        return False


def _ended(device: Device, *, changed: bool) -> str:
    now = in_force(device.root)
    if now is None:
        _tell(device, f"Waiting: {_waited_for(device)}. {LOCKED}")
        return WAITING
    if not changed:
        _wiring_kept(device)  # on another card, or one that was full
        return DONE
    _wiring_kept(device)
    device.restart(("edge-door.service",))
    faults = device.examine()  # before the terminal takes the camera
    device.restart(("edge-terminal.service",))
    _journaled(device, now)
    _models_looked_for(device)
    for fault in faults:
        _tell(device, f"CHECK: {fault}")
    _tell(device, f"DONE: this is {now.id} now{card.BUT if faults else ''}.")
    return FAILED if faults else DONE


def _waited_for(device: Device) -> str:
    last = last_reset(device.root)
    if last and last.gave_up:
        return f"this terminal was decommissioned on {last.at.date()}, and takes no file until it is reset"
    return f"there is no {card.NAME} on this card"


def _wiring_shown(device: Device) -> None:
    """Show the door the wiring that is kept on the card, which its user may not read, and have it begin with that."""
    try:
        if card_wiring.show(device.boot, device.root):
            device.restart(("edge-door.service",))
    except EdgeError as error:
        _tell(device, f"WIRING OF THE CARD NOT USED: {_sentence(error)} The door runs by the image's.")


def _wiring_kept(device: Device) -> None:
    """Keep the wiring on the card, for a door that has lost all the rest; that it cannot be stops nothing."""
    try:
        fault = card_wiring.keep(device.boot, config.load(device.root / plan.CONFIG))
    except ConfigError as error:
        fault = str(error)
    if fault:
        _tell(device, f"WIRING NOT ON THE CARD: {fault}; should all else be lost, the image's has to do.")


def _journaled(device: Device, now: InForce) -> None:
    try:
        by = ", ".join(map(key_id, pinned(device.root)))
        device.journal(f"{now.id}, by the file of {now.issued.isoformat()} ({now.digest[:16]}), signed by the key {by}")
    except EdgeError as error:
        _tell(device, f"NOT IN THE JOURNAL: {error}")


def _models_looked_for(device: Device) -> None:
    """Have models looked for soon: a timer that found no terminal waits for hours. That it cannot be stops nothing."""
    try:
        device.restart(("edge-ota.timer",))
    except ProvisionError as error:
        _tell(device, f"LATER: newer models are looked for at the timer's next time ({error})")


def _sentence(error: EdgeError) -> str:
    """Return an error's words, which end where the next sentence begins."""
    words = str(error).rstrip()
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _tell(device: Device, line: str) -> None:
    if not card.tell(device.boot, device.now().astimezone(UTC), line):
        _log.warning("%s cannot be written on the card: %s", card.LOG, line)  # to the console and the system's log
