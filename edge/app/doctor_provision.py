"""The doctor's look at how a device was provisioned: by which file, under whose key, and what is still open."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from edge import keys
from edge.app.boot_state import FAILED, SEALED, WORKING, WRONG, state
from edge.app.claim_entry import tries
from edge.app.doctor_door import Check
from edge.app.in_force import in_force
from edge.app.last_reset import last_reset
from edge.app.network_name import TLS
from edge.app.pinned import pinned
from edge.app.unforgotten import owed
from edge.errors import ProvisionError
from edge.keys.certificates import ending
from edge.provision import card, erasing, intents, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from edge.app.places import Places
    from edge.config import Config

_SOON = timedelta(days=30)
_LOG = f"see {card.LOG} on the card"


def provision_checks(config: Config, here: Places, now: datetime) -> Iterator[tuple[str, Callable[[], Check]]]:
    """Yield what is to be looked at, and how; nothing on a machine that is no device.

    Args:
        config: What is configured.
        here: Where its files are.
        now: What the clock says.
    """
    root = _root(here.config)
    if root is None:
        return
    boot = here.card
    yield "provisioned", partial(_provisioned, root)
    yield "provisioning key", partial(_key, root)
    yield "provisioning", partial(_open, root, boot)
    yield "certificate", partial(_certificate, root, now)
    yield "reset button", partial(_button, config)
    yield "TPM after a reset", partial(_owing, root)


def _root(file: Path) -> Path | None:
    """Return the root of the file system of a device, by its configuration's file; None for no device."""
    if not file.match(plan.CONFIG) or not file.parent.is_dir():
        return None
    return file.parents[len(plan.CONFIG.split("/")) - 1]


def _provisioned(root: Path) -> Check:
    found, reset = in_force(root), last_reset(root)
    name = "provisioned"
    if found:
        by = f"{found.id}, by the file of {found.issued.isoformat()}, sha256 {found.digest}"
        return Check(name, "ok", f"{by}{f'; reset before, on {reset.at.date()}' if reset else ''}")
    if reset and reset.gave_up:
        mend = "`edge provision reset`, or its reset button; then a file"
        return Check(name, "warning", f"it was decommissioned on {reset.at.date()}, and takes no file", mend)
    since = f"it is nobody's, since a reset on {reset.at.date()} by {reset.who}" if reset else "it is nobody's yet"
    return Check(name, "warning", since, f"copy the file to the card as {card.NAME}")


def _key(root: Path) -> Check:
    found = pinned(root)
    if found:
        return Check("provisioning key", "ok", f"files count that {keys.key_id(found[0])} signed")
    mend = "an image that carries head-office.pub trusts no other"
    return Check("provisioning key", "warning", "nobody is trusted yet: the first file says who is", mend)


def _open(root: Path, boot: Path) -> Check:
    """What was begun and is not ended, what is waited for, and what went wrong last."""
    name, word = "provisioning", state(root)
    begun = intents.pending(root)
    if begun:
        what = "a reset" if begun.reset else "a provisioning"
        mend = f"`edge provision apply`, or start the machine again; {_LOG}"
        return Check(name, "fault", f"{what} of {begun.terminal or 'this terminal'} was begun and is not ended", mend)
    if word in {SEALED, WRONG}:
        wrong = tries(root).wrong
        counted = f"; the last {wrong} that were typed were wrong" if wrong else ""
        mend = "type it at the keypad, and #; or `edge provision apply --code`"
        return Check(name, "warning", f"the file on the card waits for its claim code{counted}", mend)
    if word == WORKING:
        return Check(name, "warning", "it is under way", "look again in a minute")
    return _ended(root, card.last_failure(boot, half=word == FAILED), failed=word == FAILED)


def _ended(root: Path, failure: str, *, failed: bool) -> Check:
    name = "provisioning"
    if failed or failure:
        return Check(name, "fault" if failed else "warning", f"it failed last: {failure or 'nobody said why'}", _LOG)
    if (root / plan.TOKEN).exists():
        return Check(name, "warning", "head office owes a certificate", f"it is asked at each start; {_LOG}")
    return Check(name, "ok", "nothing is under way, and nothing failed")


def _certificate(root: Path, now: datetime) -> Check:
    name, path = "certificate", root / TLS / "device.crt"
    if not path.exists():
        missing = in_force(root) is not None
        return Check(name, "fault" if missing else "ok", "there is none", _LOG if missing else "")
    try:
        until, own = ending(path.read_bytes())
    except OSError as error:
        raise ProvisionError(f"{path}: cannot be read: {error.strerror}; run as root") from error
    found = f"{'its own' if own else 'given by head office'}, until {until.date()}"
    mend = "" if until - now > _SOON else "provision the terminal with a new token, or reset it"
    return Check(name, "fault" if until <= now else "warning" if mend else "ok", found, mend)


def _owing(root: Path) -> Check:
    name, waiting = "TPM after a reset", owed(root)
    if not waiting:
        return Check(name, "ok", "none owes to forget a key")
    since = ", ".join(f"{one.tcti} since the reset of {one.at.date()}" for one in waiting)
    found = f"it still keeps a key that it should forget, which opens earlier copies of this card: {since}"
    by_hand = "; ".join(one.by_hand for one in waiting)
    mend = f"it is told again at each start ({_LOG}); by hand: {by_hand}; gone for good: remove {root / erasing.OWED}"
    return Check(name, "warning", found, mend)


def _button(config: Config) -> Check:
    button = config.reset
    if not button.line:
        return Check("reset button", "ok", "none is wired")
    where = " in an open housing" if config.tamper.line else "; no tamper contact sees whether the housing is open"
    found = f"{button.line}, held for {button.hold_s:g} s and let go{where}"
    return Check("reset button", "ok", found)
