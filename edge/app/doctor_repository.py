"""The doctor's look at the repository of models, as this terminal holds it: how long its metadata are still believed.

Nothing is asked, and nothing is written. A root that expires strands every terminal of a fleet at once, and quietly:
what runs goes on running, and no update is taken until head office signs the next one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from edge.app import roots
from edge.app.doctor_door import Check
from edge.app.fetching import FOLDER, at_once
from edge.errors import OtaError
from edge.link.messages import plain
from edge.ota import clock
from edge.ota.expiry import endings
from edge.ota.held import expiries

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.clocks import Clocks
    from edge.app.places import Places

NAME = "repository"
_LIMIT = 1024 * 1024
_ASK = "`edge ota check --now` fetches newer ones if there are any"
_MEND = {
    "root": "head office, at the repository: `edge ota repo renew FOLDER root`, signed by enough of the root keys",
    "timestamp": "at the repository: is the timer of `edge ota repo renew` running? Here: is the repository reached?",
}
_MEND["snapshot"] = _MEND["timestamp"]


def repository_check(here: Places, clocks: Clocks) -> Check:
    """Say how long what this terminal holds of the repository is still believed.

    Raises:
        OtaError: No root of trust was provisioned, or what is held cannot be read.
    """
    proven = clock.read(here.models / FOLDER / "time.toml")
    believed = clock.believe(clocks.wall(), proven, synchronised=clocks.synchronised())
    found = endings(_until(here), believed.at)
    wrong = [one for one in found if one.state != "long"]
    if not wrong:
        more = "" if len(found) > 1 else "; nothing was fetched yet"
        return Check(NAME, "ok", f"the first to expire is the {found[0]}{more}")
    over = any(one.state == "over" for one in wrong)
    means = "no update is taken, and what runs goes on running" if over else "from then on no update is taken"
    when = f" (it is {clock.said(believed.at)} here, and {believed.remedy})" if over else ""
    mends = dict.fromkeys(_MEND.get(one.role, _signed(one.role)) for one in wrong)
    words = f"what is believed of the repository ends: {'; '.join(map(str, wrong))}: {means}{when}"
    return Check(NAME, "fault" if over else "warning", words, "; ".join([_ASK, *mends]))


def _signed(role: str) -> str:
    return f"at the repository: `edge ota repo renew FOLDER {role}`, signed by its keys"


def _until(here: Places) -> dict[str, float]:
    """Return when each role's metadata expire that are held here; root's are proven, the others are as they lie there.

    Raises:
        OtaError: One cannot be read.
    """
    folder = here.models / FOLDER / "metadata"
    try:
        return expiries(roots.held(here), lambda name: _read(folder / name))
    except OtaError as error:
        raise OtaError(f"{folder}: {error}: remove models/fetch/metadata, and `edge ota check --now`") from error


def _read(path: Path) -> bytes | None:
    """Read what the half on the network wrote, which may be anything; None where there is nothing.

    Raises:
        OtaError: It cannot be read.
    """
    try:
        with os.fdopen(at_once(path), "rb") as file:
            return file.read(_LIMIT)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:  # of a name that no file has
        raise OtaError(plain(f"{path.name}: cannot be read: {error}")) from error
