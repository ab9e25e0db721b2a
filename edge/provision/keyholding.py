"""Who is to keep the wrapping key of a terminal that is being made, and what its services need for that. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.keys import Holder, KeySettings

STORE = "etc/credstore.encrypted"
_NAME = "50-door-terminal-keys.conf"
DROP_INS = tuple(f"etc/systemd/system/edge-{name}.service.d/{_NAME}" for name in ("terminal", "retain"))
"""Of the services that open the people store."""
_DEVICE = "device:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """What this machine can keep a key with.

    Attributes:
        tpm: Why not with a TPM; empty when it can.
        credential: Why not with a systemd credential that is bound to a TPM; empty when it can.
    """

    tpm: str
    credential: str


def chosen(named: Holder | None, using: Holder | None, possible: Possible, default: Holder) -> tuple[Holder, str]:
    """Return who keeps the wrapping key, and a sentence for the log that says why.

    Args:
        named: By the provisioning file; None for none.
        using: Who has one already; None while there is none.
        possible: What else this machine can.
        default: Of the configuration.
    """
    if named and using and named != using:
        return named, (
            f'keys.holder is "{named}", as the file says, and the wrapping key is still with "{using}": '
            f"`edge keys move --from {using}`; until then nobody is recognised."
        )
    if named:
        return named, f'keys.holder is "{named}", as the file says.'
    if using:
        return using, f'keys.holder is "{using}": the file names none, and there is a wrapping key already.'
    if not possible.tpm:
        return "tpm", 'keys.holder is "tpm": the file names none, and this machine has a TPM, the strongest.'
    if not possible.credential:
        return "credential", (
            f'keys.holder is "credential", bound to the TPM by systemd: the file names none, and a key in '
            f"the TPM itself cannot be had ({possible.tpm})."
        )
    return default, (
        f'keys.holder is "{default}", the weakest: the file names none; no "tpm" here ({possible.tpm}), and no '
        f'"credential" ({possible.credential}).'
    )


def drop_ins(settings: KeySettings) -> Iterator[tuple[str, str]]:
    """Yield what the services need that use the key: the path of a file of systemd's, and its text."""
    if settings.holder == "credential":
        lines = [f"LoadCredentialEncrypted={settings.credential}:/{STORE}/{settings.credential}"]
    elif settings.holder == "tpm" and settings.tpm.startswith(_DEVICE):
        lines = ["SupplementaryGroups=tss", f"DeviceAllow={settings.tpm.removeprefix(_DEVICE)} rw"]
    else:
        return
    for path in DROP_INS:
        yield path, "\n".join(("[Service]", *lines)) + "\n"
