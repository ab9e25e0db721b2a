"""What this machine is to whoever publishes models: its board, what runs models there, how new this software is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, get_args

import msgspec

from edge.errors import ConfigError, ModelError
from edge.ota.manifest import Board
from edge.ota.rollout import Device

if TYPE_CHECKING:
    from edge.config import Config

_RUNTIMES = ("ai_edge_litert", "tflite_runtime")
"""In the order in which `edge.vision.infer` takes them."""


def device_here(config: Config, name: str = "") -> Device:
    """Return this machine as the publisher's rules see it.

    Args:
        config: Says what board it is, its channel and its groups.
        name: Of this device, which nothing else has; only a rollout asks.

    Raises:
        ConfigError: No model is published for such a board.
        ModelError: Nothing here runs models.
    """
    try:
        board = msgspec.convert(config.board, Board)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"board {config.board!r}: no model is published for such a board; one of {', '.join(get_args(Board))}"
        ) from error
    return Device(
        id=name,
        board=board,
        runtime=runtime_here(),
        firmware=firmware_here(),
        channel=config.ota.channel,
        groups=config.ota.groups,
    )


def runtime_here() -> tuple[str, str]:
    """Return the package that runs models here, and its version; it is not loaded to tell.

    Raises:
        ModelError: There is none.
    """
    for package in _RUNTIMES:
        if find_spec(package) is not None:
            return package, version(package.replace("_", "-"))
    raise ModelError(f"neither {' nor '.join(_RUNTIMES)} is installed: no model can run; install this package again")


def firmware_here() -> str:
    """Return the version of this software; "0" where it was never installed, which is older than any."""
    try:
        return version("door-terminal")
    except PackageNotFoundError:
        return "0"
