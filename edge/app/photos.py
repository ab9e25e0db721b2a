"""What the terminal would make of photographs: who is in one (1:N), and whether one shows a given person (1:1)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
from msgspec import Struct

from edge.access import decide
from edge.access.threshold import for_search
from edge.app import head_office
from edge.app.curves import curve
from edge.app.eyes import load_models, open_eyes
from edge.app.leeway import lift
from edge.app.model_set import running
from edge.app.running import rule
from edge.app.vault import open_store
from edge.errors import EdgeError, PictureError, SpaceError
from edge.people.names import shown
from edge.people.search import LiveSearch
from edge.values import PersonId, Quality, Reason, Sighting
from edge.vision import picture
from edge.vision.pipeline import examine
from edge.vision.still import study, study_face

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.access.decide import Rule
    from edge.app.places import Places
    from edge.config import Config, LivenessSettings
    from edge.values import Search
    from edge.vision.pipeline import Eyes
    from edge.vision.still import Study


class FaceReport(Struct, frozen=True):
    """One face of a photograph.

    Attributes:
        box: Left, top, right, bottom in pixels.
        score: The detector's confidence, 0 to 1.
        quality: What was measured of the view.
        liveness: 0 to 1; null when liveness is off.
        person: Who it is; null when nobody was identified.
        similarity: Cosine similarity of the most similar person; null when nobody is enrolled.
        margin: The distance to the second most similar person.
        decision: "identified" or "refused".
        reason: The stable code.
    """

    box: tuple[float, float, float, float]
    score: float
    quality: Quality
    liveness: float | None
    person: str | None
    similarity: float | None
    margin: float | None
    decision: Literal["identified", "refused"]
    reason: str


class PictureReport(Struct, frozen=True):
    """One photograph (`edge identify --json`, a list of these).

    Attributes:
        file: As it was named.
        faces: Largest first; empty when there is none.
        error: Why the file could not be read; null when it could.
    """

    file: str
    faces: tuple[FaceReport, ...]
    error: str | None = None


class VerifyReport(Struct, frozen=True):
    """One 1:1 comparison (`edge verify --json`).

    Attributes:
        file: The photograph, as it was named.
        id: The claimed person.
        similarity: Cosine similarity to the most similar of that person's templates; null when it was not compared.
        threshold: What was required.
        fmr: The false-match rate it stands for, over all of that person's templates together.
        liveness: 0 to 1; null when liveness is off.
        decision: "verified" or "refused".
        reason: The stable code.
        faces: How many faces the photograph shows; of several the largest near the middle is compared.
        flaws: What is wrong with the view of it.
    """

    file: str
    id: str
    similarity: float | None
    threshold: float
    fmr: float
    liveness: float | None
    decision: Literal["verified", "refused"]
    reason: str
    faces: int
    flaws: tuple[str, ...]


def identify(files: list[Path], config: Config, here: Places) -> list[PictureReport]:
    """Say who is in each photograph; one that cannot be read is reported like the others.

    Raises:
        SignatureError: Head office's limits cannot be trusted.
        ConfigError: A setting is laxer than they allow.
        ModelError: A model is missing, damaged, not trusted, or has collapsed.
        SpaceError: Everybody was enrolled with another model.
        StoreError: The people store cannot be read.
    """
    head_office.require_within(config, here)
    with open_store(config, here) as store:
        models = load_models(config, running(config, here))
        eyes, believed = open_eyes(config, models=models), rule(config, models.embedder.bundle)
        search = LiveSearch(store, models.space(config), partial(lift, config, curve(models.embedder.bundle)))
        search.check()
        return [_report(path, eyes, search, believed) for path in files]


def verify(photo: Path, who: PersonId, config: Config, here: Places) -> VerifyReport:
    """Say whether a photograph shows a given person, at the configured false-match rate.

    Raises:
        PictureError: The photograph cannot be read.
        SignatureError: Head office's limits cannot be trusted.
        ConfigError: A setting is laxer than they allow.
        EdgeError: Nobody is enrolled under this id.
        StoreError: The store cannot be read.
        SpaceError: They were enrolled with another model.
        EvidenceError: The evidence does not support the rate.
    """
    head_office.require_within(config, here)
    with open_store(config, here) as store:
        if store.person(who) is None:
            raise EdgeError(f"nobody is enrolled under the id {shown(who)}; `edge people list` shows who is")
        models = load_models(config, running(config, here))
        eyes = open_eyes(config, models=models)
        templates = LiveSearch(store, models.space(config)).gallery().of(who)
    if not len(templates):
        raise SpaceError(
            f"{shown(who)} has no template of the model that runs ({models.space(config)}): enrol them again"
        )
    fmr = for_search(config.decision.fmr, len(templates))
    threshold = curve(models.embedder.bundle).resolve(fmr, extrapolate=config.decision.accept_extrapolation)
    found = study(picture.read(photo), eyes)
    return _judge(found, templates, threshold, (str(photo), who), config)


def _report(path: Path, eyes: Eyes, search: Search, believed: Rule) -> PictureReport:
    try:
        pixels = picture.read(path)
    except PictureError as error:
        return PictureReport(str(path), (), str(error))
    faces = sorted(eyes.detect(pixels), key=lambda face: -face.box.area)
    seen = [examine(pixels, face, eyes, thorough=True) for face in faces]
    real = [study_face(pixels, one, eyes) for one in seen if one.real]
    return PictureReport(str(path), tuple(_face(one, search, believed) for one in real))


def _face(seen: Study, search: Search, believed: Rule) -> FaceReport:
    match = search(seen.embedding) if seen.embedding else None
    sighting = Sighting(0.0, 0, 1, 1, quality=seen.quality, liveness=seen.liveness, match=match)
    reason, person = _decide(sighting, believed)
    box = seen.face.box if seen.face else None
    return FaceReport(
        box=(box.left, box.top, box.right, box.bottom) if box else (0.0, 0.0, 0.0, 0.0),
        score=seen.face.score if seen.face else 0.0,
        quality=seen.quality or Quality(0.0),
        liveness=seen.liveness,
        person=person,
        similarity=match.similarity if match else None,
        margin=match.margin if match else None,
        decision="identified" if reason is Reason.GRANTED else "refused",
        reason=reason,
    )


def _decide(sighting: Sighting, believed: Rule) -> tuple[Reason, str | None]:
    fault = _fault(sighting, believed.demand.settings)
    if fault is not None:
        return fault, None
    vote = decide.vote(sighting, believed)
    if vote.person is not None:
        return Reason.GRANTED, vote.person
    return (Reason.AMBIGUOUS if vote.ambiguous else Reason.UNKNOWN), None


def _fault(seen: Sighting | Study, liveness: LivenessSettings) -> Reason | None:
    """Say why a face is not compared at all; None when it is."""
    if seen.quality is None or not seen.quality.good:
        return Reason.POOR_VIEW
    alive = seen.liveness is not None and seen.liveness >= liveness.min_median
    return None if alive or liveness.mode == "off" else Reason.NOT_LIVE


def _judge(
    found: Study, templates: NDArray[np.float32], threshold: float, claim: tuple[str, PersonId], config: Config
) -> VerifyReport:
    similarity = float(np.max(templates @ found.embedding.vector)) if found.embedding else None
    fault = _fault(found, config.liveness)
    if found.faces > config.decision.max_faces:
        reason = Reason.TOO_MANY_FACES
    elif fault is not None:
        reason = fault
    else:
        reason = Reason.GRANTED if similarity is not None and similarity >= threshold else Reason.UNKNOWN
    return VerifyReport(
        file=claim[0],
        id=claim[1],
        similarity=similarity,
        threshold=threshold,
        fmr=config.decision.fmr,
        liveness=found.liveness,
        decision="verified" if reason is Reason.GRANTED else "refused",
        reason=reason,
        faces=found.faces,
        flaws=found.quality.flaws if found.quality else (),
    )
