"""The half of `edge ota check` that is on the network: asks the repository, and lays out what this device is to take.

It may write its own folder alone, and neither speaks to the door nor reads a key; `edge.app.updating`, which has no
network, copies what lies ready there and proves all of it anew. On a PC one user does both.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from edge.disk import Disk, make_folder, replace
from edge.errors import FetchError, OtaError
from edge.link.messages import plain
from edge.ota import clock, repository
from edge.ota.active import NOBODY
from edge.ota.client import Client
from edge.ota.fetcher import Fetcher, Limits
from edge.ota.repository import source_at
from edge.ota.slots import Slots, require_room
from edge.ota.transport import Http
from edge.vision.bundle import models_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.app.clocks import Clocks
    from edge.app.places import Places
    from edge.config.ota import OtaSettings
    from edge.ota.client import Answer
    from edge.ota.fetcher import Pace, Tally
    from edge.ota.rollout import Device
    from edge.ota.transport import Transport

FOLDER = "fetch"
"""The first half's own folder, in that of the models."""

GROUPS = Disk(mode=0o640)
"""What the network's user writes is read by the terminal's, of the same group."""

_OUTCOME_LIMIT = 64 * 1024
_LONGEST = 1000
_JUST_NOW_S = 3600.0
"""Longer than from one half's end to the other's, and far shorter than the timer's six hours."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of asking the repository.

    Attributes:
        status: "ready": a set lies there to be taken; "nothing": there is none for this device now; "withdrawn": the
            publisher takes one back; "refused": what came is not to be believed or does not fit; "failed": nothing
            came.
        why: The reason, for people.
        slot: Of which set; empty for none.
        serial: Of its offer.
        at: When, seconds since the epoch, as it was believed.
        bytes: How much was downloaded.
        requests: How often a server was asked,
        broken: and how often that broke.
        fetched: The roles whose bundles were not here already.
        ended: When this was written down, seconds since the epoch, as the machine's clock had it.
    """

    status: Literal["ready", "nothing", "withdrawn", "refused", "failed"]
    why: str
    slot: str = NOBODY
    serial: int = 0
    at: float = 0.0
    bytes: int = 0
    requests: int = 0
    broken: int = 0
    fetched: tuple[str, ...] = ()
    ended: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the first half uses; tests bring their own.

    Attributes:
        clocks: What time it is.
        transport: Asks servers; None for HTTP as configured.
        pace: What time is to downloads; None for the machine's.
        heard: Is told of what came, so far.
    """

    clocks: Clocks
    transport: Transport | None = None
    pace: Pace | None = None
    heard: Callable[[Tally], None] | None = None


def root_of_trust(here: Places) -> bytes:
    """Return the provisioned root metadata: who may sign models for this device.

    Raises:
        OtaError: There are none.
    """
    try:
        return here.ota_root.read_bytes()
    except OSError as error:
        raise OtaError(
            f"{here.ota_root}: cannot be read: {error.strerror}; put the root.json of the repository there: without it "
            f"nobody can say who may sign models, and none is believed because it came first"
        ) from error


def fetch(here: Places, settings: OtaSettings, device: Device, means: Means) -> Outcome:
    """Ask the repository, and lay out what this device is to take; what came of it is written down for `take`.

    Raises:
        OtaError: Another check is running, or no root of trust was provisioned.
        FetchError: The folder cannot be written: nothing could be downloaded into it.
    """
    folder = here.models / FOLDER
    with alone(folder):
        outcome = msgspec.structs.replace(_fetched(here, settings, device, means), ended=means.clocks.wall())
        try:
            replace(GROUPS, folder / "outcome.json", msgspec.json.encode(outcome))
        except OSError as error:
            raise FetchError(f"{folder}: cannot be written: {error.strerror}; make room, and check again") from error
    return outcome


def last(here: Places) -> Outcome:
    """Return what came of the newest question to the repository; its words are such as any screen can show.

    The file is of the half that is on the network: it may be anything.
    """
    try:
        with os.fdopen(at_once(here.models / FOLDER / "outcome.json"), "rb") as file:
            found = msgspec.json.decode(file.read(_OUTCOME_LIMIT), type=Outcome)
        return msgspec.structs.replace(found, why=plain(found.why[:_LONGEST]), slot=plain(found.slot[:_LONGEST]))
    except FileNotFoundError:
        return Outcome(status="nothing", why="the repository was not asked yet")
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        return Outcome(status="failed", why=f"what came of asking the repository cannot be read: {error}; check again")


def unasked(here: Places, wall: float) -> str:
    """Say that nobody asked the repository just now, or could not write the answer down; empty when somebody did.

    The other half runs right before the one that takes. What it wrote an hour ago says nothing of today.
    """
    ended = last(here).ended
    if abs(wall - ended) <= _JUST_NOW_S:
        return ""
    since = f"since {datetime.fromtimestamp(ended, UTC):%Y-%m-%d %H:%M} UTC" if 0 < ended < wall else "yet"
    return (
        f"the repository was not asked {since}, or its answer could not be written into {here.models / FOLDER}: "
        f"`journalctl -u edge-ota-fetch` says why; or run `edge ota check --fetch-only` right before"
    )


def at_once(path: Path) -> int:
    """Open a file to be read, and wait for nobody who would write into it, as a named pipe does."""
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let no second check run.

    Raises:
        OtaError: One is running.
        FetchError: The folder cannot be written.
    """
    try:
        make_folder(folder / "any")
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        wrong = f"{error.filename}: cannot be opened: {error.strerror}"
        raise FetchError(f"{wrong}; run as the user whose it is, on a disk that can be written") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise OtaError("a check is running already; wait for it (`edge ota status`)") from error
    finally:
        os.close(descriptor)


