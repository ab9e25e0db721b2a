"""What must be seen of whatever is on trial, a set of models or a system; a timer asks, and loads no vision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.ota import trial

if TYPE_CHECKING:
    from edge.config import Config


def trial_policy(config: Config) -> trial.Policy:
    """Return what must be seen of it."""
    return trial.Policy(config.ota.trial_grants, config.ota.trial_hours, config.ota.trial_rise)
