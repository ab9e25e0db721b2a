"""Builds the stages of vision from the configured bundles."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import cv2

from edge.app.curves import curve
from edge.app.model_set import configured
from edge.errors import EvidenceError
from edge.vision.bundle import find, load
from edge.vision.detect import Detector
from edge.vision.embed import Embedder, space_of
from edge.vision.factory import load_trusted
from edge.vision.infer import Model
from edge.vision.landmarks import Landmarker
from edge.vision.liveness.panel import panel_for
from edge.vision.liveness.passive import PassiveLiveness
from edge.vision.pipeline import Eyes
from edge.vision.probe import require_sound

if TYPE_CHECKING:
    from edge.app.model_set import ChosenSet
    from edge.config import Config, TrackSettings
    from edge.values import Space
    from edge.vision.bundle import Bundle, Role


class Models(NamedTuple):
    """The configured models, ready to run.

    Attributes:
        detector: Finds faces.
        landmarks: Lays the mesh.
        embedder: Makes embeddings.
        liveness: Judges liveness.
    """

    detector: Model
    landmarks: Model
    embedder: Model
    liveness: Model

    def space(self, config: Config) -> Space:
        """Return the embedding space of their templates."""
        return space_of(self.embedder.bundle, flip=config.models.flip)


def load_models(config: Config, chosen: ChosenSet | None = None, *, trusted: bool = True) -> Models:
    """Load the bundles of a set.

    Args:
        config: Says how many threads they may use.
        chosen: The set; `edge.app.model_set.running` wherever somebody is recognised. None for the configured bundles.
        trusted: Whether each must be one that this terminal trusts and be seen to work (S8); only measurements may
            do without.

    Raises:
        ModelError: A bundle is missing, damaged, of another role, not trusted, or has collapsed.
    """
    named = chosen or configured(config)
    return Models(
        load_model(named, "detector", config, trusted=trusted),
        load_model(named, "landmarks", config, trusted=trusted),
        load_model(named, "embedder", config, trusted=trusted),
        load_model(named, "liveness", config, trusted=trusted),
    )


def load_model(chosen: ChosenSet, role: Role, config: Config, *, trusted: bool = True) -> Model:
    """Load one bundle of a set; the arguments and errors are as for `load_models`."""
    found = chosen.bundle(role) if trusted else load(find(chosen.folders[role]), role)
    model = Model(found, config.models.threads)
    if trusted:
        require_sound(model)
    return model


def open_eyes(config: Config, *, trusted: bool = True, models: Models | None = None) -> Eyes:
    """Make the stages of vision.

    Args:
        config: Names the bundles and sets the limits.
        trusted: As for `load_models`.
        models: Already loaded, where the caller has them.

    Raises:
        ModelError: As `load_models`.
    """
    # The models own the processor's cores; pictures this small gain nothing from OpenCV's own pool, and wait for it.
    cv2.setNumThreads(1)
    ready = models or load_models(config, trusted=trusted)
    return Eyes(
        detect=Detector(ready.detector, config.detection),
        mesh=Landmarker(ready.landmarks),
        liveness=PassiveLiveness(ready.liveness) if config.liveness.mode != "off" else None,
        embed=Embedder(ready.embedder, flip=config.models.flip),
        detection=config.detection,
        track=_paced(config),
        quality=config.quality,
        likeness=_likeness(ready.embedder.bundle, config),
        panel=panel_for(fixed_camera=config.liveness.fixed_camera) if config.liveness.mode != "off" else None,
    )


def _paced(config: Config) -> TrackSettings:
    """Return when frames are spared: never so long that the votes of a window could not gather."""
    enough = config.decision.window_s / config.decision.votes / 2
    return replace(config.track, spare_s=min(config.track.spare_s, enough))


def _likeness(embedder: Bundle, config: Config) -> float:
    """Return what keeps a track; without a measured curve nothing does, and no votes gather (S3)."""
    try:
        return curve(embedder).resolve(config.track.fmr, extrapolate=True)
    except EvidenceError:
        return inf


def bundle(name: str, role: Role, *, trusted: bool) -> Bundle:
    """Read a bundle by name or path.

    Raises:
        ModelError: It is missing, damaged, of another role, or not trusted although it has to be.
    """
    folder = find(name)
    return load_trusted(folder, role) if trusted else load(folder, role)


def space(config: Config, chosen: ChosenSet | None = None) -> Space:
    """Return the embedding space of a set's embedder without making it ready to run; None for the configured one."""
    return space_of((chosen or configured(config)).bundle("embedder"), flip=config.models.flip)