def _fetched(here: Places, settings: OtaSettings, device: Device, means: Means) -> Outcome:
    if not settings.url:
        return Outcome(status="nothing", why="no repository is configured (ota.url): models are not updated")
    folder, wall = here.models / FOLDER, means.clocks.wall()
    times = folder / "time.toml"
    believed = clock.believe(wall, clock.read(times), synchronised=means.clocks.synchronised())
    limits = Limits(rate_bytes_s=settings.rate_bytes_s, patience_s=settings.patience_s, plain_http=settings.plain_http)
    source = source_at(settings.url, root_of_trust(here), folder / "metadata")

    def room(needed: int) -> None:
        require_room(folder, needed, shutil.disk_usage(folder).free)

    client = Client(source, folder, _bundles(here), room, GROUPS)
    with _line(settings, means) as transport:
        fetcher = Fetcher(transport, limits, means.pace, means.heard)
        try:
            answer = client.check(device, Slots(here.models).look().active, fetcher, believed)
        except (OtaError, FetchError) as error:
            status: Literal["failed", "refused"] = "failed" if isinstance(error, FetchError) else "refused"
            return Outcome(status=status, why=str(error), at=believed.at, **asdict(fetcher.tally))
    if (proven := clock.now_proven(believed)) > believed.proven:
        with suppress(OSError):  # it is proven anew by the next check
            clock.write(times, proven, GROUPS)
    return _outcome(answer, believed.at, fetcher.tally)


@contextmanager
def _line(settings: OtaSettings, means: Means) -> Iterator[Transport]:
    if means.transport:
        yield means.transport
        return
    with closing(Http(timeout_s=settings.timeout_s, proxy=settings.proxy, ca_file=settings.ca_file)) as line:
        yield line


def _bundles(here: Places) -> tuple[Path, ...]:
    """Return the folders of all bundles that are here: what is in them need not be fetched."""
    return (*sorted((here.models / "sets").glob("[!.]*/*")), *sorted(models_folder().glob("*")))


def look(here: Places, settings: OtaSettings, means: Means) -> dict[str, float]:
    """Ask the repository for its metadata alone, and keep none of it: what the next check believes is not touched.

    Returns:
        When each role's metadata expire, seconds since the epoch.

    Raises:
        OtaError: What came is not to be believed, or is outdated; or no root of trust was provisioned.
        FetchError: It could not be had.
    """
    folder = here.models / FOLDER
    believed = clock.believe(
        means.clocks.wall(), clock.read(folder / "time.toml"), synchronised=means.clocks.synchronised()
    )
    limits = Limits(rate_bytes_s=settings.rate_bytes_s, patience_s=settings.patience_s, plain_http=settings.plain_http)
    try:
        with TemporaryDirectory() as place, _line(settings, means) as transport:
            known = Path(place) / "known"
            if (folder / "metadata").is_dir():
                shutil.copytree(folder / "metadata", known)
            source = source_at(settings.url, root_of_trust(here), known)
            fetcher = Fetcher(transport, limits, means.pace, means.heard)
            with repository.opened(source, Path(place) / "asked", fetcher, believed, GROUPS) as found:
                found.refresh()
                return found.expiries()
    except OSError as error:
        raise OtaError(f"{error.filename or folder}: {error.strerror or error}") from error


def _outcome(answer: Answer, at: float, tally: Tally) -> Outcome:
    found = answer.fetched
    status: Literal["ready", "withdrawn", "nothing"] = "ready" if found else "nothing"
    return Outcome(
        status="withdrawn" if answer.withdrawn else status,
        why=answer.why,
        slot=found.slot if found else answer.withdrawn,
        serial=found.serial if found else 0,
        at=at,
        fetched=found.fetched if found else (),
        **asdict(tally),
    )
