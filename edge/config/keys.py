"""Who keeps the key that everybody's keys are wrapped with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

Holder = Literal["file", "credential", "tpm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """Who keeps the wrapping key: without it nobody's face, name or number can be read, erased people's least of all.

    Attributes:
        holder: "tpm" keeps it in a TPM 2.0; "credential" in a file that a systemd credential seals; "file" in a file
            as it is, the weakest choice. `edge keys move` goes from one to another without losing anybody.
        tpm: How the TPM is reached, in the words of tpm2-tss (TCTI).
        tpm_index: The first of the two NV indices that are used there, of the range that is the owner's.
        credential: The name of the credential.
    """

    holder: Holder = "file"
    tpm: Annotated[str, Meta(min_length=1, max_length=200)] = "device:/dev/tpmrm0"
    tpm_index: Annotated[int, Meta(ge=0x0180_0000, le=0x01BF_FFFE)] = 0x0180_D000
    credential: Annotated[str, Meta(pattern="^[A-Za-z0-9_.-]{1,200}$")] = "door-terminal.wrapping"
