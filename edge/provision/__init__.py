"""The provisioning file: what it says, whether it is to be believed, and whether it may be used here and now."""

from edge.provision.acceptable import Here, InForce, acceptable
from edge.provision.document import dump, parse
from edge.provision.opening import Opened, opened
from edge.provision.sealing import seal, unseal
from edge.provision.tables import (
    Admin,
    Document,
    HeadOffice,
    Mqtt,
    Network,
    Sealed,
    SignedLimits,
    Terminal,
    UpdateRoot,
)

__all__ = [
    "Admin",
    "Document",
    "HeadOffice",
    "Here",
    "InForce",
    "Mqtt",
    "Network",
    "Opened",
    "Sealed",
    "SignedLimits",
    "Terminal",
    "UpdateRoot",
    "acceptable",
    "dump",
    "opened",
    "parse",
    "seal",
    "unseal",
]
