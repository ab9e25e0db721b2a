"""The doctor's look at the keys: who keeps the wrapping key, and whether that is the one that is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.app.doctor_door import Check
from edge.app.holders import holder, left_behind
from edge.people.keyring import Keyring
from edge.values import counted

if TYPE_CHECKING:
    from edge.app.places import Places
    from edge.config import Config

_NAME = "keys"
_OWN = "the device's signing key and TLS key are files all the same: who takes the card can sign as this terminal"


def keys_check(config: Config, here: Places) -> Check:
    """Say which holder is in use, and warn of the weakest.

    Raises:
        StoreError: The keys cannot be read.
    """
    keeper = holder(config, here)
    strength = f'keys.holder is "{keeper.name}", {keeper.strength}'
    found, unfinished = strength, ""
    if here.keyring.exists():
        with Keyring(here.keyring, keeper) as keyring:
            found = f"{counted(len(keyring.handles()), 'key')}, wrapped with {keyring.wrapped_with}; {strength}"
            unfinished = keyring.unfinished
    if unfinished:
        return Check(_NAME, "warning", f"a rotation is not ended: {unfinished}", "`edge keys rotate`")
    if left_behind(config, here):
        mend = "`edge keys move --from file`; when that finds nothing to move, remove the file"
        return Check(_NAME, "warning", f"{here.wrapping_key}, or a file beside it, still has a key; {found}", mend)
    if keeper.name == "file":
        mend = 'where there is a TPM: keys.holder = "tpm", then `edge keys move --from file`'
        return Check(_NAME, "warning", found, mend)
    return Check(_NAME, "ok", f"{found}; {_OWN}")
