"""What enrolment keeps beside the templates of the set that decides: those of another that is tried, and pictures."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.app.crops import crop_texts
from edge.app.eyes import load_models, open_eyes
from edge.app.model_set import by_hand, chosen
from edge.errors import EdgeError, PictureError
from edge.ota.active import NOBODY
from edge.ota.slots import Slots
from edge.people.desk import Beside
from edge.people.names import label
from edge.people.records import Crop
from edge.vision import align
from edge.vision.still import study

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.app.eyes import Models
    from edge.app.places import Places
    from edge.config import Config
    from edge.ota.active import Active, Slot
    from edge.people.enrol import Photo
    from edge.values import Embedding
    from edge.vision.pipeline import Eyes

_log = logging.getLogger(__name__)


def other(active: Active) -> Slot:
    """Return the set that people must be known to, too: a candidate, or what a trial falls back to.

    Between the two nothing is decided yet, so whoever is enrolled meanwhile is enrolled with both.
    """
    if active.phase == "shadow":
        return active.candidate
    return active.good if active.phase == "trial" else NOBODY


def other_models(config: Config, here: Places) -> Models | None:
    """Load the set that people must be known to beside the one that decides; None when there is none.

    One that cannot be loaded keeps nobody from being enrolled: the terminal, which tries it, gives it up.
    """
    if by_hand(config):
        return None
    slot = other(Slots(here.models).read())
    if slot == NOBODY:
        return None
    try:
        return load_models(config, chosen(config, here, slot))
    except EdgeError as error:
        _log.warning("nobody is enrolled with the set %s, which is being tried: %s", slot, error)
        return None


def beside(config: Config, here: Places, models: Models, eyes: Eyes) -> Beside:
    """Return what is kept beside the templates of the set that decides.

    Args:
        config: Everything that is set.
        here: Where the sets are.
        models: Of the set that decides.
        eyes: Of the same.
    """
    second = other_models(config, here)
    if second is not None and second.space(config) == models.space(config):
        second = None  # the same templates count for both
    seen = None if second is None else open_eyes(config.without_liveness(), models=second)

    def embed(photo: Photo) -> Embedding | None:
        if seen is None or photo.pixels is None:
            return None
        found = study(photo.pixels, seen)
        good = found.faces == 1 and found.quality is not None and found.quality.good
        return found.embedding if good else None

    def crop(photo: Photo) -> Crop | None:
        chip = None if photo.pixels is None else study(photo.pixels, eyes).chip
        return None if chip is None else Crop(png(chip), align.NAME, label(photo.file)[-150:], time.time())

    return Beside(None if second is None else second.space(config), embed, crop, crop_texts(config))


def png(chip: NDArray[np.uint8]) -> bytes:
    """Return an aligned face as a PNG file, which loses nothing.

    Raises:
        PictureError: It cannot be written as one.
    """
    done, content = cv2.imencode(".png", chip)
    if not done:
        raise PictureError("an aligned face could not be written as a PNG picture")
    return content.tobytes()


def chip_of(crop: Crop) -> NDArray[np.uint8]:
    """Return the aligned face of a kept picture, (112, 112, 3) uint8, BGR.

    Raises:
        PictureError: It is no picture of that size.
    """
    found = cv2.imdecode(np.frombuffer(crop.png, np.uint8), cv2.IMREAD_COLOR)
    if found is None or found.shape != (112, 112, 3):
        raise PictureError(f"the picture that was kept of {crop.source} is no aligned face")
    return np.asarray(found, np.uint8)
