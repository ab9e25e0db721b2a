"""Makes of a portrait what the running terminal is asked to compare a face with."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from edge.app.eyes import load_models, open_eyes
from edge.app.model_set import running
from edge.errors import PictureError
from edge.link.verification import Portrait
from edge.vision import picture
from edge.vision.still import study

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.places import Places
    from edge.config import Config


def portrait_of(photo: Path, config: Config, here: Places) -> Portrait:
    """Return what is sent of a portrait: its hash and its embedding; the picture itself stays here.

    Raises:
        PictureError: It cannot be read, or does not show one face well enough to be compared.
        ModelError: A model is missing, damaged or not trusted.
    """
    models = load_models(config, running(config, here))
    found = study(picture.read(photo), open_eyes(config.without_liveness(), models=models))
    if found.embedding is None or found.quality is None:
        raise PictureError(f"{photo}: shows no face")
    if found.faces > 1:
        raise PictureError(f"{photo}: shows {found.faces} faces: cut out the one that is meant")
    if not found.quality.good:
        raise PictureError(f"{photo}: its face cannot be compared: {', '.join(found.quality.flaws)}")
    space = found.embedding.space
    return Portrait(
        sha256=hashlib.sha256(photo.read_bytes()).hexdigest(),
        vector=tuple(float(number) for number in found.embedding.vector),
        embedder=space.embedder,
        model=space.sha256,
        preprocessing=space.preprocessing,
    )
