"""A guided enrolment from the camera to the store: the booth, the guide, and the desk that has the last word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from edge.app.curves import curve
from edge.app.desk import open_desk
from edge.app.eyes import load_models, open_eyes
from edge.app.guiding import opened, sit
from edge.app.model_set import running
from edge.app.places import places
from edge.people.enrol import Photo
from edge.people.guide import GuideRules
from edge.values.guidance import GuideEnd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.app.guiding import Sitting
    from edge.config import Config
    from edge.people.desk import Desk
    from edge.people.enrol import Choice
    from edge.people.records import NewPerson
    from edge.values import Handle
    from hw.base import Board

_POSES_FMR = 1e-3
"""At this false-match rate two poses of one sitting are one person's; the track has been held to more all along."""


class CaptureReport(Struct, frozen=True):
    """One pose that was captured.

    Attributes:
        pose: Which (`edge.values.guidance.Aim`).
        yaw_deg: Turn to the person's left.
        pitch_deg: Turn upwards.
        score: Its quality, 0 to 100.
        light: What was unusual about the light.
        similarity: Cosine similarity to the first capture.
        accepted: Whether it became a template.
        reason: Why it did not; empty when it did.
    """

    pose: str
    yaw_deg: float
    pitch_deg: float
    score: float
    light: tuple[str, ...]
    similarity: float
    accepted: bool
    reason: str


class LiveEnrolment(Struct, frozen=True):
    """`edge enrol --live`.

    Attributes:
        id: The person's id, as stored.
        end: How the capture ended (`edge.values.guidance.GuideEnd`).
        stored: Whether templates were stored.
        captures: Every pose that was captured.
        skipped: The poses that did not come.
        restarts: How often it began anew.
        seconds: From the first frame to the last.
        frames: How many there were.
        liveness: What a face had to do: "passive", "motion", "challenge", or "off" with a replay.
        sign: What spoke against a live person; null for nothing.
        light: What stayed unusual about the light: another enrolment in usual light is advised.
        replayed: Whether the source was a replay.
        duplicate: What the journal knows somebody by who is enrolled with this face under another id; null for nobody.
    """

    id: str
    end: GuideEnd
    stored: bool
    captures: tuple[CaptureReport, ...]
    skipped: tuple[str, ...]
    restarts: int
    seconds: float
    frames: int
    liveness: str
    sign: str | None
    light: tuple[str, ...]
    replayed: bool
    duplicate: str | None


def enrol_live(
    config: Config,
    board: Board,
    at: tuple[Path | None, str, Handle | None],
    admitted: Callable[[Desk], NewPerson],
    tell: Callable[[Sitting], None],
) -> LiveEnrolment:
    """Enrol somebody at the camera.

    Args:
        config: The models, the camera, and what is asked of a face.
        board: Opens the camera.
        at: The folder of people and journal, None for the one of this machine; who enrols; and whom they know to be
            another person, None for nobody.
        admitted: Says whom, from what the store knows.
        tell: Told of every state that the person or the officer is to know.

    Raises:
        EnrolError: They may not be enrolled; nothing was stored.
        EvidenceError: The model's evidence supports no more people or templates (S9).
        HardwareError: The camera cannot be opened, or is gone.
        UnsafeError: It is not the pinned one, or liveness is off at a real one.
        ModelError: A model is missing, damaged, not trusted, or has collapsed (S8).
        StoreError: The store cannot be read or written.
        JournalError: It was stored, and not written down.
    """
    models = load_models(config, running(config, places(at[0])))
    rules = GuideRules(same=curve(models.embedder.bundle).resolve(_POSES_FMR))
    with open_desk(config, *at, models) as desk:
        person = desk.admit(admitted(desk))  # before anybody poses
        with opened(config, board, open_eyes(config, models=models), rules) as booth:
            sat, replayed = sit(booth, tell), booth.camera.identity.replayed
        photos = [Photo(one.aim, 1, (), one.embedding, pixels=sat.pictures.get(one.at)) for one in sat.captures]
        choice = desk.enrol_seen(person, photos) if photos else None
    return _report(person, sat, choice, (config.liveness.mode, replayed))


def _report(person: NewPerson, sat: Sitting, choice: Choice | None, source: tuple[str, bool]) -> LiveEnrolment:
    refused = {} if choice is None else {one.file: str(one.reason) for one in choice.rejected}
    captures = tuple(
        CaptureReport(
            pose=one.aim,
            yaw_deg=round(one.quality.yaw_deg, 1),
            pitch_deg=round(one.quality.pitch_deg, 1),
            score=round(one.quality.score, 1),
            light=tuple(sorted(one.light)),
            similarity=round(one.similarity, 3),
            accepted=choice is not None and one.aim not in refused,
            reason=refused.get(one.aim, "" if choice else sat.end or ""),
        )
        for one in sat.guide.captures
    )
    return LiveEnrolment(
        id=person.id,
        end=sat.end or GuideEnd.SOURCE_ENDED,
        stored=choice is not None and bool(choice.accepted),
        captures=captures,
        skipped=tuple(sat.guide.skipped),
        restarts=sat.guide.restarts,
        seconds=round(sat.seconds, 2),
        frames=sat.frames,
        liveness=source[0],
        sign=sat.against.sign if sat.against else None,
        light=tuple(sorted(sat.guide.light)),
        replayed=source[1],
        duplicate=choice.duplicate if choice else None,
    )
