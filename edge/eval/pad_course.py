"""What presentations go through: the terminal's own eyes, and its rules of liveness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from edge.app.demands import demand
from edge.app.eyes import bundle, open_eyes
from edge.app.proving import Policy
from edge.app.watching import TerminalEyes
from edge.eval.subject import BundleName, ModelSet, Setup

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.app.presentation import Judge, Watching
    from edge.config import Config


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What presentations go through.

    Attributes:
        config: Sets the camera, the policy and the limits of the cues.
        models: What the models are.
        liveness: The passive network.
        begin: Opens the eyes afresh: they know no face and no scene.
        judge: The policy's rules.
    """

    config: Config
    models: ModelSet
    liveness: BundleName
    begin: Callable[[], Watching]
    judge: Judge


def open_course(config: Config) -> Course:
    """Load the models, trusted or not.

    Raises:
        ModelError: One is missing or damaged.
        ConfigError: The policy cannot be carried out.
    """
    network = bundle(config.models.liveness, "liveness", trusted=False)
    return Course(
        config=config,
        models=Setup(config.models.embedder, config).models(),
        liveness=BundleName(network.name, network.manifest.sha256),
        begin=partial(TerminalEyes, open_eyes(config, trusted=False)),
        judge=Policy(demand(config), config.decision, recorded=True),
    )
