"""Looks at everything a terminal stands on, and says what is wrong and how to mend it."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edge.access.threshold import BEYOND, for_search
from edge.app import head_office
from edge.app.clocks import Clocks
from edge.app.curves import curve
from edge.app.doctor_door import Check, door_checks
from edge.app.doctor_journal import journal_check
from edge.app.doctor_keys import keys_check
from edge.app.doctor_models import model_checks
from edge.app.doctor_provision import provision_checks
from edge.app.evidence import Enrolled, enrolled
from edge.app.eyes import space
from edge.app.model_set import running
from edge.app.network_joined import network_check
from edge.app.strictness import asked, weaknesses
from edge.app.terminal import refuse_unsafe
from edge.app.vault import open_store
from edge.config import limits
from edge.errors import EdgeError
from edge.link import asking
from edge.provision.plan import CONNECTION
from edge.values import counted
from edge.vision.infer import RUNTIME
from hw.base import HardwareError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.access.threshold import Curve
    from edge.app.model_set import ChosenSet
    from edge.app.places import Places
    from edge.config import Config
    from hw.base import Board

_LEAST_FREE_MB = 200
_BUILT = datetime(2026, 11, 1, tzinfo=UTC)  # no clock that is right shows an earlier day


def examine(config: Config, board: Board, here: Places) -> Iterator[Check]:
    """Look at one thing after the other; a fault in one does not keep the doctor from the next.

    Args:
        config: What is configured.
        board: The machine.
        here: Where its files are.
    """
    yield Check("runtime", "ok", f"{RUNTIME}, {config.models.threads} thread(s) of {os.cpu_count()} processors")
    chosen = running(config, here)
    yield from (_guarded(name, look) for name, look in model_checks(config, here, chosen))
    if config.ota.url:
        yield _guarded("repository", lambda: _repository(here))
    yield _guarded("people", lambda: _people(config, here, chosen))
    yield _guarded("keys", lambda: keys_check(config, here))
    yield _guarded("threshold 1:N", lambda: _search_threshold(config, here, chosen))
    yield _guarded("threshold 1:1", lambda: _claim_threshold(config, here, chosen))
    yield _guarded("threshold: track", lambda: _track_threshold(config, chosen))
    yield _guarded("liveness", lambda: _liveness(config))
    yield _guarded("limits", lambda: _limits(config, here))
    yield from (_guarded(name, look) for name, look in provision_checks(config, here, datetime.now(UTC)))
    yield _guarded("journal", lambda: journal_check(here, time.time()))
    yield _guarded("camera", lambda: _camera(config, board))
    yield from (_guarded(name, look) for name, look in door_checks(config, board, here))
    if (Path("/") / CONNECTION).parent.is_dir():
        yield _guarded("network", network_check)
    yield _disk(here.data)
    yield _clock(time.time())


def _guarded(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except (EdgeError, HardwareError) as error:
        return Check(name, "fault", str(error), "see the message; `edge doctor` again when it is mended")


def _repository(here: Places) -> Check:
    from edge.app.doctor_repository import repository_check  # noqa: PLC0415 - TUF is loaded only where it is used

    return repository_check(here, Clocks())


def _people(config: Config, here: Places, chosen: ChosenSet) -> Check:
    if not here.people_db.exists():
        return Check("people", "warning", f"nobody is enrolled ({here.people_db} does not exist)", "`edge enrol`")
    with open_store(config, here) as store:
        people, stranded, lost = store.count(), store.stranded(space(config, chosen)), store.lost()
    if lost:
        found = f"{lost} of {people + lost} people cannot be read, because their keys are lost: they are not recognised"
        return Check("people", "fault", found, "put the file of keys back, or enrol them again")
    if stranded:
        found = f"{stranded} of {people} people have no template of the model that runs: they are not recognised"
        return Check("people", "fault", found, "enrol them again, or configure the model they were enrolled with")
    return Check("people", "ok" if people else "warning", f"{people} enrolled", "" if people else "`edge enrol`")


def _search_threshold(config: Config, here: Places, chosen: ChosenSet) -> Check:
    measured = curve(chosen.bundle("embedder"))
    who = enrolled(config, here) if here.people_db.exists() else Enrolled(1, 1, 1)
    fpir = config.decision.fpir
    most = measured.largest_supported_gallery(fpir)
    asked = (
        f"1 in {1 / fpir:,.0f} strangers' searches among {counted(who.people, 'person', 'people')} "
        f"({counted(who.templates, 'template')}) would match somebody"
    )
    found = f"{asked}; {_threshold(measured, for_search(fpir, who.templates))}; supported: {_reach(most)}"
    mend = "" if measured.supports(for_search(fpir, who.templates)) else f"{BEYOND}; or raise decision.fpir"
    return _supported("threshold 1:N", config, found, mend)


def _claim_threshold(config: Config, here: Places, chosen: ChosenSet) -> Check:
    measured = curve(chosen.bundle("embedder"))
    fmr, templates = config.decision.fmr, max(enrolled(config, here).most, 1)
    most = measured.largest_supported_gallery(fmr)
    asked = f"1 in {1 / fmr:,.0f} strangers would match a claimed person with {counted(templates, 'template')}"
    found = f"{asked}; {_threshold(measured, for_search(fmr, templates))}; supported: {_reach(most)} a person"
    fewer = "; or enrol people with fewer photographs" if most else ""
    mend = "" if measured.supports(for_search(fmr, templates)) else f"raise decision.fmr{fewer}"
    return _supported("threshold 1:1", config, found, mend)


def _track_threshold(config: Config, chosen: ChosenSet) -> Check:
    measured, fmr = curve(chosen.bundle("embedder")), config.track.fmr
    found = f"1 in {1 / fmr:,.0f} strangers could take over another's track; {_threshold(measured, fmr)}"
    return _supported("threshold: track", config, found, "" if measured.supports(fmr) else "raise track.fmr")


def _supported(name: str, config: Config, found: str, mend: str) -> Check:
    """A threshold that needs mending goes beyond the evidence."""
    if not mend:
        return Check(name, "ok", found)
    return Check(name, "warning" if config.decision.accept_extrapolation else "fault", found, mend)


def _reach(templates: int) -> str:
    return f"up to {counted(templates, 'template')}" if templates else "none"


def _threshold(measured: Curve, fmr: float) -> str:
    threshold = measured.resolve(fmr, extrapolate=True)
    needed = f"similarity {threshold:.3f}" + (", which nobody reaches" if threshold > 1 else "")
    if not measured.supports(fmr):
        return f"{needed}; never measured: the evidence ends at 1 in {1 / measured.strictest.fmr:,.0f} comparisons"
    near = measured.nearest(fmr)
    rarest = f"to 1 in {1 / near.lower:,.0f}" if near.lower else "or fewer"
    return (
        f"{needed}; nearest measured: 1 in {1 / near.fmr:,.0f} comparisons (95 %: 1 in {1 / near.upper:,.0f} {rarest})"
    )


def _liveness(config: Config) -> Check:
    weak = list(weaknesses(config))
    found = "; but ".join([asked(config, datetime.now().astimezone()), *(what for what, _ in weak)])
    return Check("liveness", "warning" if weak else "ok", found, "; ".join(mend for _, mend in weak))


def _limits(config: Config, here: Places) -> Check:
    found = head_office.trusted(here)
    if found is None:
        stray = here.head_office / head_office.LIMITS
        if stray.exists():
            mend = f"put {head_office.PUBLIC_KEY} beside it, or remove it"
            return Check("limits", "warning", f"{stray} is there and limits nothing: nobody vouches for it", mend)
        return Check("limits", "ok", "head office limits nothing here")
    faults = limits.laxer(config, found)
    if not faults and here.socket.exists():
        faults = head_office.door_faults(found, asking.terms(here.socket))
        if faults:
            mend = "restart `edge door` with what is configured now; until then it is asked to open for nobody"
            return Check("limits", "fault", f"the running door process: {'; '.join(faults)}", mend)
    if faults:
        mend = "set them stricter, or ask head office; the terminal does not start"
        return Check("limits", "fault", "; ".join(faults), mend)
    return Check(
        "limits",
        "ok",
        f"all {found.count} of head office's limits hold, version {found.version} of {found.issued}",
    )


def _camera(config: Config, board: Board) -> Check:
    refuse_unsafe(config, board, None)
    try:
        opened = board.open_camera(config.camera)
    except HardwareError as error:
        mend = (
            "if the terminal is running it holds the camera and all may be well: to be sure, stop it and ask again; "
            "if it is not, look at the cable and at camera.source"
        )
        return Check("camera", "fault", str(error), mend)
    with contextlib.closing(opened) as camera:
        refuse_unsafe(config, board, camera.identity)
        frame = camera.capture(5.0)
        height, width = frame.pixels.shape[:2]
        age_ms = (time.monotonic() - frame.at) * 1e3
        who = camera.identity
        found = f"{who}: {width} x {height}, a frame {age_ms:.0f} ms old"
    if who.replayed:
        return Check("camera", "warning", f"{found}; a replay: no real lock will open", "use a real camera at a door")
    return Check("camera", "ok", found)


def _disk(folder: Path) -> Check:
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free_mb = shutil.disk_usage(there).free >> 20
    writable = os.access(there, os.W_OK)
    if not writable:
        return Check("disk", "fault", f"{there} cannot be written", "its owner and mode, or a read-only card")
    if free_mb < _LEAST_FREE_MB:
        return Check("disk", "fault", f"{free_mb} MB free at {there}", f"free at least {_LEAST_FREE_MB} MB")
    return Check("disk", "ok", f"{free_mb} MB free at {there}")


def _clock(now: float) -> Check:
    shown = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    if now < _BUILT.timestamp():
        return Check(
            "clock", "fault", f"{shown} is before this program was made", "set the clock, or reach a time server"
        )
    synchronised = Path("/run/systemd/timesync/synchronized").exists()
    if not synchronised:
        return Check("clock", "warning", f"{shown}; nobody vouches for it", "`timedatectl`: is a time server reached?")
    return Check("clock", "ok", f"{shown}, synchronised")
