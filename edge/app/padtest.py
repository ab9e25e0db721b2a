"""An installer's self-test of liveness at a real door: presentations are asked for, watched and counted.

It opens the camera and nothing else: no lock, no input, no link to a door process. Nobody is recognised.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

from edge.app.bounds import AIM, CONFIDENCE, errorless_trials, upper_bound
from edge.app.demands import demand, demand_at
from edge.app.eyes import load_models, open_eyes
from edge.app.model_set import configured
from edge.app.presentation import End
from edge.app.presenting import Stand, present
from edge.app.proving import Policy
from edge.app.watching import TerminalEyes
from edge.config import dump
from edge.errors import ConfigError
from edge.ota.manifest import ROLES
from edge.values import Cue, Mode, Sign
from hw.base import CameraEndError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from edge.app.model_set import ChosenSet
    from edge.config import Config
    from edge.values import Move
    from hw.base import Board


class TrialReport(Struct, frozen=True):
    """One presentation.

    Attributes:
        number: From 1.
        species: What was held before the camera; null for a live person.
        end: What became of it.
        seconds: From the first frame with a face to the decision; null where nothing was decided.
        cue: Which cue was against it; null for none.
        sign: What that cue saw.
        why: Why nothing could be judged; empty when something was.
    """

    number: int
    species: str | None
    end: End
    seconds: float | None
    cue: Cue | None
    sign: Sign | None
    why: str


class Tally(Struct, frozen=True):
    """What was counted of one species, or of live people.

    Attributes:
        species: Which; null for live people.
        trials: How many presentations.
        errors: Attacks that passed (APCER), or live people who were refused or did not finish a challenge (BPCER).
        no_response: Presentations of which nothing was decided; no error, and no success.
        rate: Errors, of all presentations; null of none.
        below: Below this the rate is, with the report's confidence (Clopper and Pearson, one-sided).
        more: How many more presentations without an error would show it to be below the aim; null when no
            number within reason does.
    """

    species: str | None
    trials: int
    errors: int
    no_response: int
    rate: float | None
    below: float
    more: int | None


class ModelName(Struct, frozen=True):
    """One model bundle.

    Attributes:
        name: Name and version.
        sha256: Of the model file.
    """

    name: str
    sha256: str


class PadtestReport(Struct, frozen=True):
    """`edge padtest`.

    Attributes:
        began: When, ISO 8601, UTC.
        complete: Whether everything that was planned was presented.
        replayed: Whether the source was a replay: then the figures mean nothing for a door.
        camera: The driver, the model and the path of the camera.
        configuration: sha256 of the whole configuration as TOML.
        models: The bundles that ran.
        mode: What a face had to do: "passive", "motion" or "challenge".
        limit_s: How long a presentation may take, seconds.
        confidence: Of the bounds, 0 to 1.
        aim: The rate that `more` is about.
        tallies: Live people, then each species in its order.
        trials: Every presentation.
    """

    began: str
    complete: bool
    replayed: bool
    camera: tuple[str, str, str]
    configuration: str
    models: tuple[ModelName, ...]
    mode: Mode
    limit_s: float
    confidence: float
    aim: float
    tallies: tuple[Tally, ...]
    trials: tuple[TrialReport, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be presented.

    Attributes:
        live: How often a live person.
        attacks: How often each species.
        limit_s: How long one presentation may take, seconds.
    """

    live: int
    attacks: Mapping[str, int]
    limit_s: float

    @property
    def order(self) -> tuple[str | None, ...]:
        """What is presented one after the other; None for a live person."""
        attacks = (name for name, count in self.attacks.items() for _ in range(count))
        return (*(None for _ in range(self.live)), *attacks)


def policy_now(config: Config, local: datetime) -> Policy:
    """Return what is asked of a face at this moment.

    Raises:
        ConfigError: Liveness is off.
    """
    if config.liveness.mode == "off":
        raise ConfigError("liveness.mode is off, so there is nothing to test: set it to passive, motion or challenge")
    return Policy(demand_at(demand(config), config.door, local), config.decision, recorded=False)


@contextlib.contextmanager
def opened(config: Config, board: Board, policy: Policy, chosen: ChosenSet | None = None) -> Iterator[Stand]:
    """Open the camera, and nothing else of the board, and load the models that the terminal runs.

    Raises:
        HardwareError: The camera cannot be opened.
        ModelError: A model is missing, damaged, not trusted, or has collapsed (S8).
    """
    with contextlib.closing(board.open_camera(config.camera)) as camera:
        eyes = open_eyes(config, models=load_models(config, chosen))
        yield Stand(camera, TerminalEyes(eyes), policy, chosen)


def trials(
    plan: Plan, at: Stand, ask: Callable[[int, str | None], float], tell: Callable[[Move], None]
) -> Iterator[TrialReport]:
    """Make the presentations of a plan, one after the other, until a replayed source ends.

    Args:
        plan: Which.
        at: What they are made to.
        ask: Asks for one, by its number and species, and waits; returns from when on it counts, monotonic seconds.
        tell: Told of each movement that is asked for, when it changes.

    Raises:
        HardwareError: The camera is gone.
    """
    for number, species in enumerate(plan.order, start=1):
        try:
            shown = present(at, ask(number, species), plan.limit_s, tell)
        except CameraEndError:
            return
        found = shown.outcome(at.policy)
        yield TrialReport(
            number=number,
            species=species,
            end=found.end,
            seconds=shown.seconds(at.policy),
            cue=found.cue,
            sign=found.sign,
            why=found.why,
        )


def report(made: Sequence[TrialReport], plan: Plan, config: Config, at: Stand, began: datetime) -> PadtestReport:
    """Count what was presented.

    Args:
        made: The presentations, as far as they came.
        plan: What was planned.
        config: What ran.
        at: What they were made to.
        began: When.

    Raises:
        ModelError: A bundle is missing or damaged.
    """
    identity = at.camera.identity
    kinds: list[str | None] = [None] if plan.live else []
    kinds += plan.attacks
    return PadtestReport(
        began=began.isoformat(timespec="seconds"),
        complete=len(made) == len(plan.order),
        replayed=identity.replayed,
        camera=(identity.driver, identity.model, identity.path),
        configuration=hashlib.sha256(dump(config).encode()).hexdigest(),
        models=tuple(_names(at.chosen or configured(config))),
        mode=at.policy.demand.settings.mode,
        limit_s=plan.limit_s,
        confidence=CONFIDENCE,
        aim=AIM,
        tallies=tuple(tally(made, kind) for kind in kinds),
        trials=tuple(made),
    )


def tally(made: Sequence[TrialReport], species: str | None) -> Tally:
    """Count the presentations of one species, or of live people."""
    ends = Counter(one.end for one in made if one.species == species)
    total = ends.total()
    errors = ends[End.REFUSED] + ends[End.CHALLENGED] if species is None else ends[End.PASSED]
    return Tally(
        species=species,
        trials=total,
        errors=errors,
        no_response=ends[End.NO_RESPONSE],
        rate=errors / total if total else None,
        below=upper_bound(errors, total),
        more=errorless_trials(errors, total, AIM),
    )


def _names(chosen: ChosenSet) -> Iterator[ModelName]:
    for role in ROLES:
        found = chosen.bundle(role)
        yield ModelName(found.name, found.manifest.sha256)
