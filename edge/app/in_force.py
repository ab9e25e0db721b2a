"""Which file made this terminal what it is, as its identity says."""

from __future__ import annotations

import tomllib
from datetime import datetime
from typing import TYPE_CHECKING

from edge.errors import ProvisionError
from edge.provision import InForce, plan

if TYPE_CHECKING:
    from pathlib import Path


def in_force(root: Path) -> InForce | None:
    """Return the file that made this terminal what it is; None before the first.

    Raises:
        ProvisionError: What says so is damaged.
    """
    path = root / plan.IDENTITY
    try:
        found = tomllib.loads(path.read_text())
        return InForce(id=found["id"], issued=datetime.fromisoformat(found["issued"]), digest=found["sha256"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProvisionError(f"{path}: cannot be read ({error}): reset the terminal and provision it again") from error
